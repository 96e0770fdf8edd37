"""Hears acoustic feedback: which microphones have a narrow, steady, lonely and growing peak, and where.

The criteria are those of T. van Waterschoot and M. Moonen, "Fifty years of acoustic feedback control: state of the art
and future challenges" (Proc. IEEE 99(2), 2011, section V): how far the peak stands above its neighbours (PNPR), above
all (PAPR) and above its harmonics (PHPR), for how long it stays where it is (IPMP), and whether it grows (IMSD). A
voice has harmonics and wavers; a held note has harmonics; a howl has neither. Rows are microphones; nothing here
filters. Who is shut costs nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Power = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

WINDOW_BLOCKS = 5
LOOK_EVERY = 4
"""Each microphone is looked at every 40 ms, where there are at most LOOK_EVERY · LOOKED_AT_ONCE of them."""
LOOKED_AT_ONCE = 32
"""So many neighbours share a turn: the bound of what a block may cost. In a large choir everybody waits longer."""
STEREO_FRAMES = BLOCK_FRAMES * CHANNELS
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
"""Looks that found it, less those that did not and where it was not even the loudest."""
GROWN_DB = 3.0

_HANN = np.hanning(WINDOW_FRAMES).astype(np.float32)
_SCALE = float(1.0 / _HANN.sum())
"""To the peak of a tone, where both sides were added up."""
_SCALE_DB = 20.0 * float(np.log10(_SCALE))
_SLOPES = 1e-14

_ABOUT = np.arange(-1, 2)
_NEAR = range(-2, 3)
_BESIDE = (*range(-AROUND, -LOBE), *range(LOBE + 1, AROUND + 1))
_CENTRES = np.repeat(np.arange(5), (len(_BESIDE), *[len(_NEAR)] * 4))
_OFFSETS = np.array([*_BESIDE, *_NEAR, *_NEAR, *_NEAR, *_NEAR])
_RUNS = (0, len(_BESIDE))
"""What is looked up about a peak, at once: its neighbours, then two harmonics and what it may be a harmonic of."""
_STANDS_DB = np.array([[NEIGHBOURS_DB], [HARMONICS_DB], [AVERAGE_DB]])


class HowlDetector:
    """Listens to microphones, in the order of the last `seat`."""

    def __init__(self) -> None:
        self._recent = deque([np.zeros((0, STEREO_FRAMES), np.float32)] * WINDOW_BLOCKS, WINDOW_BLOCKS)
        self._hz, self._first_db = np.zeros(0), np.zeros(0)
        self._looks = np.zeros(0, np.int64)
        self._turns: list[Rows] = [np.zeros(0, np.intp)] * LOOK_EVERY

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        heard = [seated(block, came_from) for block in self._recent]
        self._recent = deque(heard, WINDOW_BLOCKS)
        self._hz, self._first_db, self._looks = (
            seated(one, came_from) for one in (self._hz, self._first_db, self._looks)
        )
        rows = np.arange(len(came_from))
        shares = [rows[first : first + LOOKED_AT_ONCE] for first in range(0, len(rows), LOOKED_AT_ONCE)]
        self._turns = [*shares, *[rows[:0]] * (LOOK_EVERY - len(shares))]

    def hear(self, sound: Power) -> None:
        """Take a block of every microphone: (microphones, STEREO_FRAMES). It is kept for a while and not written to."""
        self._recent.append(sound)

    def turn(self, block: int, is_open: Flags) -> Rows:
        """Who is to be looked at in this block: a few large looks cost less than many small ones."""
        rows = self._turns[block % len(self._turns)]
        return rows[is_open[rows]] if rows.size else rows

    def spectra(self, rows: Rows) -> Power:
        """The power of what was heard until now, both sides added up: (rows, bins)."""
        sound = np.empty((len(rows), WINDOW_FRAMES), np.float32)
        for number, block in enumerate(self._recent):
            heard = block[rows]
            first = number * BLOCK_FRAMES
            np.add(heard[:, ::2], heard[:, 1::2], out=sound[:, first : first + BLOCK_FRAMES])
        sound *= _HANN
        spectrum = np.fft.rfft(sound, axis=1)
        squares = np.square(spectrum.view(np.float32))
        power: Power = squares[:, ::2] + squares[:, 1::2]
        power += np.float32(_SLOPES)
        return power

    def howling(self, turn: Rows, power: Power) -> tuple[Rows, Numbers]:
        """Return the places within `turn` of those that howl by these spectra of theirs, and at how many hertz."""
        peak = power[:, LOWEST:HIGHEST].argmax(axis=1) + LOWEST
        hz, peak_db = _interpolated(power, peak)
        stands_out, harmonics_db = _stands_out(power, peak, peak_db)
        looks = self._look(turn, hz, peak_db, stands_out)
        grows = (looks >= GROWING_LOOKS) & (peak_db - self._first_db[turn] > GROWN_DB)
        stands = (looks >= STEADY_LOOKS) & (harmonics_db > LONELY_DB) & (peak_db > LOUD_DB)
        howls = ((grows | stands) & stands_out).nonzero()[0]
        self._looks[turn[howls]] = 0
        return howls, hz[howls]

    def _look(self, turn: Rows, hz: Numbers, peak_db: Numbers, stands_out: Flags) -> npt.NDArray[np.int64]:
        """Count how often the same peak was seen; a look that finds something louder takes one off."""
        looks, before_hz, first_db = self._looks[turn], self._hz[turn], self._first_db[turn]
        is_there = (np.abs(hz - before_hz) < STEADY_HZ) & (looks > 0)
        stays = stands_out & is_there
        misses = ~stays & (looks > 1)
        begins = ~stays & ~misses & stands_out
        missed = np.where(is_there, looks, looks - 1)  # a long way back howls in bursts
        looks = np.where(stays, looks + 1, np.where(misses, missed, begins))
        self._looks[turn] = looks
        self._hz[turn] = np.where(stays | begins, hz, before_hz)
        self._first_db[turn] = np.where(stays, np.minimum(first_db, peak_db), np.where(begins, peak_db, first_db))
        return looks


def level_at_db(power: Power, hz: float) -> float:
    """How loud a spectrum is about a frequency: peak in dBFS."""
    place = round(hz / BIN_HZ)
    return float(10.0 * np.log10(power[max(0, place - 1) : place + 2].max()) + _SCALE_DB)


def seated(state: npt.NDArray[Any], came_from: Rows) -> npt.NDArray[Any]:
    """Rows in another order: each from where it was, or nothing (−1)."""
    seated = np.zeros((len(came_from), *state.shape[1:]), state.dtype)
    stays = came_from >= 0
    seated[stays] = state[came_from[stays]]
    return seated


def _interpolated(power: Power, peak: Rows) -> tuple[Numbers, Numbers]:
    """Frequency and height of each row's peak, by a parabola through its logarithms."""
    about = np.log(power[np.arange(len(peak))[:, None], peak[:, None] + _ABOUT].astype(np.float64))
    below, at, above = about.T
    curve = below - 2.0 * at + above
    shift = np.where(curve < 0.0, 0.5 * (below - above) / np.minimum(curve, -1e-9), 0.0)
    hz = (peak + np.minimum(np.maximum(shift, -0.5), 0.5)) * BIN_HZ
    return np.asarray(hz, np.float64), 10.0 / np.log(10.0) * at + _SCALE_DB


def _stands_out(power: Power, peak: Rows, peak_db: Numbers) -> tuple[Flags, Numbers]:
    """Which peaks may be a howl by their spectrum alone, and how far each stands above its harmonics."""
    parts = [np.where(peak // number > LOBE, peak // number, 3 * peak) for number in (2, 3)]
    centres = np.stack((peak, 2 * peak, 3 * peak, *parts))
    places = np.minimum(np.maximum(centres.T[:, _CENTRES] + _OFFSETS, 0), power.shape[1] - 1)
    around = power[np.arange(len(peak))[:, None], places]
    neighbours, harmonics = np.maximum.reduceat(around, _RUNS, axis=1).T
    average = np.add.reduce(power[:, LOWEST:HIGHEST], axis=1) / np.float32(HIGHEST - LOWEST)
    below_db = peak_db - _SCALE_DB - 10.0 * np.log10(np.stack((neighbours, harmonics, average)).astype(np.float64))
    stands_out = (below_db > _STANDS_DB).all(axis=0) & (peak_db > AUDIBLE_DB)
    return stands_out, below_db[1]
