"""Hears acoustic feedback: which microphones have a narrow, lonely tone that stays or grows, and where.

The criteria are those of T. van Waterschoot and M. Moonen, "Fifty years of acoustic feedback control: state of the art
and future challenges" (Proc. IEEE 99(2), 2011, section V): how far a peak stands above its neighbours (PNPR) and above
its harmonics (PHPR), for how long it stays where it is (IPMP), and whether it grows (IMSD). A voice has harmonics and
wavers; a held note has harmonics; a howl has neither. A howl under a voice shows itself in the pauses, so a tone that
is covered for a while is not forgotten. Rows are microphones; nothing here filters. Who is shut costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stage.guard.hearing import BIN_HZ, BINS, SCALE_DB, Power, Rows, seated

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LOOK_EVERY = 4
"""Each microphone is looked at every 40 ms, where there are at most LOOK_EVERY · LOOKED_AT_ONCE of them."""
LOOKED_AT_ONCE = 32
"""So many neighbours share a turn: the bound of what a block may cost. In a large choir everybody waits longer."""

LOWEST, HIGHEST = round(120.0 / BIN_HZ), round(10_000.0 / BIN_HZ)
LOBE = 4
"""Bins to either side that belong to the peak itself."""
AROUND = 14
"""Bins to either side that are its neighbours."""
NEIGHBOURS_DB, HARMONICS_DB = 15.0, 26.0
MOST_OVERTONE, OVERTONE_HZ = 8.0, 15.0
AUDIBLE_DB = -60.0

TONES = 4
"""So many at once are kept in mind of each microphone."""
STEADY_HZ = 12.0
"""Between two looks; with a long way back a howl wavers by as much before it settles."""
COVERED_DB = 8.0
"""A tone that is not alone, but no further down than this, is still there under a voice."""
COVERED, GONE = 0.1, 0.15
"""Taken off what was seen of a tone by a look that does not show it."""
SEEN, LOUD_DB = 2.0, -50.0
EVIDENCE = 4.0
"""Looks that showed it alone, and a look for each GROWN_DB that it grew, up to GROWN_LOOKS."""
GROWN_DB, GROWN_LOOKS = 4.0, 3.0

_ABOUT = np.arange(-1, 2)
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
_AUDIBLE = np.float32(10.0 ** ((AUDIBLE_DB - SCALE_DB) / 10.0))
_SKIRT = 6
"""Bins from a peak at which it has fallen by NEIGHBOURS_DB at least: what is looked for first, and everywhere."""


class Peaks(NamedTuple):
    """Tones that stand alone: in which row, where and how loud."""

    row: Rows
    hz: Numbers
    db: Numbers


class HowlDetector:
    """Keeps the tones of each microphone in mind, in the order of the last `seat`."""

    def __init__(self) -> None:
        self._hz, self._seen, self._first_db, self._last_db = (np.zeros((0, TONES)) for _ in range(4))
        self._turns: list[Rows] = [np.zeros(0, np.intp)] * LOOK_EVERY

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        self._hz, self._seen, self._first_db, self._last_db = (
            seated(one, came_from) for one in (self._hz, self._seen, self._first_db, self._last_db)
        )
        rows = np.arange(len(came_from))
        shares = [rows[first : first + LOOKED_AT_ONCE] for first in range(0, len(rows), LOOKED_AT_ONCE)]
        self._turns = [*shares, *[rows[:0]] * (LOOK_EVERY - len(shares))]

    def turn(self, block: int, is_open: Flags) -> Rows:
        """Who is to be looked at in this block: a few large looks cost less than many small ones."""
        rows = self._turns[block % len(self._turns)]
        return rows[is_open[rows]] if rows.size else rows

    def howling(self, turn: Rows, power: Power) -> tuple[Rows, Numbers]:
        """Return the places within `turn` of those that howl by these spectra of theirs, and at how many hertz."""
        peaks = lonely_peaks(power)
        tones = self._tones(turn[peaks.row], peaks)
        self._forget(turn, power, peaks, tones)
        if not len(peaks.row):
            return peaks.row, peaks.hz
        places = turn[peaks.row], tones
        seen = self._seen[places] + 1.0
        # A look into which a tone began says nothing of how loud it is.
        first_db = np.where(seen <= 2.0, peaks.db, np.minimum(self._first_db[places], peaks.db))
        self._hz[places], self._first_db[places], self._last_db[places] = peaks.hz, first_db, peaks.db
        grown = np.minimum((peaks.db - first_db) / GROWN_DB, GROWN_LOOKS)
        howls = (seen >= SEEN) & (seen + grown >= EVIDENCE) & (peaks.db > LOUD_DB)
        self._seen[places] = np.where(howls, 0.0, seen)
        return peaks.row[howls], peaks.hz[howls]

    def _tones(self, microphones: Rows, peaks: Peaks) -> Rows:
        """Which of a microphone's tones each peak is: one that was there, or the one of which least was seen."""
        seen = self._seen[microphones]
        away = np.where(seen > 0.0, np.abs(self._hz[microphones] - peaks.hz[:, None]), np.inf)
        nearest = away.argmin(axis=1)
        each = np.arange(len(microphones))
        is_new = away[each, nearest] >= STEADY_HZ
        least = seen.argmin(axis=1)
        fresh = microphones[is_new], least[is_new]
        self._seen[fresh] = 0.0
        return np.asarray(np.where(is_new, least, nearest))

    def _forget(self, turn: Rows, power: Power, peaks: Peaks, tones: Rows) -> None:
        """Take off what a look does not show; little where a voice may cover it."""
        seen = self._seen[turn]
        if not seen.any():
            return
        bins = np.round(self._hz[turn] / BIN_HZ).astype(np.intp)
        near = np.minimum(np.maximum(bins[:, :, None] + _ABOUT, 0), BINS - 1)
        level_db = 10.0 * np.log10(power[np.arange(len(turn))[:, None, None], near].max(axis=2)) + SCALE_DB
        less = np.where(level_db > self._last_db[turn] - COVERED_DB, COVERED, GONE)
        less[peaks.row, tones] = 0.0
        self._seen[turn] = np.maximum(seen - less, 0.0)


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
    beside, overtones, series = _around(power, row, peak)
    at = power[row, peak]
    alone = (at * _LEAST > beside).nonzero()[0]
    row, peak, overtones, series, at = row[alone], peak[alone], overtones[alone], series[alone], at[alone]
    hz, db = _interpolated(power, row, peak)
    lonely = at * _LONELY > np.maximum(overtones, series)
    lonely &= ~_is_overtone(row, hz, db)
    chosen = lonely.nonzero()[0]
    chosen = chosen[np.argsort(db[chosen], kind="stable")]
    return Peaks(row[chosen], hz[chosen], db[chosen])


