"""Sound made a little longer or shorter without a change of pitch, and sound that goes on where nothing came.

Both are WSOLA: a piece is cut out or repeated where the waveform is most like itself, under a crossfade over one block
(W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity for high quality time-scale
modification of speech", ICASSP 1993). Going on repeats the last period, as G.711 appendix I does, and fades. Pure:
blocks in, blocks out; nothing here decides when.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ, Block, silence

LEAST_LAG, MOST_LAG = SAMPLE_RATE_HZ // 400, BLOCK_FRAMES
"""Cut or repeated at once: 2.5 to 10 ms."""
COARSE = 6
"""Similarity is first looked for at 8 kHz."""
INAUDIBLE = 1e-8
"""Power below which anything may be cut: −80 dBFS."""

HELD_FRAMES = SAMPLE_RATE_HZ // 100
GONE_FRAMES = SAMPLE_RATE_HZ * 60 // 1000
"""A guess is believed for 10 ms and gone after 60."""
LONGEST_PERIOD = SAMPLE_RATE_HZ * 15 // 1000
TEMPLATE_FRAMES = SAMPLE_RATE_HZ * 5 // 1000
HISTORY_FRAMES = 4 * BLOCK_FRAMES
"""What an extension looks back on, where there is so much."""
SOFT_FRAMES = 96

Mono = npt.NDArray[np.float32]

RISE: Mono = (0.5 - 0.5 * np.cos(np.pi * (np.arange(BLOCK_FRAMES) + 1.0) / (BLOCK_FRAMES + 1.0))).astype(np.float32)
SILENT = silence(BLOCK_FRAMES)
"""One for all who are silent, and so nobody's to write to."""
SILENT.flags.writeable = False
_OVER_CHANNELS = np.full(CHANNELS, 1.0 / CHANNELS, np.float32)
_OVER_COARSE = np.full(COARSE, 1.0 / COARSE, np.float32)


def _for_both(weights: Mono) -> Block:
    """Written out for both channels: NumPy is slow where the last axis is short and one side repeats."""
    return np.repeat(weights[:, None], CHANNELS, axis=1)


_SOFT = _for_both((0.5 + 0.5 * np.cos(np.pi * np.arange(SOFT_FRAMES) / SOFT_FRAMES)).astype(np.float32))
_FALL = _for_both(np.linspace(1.0, 0.0, GONE_FRAMES - HELD_FRAMES, endpoint=False, dtype=np.float32))
_RISE = _for_both(RISE)
_FALL_AWAY = np.float32(1.0) - _RISE
_APART = _RISE * _RISE + _FALL_AWAY * _FALL_AWAY
"""The power of two crossfaded sounds that are not alike at all."""


def best_lag(sound: Block, at: int, least: int, most: int) -> tuple[int, float]:
    """Return the lag, from `least` to `most` frames, at which `sound` is most like the block at `at`, and how like.

    `sound` holds the block at `at` and every block that a lag leads to; lags may be negative. 1 is the same wave.
    """
    mono = _mono(sound)
    block = mono[at : at + BLOCK_FRAMES]
    if float(block @ block) < INAUDIBLE * BLOCK_FRAMES:
        return (most if most > 0 else least), 1.0
    return _search(block, mono, at + least, at + most, at)


def shifted(sound: Block, at: int, lag: int) -> Block:
    """Return the block at `at` on its way to the one `lag` frames on: it begins as the first and ends as the second.

    Where the two are not alike their powers add up, so that the middle does not sag.
    """
    old, new = sound[at : at + BLOCK_FRAMES], sound[at + lag : at + lag + BLOCK_FRAMES]
    power = float(np.sqrt(np.vdot(old, old) * np.vdot(new, new)))
    alike = min(1.0, max(0.0, float(np.vdot(old, new)) / power)) if power > 0.0 else 1.0
    level = np.sqrt(_APART + np.float32(2.0 * alike) * _RISE * _FALL_AWAY)
    return np.asarray(old * (_FALL_AWAY / level) + new * (_RISE / level))


def faded_into(old: Block, new: Block) -> Block:
    """One block on its way to another, whatever they are."""
    way = new - old
    way *= _RISE
    way += old
    return way


