"""Many halls at once, each with one microphone that hears its own loudspeakers: for how long does each one howl?

The halls lie side by side behind a few guards. The way back of each is a resonance, a delay and a gain; it is closed
once the leveller has settled on the voice, and the guard's own gain at that moment is reckoned in, so that a loop gain
of 0.5 dB is one. The voice has a narrow gap where the loop howls, so that what is measured there is the howl and
nothing that is said; a short knock sets it off, and the voice talks on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirpeak, sosfilt, tf2sos

from stage.guard.rack import GuardRack
from stage.limiter import CEILING
from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ, Block
from tests.stage.guard.hall import voice

Numbers = npt.NDArray[np.float64]

QUALITY = 30.0
"""How sharply the way back resonates."""
GAP_HZ = 60.0
"""How far the gap in the voice reaches to either side."""
TALK_BLOCKS, SETTLED_BLOCKS = 100, 30
"""Before the loop is closed, and those of them by which the guard's gain is known."""
KNOCK_S, KNOCK_DB = 0.06, -40.0
STEP = 1200
"""The howl is measured over two steps, at every step."""
PASSED_DB, DOWN_DB = -36.0, -42.0


class Talk(NamedTuple):
    """Where a hall howls, and who talks in it."""

    hz: float
    pitch_hz: float
    seed: int


class Loop(NamedTuple):
    gain_db: float
    delay_ms: int


def howls_ms(talk: Talk, loops: Sequence[Loop], seconds: float, racks: Sequence[GuardRack]) -> list[int]:
    """From the moment at which each howl passes PASSED_DB until it is below DOWN_DB for good; 0: it never got so far.

    The halls are dealt out to the guards, neighbours together: none has notches for more than MOST_NOTCHED. Without a
    guard the microphones go to the loudspeakers as they are.
    """
    program = _program(_said(talk, seconds), talk.hz, loops, racks)
    return [_howl_ms(levels_db) for levels_db in _levels_db(program, talk.hz)]


def _program(said: Numbers, hz: float, loops: Sequence[Loop], racks: Sequence[GuardRack]) -> Numbers:
    resonance = tf2sos(*iirpeak(hz, QUALITY, fs=SAMPLE_RATE_HZ))
    state = np.zeros((1, len(loops), 2))
    delays = np.array([loop.delay_ms * SAMPLE_RATE_HZ // 1000 for loop in loops])
    limits = np.ones(len(loops))
    program = np.zeros((len(loops), len(said)))
    gains, powers = np.zeros((len(loops), 1)), np.zeros((2, len(loops)))
    for block, first in enumerate(range(0, len(said), BLOCK_FRAMES)):
        heard = np.tile(said[first : first + BLOCK_FRAMES], (len(loops), 1))
        if block == TALK_BLOCKS:
            gains = 10.0 ** (np.array([[loop.gain_db] for loop in loops]) / 20.0)
            gains *= np.sqrt(powers[:1] / powers[1:]).T
        if block >= TALK_BLOCKS:
            back, state = sosfilt(resonance, _later(program, first, delays), zi=state)
            heard += gains * back
        passed = _guarded(racks, heard) if racks else heard
        if TALK_BLOCKS - SETTLED_BLOCKS <= block < TALK_BLOCKS:
            powers += np.square(heard).sum(axis=1), np.square(passed).sum(axis=1)
        before, limits = limits, np.minimum(1.0, CEILING / np.maximum(np.abs(passed).max(axis=1), 1e-9))
        program[:, first : first + BLOCK_FRAMES] = passed * np.linspace(before, limits, BLOCK_FRAMES, axis=1)
    return program


def _later(program: Numbers, first: int, delays: npt.NDArray[np.intp]) -> Numbers:
    return np.asarray(program[np.arange(len(delays))[:, None], first - delays[:, None] + np.arange(BLOCK_FRAMES)])


def _guarded(racks: Sequence[GuardRack], heard: Numbers) -> Numbers:
    sounds = np.repeat(heard[:, :, None], CHANNELS, axis=2).astype(np.float32)
    passed: list[Block] = []
    for rack, part in zip(racks, np.array_split(sounds, len(racks)), strict=True):
        passed += rack.guard([f"mic-{hall:02}" for hall in range(len(part))], list(part), np.ones(len(part)))[0]
    return np.stack([sound[:, 0] for sound in passed]).astype(np.float64)


def _howl_ms(level_db: Numbers) -> int:
    passed, loud = (level_db > PASSED_DB).nonzero()[0], (level_db > DOWN_DB).nonzero()[0]
    return 0 if not passed.size else int(loud[-1] - passed[0] + 1) * STEP * 1000 // SAMPLE_RATE_HZ


def _said(talk: Talk, seconds: float) -> Numbers:
    said = voice(seconds, talk.pitch_hz, talk.seed, level_db=-23.0)[:, 0].astype(np.float64)
    gap = butter(3, [talk.hz - GAP_HZ, talk.hz + GAP_HZ], "bandstop", fs=SAMPLE_RATE_HZ, output="sos")
    said = sosfilt(gap, said)
    t = np.arange(round(KNOCK_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    knock = 10.0 ** (KNOCK_DB / 20.0) * np.hanning(len(t)) * np.sin(2 * np.pi * talk.hz * t)
    said[TALK_BLOCKS * BLOCK_FRAMES :][: len(t)] += knock
    return np.asarray(said)


def _levels_db(program: Numbers, hz: float) -> Numbers:
    """How loud the tone is: (halls, steps), dBFS of its peak."""
    hann = np.hanning(2 * STEP)
    phases = 2 * np.pi * hz * np.arange(2 * STEP) / SAMPLE_RATE_HZ
    turns = np.stack([np.cos(phases), np.sin(phases)], axis=1) * hann[:, None]
    steps = program.reshape(len(program), -1, STEP)
    tones = steps[:, :-1] @ turns[:STEP] + steps[:, 1:] @ turns[STEP:]
    return np.asarray(20.0 * np.log10(2.0 * np.hypot(tones[:, :, 0], tones[:, :, 1]) / hann.sum() + 1e-9))
