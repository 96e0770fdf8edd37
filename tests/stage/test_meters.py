"""Meters say what was heard since they were last read."""

from __future__ import annotations

import numpy as np
import pytest

from stage.meters import SILENT_DB, Meters
from stage.mixer import StripInput
from stage.picture import BLOCK_FRAMES, Block


def constant(left: float, right: float) -> Block:
    return np.tile(np.array([left, right], np.float32), (BLOCK_FRAMES, 1))


def test_full_scale_is_0_db_and_half_is_minus_6() -> None:
    meters = Meters()
    meters.add([StripInput("a", constant(0.5, -1.0), 0.5)], constant(1.0, -0.5))
    reading = meters.read()
    assert reading.master_peak_db == pytest.approx((0.0, -6.02), abs=0.01)
    assert reading.master_rms_db == pytest.approx((0.0, -6.02), abs=0.01)
    assert reading.strips == {"a": pytest.approx(-6.02, abs=0.01)}


def test_the_loudest_block_since_the_last_reading_counts() -> None:
    meters = Meters()
    for level in (0.1, 0.8, 0.2):
        meters.add([StripInput("a", constant(level, 0.0), 1.0)], constant(level, 0.0))
    first, second = meters.read(), meters.read()
    assert first.master_peak_db[0] == pytest.approx(20 * np.log10(0.8), abs=0.01)
    assert first.strips["a"] == pytest.approx(20 * np.log10(0.8), abs=0.01)
    assert second.master_peak_db == (SILENT_DB, SILENT_DB)
    assert second.strips == {}


def test_rms_of_a_sine_is_3_db_below_its_peak() -> None:
    meters = Meters()
    wave = np.sin(2 * np.pi * np.arange(BLOCK_FRAMES) * 10 / BLOCK_FRAMES).astype(np.float32)
    meters.add([], np.repeat(wave[:, None], 2, axis=1))
    assert meters.read().master_rms_db[0] == pytest.approx(-3.01, abs=0.01)


def test_silence_and_mute_are_silent() -> None:
    meters = Meters()
    meters.add([StripInput("muted", constant(1.0, 1.0), 0.0)], constant(0.0, 0.0))
    reading = meters.read()
    assert reading.master_peak_db == (SILENT_DB, SILENT_DB)
    assert reading.strips == {"muted": SILENT_DB}
