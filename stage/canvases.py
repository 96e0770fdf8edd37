"""Buffers for program pictures, taken again once nobody holds them: fresh memory costs a page fault every 4 KiB.

Whoever was handed a picture may keep it, or any view of its planes, for as long as they like: all of these count as
references to the one buffer beneath, and a buffer that anyone else refers to is never taken.
"""

from __future__ import annotations

import sys

import numpy as np

from stage.addresses import address
from stage.picture import BEYOND_BYTES, Picture, Plane

CAPACITY = 12
HUGE_PAGE_BYTES = 1 << 21
"""Tiles are written in short pieces all over a picture, which in pages of 4 KiB takes up to a tenth longer. NumPy asks
Linux for large pages from 4 MiB on; they begin at multiples of their size."""


class Canvases:
    """Gives pictures of one size to draw on. At most `CAPACITY` buffers are remembered, the oldest gives way."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._bytes = height * width * 3 // 2 + BEYOND_BYTES
        self._is_huge = self._bytes > HUGE_PAGE_BYTES
        self._buffers: list[Plane] = [self._fresh()]
        self._unheld = self._references(0)

    def take(self) -> Picture:
        """Return a picture of undefined content that nobody else has."""
        for i in range(len(self._buffers)):
            if self._references(i) <= self._unheld:
                return self._picture(self._buffers[i])
        if len(self._buffers) == CAPACITY:
            del self._buffers[0]
        self._buffers.append(self._fresh())
        return self._picture(self._buffers[-1])

    def _references(self, i: int) -> int:
        """Always asked the same way, so that the count of an unheld buffer, taken once, is the measure."""
        return sys.getrefcount(self._buffers[i])

    def _fresh(self) -> Plane:
        """Flat, and the owner of its memory: NumPy makes every view, and every view of a view, refer to the owner."""
        return np.empty(self._bytes + (HUGE_PAGE_BYTES if self._is_huge else 0), np.uint8)

    def _picture(self, buffer: Plane) -> Picture:
        start = -address(buffer) % HUGE_PAGE_BYTES if self._is_huge else 0
        return Picture(buffer[start : start + self._bytes - BEYOND_BYTES].reshape(-1, self._width))
