"""Tones that stand alone in a spectrum: what a howl looks like at one glance, and for how much a glance counts.

The criteria are those of T. van Waterschoot and M. Moonen, "Fifty years of acoustic feedback control: state of the art
and future challenges" (Proc. IEEE 99(2), 2011, section V): how far a peak stands above its neighbours (PNPR) and above
its harmonics (PHPR). Of speech hardly a spectrum in three hundred has a tone that passes both, and none by far; a high
vowel that is sung passes all the time, but has overtones, however faint, at its multiples. Nothing is remembered here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stage.guard.hearing import BIN_HZ, BINS, SCALE_DB, Power, Rows

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LOWEST, HIGHEST = round(120.0 / BIN_HZ), round(10_000.0 / BIN_HZ)
LOBE = 4
"""Bins to either side that belong to the peak itself."""
AROUND = 14
"""Bins to either side that are its neighbours."""
NEIGHBOURS_DB, HARMONICS_DB = 15.0, 26.0
MOST_OVERTONE, OVERTONE_HZ = 8.0, 25.0
AUDIBLE_DB = -60.0

CLEARER_DB, MOST_WEIGHT = 3.0, 3.0
"""A tone that stands so much further out than it must counts as one seen once more, up to MOST_WEIGHT."""
SUNG_WEIGHT = 0.05
"""What a tone with faint overtones counts: a voice that stays would be cut after three seconds."""
FAINTEST_DB, OVERTONE_DB, FEWEST_OVERTONES = -70.0, 10.0, 2
"""An overtone is as loud as that against its tone, and stands out by so much; so many of the next three are a voice."""
LEAST_BESIDE_DB, LEAST_HARMONICS_DB = 9.0, 20.0
"""How far the loudest tone of all stands out where a voice talks over it: not alone, but no voice's own harmonic."""
LOUDEST_DB = 1.5
"""The loudest tone may be further down than something else by no more than that."""

ABOUT = np.arange(-1, 2)
_NEAR = range(-2, 3)
_BESIDE = (*range(-AROUND, -LOBE), *range(LOBE + 1, AROUND + 1))
_OF_PEAK = np.array([2.0, 3.0, 1 / 2, 3 / 2, 1 / 3, 2 / 3, 4 / 3])
"""Two harmonics of a peak; what it may be the second of, and what is the third then; the same if it is the third."""
_WITH_ITSELF = np.concatenate(([1.0], _OF_PEAK))
_CENTRES = np.repeat(np.arange(1 + len(_OF_PEAK)), (len(_BESIDE), *[len(_NEAR)] * len(_OF_PEAK)))
_OFFSETS = np.array([*_BESIDE, *[*_NEAR] * len(_OF_PEAK)])
_RUNS = np.flatnonzero(np.diff(_CENTRES, prepend=-1))
_LEAST = np.float32(10.0 ** (-NEIGHBOURS_DB / 10.0))
_LONELY = np.float32(10.0 ** (-HARMONICS_DB / 10.0))
_LEAST_BESIDE = np.float32(10.0 ** (-LEAST_BESIDE_DB / 10.0))
_LEAST_HARMONICS = np.float32(10.0 ** (-LEAST_HARMONICS_DB / 10.0))
_AUDIBLE = np.float32(10.0 ** ((AUDIBLE_DB - SCALE_DB) / 10.0))
_STANDS_OUT = np.float32(10.0 ** (OVERTONE_DB / 10.0))
_FAINTEST = np.float32(10.0 ** (FAINTEST_DB / 10.0))
_SKIRT = 6
"""Bins from a peak at which it has fallen by NEIGHBOURS_DB at least: what is looked for first, and everywhere."""
_OVERTONES = np.array([2.0, 3.0, 4.0])
_NEXT_TO = np.array([*range(-9, -LOBE), *range(LOBE + 1, 10)])


class Peaks(NamedTuple):
    """Tones that stand alone: in which row, where and how loud."""

    row: Rows
    hz: Numbers
    db: Numbers
    weight: Numbers
    """1: just alone, up to MOST_WEIGHT; SUNG_WEIGHT: a voice."""
    is_sung: Flags
    is_loudest: Flags
    """Of all that is heard in its row."""


_NONE = Peaks(np.zeros(0, np.intp), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.bool_), np.zeros(0, np.bool_))


class Loudest(NamedTuple):
    """The loudest tone of a row, where it stands out at all."""

    row: Rows
    hz: Numbers
    db: Numbers


def loudest_peaks(power: Power, above_db: float) -> Loudest:
    """The loudest of each row, where they are louder than `above_db`."""
    peak = power[:, LOWEST:HIGHEST].argmax(axis=1) + LOWEST
    at = power[np.arange(len(power)), peak]
    row = (at > np.float32(10.0 ** ((above_db - SCALE_DB) / 10.0))).nonzero()[0]
    if row.size:
        beside, harmonics = _around(power, row, peak[row])
        at = at[row]
        row = row[(at * _LEAST_BESIDE > beside) & (at * _LEAST_HARMONICS > harmonics)]
    if not row.size:
        return Loudest(row, np.zeros(0), np.zeros(0))
    hz, db = _interpolated(power, row, peak[row])
    bare = ~_is_sung(power, row, hz)
    return Loudest(row[bare], hz[bare], db[bare])


