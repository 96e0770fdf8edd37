"""Level meters: peak and RMS of the master, peak of every strip, gathered over blocks and read some times a second.

A strip is measured behind its gain and before its equaliser, by the mixer. Levels are dBFS; SILENT_DB is silence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stage.mixer import Peaks
from stage.picture import CHANNELS, Block

SILENT_DB = -120.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What happened since the reading before."""

    master_peak_db: tuple[float, float]
    master_rms_db: tuple[float, float]
    strips: dict[str, float]


class Meters:
    """`add` what was mixed, `read` now and then."""

    def __init__(self) -> None:
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._peaks = np.zeros(CHANNELS, np.float32)
        self._squares = np.zeros(CHANNELS)
        self._frames = 0
        self._strip_ids: tuple[str, ...] = ()
        self._heights = np.zeros(0)
        self._earlier: dict[str, float] = {}
        """Of strips as they were before others came or went."""

    def add(self, strips: Peaks, master: Block) -> None:
        sides = np.ascontiguousarray(master.T)  # NumPy is slow where the last axis is short
        np.maximum(self._peaks, np.maximum(sides.max(axis=1), -sides.min(axis=1)), out=self._peaks)
        self._squares += np.einsum("ij,ij->i", sides, sides)
        self._frames += len(master)
        if strips.strip_ids is self._strip_ids or strips.strip_ids == self._strip_ids:
            np.maximum(self._heights, strips.heights, out=self._heights)
        else:
            self._earlier = self._strips()
            self._strip_ids, self._heights = strips.strip_ids, strips.heights

    def read(self) -> Reading:
        """Return the levels since the last reading, and start afresh."""
        rms = np.sqrt(self._squares / max(1, self._frames))
        reading = Reading(
            master_peak_db=(_db(float(self._peaks[0])), _db(float(self._peaks[1]))),
            master_rms_db=(_db(rms[0]), _db(rms[1])),
            strips={strip_id: _db(peak) for strip_id, peak in self._strips().items()},
        )
        self._start_afresh()
        return reading

    def _strips(self) -> dict[str, float]:
        heights = dict(zip(self._strip_ids, self._heights.tolist(), strict=True))
        return {**self._earlier, **{one: max(height, self._earlier.get(one, 0.0)) for one, height in heights.items()}}


def _db(level: float) -> float:
    return max(SILENT_DB, 20.0 * math.log10(level)) if level > 0.0 else SILENT_DB
