"""Memory that the stage shares with a host: places for pictures, each written by the stage and read by the host."""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections.abc import Callable

import numpy as np

from stage.picture import BEYOND_BYTES, Picture
from stage.shared_memory import shared_memory


class Ring:
    """The stage's end. A place is free, or with the host until `freed`. Several threads may use it."""

    def __init__(self, width: int, height: int, places: int) -> None:
        self._shape = height * 3 // 2, width
        self._size = place_bytes(width, height)
        self.descriptor = shared_memory(self._size * places)
        self._memory = np.frombuffer(mmap.mmap(self.descriptor, self._size * places), np.uint8)
        self._lock = threading.Lock()
        self._places = places
        self._free: set[int] = set()
        self.free_all()

    def put(self, picture: Picture) -> int | None:
        """Copy a picture to a free place and return which; None where there is none."""
        with self._lock:
            if not self._free:
                return None
            place = min(self._free)  # the same few over and over: memory that was never touched costs nothing
            self._free.remove(place)
        at = place * self._size
        np.copyto(self._memory[at : at + picture.data.size].reshape(self._shape), picture.data)
        return place

    def freed(self, place: int) -> None:
        with self._lock:
            self._free.add(place)

    @property
    def free(self) -> int:
        """How many places are free."""
        return len(self._free)

    def free_all(self) -> None:
        """Nobody is at the other end any more."""
        with self._lock:
            self._free = set(range(self._places))

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class MappedRing:
    """The host's end: gives pictures in place and says when nobody holds one any more, in whichever thread let go."""

    def __init__(self, descriptor: int, width: int, height: int, places: int, on_free: Callable[[int], None]) -> None:
        self._shape = height * 3 // 2, width
        self._size = place_bytes(width, height)
        self._mapping = mmap.mmap(descriptor, self._size * places)
        self._on_free = on_free

    def picture(self, place: int) -> Picture:
        # An array of its own for each: every view of it, and every view of those, keeps this one alive.
        plane = np.frombuffer(self._mapping, np.uint8, self._size, place * self._size)
        weakref.finalize(plane, self._on_free, place).atexit = False
        rows, width = self._shape
        return Picture(plane[: rows * width].reshape(self._shape))


def place_bytes(width: int, height: int) -> int:
    """Of one place, with the few bytes behind its end that scalers may read; on a page of its own."""
    size = width * height * 3 // 2 + BEYOND_BYTES
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
