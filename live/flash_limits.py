"""How much light may flash: WCAG 2.3.1, reckoned on what a phone would show. Pure.

A flash is a pair of opposing changes in relative luminance of at least a tenth, the darker of the two below 0.8; at
most three in any second. To and from saturated red there is at most one. The phones hold the same limits by themselves
(`web/src/phone/lights/flash_guard.ts`): this is so that nothing is asked of them that they would not do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_FLASHES = 3
MAX_RED_FLASHES = 1
WINDOW_US = 1_000_000
LEAST_CHANGE = 0.1
DARK = 0.8
RED_SHARE = 0.8
LEAST_RED = 20.0 / 320.0

Rgb = tuple[float, float, float]
"""sRGB, 0…255."""


class Step(NamedTuple):
    """What is shown at a moment; between two steps it changes steadily."""

    at_us: int
    color: Rgb


class Flashes(NamedTuple):
    """The most there are in any one second."""

    general: int
    red: int

    @property
    def are_safe(self) -> bool:
        return self.general <= MAX_FLASHES and self.red <= MAX_RED_FLASHES


def flashes(steps: Iterable[Step]) -> Flashes:
    """Count the flashes of steps in the order of their times."""
    ordered = list(steps)
    light = [(step.at_us, luminance(step.color)) for step in ordered]
    red = [(step.at_us, redness(step.color)) for step in ordered]
    return Flashes(
        _most_in_a_second(_turns(light, LEAST_CHANGE, DARK)) // 2,
        _most_in_a_second(_turns(red, LEAST_RED, 1.0)) // 2,
    )


def luminance(color: Rgb) -> float:
    """Relative luminance, 0…1."""
    red, green, blue = (_linear(part) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def redness(color: Rgb) -> float:
    """How strong a saturated red is, 0…1; 0 for every other colour."""
    red, green, blue = (_linear(part) for part in color)
    total = red + green + blue
    return max(0.0, red - green - blue) if total > 0.0 and red / total >= RED_SHARE else 0.0


def rgb_of(color: str) -> Rgb:
    return float(int(color[1:3], 16)), float(int(color[3:5], 16)), float(int(color[5:7], 16))


def _linear(part: float) -> float:
    share = part / 255.0
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def _turns(levels: Sequence[tuple[int, float]], least: float, dark: float) -> list[int]:
    """When the light turned: each time is where a change of at least `least` began to oppose the one before."""
    turns: list[int] = []
    low = high = levels[0][1] if levels else 0.0
    rising: bool | None = None
    for at_us, level in levels:
        if rising is not True and level - low >= least and low < dark:
            turns.append(at_us)
            rising, high = True, level
        elif rising is not False and high - level >= least and level < dark:
            turns.append(at_us)
            rising, low = False, level
        # What a coming change is measured from: the extreme since the last turn, or either of both before the first.
        high = max(high, level) if rising is not False else high
        low = min(low, level) if rising is not True else low
    return turns


def _most_in_a_second(times_us: Sequence[int]) -> int:
    most, first = 0, 0
    for last, at_us in enumerate(times_us):
        while at_us - times_us[first] > WINDOW_US:
            first += 1
        most = max(most, last - first + 1)
    return most
