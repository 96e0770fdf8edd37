"""The bytes of one request, taken off the wire as they come and handed on in batches.

Reading runs beside writing: when a phone walks out of the hall, what had arrived by then is already off the socket and
gets stored, not thrown away with the broken request. At most HELD_BYTES wait in memory; past that the wire waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from aiohttp import StreamReader

HELD_BYTES = 256 * 1024

Ending = Literal["whole", "broken", "idle", "stopped"]
"""The body came to its end; the connection broke; nothing came for too long; somebody else wants the upload."""


class Inflow:
    """Iterate `batches` once; then `ending` says why they ended."""

    def __init__(self, content: StreamReader, idle_s: float, stop: asyncio.Event) -> None:
        self._content = content
        self._idle_s = idle_s
        self._stop = stop
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self.ending: Ending | None = None

    async def batches(self) -> AsyncIterator[bytes]:
        pump = asyncio.create_task(self._pump())
        watch = asyncio.create_task(self._cancel_when_stopped(pump))
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                batch = b"".join(self._held)
                self._held.clear()
                self._held_bytes = 0
                self._room.set()
                if batch:
                    yield batch
                elif self.ending is not None:
                    return
                if self.ending is not None:
                    self._news.set()
        finally:
            watch.cancel()
            pump.cancel()
            await asyncio.gather(pump, watch, return_exceptions=True)

    async def _pump(self) -> None:
        try:
            while True:
                async with asyncio.timeout(self._idle_s):
                    data = await self._content.readany()
                if not data:
                    self.ending = "whole"
                    return
                await self._hold(data)
        except TimeoutError:
            self.ending = "idle"
        except asyncio.CancelledError:
            self._held.append(_left_in(self._content))
            self.ending = "stopped"
        except Exception:  # whatever the wire breaks with, the bytes before it are good
            self._held.append(_left_in(self._content))
            self.ending = "broken"
        finally:
            self._news.set()

    async def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        self._news.set()
        while self._held_bytes >= HELD_BYTES:
            self._room.clear()
            await self._room.wait()

    async def _cancel_when_stopped(self, pump: asyncio.Task[None]) -> None:
        await self._stop.wait()
        pump.cancel()


def _left_in(content: StreamReader) -> bytes:
    """The bytes that arrived before the line broke. aiohttp has them, but whoever asks it for more gets the exception
    first, and there is no public way around it.
    """
    return content._read_nowait(-1)
