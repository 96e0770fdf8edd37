"""Uneven pictures → a constant rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live.intake.cadence import PICTURES_PER_SECOND, Cadence


def placed(times_s: list[float], end_s: float) -> list[int]:
    """Which picture stands in each slot."""
    cadence = Cadence[int]()
    slots = [pair for index, time_s in enumerate(times_s) for pair in cadence.put(index, time_s)]
    slots += cadence.end(end_s)
    assert [slot for slot, _ in slots] == list(range(len(slots)))
    return [picture for _, picture in slots]


def test_an_even_clip_goes_through_as_it_is() -> None:
    assert placed([index / 30 for index in range(10)], 10 / 30) == list(range(10))


def test_jittering_times_neither_double_nor_drop() -> None:
    """Milliseconds, as containers write them: 0, 33, 67, 100, …"""
    assert placed([round(index * 1000 / 30) / 1000 for index in range(60)], 2.0) == list(range(60))


def test_a_slow_clip_repeats_and_a_quick_one_drops() -> None:
    assert placed([0.0, 1 / 15, 2 / 15], 0.2) == [0, 0, 1, 1, 2, 2]
    assert placed([index / 120 for index in range(12)], 0.1) == [2, 5, 10]


def test_what_lies_before_the_start_is_not_shown_but_for_the_last() -> None:
    assert placed([-0.3, -0.2, -0.1, 0.1], 0.2) == [2, 2, 2, 3, 3, 3]


def test_the_first_picture_fills_what_is_before_it() -> None:
    assert placed([0.1, 0.2], 0.3)[:3] == [0, 0, 0]


def test_time_that_runs_backwards_stands_still() -> None:
    assert placed([0.0, 0.1, 0.05, 0.2], 0.3) == [0, 0, 0, 2, 2, 2, 3, 3, 3]


@given(st.lists(st.floats(-1, 5), min_size=1, max_size=50), st.floats(0, 6))
def test_no_slot_is_ever_left_out(times_s: list[float], end_s: float) -> None:
    pictures = placed(times_s, end_s)
    assert len(pictures) >= max(1, round(end_s * PICTURES_PER_SECOND))
    assert pictures == sorted(pictures)
