"""What a child says of a kept stream is believed as far as it can be: it reads what strangers sent."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest

from stage.air.kept_air import KeptAir, KeptSound, ReplayedSegment
from stage.air.orders import Word, WordKind
from stage.picture import BLOCK_FRAMES, Block

ONES: Block = np.ones((BLOCK_FRAMES, 2), np.float32)


def sound(first_frame: int, body: bytes = ONES.tobytes()) -> Word:
    return Word(WordKind.SOUND, 1, first_frame=first_frame, body=body)


class LyingSegment(ReplayedSegment):
    """A child in a stranger's hands."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._said = iter(words)

    def next_sound(self) -> Word | None:
        return next(self._said, None)

    def close(self) -> None:
        """No process."""


class LyingAir(KeptAir):
    def __init__(self, words: Iterable[Word]) -> None:
        super().__init__(Path())
        self._said = words

    def open(self, stream_id: str, segment: int) -> ReplayedSegment | None:
        return LyingSegment(self._said)


@pytest.mark.parametrize(
    "lie",
    [sound(1 << 62), sound(-1), sound(-(1 << 63)), sound(0, b"1234567"), sound(0, b"")],
    ids=["beyond all time", "before it", "long before it", "half a frame", "nothing"],
)
def test_a_lie_is_left_out_and_what_is_true_is_played(lie: Word) -> None:
    heard = KeptSound(LyingAir([lie, sound(0)]), "guest").fetch(1, 0, BLOCK_FRAMES)
    np.testing.assert_array_equal(heard, ONES)


def test_a_child_that_never_comes_to_the_sound_is_not_heard_out() -> None:
    heard = KeptSound(LyingAir(repeat(sound(0, b""))), "guest").fetch(1, 0, BLOCK_FRAMES)
    assert not heard.any()


def test_a_gap_of_years_is_silence_and_takes_no_memory() -> None:
    years = 1 << 40
    kept = KeptSound(LyingAir([sound(0), sound(years)]), "guest")
    np.testing.assert_array_equal(kept.fetch(1, 0, BLOCK_FRAMES), ONES)
    assert not kept.fetch(1, BLOCK_FRAMES, BLOCK_FRAMES).any()
    half = BLOCK_FRAMES // 2
    heard = kept.fetch(1, years, BLOCK_FRAMES)
    np.testing.assert_array_equal(heard, ONES)
    assert not kept.fetch(1, years + BLOCK_FRAMES - half, BLOCK_FRAMES)[half:].any()
