"""The arithmetic of pictures, frames, blocks and show time: all three name the same moments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.picture import BLOCK_FRAMES
from stage.program import ProgramFormat

rates = st.sampled_from([24, 25, 30, 50, 60])
pictures = st.integers(0, 30_000_000)


def at(rate: int) -> ProgramFormat:
    return ProgramFormat(1280, 720, rate)


@given(rates, pictures)
def test_a_picture_is_due_at_its_time_and_not_a_microsecond_before(rate: int, picture: int) -> None:
    due_us = at(rate).picture_time_us(picture)
    assert at(rate).picture_at_us(due_us) == picture
    assert at(rate).picture_at_us(due_us - 1) == picture - 1


@given(rates, pictures)
def test_every_block_belongs_to_the_picture_in_which_it_begins(rate: int, picture: int) -> None:
    program = at(rate)
    blocks = program.blocks(picture)
    assert blocks.stop == program.blocks(picture + 1).start
    assert all(program.picture_at_frame(block * BLOCK_FRAMES) == picture for block in blocks)


@pytest.mark.parametrize(("rate", "counts"), [(25, {4}), (30, {3, 4}), (50, {2}), (60, {1, 2})])
def test_a_second_holds_a_hundred_blocks(rate: int, counts: set[int]) -> None:
    lengths = [len(at(rate).blocks(picture)) for picture in range(rate)]
    assert sum(lengths) == 100
    assert set(lengths) == counts


def test_a_duration_lasts_into_its_last_picture() -> None:
    assert [at(30).pictures(us) for us in (0, 1, 33_333, 33_334, 1_000_000)] == [0, 1, 1, 2, 30]


@pytest.mark.parametrize(("width", "height", "rate"), [(1281, 720, 30), (1280, 0, 30), (8000, 720, 30), (1280, 720, 0)])
def test_a_format_that_cannot_be_is_refused(width: int, height: int, rate: int) -> None:
    with pytest.raises(ValueError, match="expected even sides"):
        ProgramFormat(width, height, rate)
