"""The equaliser of a strip: four filter sections, designed here in float64 and turned into weights on shared banks.

Bass, bell and treble keep their poles where they are and move only their zeros with the gain. So every strip's cascade
is, by partial fractions, the same few resonators with other weights:

    H(z) = H(1) + Σ over banks (difference · (1 − z⁻¹) + level · (A(1) − A(z))) / A(z)

where every bank is silent at 0 Hz, so that a strip with a low cut sends nothing straight to the sum: H(1) = 0. As
mixing is linear the resonators need to run once, on the weighted sum of all strips, however many there are
(`stage.mixer`). The weights glide like any gain, so that turning a knob can never click. Low cut and bell are those of
the Audio EQ Cookbook (Bristow-Johnson), the bell with A·Q held constant; the shelves are of first order, which never
overshoot. Nothing here touches sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from live.messages.scene import Equaliser
from stage.picture import SAMPLE_RATE_HZ

BASS_HZ = 120.0
MID_HZ = 1000.0
MID_POLE_Q = 1.0
TREBLE_HZ = 6000.0
LOW_CUT_Q = math.sqrt(0.5)
MIN_LOW_CUT_HZ = 10.0
"""A low cut below this is off: nobody hears it, and its resonator would ring for seconds."""

Numbers: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bank:
    """A resonator that strips share: the denominator 1 + a1 z⁻¹ + a2 z⁻²."""

    a1: float
    a2: float

    @property
    def at_one(self) -> float:
        """A(1): what the `level` input is weighed with, less what passes at once."""
        return 1.0 + self.a1 + self.a2


@dataclass(frozen=True, slots=True)
class Weights:
    """What a strip sends: straight to the sum (its gain at 0 Hz), and to each bank as (difference, level)."""

    steady: float
    banks: tuple[tuple[Bank, float, float], ...]


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


@lru_cache(maxsize=4096)
def weights(equaliser: Equaliser) -> Weights:
    """Split the cascade into partial fractions.

    No two poles meet: those of the shelves are real, bell and low cut differ in Q.
    """
    cascade = sections(equaliser)
    poles = [pole for _, (_, a1, a2) in cascade for pole in np.roots([1.0, a1, a2] if a2 else [1.0, a1])]
    residues = [_residue(cascade, poles, i) for i in range(len(poles))]
    steady = math.prod(sum(numerator) / sum(denominator) for numerator, denominator in cascade)
    shelves = [(p.real, r.real) for p, r in zip(poles, residues, strict=True) if abs(p.imag) == 0.0]
    pairs = [(p, r) for p, r in zip(poles, residues, strict=True) if p.imag > 0.0]
    banks = [_pair_weights(p, r) for p, r in pairs]
    if shelves:
        banks.append(_shelf_weights(dict(shelves)))
    return Weights(steady, tuple(banks))


def _residue(cascade: tuple[Section, ...], poles: list[complex], index: int) -> complex:
    """(1 − p z⁻¹) H(z) at z = p, from factors: multiplying polynomials out would lose a 20 Hz pole's digits."""
    inverse = 1.0 / complex(poles[index])
    value = 1.0 + 0.0j
    for (b0, b1, b2), _ in cascade:
        value *= b0 + inverse * (b1 + inverse * b2)
    for other, pole in enumerate(poles):
        if other != index:
            value /= 1.0 - complex(pole) * inverse
    return value


def _pair_weights(pole: complex, residue: complex) -> tuple[Bank, float, float]:
    """r/(1 − p z⁻¹) and its conjugate, as one real bank."""
    bank = Bank(-2.0 * pole.real, abs(pole) ** 2)
    return _scaled(bank, 2.0 * residue.real, -2.0 * (residue * pole.conjugate()).real)


def _shelf_weights(residues: dict[float, float]) -> tuple[Bank, float, float]:
    """Both shelves' real poles in one bank; a flat shelf has no residue."""
    bass, treble = _shelf_poles()
    low = next((r for p, r in residues.items() if math.isclose(p, bass)), 0.0)
    high = next((r for p, r in residues.items() if math.isclose(p, treble)), 0.0)
    bank = Bank(-(bass + treble), bass * treble)
    return _scaled(bank, low + high, -(low * treble + high * bass))


def _scaled(bank: Bank, c0: float, c1: float) -> tuple[Bank, float, float]:
    """c0 + c1 z⁻¹ as difference and level: neither cancels, so float32 weights keep their precision at 20 Hz."""
    return bank, -c1, (c0 + c1) / bank.at_one


def _linear(gain_db: float) -> float:
    return float(10.0 ** (gain_db / 20.0))


def _warped(frequency_hz: float) -> float:
    """tan(ω/2): where the bilinear transform puts a frequency."""
    return math.tan(math.pi * frequency_hz / SAMPLE_RATE_HZ)


def _shelf_poles() -> tuple[float, float]:
    bass, treble = _warped(BASS_HZ), _warped(TREBLE_HZ)
    return (1.0 - bass) / (1.0 + bass), (1.0 - treble) / (1.0 + treble)


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
