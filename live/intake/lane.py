"""One child at a time, and nobody overtakes: yet while the disk takes in what one made, the next is at work already.

Two tasks take turns. A turn begins with the child; once that is done it passes on to what comes after (files laid down,
the outcome told) as soon as the turn before is through with it, and only then may the next child start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

TURNS_AT_ONCE = 2

ChildIsDone = Callable[[], Awaitable[None]]


class Lane:
    def __init__(self) -> None:
        self._at_work = asyncio.Lock()
        self._being_told = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[ChildIsDone]:
        """Call what is given once the child is done; a second time it does nothing."""
        held = self._at_work
        await held.acquire()

        async def child_is_done() -> None:
            nonlocal held
            if held is self._at_work:
                await self._being_told.acquire()
                held.release()
                held = self._being_told

        try:
            yield child_is_done
        finally:
            held.release()
