"""A tone that returns louder, with quiet between, is known; one that stays, swells or comes as a surprise is not."""

from __future__ import annotations

import numpy as np
import pytest

from stage.guard.echoes import LOOKS, Echoes
from stage.guard.hearing import BIN_HZ, BINS, SCALE_DB, Power

HZ = 900.0


def spectrum(level_db: float, hz: float = HZ) -> Power:
    power = np.full((1, BINS), 1e-12, np.float32)
    power[0, round(hz / BIN_HZ)] = 10.0 ** ((level_db - SCALE_DB) / 10.0)
    return power


def step_db(levels_db: list[float], microphone: int = 0, echoes: Echoes | None = None) -> float:
    """How much the last of these looks has grown over the step before."""
    if echoes is None:
        echoes = Echoes()
        echoes.seat(np.array([-1]))
    row = np.array([microphone])
    for level_db in levels_db[:-1]:
        echoes.keep(row, spectrum(level_db))
    return float(echoes.step_db(row, np.array([HZ]), np.array(levels_db[-1:]))[0])


@pytest.mark.parametrize("quiet", [1, 2, 4, 6])
def test_a_tone_that_comes_back_louder_is_a_step(quiet: int) -> None:
    """With ways back of 80 to 280 ms."""
    assert step_db([-90.0, -45.0, *[-70.0] * quiet, -35.0]) == pytest.approx(10.0, abs=0.1)


def twice_grown_db(levels_db: list[float]) -> float:
    """By how much the last of these looks and the step before it have grown."""
    echoes, row = Echoes(), np.array([0])
    echoes.seat(np.array([-1]))
    for level_db in levels_db[:-1]:
        echoes.keep(row, spectrum(level_db))
    return float(echoes.twice_grown_db(row, np.array([HZ]), np.array(levels_db[-1:]))[0])


@pytest.mark.parametrize("quiet", [2, 3, 4])
def test_two_steps_of_equal_length_are_known(quiet: int) -> None:
    """With ways back of 120 to 200 ms, also where the last of them falls already."""
    steps = [-90.0, -42.0, *[-70.0] * quiet, -36.0, *[-70.0] * quiet, -28.0]
    assert twice_grown_db(steps) == pytest.approx(7.0, abs=0.1)
    assert twice_grown_db([*steps, -34.0]) == pytest.approx(7.0, abs=0.1)


@pytest.mark.parametrize(
    "levels_db",
    [
        [-90.0, -42.0, -70.0, -70.0, -28.0],
        [-90.0, -42.0, -70.0, -36.0, -70.0, -70.0, -70.0, -70.0, -28.0],
        [-90.0, -42.0, -70.0, -70.0, -43.0, -70.0, -70.0, -28.0],
        [-90.0, -42.0, -70.0, -70.0, -36.0, -70.0, -70.0, -35.0],
        [-90.0, -42.0, -46.0, -46.0, -36.0, -70.0, -70.0, -28.0],
        [-90.0, -60.0, -80.0, -80.0, -36.0, -70.0, -70.0, -28.0],
    ],
    ids=["once", "out of step", "fallen before", "as loud", "no quiet between", "a leap"],
)
def test_anything_else_did_not_grow_twice(levels_db: list[float]) -> None:
    assert twice_grown_db(levels_db) == 0.0


@pytest.mark.parametrize("falling", [[-35.0, -44.0], [-35.0, -38.0, -46.0]])
def test_as_an_echo_dies_away_its_height_counts(falling: list[float]) -> None:
    assert step_db([-90.0, -45.0, -70.0, -70.0, *falling]) == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize(
    "levels_db",
    [
        [-90.0] * 6 + [-20.0],
        [-20.0] * 7,
        [-50.0, -46.0, -42.0, -38.0, -34.0, -30.0, -26.0],
        [-90.0, -30.0, -70.0, -70.0, -30.0],
        [-90.0, -30.0, -36.0, -36.0, -20.0],
        [-90.0, -45.0, *[-70.0] * LOOKS, -35.0],
        [-90.0, -45.0, -70.0, -70.0, -35.0, -50.0],
        [-90.0, -45.0, -47.0, -35.0, -38.0],
    ],
    ids=[
        "first",
        "held",
        "swelling",
        "as loud again",
        "no quiet between",
        "long ago",
        "gone again",
        "falling, no quiet between",
    ],
)
def test_anything_else_is_none(levels_db: list[float]) -> None:
    assert step_db(levels_db) == 0.0


def test_what_was_heard_moves_with_its_microphone() -> None:
    echoes = Echoes()
    echoes.seat(np.array([-1, -1]))
    for level_db in (-90.0, -45.0, -70.0):
        echoes.keep(np.array([1]), spectrum(level_db))
    echoes.seat(np.array([1, -1]))
    assert [step_db([-35.0], microphone, echoes) for microphone in (0, 1)] == [pytest.approx(10.0, abs=0.1), 0.0]
