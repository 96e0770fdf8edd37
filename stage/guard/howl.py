"""Hears acoustic feedback: which microphones have a narrow, steady, lonely and growing peak, and where.

The criteria are those of T. van Waterschoot and M. Moonen, "Fifty years of acoustic feedback control: state of the art
and future challenges" (Proc. IEEE 99(2), 2011, section V): how far the peak stands above its neighbours (PNPR), above
all (PAPR) and above its harmonics (PHPR), for how long it stays where it is (IPMP), and whether it grows (IMSD). A
voice has harmonics and wavers; a held note has harmonics; a howl has neither. Rows are microphones; nothing here
filters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Power = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

WINDOW_BLOCKS = 5
LOOK_EVERY = 4
"""Each microphone is looked at every 40 ms; they take turns."""
WINDOW_FRAMES = WINDOW_BLOCKS * BLOCK_FRAMES
BIN_HZ = SAMPLE_RATE_HZ / WINDOW_FRAMES
LOWEST, HIGHEST = round(120.0 / BIN_HZ), round(10_000.0 / BIN_HZ)
LOBE = 4
"""Bins to either side that belong to the peak itself."""
AROUND = 14
"""Bins to either side that are its neighbours."""

NEIGHBOURS_DB, AVERAGE_DB, HARMONICS_DB = 15.0, 12.0, 26.0
LONELY_DB = 40.0
AUDIBLE_DB, LOUD_DB = -60.0, -36.0
STEADY_HZ = 25.0
"""Between two looks; with a long way back a howl wavers by as much before it settles."""
GROWING_LOOKS, STEADY_LOOKS = 4, 6
"""Looks that found it less looks that did not."""
GROWN_DB = 3.0

_HANN = np.hanning(WINDOW_FRAMES).astype(np.float32)
_SCALE = float(1.0 / _HANN.sum())
"""To the peak of a tone, where both sides were added up."""
_SLOPES = 1e-14


class HowlDetector:
    """Listens to up to `rows` microphones; `clear` a row before another one takes it."""

    def __init__(self, rows: int) -> None:
        self._sound = np.zeros((rows, WINDOW_BLOCKS, BLOCK_FRAMES), np.float32)
        self._age = np.zeros(rows, np.int64)
        self._hz = np.zeros(rows)
        self._looks = np.zeros(rows, np.int64)
        self._first_db = np.zeros(rows)

    def clear(self, row: int) -> None:
        self._sound[row] = 0.0
        self._age[row] = self._looks[row] = 0
        self._hz[row] = 0.0

    def hear(self, rows: Rows, mono: Power, is_open: Flags) -> tuple[Rows, Power]:
        """Take a block of each row, both sides added up; return whose turn it is, and the power of their spectra."""
        self._sound[rows, self._age[rows] % WINDOW_BLOCKS] = mono
        self._age[rows] += 1
        turn = rows[((self._age[rows] + rows) % LOOK_EVERY == 0) & is_open]
        if not turn.size:
            return turn, np.zeros((0, HIGHEST), np.float32)
        order = (self._age[turn][:, None] + np.arange(WINDOW_BLOCKS)) % WINDOW_BLOCKS
        sound = self._sound[turn[:, None], order].reshape(len(turn), WINDOW_FRAMES)
        spectrum = np.fft.rfft(sound * _HANN, axis=1)[:, : 3 * HIGHEST]
        return turn, np.square(spectrum.real) + np.square(spectrum.imag) + np.float32(_SLOPES)

    def howling(self, turn: Rows, power: Power) -> tuple[Rows, Numbers]:
        """Return the rows that howl by what was heard until now, and at how many hertz."""
        if not turn.size:
            return turn, np.zeros(0)
        peak = power[:, LOWEST:HIGHEST].argmax(axis=1) + LOWEST
        hz, peak_db = _interpolated(power, peak)
        stands_out, harmonics_db = _stands_out(power, peak, peak_db)
        looks = self._look(turn, hz, peak_db, stands_out)
        grows = (looks >= GROWING_LOOKS) & (peak_db - self._first_db[turn] > GROWN_DB)
        stands = (looks >= STEADY_LOOKS) & (harmonics_db > LONELY_DB) & (peak_db > LOUD_DB)
        howls = (grows | stands) & stands_out
        self._looks[turn[howls]] = 0
        return turn[howls], hz[howls]

    def _look(self, turn: Rows, hz: Numbers, peak_db: Numbers, stands_out: Flags) -> npt.NDArray[np.int64]:
        """Count how often the same peak was seen; a look that finds a voice over it takes one off."""
        looks, before_hz, first_db = self._looks[turn], self._hz[turn], self._first_db[turn]
        stays = stands_out & (np.abs(hz - before_hz) < STEADY_HZ) & (looks > 0)
        misses = ~stays & (looks > 1)
        begins = ~stays & ~misses & stands_out
        looks = np.where(stays, looks + 1, np.where(misses, looks - 1, begins))
        self._looks[turn] = looks
        self._hz[turn] = np.where(stays | begins, hz, before_hz)
        self._first_db[turn] = np.where(stays, np.minimum(first_db, peak_db), np.where(begins, peak_db, first_db))
        return looks


def level_at_db(power: Power, hz: float) -> float:
    """How loud a spectrum is about a frequency: peak in dBFS."""
    place = round(hz / BIN_HZ)
    return float(10.0 * np.log10(power[max(0, place - 1) : place + 2].max()) + 20.0 * np.log10(_SCALE))


def _interpolated(power: Power, peak: Rows) -> tuple[Numbers, Numbers]:
    """Frequency and height of each row's peak, by a parabola through its logarithms."""
    each = np.arange(len(peak))
    below, at, above = (np.log(power[each, peak + step].astype(np.float64)) for step in (-1, 0, 1))
    curve = below - 2.0 * at + above
    shift = np.where(curve < 0.0, 0.5 * (below - above) / np.minimum(curve, -1e-9), 0.0)
    height_db = 10.0 / np.log(10.0) * at + 20.0 * np.log10(_SCALE)
    return (peak + np.clip(shift, -0.5, 0.5)) * BIN_HZ, height_db


