"""What follows the hall rises quickly, stays a moment and falls slowly, and never flashes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from live.flash_limits import Step, flashes
from stage.following.envelope import STALE_US, STILL, Envelope, level_at, told

TELL_US = 100_000
PICTURE_US = 33_333


def followed(targets: list[float]) -> list[tuple[int, float]]:
    """The level at every picture, told one target each tenth of a second and nothing any more at the end."""
    now, levels = STILL, list[tuple[int, float]]()
    for turn, target in enumerate(targets):
        now = told(now, target, turn * TELL_US)
        until_us = (turn + 1) * TELL_US if turn + 1 < len(targets) else turn * TELL_US + 5_000_000
        levels += [(at_us, level_at(now, at_us)) for at_us in range(turn * TELL_US, until_us, PICTURE_US)]
    return levels


def test_it_rises_within_half_a_second_and_falls_in_some() -> None:
    now = told(STILL, 0.8, 0)
    assert level_at(now, 0) == 0.0
    assert level_at(now, 500_000) == pytest.approx(0.8, abs=0.04)
    now = told(now, 0.0, 500_000)
    assert level_at(now, 900_000) == level_at(now, 500_000), "it is held for a moment"
    assert 0.1 < level_at(now, 1_500_000) < 0.5
    assert level_at(now, 4_000_000) < 0.01


def test_a_telling_that_says_the_same_changes_nothing() -> None:
    once, again = told(STILL, 0.8, 0), told(told(STILL, 0.8, 0), 0.8, 100_000)
    assert level_at(once, 300_000) == pytest.approx(level_at(again, 300_000))


def test_a_hub_that_is_gone_is_a_hall_that_is_still() -> None:
    now = told(STILL, 1.0, 0)
    assert level_at(now, STALE_US) > 0.99
    assert level_at(now, STALE_US + 4_000_000) < 0.01


@given(st.lists(st.sampled_from([0.0, 0.2, 0.5, 1.0]), min_size=1, max_size=12).map(lambda some: (some * 40)[:40]))
@example([1.0, 0.0] * 20)
@example([1.0, 0.0, 0.0] * 15)
def test_whatever_is_told_a_white_picture_on_black_does_not_flash(targets: list[float]) -> None:
    light = [Step(at_us, (255.0 * level,) * 3) for at_us, level in followed(targets)]
    assert flashes(light).are_safe
    assert all(0.0 <= level <= 1.0 for _, level in followed(targets))


def test_a_level_goes_on_where_it_was() -> None:
    before = Envelope(at_us=0, level=0.2, target=1.0, rose_us=0)
    after = told(before, 0.0, 70_000)
    assert level_at(after, 70_000) == level_at(before, 70_000)
