"""What the engine hands an output, waiting for the output's own thread: two bounded queues and a bell.

The engine's thread puts and never waits; past its bound the oldest picture or block gives way and is counted. Only an
offline render has a feed that waits for room instead. The output's thread takes sound first: it is small, and its
loss is heard.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TypeVar

from live.mailbox import DropOldest
from stage.picture import Block, Picture

T = TypeVar("T")

ROOM_CHECK_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class NumberedPicture:
    number: int
    picture: Picture


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBlock:
    first_frame: int
    block: Block


class Feed:
    """One writer (the engine), one reader (the output's thread)."""

    def __init__(self, pictures: int, blocks: int, *, waits: bool = False) -> None:
        self._waits = waits
        self._room = threading.Event()
        self._pictures: DropOldest[NumberedPicture] = DropOldest(pictures)
        self._blocks: DropOldest[PlacedBlock] = DropOldest(blocks)
        self._bell = threading.Event()
        self._ended = False

    @property
    def dropped(self) -> int:
        return self._pictures.dropped + self._blocks.dropped

    @property
    def dropped_pictures(self) -> int:
        return self._pictures.dropped

    @property
    def dropped_blocks(self) -> int:
        return self._blocks.dropped

    def __len__(self) -> int:
        """How many pictures wait."""
        return len(self._pictures)

    @property
    def ended(self) -> bool:
        return self._ended

    def put_picture(self, number: int, picture: Picture) -> None:
        self._put(self._pictures, NumberedPicture(number, picture))

    def put_block(self, first_frame: int, block: Block) -> None:
        self._put(self._blocks, PlacedBlock(first_frame, block))

    def end(self) -> None:
        """Take nothing more; what waits can still be taken."""
        self._ended = True
        self._bell.set()
        self._room.set()

    def clear(self) -> None:
        """Throw away what waits (not counted as dropped: nobody wants it)."""
        while self._pictures.take() or self._blocks.take():
            pass

    def take(self, timeout_s: float | None = None) -> NumberedPicture | PlacedBlock | None:
        """Wait for the next thing; None at the end, or when nothing came for `timeout_s`."""
        while True:
            self._bell.clear()
            item = self._blocks.take() or self._pictures.take()
            self._room.set()
            if item is not None or self._ended:
                return item
            if not self._bell.wait(timeout_s):
                return None

    def _put(self, queue: DropOldest[T], item: T) -> None:
        while self._waits and len(queue) == queue.capacity and not self._ended:
            self._room.clear()
            self._room.wait(ROOM_CHECK_S)
        if not self._ended:
            queue.put(item)
            self._bell.set()