def _around(power: Power, row: Rows, peak: Rows) -> tuple[Power, Power, Power]:
    """The power beside each peak, at its harmonics, and of what has it and others as harmonics."""
    centres = np.rint(np.multiply.outer(peak, _WITH_ITSELF)).astype(np.intp)
    places = np.minimum(np.maximum(centres[:, _CENTRES] + _OFFSETS, 0), BINS - 1)
    found = np.maximum.reduceat(power[row[:, None], places], _RUNS, axis=1).T
    beside, second, third, half, more, part, two, four = found
    series = np.maximum(np.minimum(half, more), np.minimum(np.minimum(part, two), four))
    return beside, np.maximum(second, third), series


def _is_overtone(row: Rows, hz: Numbers, db: Numbers) -> Flags:
    """Which tones lie at a multiple of another of the same microphone: a held note, however it ends."""
    times = hz[:, None] / hz
    number = np.rint(times)
    belongs = (row[:, None] == row) & (number >= 2.0) & (number <= MOST_OVERTONE)
    belongs &= np.abs(times - number) * hz < OVERTONE_HZ
    belongs &= db > db[:, None] - HARMONICS_DB
    return np.asarray(belongs.any(axis=1))


def _interpolated(power: Power, row: Rows, peak: Rows) -> tuple[Numbers, Numbers]:
    """Frequency and height of each peak, by a parabola through its logarithms."""
    about = np.log(power[row[:, None], peak[:, None] + _ABOUT].astype(np.float64))
    below, at, above = about.T
    curve = below - 2.0 * at + above
    shift = np.where(curve < 0.0, 0.5 * (below - above) / np.minimum(curve, -1e-9), 0.0)
    hz = (peak + np.minimum(np.maximum(shift, -0.5), 0.5)) * BIN_HZ
    return np.asarray(hz, np.float64), 10.0 / np.log(10.0) * at + SCALE_DB
