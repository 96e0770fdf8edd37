"""Narrow cuts in the sound of a microphone, put in and taken out under a crossfade of one block.

A cut is the bell of the Audio EQ Cookbook (Bristow-Johnson), DEPTH_DB deep and a tenth of an octave wide: enough for a
howl that wavers, too little to hurt a voice. Runs as products of small matrices: SciPy, which could do it, takes
seconds to import, and a stage that was killed must be back at once.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stage.air.stretch import faded_into
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block

DEPTH_DB = 36.0
OCTAVES = 0.1
MOST_CUTS = 4

RUN_FRAMES = 120
"""Filtered at once."""

Numbers = npt.NDArray[np.float64]


class Section(NamedTuple):
    """What RUN_FRAMES of sound and the two states before them come to: sound, and the states behind them."""

    sound_to_sound: Numbers
    states_to_sound: Numbers
    sound_to_states: Numbers
    states_to_states: Numbers


class Notches:
    """The cuts of one microphone, at most MOST_CUTS; `run` every block once there is one."""

    def __init__(self) -> None:
        self.cuts_hz: tuple[float, ...] = ()
        self._running: tuple[float, ...] = ()
        self._states: dict[float, Numbers] = {}

    @property
    def is_idle(self) -> bool:
        return not self.cuts_hz and not self._running

    def cut(self, hz: float) -> bool:
        """False where there are too many already."""
        if len(self.cuts_hz) >= MOST_CUTS:
            return False
        self.cuts_hz = (*self.cuts_hz, hz)
        return True

    def lift(self, hz: float) -> None:
        self.cuts_hz = tuple(one for one in self.cuts_hz if one != hz)

    def run(self, block: Block) -> Block:
        if self._running == self.cuts_hz:
            return self._filtered(block, self.cuts_hz)
        before = {hz: state.copy() for hz, state in self._states.items()}
        old = self._filtered(block, self._running)
        self._states = {hz: before.get(hz, np.zeros((2, CHANNELS))) for hz in self.cuts_hz}
        self._running = self.cuts_hz
        return faded_into(old, self._filtered(block, self.cuts_hz))

    def _filtered(self, block: Block, cuts_hz: tuple[float, ...]) -> Block:
        if not cuts_hz:
            return block
        sound = block.astype(np.float64)
        self._states = {hz: _run(_section(hz), sound, self._states[hz]) for hz in cuts_hz}
        return sound.astype(np.float32)


def _run(section: Section, sound: Numbers, states: Numbers) -> Numbers:
    """Filter `sound` in its place; return the states it leaves."""
    for first in range(0, len(sound), RUN_FRAMES):
        run = sound[first : first + RUN_FRAMES]
        filtered = section.sound_to_sound @ run + section.states_to_sound @ states
        states = section.sound_to_states @ run + section.states_to_states @ states
        run[...] = filtered
    return states


@lru_cache(maxsize=64)
def _section(hz: float) -> Section:
    b0, b1, b2, a1, a2 = _bell(hz)
    step, enters = np.array([[-a1, 1.0], [-a2, 0.0]]), np.array([b1 - a1 * b0, b2 - a2 * b0])
    powers = [np.eye(2)]
    for _ in range(RUN_FRAMES):
        powers.append(powers[-1] @ step)
    answer = np.array([b0, *(float((power @ enters)[0]) for power in powers[: RUN_FRAMES - 1])])
    places = np.subtract.outer(np.arange(RUN_FRAMES), np.arange(RUN_FRAMES))
    return Section(
        sound_to_sound=np.where(places >= 0, answer[places], 0.0),
        states_to_sound=np.array([power[0] for power in powers[:RUN_FRAMES]]),
        sound_to_states=np.array([power @ enters for power in powers[RUN_FRAMES - 1 :: -1]]).T,
        states_to_states=powers[RUN_FRAMES],
    )


def _bell(hz: float) -> tuple[float, float, float, float, float]:
    omega = 2.0 * math.pi * hz / SAMPLE_RATE_HZ
    root = 10.0 ** (-DEPTH_DB / 40.0)
    alpha = math.sin(omega) * math.sinh(math.log(2.0) / 2.0 * OCTAVES * omega / math.sin(omega))
    a0 = 1.0 + alpha / root
    middle = -2.0 * math.cos(omega) / a0
    return (1.0 + alpha * root) / a0, middle, (1.0 - alpha * root) / a0, middle, (1.0 - alpha / root) / a0
