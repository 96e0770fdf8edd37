"""A phone never flashes more than three times a second, and saturated red hardly at all."""

from __future__ import annotations

import pytest

from live.flash_limits import Flashes, Rgb, Step, flashes, luminance, redness, rgb_of

BLACK: Rgb = (0.0, 0.0, 0.0)
WHITE: Rgb = (255.0, 255.0, 255.0)
RED: Rgb = (255.0, 0.0, 0.0)


def blinking(color: Rgb, per_s: float, seconds: float = 3.0, other: Rgb = BLACK) -> list[Step]:
    half_us = 500_000 / per_s
    return [Step(round(i * half_us), color if i % 2 else other) for i in range(round(seconds * per_s * 2))]


def test_light_that_stays_does_not_flash() -> None:
    assert flashes([Step(0, WHITE), Step(5_000_000, WHITE)]) == Flashes(0, 0)
    assert flashes([]) == Flashes(0, 0)


@pytest.mark.parametrize(("per_s", "is_safe"), [(1.0, True), (2.0, True), (2.9, True), (4.0, False), (10.0, False)])
def test_three_flashes_a_second_are_the_most(per_s: float, is_safe: bool) -> None:
    assert flashes(blinking(WHITE, per_s)).are_safe is is_safe


def test_red_may_come_and_go_once_a_second() -> None:
    assert flashes(blinking(RED, 0.9)).are_safe
    assert flashes(blinking(RED, 2.0)).red == 2
    assert not flashes(blinking(RED, 2.0)).are_safe


def test_changes_too_small_to_be_flashes_are_none() -> None:
    grey, lighter = rgb_of("#404040"), rgb_of("#505050")
    assert flashes(blinking(lighter, 10.0, other=grey)) == Flashes(0, 0)


def test_between_two_bright_lights_nothing_flashes() -> None:
    """By the rule the darker of the two has to be below 0.8."""
    assert flashes(blinking(WHITE, 10.0, other=rgb_of("#f0f0f0"))).general == 0


def test_a_change_in_many_small_steps_is_one_change() -> None:
    up = [Step(i * 10_000, (2.5 * i, 2.5 * i, 2.5 * i)) for i in range(100)]
    down = [Step(1_000_000 + i * 10_000, (250 - 2.5 * i,) * 3) for i in range(100)]
    assert flashes(up + down).general == 1


def test_luminance_and_redness_know_their_ends() -> None:
    assert luminance(WHITE) == pytest.approx(1.0)
    assert luminance(BLACK) == 0.0
    assert redness(RED) == 1.0
    assert redness(WHITE) == redness(BLACK) == redness(rgb_of("#ffb238")) == 0.0
