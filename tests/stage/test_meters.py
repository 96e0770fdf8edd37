"""Meters say what was heard since they were last read."""

from __future__ import annotations

import numpy as np
import pytest

from stage.meters import SILENT_DB, Meters
from stage.mixer import Mixer, Peaks, StripSetting
from stage.picture import BLOCK_FRAMES, Block


def constant(left: float, right: float) -> Block:
    return np.tile(np.array([left, right], np.float32), (BLOCK_FRAMES, 1))


def strip(level: float, gain: float, strip_id: str = "a") -> Peaks:
    """What the mixer says of a strip with `level` on its right side."""
    mixer = Mixer()
    mixer.mix([StripSetting(strip_id, gain)], [constant(0.5 * level, -level)], 1.0)
    return mixer.peaks()


def test_full_scale_is_0_db_and_half_is_minus_6() -> None:
    meters = Meters()
    meters.add(strip(1.0, 0.5), constant(1.0, -0.5))
    reading = meters.read()
    assert reading.master_peak_db == pytest.approx((0.0, -6.02), abs=0.01)
    assert reading.master_rms_db == pytest.approx((0.0, -6.02), abs=0.01)
    assert reading.strips == {"a": pytest.approx(-6.02, abs=0.01)}


def test_the_loudest_block_since_the_last_reading_counts() -> None:
    meters = Meters()
    for level in (0.1, 0.8, 0.2):
        meters.add(strip(level, 1.0), constant(level, 0.0))
    first, second = meters.read(), meters.read()
    assert first.master_peak_db[0] == pytest.approx(20 * np.log10(0.8), abs=0.01)
    assert first.strips["a"] == pytest.approx(20 * np.log10(0.8), abs=0.01)
    assert second.master_peak_db == (SILENT_DB, SILENT_DB)
    assert second.strips == {}


def test_rms_of_a_sine_is_3_db_below_its_peak() -> None:
    meters = Meters()
    wave = np.sin(2 * np.pi * np.arange(BLOCK_FRAMES) * 10 / BLOCK_FRAMES).astype(np.float32)
    meters.add(Mixer().peaks(), np.repeat(wave[:, None], 2, axis=1))
    assert meters.read().master_rms_db[0] == pytest.approx(-3.01, abs=0.01)


def test_silence_and_mute_are_silent() -> None:
    meters = Meters()
    meters.add(strip(1.0, 0.0, "muted"), constant(0.0, 0.0))
    reading = meters.read()
    assert reading.master_peak_db == (SILENT_DB, SILENT_DB)
    assert reading.strips == {"muted": SILENT_DB}


def test_strips_that_come_and_go_between_two_readings_are_all_told() -> None:
    meters = Meters()
    for level, strip_id in ((0.1, "a"), (0.5, "b"), (0.4, "a"), (0.25, "b")):
        meters.add(strip(level, 1.0, strip_id), constant(0.0, 0.0))
    expected = {"a": 20 * np.log10(0.4), "b": 20 * np.log10(0.5)}
    assert meters.read().strips == pytest.approx(expected, abs=0.01)
