"""What one spectrum tells: a lonely tone counts for how far it stands out, a voice hardly at all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from stage.guard.hearing import WINDOW_BLOCKS, Hearing, Power
from stage.guard.peaks import MOST_WEIGHT, SUNG_WEIGHT, Loudest, Peaks, lonely_peaks, loudest_peaks
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ


def spectrum_of(tones_db: Mapping[float, float], noise_db: float = -80.0) -> Power:
    """That of a sum of tones, in dBFS of their peaks, with a little noise."""
    t = np.arange(WINDOW_BLOCKS * BLOCK_FRAMES) / SAMPLE_RATE_HZ
    sound = np.random.default_rng(3).normal(0.0, 10.0 ** (noise_db / 20.0), len(t))
    sound += sum(10.0 ** (db / 20.0) * np.sin(2 * np.pi * hz * t) for hz, db in tones_db.items())
    hearing = Hearing()
    hearing.seat(np.array([-1]))
    for block in np.split(np.repeat(sound, 2).astype(np.float32)[None], WINDOW_BLOCKS, axis=1):
        hearing.hear(block)
    return hearing.spectra(np.array([0]))


def peaks_of(tones_db: Mapping[float, float], noise_db: float = -80.0) -> Peaks:
    return lonely_peaks(spectrum_of(tones_db, noise_db))


def loudest_of(tones_db: Mapping[float, float]) -> Loudest:
    return loudest_peaks(spectrum_of(tones_db), -36.0)


def test_a_pure_tone_counts_most() -> None:
    peaks = peaks_of({1234.0: -30.0})
    assert peaks.hz == pytest.approx([1234.0], abs=1.0)
    assert peaks.db == pytest.approx([-30.0], abs=1.0)
    assert (peaks.weight.tolist(), peaks.is_loudest.tolist()) == ([MOST_WEIGHT], [True])


def test_a_tone_counts_for_how_far_it_stands_out() -> None:
    """16 dB above its neighbour just does; 20 dB above it do more, 14 dB are not alone."""
    weights = [peaks_of({2000.0: -30.0, 2160.0: -30.0 - above_db}).weight.tolist() for above_db in (14.0, 16.0, 20.0)]
    assert weights == [[], [pytest.approx(1.3, abs=0.2)], [pytest.approx(2.7, abs=0.2)]]


def test_a_high_vowel_is_known_by_its_faint_overtones() -> None:
    vowel = {784.0: -20.0, 1568.0: -58.0, 2352.0: -65.0}
    sung = peaks_of(vowel, noise_db=-95.0)
    assert (sung.weight.tolist(), sung.is_sung.tolist()) == ([SUNG_WEIGHT], [True])
    assert peaks_of({784.0: -20.0, 1568.0: -58.0}, noise_db=-95.0).weight.tolist() == [MOST_WEIGHT]


def test_a_note_with_harmonics_has_no_lonely_tone() -> None:
    assert peaks_of({hz * 440.0: -20.0 - 6.0 * hz for hz in range(1, 6)}).hz.tolist() == []


def test_under_a_louder_voice_a_tone_is_not_the_loudest() -> None:
    peaks = peaks_of({300.0: -15.0, 600.0: -20.0, 900.0: -24.0, 3210.0: -30.0})
    assert peaks.hz == pytest.approx([3210.0], abs=1.0)
    assert peaks.is_loudest.tolist() == [False]


def test_the_loudest_tone_is_known_under_a_voice_that_covers_it() -> None:
    covered = {900.0: -25.0, 700.0: -35.5, 1100.0: -35.5}
    assert peaks_of(covered).hz.tolist() == []
    loudest = loudest_of(covered)
    assert loudest.hz == pytest.approx([900.0], abs=1.0)
    assert loudest.db == pytest.approx([-25.0], abs=1.0)


@pytest.mark.parametrize(
    "tones_db",
    [{900.0: -40.0}, {900.0: -25.0, 700.0: -30.0}, {900.0: -25.0, 1800.0: -34.0}],
    ids=["faint", "close by", "with a harmonic"],
)
def test_a_loudest_tone_that_hardly_stands_out_is_none(tones_db: Mapping[float, float]) -> None:
    assert loudest_of(tones_db).hz.tolist() == []
