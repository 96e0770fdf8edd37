"""Level meters: peak and RMS of the master, peak of every strip, gathered over blocks and read some times a second.

A strip is measured behind its gain and before its equaliser. Levels are dBFS; SILENT_DB is silence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from stage.mixer import StripInput
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
        self._peaks = np.zeros(CHANNELS)
        self._squares = np.zeros(CHANNELS)
        self._frames = 0
        self._strips: dict[str, float] = {}

    def add(self, strips: Sequence[StripInput], master: Block) -> None:
        np.maximum(self._peaks, np.abs(master).max(axis=0), out=self._peaks)
        self._squares += np.square(master, dtype=np.float64).sum(axis=0)
        self._frames += len(master)
        for strip_id, block, gain, _, _ in strips:
            # cv2.norm: a whole desk of strips in the time that NumPy takes for three
            peak = gain * cv2.norm(block, cv2.NORM_INF) if gain else 0.0
            self._strips[strip_id] = max(self._strips.get(strip_id, 0.0), peak)

    def read(self) -> Reading:
        """Return the levels since the last reading, and start afresh."""
        rms = np.sqrt(self._squares / max(1, self._frames))
        reading = Reading(
            master_peak_db=(_db(self._peaks[0]), _db(self._peaks[1])),
            master_rms_db=(_db(rms[0]), _db(rms[1])),
            strips={strip_id: _db(peak) for strip_id, peak in self._strips.items()},
        )
        self._start_afresh()
        return reading


def _db(level: float) -> float:
    return max(SILENT_DB, 20.0 * math.log10(level)) if level > 0.0 else SILENT_DB
