"""Memory in which a walled child leaves pictures: whoever orders them decides where, who shows them does so in place.

`Slots` is the side that decides which slot is filled next: one that nobody holds. `MappedSlots` is the side that
shows, in the same process or another one: a slot is held until no picture in it, and no view of one, is left. One byte
for each slot, behind them all, tells one side from the other; who shows may only give back. When all are held the
picture is decoded and not shown, and counted.
"""

from __future__ import annotations

import mmap
import os
import weakref

import numpy as np

from stage.picture import Picture
from stage.shared_memory import shared_memory

SLOTS = 18
"""Of which MOST_WAITING (`stage.air.holding`) may be held back for their sound. The first that is free is filled, so
that what no stream needs takes no memory."""


class Slots:
    """The ring of one segment. `descriptor` goes to the child and to who shows; `close` gives up this side's of it."""

    def __init__(self, slot_bytes: int, slots: int = SLOTS) -> None:
        """Raises OSError."""
        self.slot_bytes = slot_bytes
        self.crowded = 0
        self.descriptor = shared_memory(_all_bytes(slot_bytes, slots))
        try:
            memory = mmap.mmap(self.descriptor, _all_bytes(slot_bytes, slots))
        except OSError:
            os.close(self.descriptor)
            raise
        self._held = np.frombuffer(memory, np.uint8)[-slots:]
        self._filling: set[int] = set()

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> int | None:
        """Return a slot that may be filled now; `give_back` or `lend` ends that."""
        for slot in range(len(self)):
            if slot not in self._filling and not self._held[slot]:
                self._filling.add(slot)
                return slot
        self.crowded += 1
        return None

    def give_back(self, slot: int) -> None:
        """Nothing was filled in."""
        self._filling.discard(slot)

    def lend(self, slot: int) -> None:
        """It was filled, and is whoever shows it holds from now on."""
        self._held[slot] = 1
        self._filling.discard(slot)

    def close(self) -> None:
        """The memory itself lives as long as pictures in it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class MappedSlots:
    """The side that shows. The descriptor stays the caller's."""

    def __init__(self, descriptor: int, slot_bytes: int, slots: int = SLOTS) -> None:
        """Raises OSError."""
        self._slot_bytes = slot_bytes
        self._mapping = mmap.mmap(descriptor, _all_bytes(slot_bytes, slots))
        self._held = np.frombuffer(self._mapping, np.uint8)[-slots:]

    def picture(self, slot: int, width: int, height: int) -> Picture:
        """The picture that was lent in `slot`. Raises ValueError where it cannot be one."""
        size = width * height * 3 // 2
        if not 0 < size <= self._slot_bytes or height % 2 or not 0 <= slot < len(self._held):
            self.give_back(slot)
            raise ValueError(f"expected a picture in {self._slot_bytes} bytes, got {width}×{height} in slot {slot}")
        # An array of its own for each: every view of it, and every view of those, keeps this one alive.
        plane = np.frombuffer(self._mapping, np.uint8, size, slot * self._slot_bytes)
        weakref.finalize(plane, self.give_back, slot).atexit = False
        return Picture(plane.reshape(-1, width))

    def give_back(self, slot: int) -> None:
        """Nobody shows it any more; whichever thread let go of it calls."""
        if 0 <= slot < len(self._held):
            self._held[slot] = 0


def _all_bytes(slot_bytes: int, slots: int) -> int:
    return slot_bytes * slots + slots
