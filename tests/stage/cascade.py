"""The equaliser as a console's manual would write it: biquad sections in float64, which SciPy runs. The mixer does not.

Low cut and bell are those of the Audio EQ Cookbook (Bristow-Johnson), the shelves bilinear transforms of first order.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from live.messages.scene import Equaliser
from stage.picture import SAMPLE_RATE_HZ
from stage.strip import BASS_HZ, LOW_CUT_Q, MID_HZ, MID_POLE_Q, MIN_LOW_CUT_HZ, TREBLE_HZ

Section: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Numerator and denominator in rising powers of z⁻¹; the denominator starts with 1."""


def sections(equaliser: Equaliser) -> tuple[Section, ...]:
    """The cascade as written on the console: low cut, bass shelf, bell, treble shelf; flat ones are left out."""
    cascade: list[Section] = []
    if equaliser.low_cut_hz >= MIN_LOW_CUT_HZ:
        cascade.append(_low_cut(equaliser.low_cut_hz))
    if equaliser.bass_db:
        cascade.append(_bass(_linear(equaliser.bass_db)))
    if equaliser.mid_db:
        cascade.append(_bell(_linear(equaliser.mid_db)))
    if equaliser.treble_db:
        cascade.append(_treble(_linear(equaliser.treble_db)))
    return tuple(cascade)


def _linear(gain_db: float) -> float:
    return float(10.0 ** (gain_db / 20.0))


def _warped(frequency_hz: float) -> float:
    """tan(ω/2): where the bilinear transform puts a frequency."""
    return math.tan(math.pi * frequency_hz / SAMPLE_RATE_HZ)


def _low_cut(frequency_hz: float) -> Section:
    omega = 2.0 * math.pi * frequency_hz / SAMPLE_RATE_HZ
    alpha, cosine = math.sin(omega) / (2.0 * LOW_CUT_Q), math.cos(omega)
    a0 = 1.0 + alpha
    edge = (1.0 + cosine) / 2.0 / a0
    return (edge, -2.0 * edge, edge), (1.0, -2.0 * cosine / a0, (1.0 - alpha) / a0)


def _bass(gain: float) -> Section:
    """(s + gain) / (s + 1), 1 at BASS_HZ."""
    k = _warped(BASS_HZ)
    a0 = 1.0 + k
    return ((1.0 + gain * k) / a0, (gain * k - 1.0) / a0, 0.0), (1.0, (k - 1.0) / a0, 0.0)


def _treble(gain: float) -> Section:
    """(gain·s + 1) / (s + 1), 1 at TREBLE_HZ."""
    k = _warped(TREBLE_HZ)
    a0 = 1.0 + k
    return ((gain + k) / a0, (k - gain) / a0, 0.0), (1.0, (k - 1.0) / a0, 0.0)


def _bell(gain: float) -> Section:
    omega = 2.0 * math.pi * MID_HZ / SAMPLE_RATE_HZ
    alpha, cosine = math.sin(omega) / (2.0 * MID_POLE_Q), math.cos(omega)
    a0 = 1.0 + alpha
    middle = -2.0 * cosine / a0
    return ((1.0 + alpha * gain) / a0, middle, (1.0 - alpha * gain) / a0), (1.0, middle, (1.0 - alpha) / a0)
