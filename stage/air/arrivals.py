"""Where the painter waits for live pictures: woken once all it waits for have come, not at each that comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable


class Arrivals:
    """`arrived` belongs to the line's thread, `wait` to the painter's; one waits at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._missing: set[Hashable] = set()
        self._all = threading.Event()

    def arrived(self, source: Hashable) -> None:
        with self._lock:
            if source in self._missing:
                self._missing.discard(source)
                if not self._missing:
                    self._all.set()

    def wait(self, missing: Callable[[], Collection[Hashable]], within_s: float) -> bool:
        """Wait until every source that `missing` names has had a picture. It is asked once, under the lock."""
        with self._lock:
            self._missing = set(missing())
            if not self._missing:
                return True
            self._all.clear()
        return self._all.wait(within_s)
