"""Who talks over whom, and how much of a choir each voice is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stage.guard.ducking import DUCKED_DB, ChoirShare, Ducking
from stage.guard.levelling import BLOCKS_PER_S

TALKS, SILENT = 0.005, 0.0


def in_db(gain: float) -> float:
    return 20.0 * math.log10(gain)


def gains_db(ducking: Ducking, power: float, seconds: float, is_on: bool = True) -> list[float]:
    return [in_db(ducking.next_gain(power, is_on)) for _ in range(round(seconds * BLOCKS_PER_S))]


def test_others_go_down_in_a_tenth_of_a_second_and_come_back_gently() -> None:
    ducking = Ducking()
    down = gains_db(ducking, TALKS, 0.2)
    assert down[9] == pytest.approx(DUCKED_DB, abs=0.1)
    back = gains_db(ducking, SILENT, 2.0)
    assert back[50] == pytest.approx(DUCKED_DB, abs=0.1), "a breath is waited out"
    assert back[-1] == 0.0
    assert np.abs(np.diff(down + back)).max() < 1.0


def test_switched_off_nobody_is_ducked_and_who_was_comes_back() -> None:
    ducking = Ducking()
    assert set(gains_db(ducking, TALKS, 0.5, is_on=False)) == {0.0}
    gains_db(ducking, TALKS, 0.5)
    assert gains_db(ducking, TALKS, 1.0, is_on=False)[-1] == 0.0


def test_a_choir_is_as_loud_as_one() -> None:
    """200 voices that have nothing to do with each other have 200 times the power of one."""
    share = ChoirShare()
    gains = [share.next_gain(200) for _ in range(100)]
    assert in_db(gains[-1]) == pytest.approx(-10.0 * math.log10(200), abs=0.01)


def test_a_choir_comes_and_goes_smoothly() -> None:
    share = ChoirShare()
    gains = [in_db(share.next_gain(voices)) for voices in [1] * 10 + [200] * 100 + [3] * 400]
    assert np.diff(gains).min() >= -0.4 - 1e-9
    assert np.diff(gains).max() <= 0.06 + 1e-9
    assert gains[-1] == pytest.approx(-10.0 * math.log10(3), abs=0.01)