class Extension:
    """How a sound could go on: its last period again and again, fading to silence within GONE_FRAMES."""

    def __init__(self, history: Block, period: int = 0) -> None:
        """`period` in frames, where it is known; 0: it is looked for, which costs more than all the rest."""
        self._taken = 0
        self.period, self._sound = _going_on(history[-HISTORY_FRAMES:], period)

    @property
    def is_silent(self) -> bool:
        return self._taken >= len(self._sound)

    def take(self, frames: int) -> Block:
        """The next frames, which nobody may write to."""
        first = self._taken
        self._taken = first + frames
        if first + frames <= len(self._sound):
            return self._sound[first : first + frames]
        if first >= len(self._sound) and frames == BLOCK_FRAMES:
            return SILENT
        sound = silence(frames)
        left = self._sound[first:]
        sound[: len(left)] = left
        return sound


def _going_on(history: Block, known: int) -> tuple[int, Block]:
    """The period, and all of what follows, (GONE_FRAMES, 2): block by block it is ten times as dear.

    Neither where the history is too short.
    """
    period = known if 0 < known < len(history) else _period_of(history)
    if not period:
        return 0, silence(0)
    cycle, step = _cycle_of(history, period)
    sound = _again_and_again(cycle)
    sound[:SOFT_FRAMES] += step * _SOFT
    sound[HELD_FRAMES:] *= _FALL
    return period, sound


def _again_and_again(cycle: Block) -> Block:
    """(GONE_FRAMES, CHANNELS): what is there is doubled until it is enough."""
    sound = np.empty((GONE_FRAMES, CHANNELS), np.float32)
    there = len(cycle)
    sound[:there] = cycle
    while there < GONE_FRAMES:
        more = min(there, GONE_FRAMES - there)
        sound[there : there + more] = sound[:more]
        there += more
    return sound


def _period_of(history: Block) -> int:
    longest = min(LONGEST_PERIOD, (len(history) - TEMPLATE_FRAMES) * 2 // 3)
    if longest <= LEAST_LAG:
        return 0
    mono = _mono(history)
    if float(mono @ mono) < INAUDIBLE * len(mono):
        return longest
    at = len(mono) - TEMPLATE_FRAMES
    place, _ = _search(mono[at:], mono, at - longest, at - LEAST_LAG, 0)
    return at - place


def _cycle_of(history: Block, period: int) -> tuple[Block, Block]:
    """The last period, its end bent so that it leads into its beginning, and by how much it misses the last frame."""
    cycle = history[-period:].copy()
    bend = min(period // 4, len(history) - period)
    cycle[-bend:] += (history[-period - bend : -period] - cycle[-bend:]) * _bending(bend)
    step = history[-1] - history[-period - 1] if len(history) > period else np.zeros(CHANNELS, np.float32)
    return cycle, step


@lru_cache(maxsize=LONGEST_PERIOD // 4 + 1)
def _bending(frames: int) -> Block:
    """From just above nothing to all."""
    return _for_both(np.arange(1, frames + 1, dtype=np.float32) / np.float32(frames))


def _mono(sound: Block) -> Mono:
    return sound @ _OVER_CHANNELS


def _search(block: Mono, mono: Mono, first: int, last: int, origin: int) -> tuple[int, float]:
    """Return where from `first` to `last`, less `origin`, `mono` is most like `block`: at 8 kHz, then exactly."""
    coarse_block = _thinned(block)
    coarse = _thinned(mono[first : last + len(block)])
    guess = first + COARSE * _most_alike(coarse_block, coarse)[0]
    low, high = max(first, guess - COARSE), min(last, guess + COARSE)
    place, alike = _most_alike(block, mono[low : high + len(block)])
    return low + place - origin, alike


def _thinned(mono: Mono) -> Mono:
    whole = len(mono) - len(mono) % COARSE
    return mono[:whole].reshape(-1, COARSE) @ _OVER_COARSE


def _most_alike(block: Mono, within: Mono) -> tuple[int, float]:
    energies = np.cumsum(np.square(within), dtype=np.float64)  # up to each frame: what a window has is a difference
    powers = energies[len(block) - 1 :].copy()
    powers[1:] -= energies[: -len(block)]
    alike = np.correlate(within, block, "valid") / np.sqrt(powers * float(block @ block) + 1e-20)
    best = int(alike.argmax())
    return best, float(alike[best])
