"""One request at a time on one upload; the newest wins.

A phone that lost its Wi-Fi comes back before the hub has noticed that its old PATCH is dead. So whoever comes asks the
one at work to stop, waits until that one has stored what it had, and goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turn:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._stop: asyncio.Event | None = None
        self._waiting = 0

    @property
    def is_taken(self) -> bool:
        return self._lock.locked() or self._waiting > 0

    def ask_to_stop(self) -> None:
        """Ask the request at work, if there is one, to store what it has and let go."""
        if self._stop is not None:
            self._stop.set()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[asyncio.Event]:
        """Wait for the turn. The event given is set when somebody asks the holder to stop."""
        self._waiting += 1
        self.ask_to_stop()
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        self._stop = stop = asyncio.Event()
        if self._waiting:
            stop.set()
        try:
            yield stop
        finally:
            self._stop = None
            self._lock.release()