def lonely_peaks(power: Power) -> Peaks:
    """The tones that stand far above what is beside them and above their harmonics; louder ones later."""
    low = power * _LEAST
    at = power[:, LOWEST:HIGHEST]
    is_peak = at > _AUDIBLE
    is_peak &= at > power[:, LOWEST - 1 : HIGHEST - 1]
    is_peak &= at >= power[:, LOWEST + 1 : HIGHEST + 1]
    is_peak &= low[:, LOWEST:HIGHEST] > power[:, LOWEST - _SKIRT : HIGHEST - _SKIRT]
    is_peak &= low[:, LOWEST:HIGHEST] > power[:, LOWEST + _SKIRT : HIGHEST + _SKIRT]
    row, peak = is_peak.nonzero()
    peak += LOWEST
    beside, harmonics = _around(power, row, peak)
    at = power[row, peak]
    alone = (at * _LEAST > beside).nonzero()[0]
    row, peak, beside, harmonics, at = row[alone], peak[alone], beside[alone], harmonics[alone], at[alone]
    hz, db = _interpolated(power, row, peak)
    lonely = at * _LONELY > harmonics
    lonely &= ~_is_overtone(row, hz, db)
    if not lonely.any():
        return _NONE
    chosen = lonely.nonzero()[0]
    chosen = chosen[np.argsort(db[chosen], kind="stable")]
    further = at * np.minimum(_LEAST / beside, _LONELY / harmonics)
    return _weighed(power, row[chosen], hz[chosen], db[chosen], 10.0 * np.log10(further[chosen].astype(np.float64)))


def _weighed(power: Power, row: Rows, hz: Numbers, db: Numbers, further_db: Numbers) -> Peaks:
    is_sung = _is_sung(power, row, hz)
    weight = np.where(is_sung, SUNG_WEIGHT, np.minimum(1.0 + further_db / CLEARER_DB, MOST_WEIGHT))
    loudest_db = 10.0 * np.log10(power[row, LOWEST - 2 :].max(axis=1)) + SCALE_DB
    return Peaks(row, hz, db, weight, is_sung, db > loudest_db - LOUDEST_DB)


def _around(power: Power, row: Rows, peak: Rows) -> tuple[Power, Power]:
    """The power beside each peak, and at its harmonics or of what has it and others as harmonics."""
    centres = np.rint(np.multiply.outer(peak, _WITH_ITSELF)).astype(np.intp)
    places = np.minimum(np.maximum(centres[:, _CENTRES] + _OFFSETS, 0), BINS - 1)
    found = np.maximum.reduceat(power[row[:, None], places], _RUNS, axis=1).T
    beside, second, third, half, more, part, two, four = found
    series = np.maximum(np.minimum(half, more), np.minimum(np.minimum(part, two), four))
    return beside, np.maximum(np.maximum(second, third), series)


def _is_overtone(row: Rows, hz: Numbers, db: Numbers) -> Flags:
    """Which tones lie at a multiple of another of the same microphone: a held note, however it ends."""
    times = hz[:, None] / hz
    number = np.rint(times)
    belongs = (row[:, None] == row) & (number >= 2.0) & (number <= MOST_OVERTONE)
    belongs &= np.abs(times - number) * hz < OVERTONE_HZ
    belongs &= db > db[:, None] - HARMONICS_DB
    return np.asarray(belongs.any(axis=1))


def _is_sung(power: Power, row: Rows, hz: Numbers) -> Flags:
    """Which tones have overtones of their own, too faint to be harmonics by the rule above: no way back makes those."""
    bins = np.rint(np.multiply.outer(hz, _OVERTONES) / BIN_HZ).astype(np.intp)
    is_heard = bins < BINS - _NEXT_TO[-1]
    bins = np.minimum(bins, BINS - 1 - _NEXT_TO[-1])[:, :, None]
    rows = row[:, None, None]
    at = power[rows, bins + ABOUT].max(axis=2)
    is_heard &= at > power[rows, bins + _NEXT_TO].max(axis=2) * _STANDS_OUT
    is_heard &= at > power[row, np.rint(hz / BIN_HZ).astype(np.intp), None] * _FAINTEST
    return np.asarray(np.count_nonzero(is_heard, axis=1) >= FEWEST_OVERTONES)


def _interpolated(power: Power, row: Rows, peak: Rows) -> tuple[Numbers, Numbers]:
    """Frequency and height of each peak, by a parabola through its logarithms."""
    about = np.log(power[row[:, None], peak[:, None] + ABOUT].astype(np.float64))
    below, at, above = about.T
    curve = below - 2.0 * at + above
    shift = np.where(curve < 0.0, 0.5 * (below - above) / np.minimum(curve, -1e-9), 0.0)
    hz = (peak + np.minimum(np.maximum(shift, -0.5), 0.5)) * BIN_HZ
    return np.asarray(hz, np.float64), 10.0 / np.log(10.0) * at + SCALE_DB