def _stands_out(power: Power, peak: Rows, peak_db: Numbers) -> tuple[Flags, Numbers]:
    """Which peaks may be a howl by their spectrum alone, and how far each stands above its harmonics."""
    scale_db = 20.0 * np.log10(_SCALE)
    neighbours_db = (
        peak_db - _db(_loudest(power, peak, (*range(-AROUND, -LOBE), *range(LOBE + 1, AROUND + 1)))) - scale_db
    )
    near = range(-2, 3)
    harmonics = [_loudest(power, peak * number, near) for number in (2, 3)]
    below = [np.where(peak // number > LOBE, _loudest(power, peak // number, near), 0.0) for number in (2, 3)]
    harmonics_db = peak_db - _db(np.max([*harmonics, *below], axis=0)) - scale_db
    average_db = peak_db - _db(power[:, LOWEST:HIGHEST].mean(axis=1)) - scale_db
    stands_out = (
        (neighbours_db > NEIGHBOURS_DB)
        & (harmonics_db > HARMONICS_DB)
        & (average_db > AVERAGE_DB)
        & (peak_db > AUDIBLE_DB)
    )
    return stands_out, harmonics_db


def _loudest(power: Power, centre: Rows, offsets: range | tuple[int, ...]) -> Numbers:
    places = np.clip(centre[:, None] + np.asarray(offsets), 0, power.shape[1] - 1)
    return np.asarray(np.take_along_axis(power, places, axis=1).max(axis=1), np.float64)


def _db(power: Numbers | Power) -> Numbers:
    return np.asarray(10.0 * np.log10(power + 1e-20), np.float64)
