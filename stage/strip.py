"""The equaliser of a strip: four filter sections, designed here in float64 for the loops of `stage.compiled`.

Low cut, bass shelf, bell and treble shelf follow each other, each as the integrators of its analogue model, solved by
the trapezoidal rule (Zavalishin's topology-preserving transform): in float32 such a filter keeps its precision with a
20 Hz pole, where the direct forms drift. Bass, bell and treble keep their poles where they are and move only their
zeros with the gain, so that all strips share those numbers. The low cut and the bell respond as those of the Audio EQ
Cookbook (Bristow-Johnson), the bell with A·Q held constant; the shelves are of first order, which never overshoot.
Nothing here touches sound.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeAlias

from live.messages.scene import Equaliser
from stage.picture import SAMPLE_RATE_HZ

BASS_HZ = 120.0
MID_HZ = 1000.0
MID_POLE_Q = 1.0
TREBLE_HZ = 6000.0
LOW_CUT_Q = math.sqrt(0.5)
MIN_LOW_CUT_HZ = 10.0
"""A low cut below this is off: nobody hears it."""

Filter: TypeAlias = tuple[float, float, float, float, float, float, float]
"""The low cut's share of the input that passes and of its first integrator that is taken off, the step of its
integrators and twice that; what is added of the bass, the middle and the treble."""
WIRE = (1.0, 0.0, 0.0, 0.0)
"""A low cut that is off."""


def warped(frequency_hz: float) -> float:
    """tan(ω/2): where the bilinear transform puts a frequency."""
    return math.tan(math.pi * frequency_hz / SAMPLE_RATE_HZ)


@lru_cache(maxsize=4096)
def designed(equaliser: Equaliser) -> Filter | None:
    """The numbers of a cascade; a flat equaliser has none."""
    low_cut = _low_cut(equaliser.low_cut_hz) if equaliser.low_cut_hz >= MIN_LOW_CUT_HZ else WIRE
    gains = (equaliser.bass_db, equaliser.mid_db, equaliser.treble_db)
    if low_cut is WIRE and not any(gains):
        return None
    bass, mid, treble = (10.0 ** (gain_db / 20.0) - 1.0 for gain_db in gains)
    return *low_cut, bass, mid / MID_POLE_Q, treble / (1.0 + warped(TREBLE_HZ))


def has_low_cut(numbers: Filter) -> bool:
    return numbers[:4] != WIRE


def _low_cut(frequency_hz: float) -> tuple[float, float, float, float]:
    step = warped(frequency_hz)
    held = 1.0 / LOW_CUT_Q + step
    passed = 1.0 / (1.0 + step * held)
    return passed, passed * held, step, 2.0 * step
