"""Where the hub's numbers of the hall's reactions wait for the layers that draw them. Bounded; the oldest give way."""

from __future__ import annotations

import threading
from collections import deque

from live.messages.phones import Reactions

CAPACITY = 64


class ReactionFeed:
    """The newest numbers of the hub, for every column on stage. `take` and `since` are called by any thread."""

    def __init__(self) -> None:
        self._recent: deque[tuple[int, Reactions]] = deque(maxlen=CAPACITY)
        self._count = 0
        self._lock = threading.Lock()

    def take(self, told: Reactions) -> None:
        with self._lock:
            self._count += 1
            self._recent.append((self._count, told))

    def since(self, count: int) -> tuple[int, list[Reactions]]:
        """What came after the `count`-th message, and how many came by now."""
        with self._lock:
            return self._count, [told for number, told in self._recent if number > count]
