"""Our own engine.io driver for aiohttp: WebSocket only, no deflate, bounded queues, and stalled clients let go.

The stock driver negotiates permessage-deflate for every phone (hundreds of KiB of zlib state each), queues without
bound, and waits for ever on a client that keeps its connection and reads nothing. Here a message goes out as it is,
a client whose queue is full or whose socket takes nothing for `SEND_TIMEOUT_S` is cut off by aborting its transport,
by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
import socketio
import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from engineio.async_drivers import aiohttp as stock

from live.access import check_origin

log = structlog.get_logger()

QUEUE_CAPACITY = 256
"""Packets a client may have waiting; state is coalesced before it gets here, so nobody who reads comes near."""
SEND_TIMEOUT_S = 10.0
MAX_MESSAGE_BYTES = 256 * 1024
TOO_LARGE = (
    f"expected a message of at most {MAX_MESSAGE_BYTES // 1024} KiB, got a larger one; send less at once".encode()
)
"""A close frame has room for 123 bytes."""


class Counters:
    """What the driver did to clients that could not follow."""

    let_go_full = 0
    let_go_stalled = 0


class BoundedQueue(asyncio.Queue[Any]):
    """A queue whose `put` never waits: past its capacity the client is let go and the packet is dropped with it."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go: Callable[[], None] | None = None

    async def put(self, item: Any) -> None:
        # None ends the writer and must always get through.
        if item is not None and self.qsize() >= QUEUE_CAPACITY:
            Counters.let_go_full += 1
            if self.let_go is not None:
                self.let_go()
            return
        self.put_nowait(item)


class Line(web.WebSocketResponse):
    """Says in its close frame why it closes, where aiohttp gives no more than the code."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG:
            message = message or TOO_LARGE
        return await super().close(code=code, message=message, drain=drain)


class Wire:
    """One WebSocket, in the shape engine.io asks of its drivers."""

    def __init__(self, handler: Callable[[Any], Awaitable[None]], server: Any) -> None:
        self._handler = handler
        self._server = server
        self._response = Line(compress=False, max_msg_size=MAX_MESSAGE_BYTES, autoping=True)
        self._request: web.Request | None = None
        self.environ: dict[str, Any] = {}

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        self.environ = environ
        self._request = environ["aiohttp.request"]
        # `handler` is a method of the engine.io socket: the only way to the queue that this wire drains.
        queue = getattr(getattr(self._handler, "__self__", None), "queue", None)
        if isinstance(queue, BoundedQueue):
            queue.let_go = self.abort
        await self._response.prepare(self._request)
        self._server.wires.add(self)
        try:
            await self._handler(self)
        finally:
            self._server.wires.discard(self)
        return self._response

    def abort(self) -> None:
        """Cut the connection without waiting for a peer that does not read."""
        transport = self._request.transport if self._request is not None else None
        if transport is not None and not transport.is_closing():
            socket = getattr(self._handler, "__self__", None)
            who = self._server.name_of(socket.sid) if socket is not None else ""
            log.warning("client let go", who=who, reason="does not read what it is sent")
            transport.abort()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._response.close()
        except (TimeoutError, ConnectionError):
            self.abort()

    async def send(self, message: str | bytes) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                if isinstance(message, bytes):
                    await self._response.send_bytes(message)
                else:
                    await self._response.send_str(message)
        except TimeoutError:
            Counters.let_go_stalled += 1
            self.abort()
            raise

    async def wait(self) -> str | bytes:
        message = await self._response.receive()
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            raise OSError("the client closed its connection")
        data: str | bytes = message.data
        return data


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # engineio ships no types
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async = {**stock._async, "websocket": Wire}
        self.wires: set[Wire] = set()
        self.name_of: Callable[[str], str] = lambda eio_sid: eio_sid
        """Tells who a connection belongs to, for the log; the hub knows."""

    def create_queue(self, *_args: Any, **_options: Any) -> BoundedQueue:
        return BoundedQueue()

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Raises BadOrigin. Whether the token that comes later, in a message, is good is checked with that message."""
        check_origin(
            request.headers,
            scheme=request.scheme,
            host=request.host,
            has_cookie=bool(request.cookies),
            has_bearer=True,
        )
        response: web.StreamResponse = await super().handle_request(request)
        return response


class ControlServer(socketio.AsyncServer):  # type: ignore[misc]  # socketio ships no types
    """python-socketio over our driver."""

    def __init__(self) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=["websocket"],
            cors_allowed_origins=[],  # origins are ours to check, see live.access.check_origin
            ping_interval=10,
            ping_timeout=8,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            namespaces=["/audience", "/host", "/stage", "/crew"],
        )

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def hang_up(self) -> None:
        """Close every connection as a hub that goes away does, not as one that sends clients away: they come back."""
        wires = list(self.eio.wires)
        await asyncio.gather(*(wire.close() for wire in wires))

    def waiting(self, sid: str, namespace: str) -> int:
        """How many packets wait to be sent to a client."""
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace)
        socket = self.eio.sockets.get(eio_sid)
        return socket.queue.qsize() if socket is not None else 0
