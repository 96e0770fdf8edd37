"""A guest's sound as their phone recorded it, in place of what the line carried, sample for sample: offline.

Which frames a block is made of stays what the side log says (`stage.air.player`); here the frames themselves are
fetched. Where the recording's lie is found out by what is heard, each half second anew, for the recorder's times are no
closer than a picture. A stretch that is not heard in the recording is given as received, with short crossfades between.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from live.errors import HouselightsError
from stage.picture import SAMPLE_RATE_HZ, Block, silence

STRETCH_FRAMES = SAMPLE_RATE_HZ // 2
LONG_FRAMES = 4 * STRETCH_FRAMES
"""A voice that holds a note is alike from one swing to the next: for the first look more is compared."""
FADE_FRAMES = SAMPLE_RATE_HZ // 100
LATE_US = 150_000
AROUND_FRAMES = SAMPLE_RATE_HZ * 55 // 100
"""A recording's sound begins so long after its recorder was told to, and so much earlier or later."""
DRIFT_FRAMES = SAMPLE_RATE_HZ // 200
"""So far off what is known already it is looked for first."""
LEAST_LIKE = 0.6
"""Correlation, 1 at most: a narrow line's Opus keeps more of a voice than this, another moment has less."""
NEAR_WINS = 0.01
LEAST_LEVEL = 1e-3
"""RMS: what is quieter sounds alike anywhere."""
MOMENT_FRAMES, LEAST_OF_MOMENT, MOST_QUIETER = SAMPLE_RATE_HZ // 50, 0.4, 4.0
MOST_LOUDER = 2.0
"""Times, either way: whoever recorded themselves louder than the hall heard them is not turned up in the film."""

Mono = npt.NDArray[np.float32]


class Sounds(Protocol):
    """Sound of a stream's segment by frame; silence where there is none (`stage.air.kept_air.KeptSound`)."""

    captured: tuple[int, int]
    """Of the sound decoded last: its first frame, and the show time at which it was captured (µs), 0: nobody knows."""

    def fetch(self, segment: int, first: int, frames: int) -> Block:
        """In any order within LONG_FRAMES and what lies around them."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """A recording, and when (show time) its recorder was told to begin. Its own sound is segment 1."""

    started_us: int
    sounds: Sounds


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a stretch is taken from: the recording's frame is the stream's plus `lag`."""

    recorded: RecordedSound
    lag: int


