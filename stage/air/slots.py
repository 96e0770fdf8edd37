"""Memory that the stage shares with a walled child: the child fills a slot, the stage shows it without a copy.

The stage alone decides which slot is filled next: one that no picture, and no view of one, refers to any more (as in
`stage.canvases`). When all are held the picture is decoded and not shown, and counted.
"""

from __future__ import annotations

import mmap
import os
import sys

import numpy as np

from stage.picture import Picture, Plane
from stage.shared_memory import shared_memory

SLOTS = 10


class Slots:
    """The ring of one segment. `descriptor` goes to the child; `close` gives up this side's of it."""

    def __init__(self, slot_bytes: int, slots: int = SLOTS) -> None:
        self.slot_bytes = slot_bytes
        self.crowded = 0
        self.descriptor = shared_memory(slot_bytes * slots)
        mapping = mmap.mmap(self.descriptor, slot_bytes * slots)
        # Each its own array on the mapping: views of it, and views of those, all refer to this one.
        self._parts: list[Plane] = [np.frombuffer(mapping, np.uint8, slot_bytes, n * slot_bytes) for n in range(slots)]
        self._filling: set[int] = set()
        self._unheld = self._references(0)

    def __len__(self) -> int:
        return len(self._parts)

    def take(self) -> int | None:
        """Return a slot that may be filled now; `give_back` or `picture` ends that."""
        for slot in range(len(self._parts)):
            if slot not in self._filling and self._references(slot) <= self._unheld:
                self._filling.add(slot)
                return slot
        self.crowded += 1
        return None

    def give_back(self, slot: int) -> None:
        self._filling.discard(slot)

    def picture(self, slot: int, width: int, height: int) -> Picture:
        """The picture that was filled in. Raises ValueError where it cannot be one."""
        self._filling.discard(slot)
        size = width * height * 3 // 2
        if not 0 < size <= self.slot_bytes or height % 2:
            raise ValueError(f"expected a picture in {self.slot_bytes} bytes, got {width}×{height}")
        return Picture(self._parts[slot][:size].reshape(-1, width))

    def close(self) -> None:
        """The memory itself lives as long as pictures in it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _references(self, slot: int) -> int:
        return sys.getrefcount(self._parts[slot])
