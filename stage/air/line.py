"""The line to the live streams: one thread with an event loop, one WebSocket to the hub for all streams wanted.

Streams are wanted by parts of the scene (any thread) and let go some seconds after nobody wants them. A line that
breaks is made again by itself (`stage.air.bundle`); the streams know nothing of sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import aiohttp
import structlog
import uvloop

from stage.air.arrivals import Arrivals
from stage.air.bundle import Bundle
from stage.air.nursery import Nursery
from stage.air.stream import LiveStream

log = structlog.get_logger(__name__)

LINGER_S = 3.0
"""How long a stream that nobody wants is still received: it may come back at once."""
CLOSE_WITHIN_S = 10.0


class Line:
    """`want` and `let_go` may be called by any thread. The thread and the children start with the first stream."""

    def __init__(
        self,
        hub_url: str,
        token: str,
        folder: Path,
        now_us: Callable[[], int],
        arrivals: Arrivals,
        children: int | None,
    ) -> None:
        self._token = token
        self._folder = folder
        self._arrivals = arrivals
        self.nursery = Nursery(children)
        self._bundle = Bundle(hub_url, now_us)
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="air line", daemon=True)
        self._stop = asyncio.Event()
        self._lock = threading.Lock()
        self._wanted: dict[str, int] = {}
        self._streams: dict[str, LiveStream] = {}

    @property
    def streams(self) -> list[LiveStream]:
        return list(self._streams.values())

    def want(self, stream_id: str) -> LiveStream:
        """Have a stream received, until as many `let_go`s."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()
            self._wanted[stream_id] = self._wanted.get(stream_id, 0) + 1
            stream = self._streams.get(stream_id)
            if stream is None:
                stream = LiveStream(stream_id, self.nursery, self._folder, self._arrivals)
                self._streams[stream_id] = stream
                self._loop.call_soon_threadsafe(self._bundle.follow, stream)
            return stream

    def let_go(self, stream_id: str) -> None:
        with self._lock:
            self._wanted[stream_id] -= 1
            if self._wanted[stream_id] == 0:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._loop.call_later, LINGER_S, self._forget, stream_id)

    def close(self) -> None:
        """Let all streams go; what is being written is finished."""
        with self._lock:
            if self._thread.ident is None:
                self._loop.close()
                return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CLOSE_WITHIN_S)

    # the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except Exception:
            log.exception("the line to the live streams broke; restart the stage")
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self.nursery.start()
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            staying = self._loop.create_task(self._bundle.stay_connected(session))
            await self._stop.wait()
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
        for stream in self._streams.values():
            stream.leave()
        await self.nursery.close()

    def _forget(self, stream_id: str) -> None:
        with self._lock:
            if self._wanted.get(stream_id, 0) > 0:
                return
            self._wanted.pop(stream_id, None)
            stream = self._streams.pop(stream_id, None)
        if stream is not None:
            self._bundle.leave(stream)
