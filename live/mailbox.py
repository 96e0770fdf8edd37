"""Bounded buffers, each with one policy for when it is full and a count of what that cost.

Three policies are all we use: the oldest gives way (live media, meters), a newer value of the same key replaces the
older (state), and the reader is told that it fell behind (events that may not be lost: the owner disconnects it).
None of these waits: whoever puts is never held up by whoever takes.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Overrun(Exception):
    """The reader of a `Mailbox` cannot follow: it must be let go or start afresh."""


class DropOldest(Generic[T]):
    """A queue of at most `capacity` items; past that the oldest gives way and is counted in `dropped`.

    `put` and `take` may be called from two different threads (deque operations are atomic).
    """

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque(maxlen=capacity)
        self.capacity = capacity
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        if len(self._items) == self.capacity:
            self.dropped += 1
        self._items.append(item)

    def take(self) -> T | None:
        """Return the oldest item, or None when there is none."""
        try:
            return self._items.popleft()
        except IndexError:
            return None


class Latest(Generic[K, T]):
    """At most one value a key, newest wins; `take` gives the keys in the order they were first put.

    Past `capacity` different keys the oldest key gives way (`dropped`); a replaced value counts as `coalesced`.
    """

    def __init__(self, capacity: int) -> None:
        self._items: OrderedDict[K, T] = OrderedDict()
        self.capacity = capacity
        self.dropped = 0
        self.coalesced = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, key: K, item: T) -> None:
        if key in self._items:
            self.coalesced += 1
        elif len(self._items) == self.capacity:
            self._items.popitem(last=False)
            self.dropped += 1
        self._items[key] = item

    def take(self) -> tuple[K, T] | None:
        if not self._items:
            return None
        return self._items.popitem(last=False)


class Mailbox(Generic[T]):
    """A queue whose items may not be lost: past `capacity`, `put` raises `Overrun` and the owner lets the reader go."""

    def __init__(self, capacity: int, name: str) -> None:
        self._items: deque[T] = deque()
        self.capacity = capacity
        self.name = name

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        if len(self._items) >= self.capacity:
            raise Overrun(f"{self.name} has {self.capacity} messages waiting and takes none: let go, may come again")
        self._items.append(item)

    def take(self) -> T | None:
        return self._items.popleft() if self._items else None
