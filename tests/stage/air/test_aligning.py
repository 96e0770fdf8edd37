"""Where a recording lies is found by what is seen, to a millisecond, and a recording of something else is told."""

from __future__ import annotations

import numpy as np
import pytest

from stage.air.aligning import LOOK_PX, USUAL_US, Look, offset_us

STARTED_US = 50_000_000
EVERY_US = 33_333
SEEN = np.random.default_rng(5).integers(16, 235, (LOOK_PX, LOOK_PX)).astype(np.float32)


def looks(first_us: int, count: int, moment_us: int, *, moves: bool = True, aspect: float = 16 / 9) -> list[Look]:
    """`count` pictures of a scene that wanders, from `moment_us` of it on."""
    every = [(first_us + n * EVERY_US, round((moment_us + n * EVERY_US) / EVERY_US)) for n in range(count)]
    return [Look(at_us, np.roll(SEEN, (step // 9, step) if moves else 0, (0, 1)), aspect) for at_us, step in every]


@pytest.mark.parametrize("late_ms", [-290, 0, 2, 49, 300, 655])
def test_it_is_found_however_late_the_recorder_began(late_ms: int) -> None:
    late_us = late_ms * 1000
    stream = looks(STARTED_US + late_us + 10 * EVERY_US, 60, 10 * EVERY_US)
    found = offset_us(stream, looks(0, 120, 0), STARTED_US)
    assert found is not None
    assert abs(found - late_us) <= 1000


def test_where_nothing_moves_it_is_taken_to_be_as_usual() -> None:
    stream = looks(STARTED_US + USUAL_US + 10 * EVERY_US, 60, 0, moves=False)
    found = offset_us(stream, looks(0, 120, 0, moves=False), STARTED_US)
    assert found is not None
    assert abs(found - USUAL_US) <= EVERY_US


@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
def test_another_scene_or_another_shape_is_never_like_it(aspect: float) -> None:
    stream = looks(STARTED_US, 60, 0, aspect=9 / 16)
    other = [one._replace(luma=one.luma if aspect > 1 else one.luma[::-1].copy()) for one in looks(0, 60, 0)]
    assert offset_us(stream, [one._replace(aspect=aspect) for one in other], STARTED_US) is None
