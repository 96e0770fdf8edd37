"""Sound that lies in the ring is what was written, until it was read; a full ring refuses and loses nothing else."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.air.sound_ring import MappedSoundRing, SoundRing, ring_memory
from stage.picture import Block

FRAMES = 2400


def ring() -> tuple[SoundRing, MappedSoundRing]:
    memory = ring_memory(FRAMES)
    try:
        return SoundRing(os.dup(memory)), MappedSoundRing(memory)
    finally:
        os.close(memory)


def run(number: int, frames: int) -> Block:
    return np.full((frames, 2), number, np.float32)


def test_who_keeps_up_touches_the_same_memory_over_and_over() -> None:
    receiver, stage = ring()
    for number in range(10):
        at = receiver.write(run(number, 480).tobytes())
        assert at is not None
        assert at % FRAMES == 0
        np.testing.assert_array_equal(stage.read(at, 480), run(number, 480))
        stage.done(at + 480)


def test_a_full_ring_refuses_until_something_was_read() -> None:
    receiver, stage = ring()
    half = run(1, FRAMES // 2).tobytes()
    first, second = receiver.write(half), receiver.write(half)
    assert (first, second) == (0, FRAMES // 2)
    assert receiver.write(run(2, 1).tobytes()) is None
    assert receiver.refused == 1
    np.testing.assert_array_equal(stage.read(0, FRAMES // 2), run(1, FRAMES // 2))
    stage.done(FRAMES // 2)
    assert receiver.write(run(2, 1).tobytes()) == FRAMES


@given(sizes=st.lists(st.integers(1, FRAMES // 3), min_size=1, max_size=30), behind=st.integers(0, 3))
def test_nothing_that_was_not_read_is_written_over(sizes: list[int], behind: int) -> None:
    receiver, stage = ring()
    waiting: list[tuple[int, int, int]] = []
    for number, frames in enumerate(sizes):
        at = receiver.write(run(number, frames).tobytes())
        if at is not None:
            waiting.append((at, frames, number))
        while len(waiting) > behind or (at is None and waiting):
            first, length, written = waiting.pop(0)
            found = stage.read(first, length)
            assert found[0, 0] == found[-1, 1] == written
            stage.done(first + length)
            at = first
    assert receiver.refused == 0 or behind >= 2


def test_a_place_that_cannot_be_is_said() -> None:
    _, stage = ring()
    for position, frames in ((-1, 480), (0, 0), (FRAMES - 1, 2)):
        with pytest.raises(ValueError, match="expected a run within"):
            stage.read(position, frames)