class FinestSound:
    """`fetch` gives for a stream's frames those of its recordings, where they are the same."""

    def __init__(
        self, kept: Sounds, recordings: Iterable[RecordedSound], tell: Callable[[int, int], None] = lambda _, __: None
    ) -> None:
        """`tell` is told of each fetch how many frames it gave, and how many of them are the phone's own."""
        self._kept = kept
        self._recordings: Sequence[RecordedSound] = sorted(recordings, key=lambda one: one.started_us)
        self._tell = tell
        self._segment = 0
        self._sources: dict[int, _Source | None] = {}
        self._last: _Source | None = None

    def fetch(self, segment: int, first: int, frames: int) -> Block:
        """Raises NotFound, Unavailable."""
        if segment != self._segment:
            self._segment, self._sources, self._last = segment, {}, None
        received = self._kept.fetch(segment, first, frames)
        block = received.copy()
        own = 0
        for stretch in range(first // STRETCH_FRAMES, (first + frames - 1) // STRETCH_FRAMES + 1):
            begin = max(first, stretch * STRETCH_FRAMES)
            end = min(first + frames, (stretch + 1) * STRETCH_FRAMES)
            part = slice(begin - first, end - first)
            source = self._source(segment, stretch)
            block[part] = self._faded(segment, stretch, begin, received[part])
            own += 0 if source is None else end - begin
        self._tell(frames, own)
        return block

    def close(self) -> None:
        self._kept.close()
        for one in self._recordings:
            one.sounds.close()

    def _faded(self, segment: int, stretch: int, begin: int, received: Block) -> Block:
        """A part of a stretch, which begins with a crossfade from what the one before is taken from."""
        now, before = self._source(segment, stretch), self._sources.get(stretch - 1)
        sound = _taken(now, begin, received)
        into = begin - stretch * STRETCH_FRAMES
        if now == before or into >= FADE_FRAMES:
            return sound
        fading = min(len(sound), FADE_FRAMES - into)
        share = ((np.arange(into, into + fading, dtype=np.float32) + 0.5) / FADE_FRAMES)[:, None]
        faded = sound.copy()
        faded[:fading] = share * sound[:fading] + (1.0 - share) * _taken(before, begin, received[:fading])
        return faded

    def _source(self, segment: int, stretch: int) -> _Source | None:
        if stretch not in self._sources:
            self._sources[stretch] = found = self._found(segment, stretch * STRETCH_FRAMES)
            self._last = found or self._last
        return self._sources[stretch]

    def _found(self, segment: int, first: int) -> _Source | None:
        heard = _mono(self._kept.fetch(segment, first, STRETCH_FRAMES))
        frame, captured_us = self._kept.captured
        if not captured_us or _level(heard) < LEAST_LEVEL:
            return None
        at_us = captured_us + (first - frame) * 1_000_000 // SAMPLE_RATE_HZ
        begun = [
            one for one in self._recordings if one.started_us <= at_us + STRETCH_FRAMES * 1_000_000 // SAMPLE_RATE_HZ
        ]
        if not begun:
            return None
        recorded = begun[-1]
        likely = (at_us - recorded.started_us - LATE_US) * SAMPLE_RATE_HZ // 1_000_000 - first
        ways = [(LONG_FRAMES, likely, AROUND_FRAMES), (STRETCH_FRAMES, likely, AROUND_FRAMES)]
        if self._last is not None and self._last.recorded is recorded:
            ways.insert(0, (LONG_FRAMES, self._last.lag, DRIFT_FRAMES))
        for frames, expected, around in ways:
            known = _mono(self._kept.fetch(segment, first, frames))
            lag = expected + _shift(
                known, _mono(_recorded(recorded.sounds, first + expected - around, frames + 2 * around))
            )
            if _is_same(heard, _mono(_recorded(recorded.sounds, first + lag, STRETCH_FRAMES))):
                return _Source(recorded, lag)
        return None


def _taken(source: _Source | None, first: int, received: Block) -> Block:
    return received if source is None else _recorded(source.recorded.sounds, first + source.lag, len(received))


def _recorded(sounds: Sounds, first: int, frames: int) -> Block:
    """Silence before its beginning, and from where it breaks off."""
    missing = min(frames, max(0, -first))
    sound = silence(frames)
    with contextlib.suppress(HouselightsError, OSError):
        sound[missing:] = sounds.fetch(1, first + missing, frames - missing)
    return sound


def _shift(heard: Mono, there: Mono) -> int:
    """By how much what was heard lies off the middle of a longer stretch, where it is most alike; near before far."""
    around = (len(there) - len(heard)) // 2
    size = 1 << (len(there) + len(heard)).bit_length()
    spectrum = np.fft.rfft(there, size) * np.conj(np.fft.rfft(heard, size))
    dots = np.fft.irfft(spectrum, size)[: 2 * around + 1]
    energies = np.concatenate(((0.0,), np.cumsum(there.astype(np.float64) ** 2)))
    energies = energies[len(heard) :] - energies[: -len(heard)]
    like = dots / np.sqrt(np.maximum(energies * float(np.dot(heard, heard)), 1e-12))
    return int(np.argmax(like - NEAR_WINS * np.abs(np.linspace(-1.0, 1.0, len(like))))) - around


def _is_same(heard: Mono, there: Mono) -> bool:
    """Is it the same sound, as loud, and without a hole, an end or a jump in it? A starved phone leaves some out."""
    one, other = _level(heard), _level(there)
    if not one / MOST_LOUDER < other < one * MOST_LOUDER:
        return False
    moments, found = (sound.reshape(-1, MOMENT_FRAMES).astype(np.float64) for sound in (heard, there))
    dots, energies = (moments * found).sum(axis=1), (moments**2).sum(axis=1) * (found**2).sum(axis=1)
    is_whole = np.all((dots >= LEAST_OF_MOMENT * np.sqrt(energies)) & (energies > 0) | _is_quiet(moments, one))
    return bool(is_whole and np.mean(heard * there) >= LEAST_LIKE * one * other)


def _is_quiet(moments: npt.NDArray[np.float64], level: float) -> npt.NDArray[np.bool_]:
    """Beside the whole of them."""
    return np.asarray(np.sqrt((moments**2).mean(axis=1)) < max(LEAST_LEVEL, level / MOST_QUIETER))


def _mono(sound: Block) -> Mono:
    return np.asarray(sound.mean(axis=1), np.float32)


def _level(sound: Mono) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
