"""A pulse falls on the beat that is tapped, and pulses never come so often that they flash."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.flash_limits import Step, flashes
from stage.following.envelope import STALE_US
from stage.following.pulses import GAP_US, NONE, level_at, told

TELL_US = 100_000
MS = 1000


def steady(bpm: float, beat_us: int, seconds: int) -> list[tuple[int, float]]:
    """The level each millisecond, the same tempo being told all the time."""
    now, levels = NONE, []
    for at_us in range(0, seconds * 1_000_000, MS):
        if at_us % TELL_US == 0:
            now = told(now, bpm, beat_us, at_us)
        levels.append((at_us, level_at(now, at_us)))
    return levels


def peaks(levels: list[tuple[int, float]]) -> list[int]:
    """When it turned from up to down."""
    return [
        there[0]
        for before, there, after in zip(levels, levels[1:], levels[2:], strict=False)
        if before[1] < there[1] >= after[1]
    ]


def test_it_is_highest_on_each_beat_and_nothing_between() -> None:
    levels = steady(bpm=120, beat_us=250 * MS, seconds=4)
    assert peaks(levels) == pytest.approx([250 * MS + n * 500 * MS for n in range(8)], abs=MS)
    assert dict(levels)[500 * MS + 120 * MS] == 0.0
    assert max(level for _, level in levels) == pytest.approx(1.0, abs=0.01)


def test_a_beat_too_quick_for_the_eye_pulses_on_every_other() -> None:
    found = peaks(steady(bpm=180, beat_us=0, seconds=6))
    assert [b - a for a, b in itertools.pairwise(found)] == pytest.approx([666 * MS] * (len(found) - 1), abs=2 * MS)
    assert len(found) == 8


@pytest.mark.parametrize("bpm", [60, 150, 162, 163, 180, 200, 240])
def test_a_steady_beat_does_not_flash_a_white_picture(bpm: int) -> None:
    assert flashes(Step(at_us, (255.0 * level,) * 3) for at_us, level in steady(bpm, 0, 6)).are_safe


@given(st.lists(st.tuples(st.floats(40, 240), st.integers(0, 1_500_000)), min_size=2, max_size=40))
def test_nor_does_a_tempo_that_changes_all_the_time(tempi: list[tuple[float, int]]) -> None:
    now, light = NONE, list[Step]()
    for turn, (bpm, ago_us) in enumerate(tempi):
        at_us = turn * TELL_US
        now = told(now, bpm, at_us - ago_us, at_us)
        times = range(at_us, at_us + TELL_US, 5 * MS)
        light += [Step(later_us, (255.0 * level_at(now, later_us),) * 3) for later_us in times]
    assert flashes(light).are_safe


def test_no_tempo_any_more_ends_with_the_pulse_that_has_begun() -> None:
    now = told(NONE, 120, 0, 0)
    now = told(now, 0.0, 0, 510 * MS)
    assert level_at(now, 520 * MS) > 0.9
    assert level_at(now, 1000 * MS) == 0.0


def test_a_hub_that_is_gone_beats_no_longer() -> None:
    now = told(NONE, 120, 0, 0)
    assert level_at(now, 1000 * MS) > 0.9
    assert level_at(now, STALE_US + 1000 * MS) == 0.0


def test_a_beat_that_was_told_a_moment_late_is_not_passed_over() -> None:
    """Between two tellings the beat came 30 ms earlier than foretold: it pulses all the same, once."""
    before = told(NONE, 120, 500 * MS, 300 * MS)
    after = told(before, 120, 470 * MS, 415 * MS)
    assert level_at(after, 470 * MS) > 0.9
    assert level_at(after, 470 * MS + GAP_US) == 0.0
