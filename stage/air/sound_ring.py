"""Memory in which the receiver hands decoded sound to the stage: one writes, one reads, neither waits.

Runs of frames lie one after the other; where the last one stands is counted without end, and only the reader says how
far it has read. Once all is read the next run lies at the beginning: a stage that keeps up touches the same few pages.
A ring that is full refuses (`refused` counts it): a stage so far behind would play nothing of it in time.
"""

from __future__ import annotations

import mmap
import os

import numpy as np
import numpy.typing as npt

from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block
from stage.shared_memory import shared_memory

RING_FRAMES = 80 * SAMPLE_RATE_HZ
"""Of all guests together: 0.4 s of a choir of two hundred, 31 MB."""
_READ_UP_TO = 64
"""Bytes before the frames: a line of the processor's own for the reader's count."""

_Counts = npt.NDArray[np.uint64]


def ring_memory(frames: int = RING_FRAMES) -> int:
    """Return the descriptor of an empty ring, for both sides. Raises OSError."""
    return shared_memory(_READ_UP_TO + frames * CHANNELS * 4)


def _mapped(descriptor: int) -> tuple[_Counts, Block]:
    mapping = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
    frames = np.frombuffer(mapping, np.float32, offset=_READ_UP_TO).reshape(-1, CHANNELS)
    return np.frombuffer(mapping, np.uint64, 1), frames


class SoundRing:
    """The receiver's side."""

    def __init__(self, descriptor: int) -> None:
        """Takes the descriptor over."""
        self._read_up_to, self._frames = _mapped(descriptor)
        os.close(descriptor)
        self._room = len(self._frames)
        self._bytes = self._frames.reshape(-1).view(np.uint8).data
        self._written = self._free_up_to = 0
        self.refused = 0

    def write(self, sound: bytes) -> int | None:
        """Copy a run of float32 stereo; return its position, None where there is no room."""
        size = len(sound)
        frames = size // (4 * CHANNELS)
        self._free_up_to = max(self._free_up_to, int(self._read_up_to[0]))
        at = self._written
        left = self._room - at % self._room
        if self._free_up_to == at:  # all is read
            self._free_up_to = at = at + left % self._room
        elif left < frames:  # a run lies in one piece
            at += left
        if at + frames - self._free_up_to > self._room:
            self.refused += 1
            return None
        start = at % self._room * 4 * CHANNELS
        self._bytes[start : start + size] = sound
        self._written = at + frames
        return at


class MappedSoundRing:
    """The stage's side. The descriptor stays the caller's."""

    def __init__(self, descriptor: int) -> None:
        self._read_up_to, self._frames = _mapped(descriptor)

    def read(self, position: int, frames: int) -> Block:
        """The run in place, good until `done` was told of it. Raises ValueError where there can be none."""
        start = position % len(self._frames)
        if position < 0 or not 0 < frames <= len(self._frames) - start:
            raise ValueError(f"expected a run within {len(self._frames)} frames, got {frames} at {position}")
        return self._frames[start : start + frames]

    def done(self, up_to: int) -> None:
        """All before that position may be written over."""
        self._read_up_to[0] = up_to
