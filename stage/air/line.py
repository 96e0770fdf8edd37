"""The sockets of the live streams: one thread with an event loop, one WebSocket to the hub for each stream wanted.

Streams are wanted by parts of the scene (any thread) and let go some seconds after nobody wants them. A line that
breaks is made again by itself, for as long as the stream is wanted; the streams know nothing of sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import structlog
import uvloop

from live.errors import UnknownMessage
from live.messages.coding import from_json
from live.messages.packets import HEADER_BYTES, MAX_PACKET_BYTES, Hello
from stage.air.arrivals import Arrivals
from stage.air.nursery import Nursery
from stage.air.stream import LiveStream

log = structlog.get_logger(__name__)

LINGER_S = 3.0
"""How long a stream that nobody wants is still received: it may come back at once."""
FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 2.0
CONNECT_WITHIN_S = 5.0
HEARTBEAT_S = 10.0
CLOSE_WITHIN_S = 10.0
ASK_KEY = '{"type":"key"}'
TRACKS = "0,1"
"""A guest's picture and sound (docs/protocol.md), named so that JPEG comes too."""


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
        self._hub_url = hub_url.rstrip("/")
        self._token = token
        self._folder = folder
        self._now_us = now_us
        self._arrivals = arrivals
        self.nursery = Nursery(children)
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="air line", daemon=True)
        self._stop = asyncio.Event()
        self._lock = threading.Lock()
        self._wanted: dict[str, int] = {}
        self._streams: dict[str, LiveStream] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

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
                self._loop.call_soon_threadsafe(self._receive, stream)
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
        async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:
            self._session = session
            await self._stop.wait()
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for stream in self._streams.values():
            stream.leave()
        await self.nursery.close()

    def _receive(self, stream: LiveStream) -> None:
        self._tasks[stream.stream_id] = self._loop.create_task(self._stay_connected(stream))

    def _forget(self, stream_id: str) -> None:
        with self._lock:
            if self._wanted.get(stream_id, 0) > 0:
                return
            self._wanted.pop(stream_id, None)
            stream = self._streams.pop(stream_id, None)
        task = self._tasks.pop(stream_id, None)
        if task is not None:
            task.cancel()
        if stream is not None:
            stream.leave()

    async def _stay_connected(self, stream: LiveStream) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            began_s = time.monotonic()
            if stream.is_resting(began_s):
                await asyncio.sleep(stream.rest_until_s - began_s)
            try:
                await self._watch(stream)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.info("a stream is away", stream=stream.stream_id, reason=str(error) or type(error).__name__)
            except Exception:
                log.exception("the line of a stream broke in a way it should not", stream=stream.stream_id)
            stream.leave()
            retry_s = (
                FIRST_RETRY_S if time.monotonic() - began_s > LONGEST_RETRY_S else min(2 * retry_s, LONGEST_RETRY_S)
            )
            await asyncio.sleep(retry_s)

    async def _watch(self, stream: LiveStream) -> None:
        """Receive until the line ends or the stream is rested."""
        url = f"{self._hub_url}/live/{stream.stream_id}/watch?tracks={TRACKS}"
        async with asyncio.timeout(CONNECT_WITHIN_S):
            socket = await self._session.ws_connect(
                url, compress=0, heartbeat=HEARTBEAT_S, max_msg_size=MAX_PACKET_BYTES + 1
            )
        stream.telling.begin()
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    if HEADER_BYTES < len(message.data) <= MAX_PACKET_BYTES:
                        stream.packet(message.data, self._now_us())
                elif message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(stream, message.data)
                if stream.wants_key:
                    stream.wants_key = False
                    await socket.send_str(ASK_KEY)
                now_s = time.monotonic()
                is_resting = stream.is_resting(now_s)
                word = stream.telling.take(stream.told, now_s, at_once=is_resting)
                if word is not None:
                    await socket.send_str(word)
                if is_resting:
                    return
        finally:
            await socket.close()

    def _hear(self, stream: LiveStream, text: str) -> None:
        try:
            hello = from_json(text, Hello)
        except UnknownMessage:
            log.warning("the hub said something of a stream", stream=stream.stream_id, text=text[:200])
            return
        if hello.stream_id == stream.stream_id:
            stream.begin(hello)
