"""Memory in which a walled child leaves decoded sound: one place for each packet that is with it.

Through the channel a second of a choir would be copied six times over, a few hundred megabytes. The stage alone decides
which place is filled, and takes a copy before it looks at anything: the child may be in a stranger's hands.
"""

from __future__ import annotations

import mmap
import os

import numpy as np

from stage.picture import CHANNELS, Block
from stage.shared_memory import shared_memory

PLACES = 128
PLACE_FRAMES = 48 * 120
"""The longest Opus packet. What is longer, because lost sound was guessed before it, goes through the channel."""
FRAME_BYTES = 4 * CHANNELS
_PLACE_BYTES = PLACE_FRAMES * FRAME_BYTES


class Places:
    """The stage's end. `descriptor` goes to the child; the memory is touched only as far as it is used."""

    def __init__(self) -> None:
        """Raises OSError."""
        self.descriptor = shared_memory(PLACES * _PLACE_BYTES)
        self._memory = mmap.mmap(self.descriptor, PLACES * _PLACE_BYTES)
        self._free = list(range(PLACES))

    def take(self) -> int | None:
        """A place that may be filled now, the one used last first; None where all are with the child."""
        return self._free.pop() if self._free else None

    def give_back(self, place: int) -> None:
        self._free.append(place)

    def copied(self, place: int, frames: int) -> bytes:
        """What was left there. Raises ValueError where it cannot be so much."""
        if not 0 < frames <= PLACE_FRAMES:
            raise ValueError(f"expected up to {PLACE_FRAMES} frames in a place, got {frames}")
        at = place * _PLACE_BYTES
        return self._memory[at : at + frames * FRAME_BYTES]

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
            self._memory.close()


class MappedPlaces:
    """The child's end."""

    def __init__(self, descriptor: int) -> None:
        mapping = mmap.mmap(descriptor, PLACES * _PLACE_BYTES)
        os.close(descriptor)
        self._memory = np.frombuffer(mapping, np.float32).reshape(PLACES, PLACE_FRAMES, CHANNELS)

    def leave(self, place: int, sound: Block) -> bool:
        """Put sound into a place, where it fits."""
        if place >= PLACES or len(sound) > PLACE_FRAMES:
            return False
        self._memory[place, : len(sound)] = sound
        return True
