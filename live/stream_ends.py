"""The subscriber's end of a stream: what is written to it, by WebSocket or as multipart pictures; and goodbyes.

Data runs `Ear` → socket here. Every write that has to wait has a time; who does not read within it is given up with
`TimeoutError`, and the owner lets it go.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from aiohttp import WSCloseCode, web

from live.errors import HouselightsError, TooMuch
from live.messages.coding import to_json
from live.messages.packets import HEADER_BYTES, Hello
from live.messages.views import Problem
from live.relay import Bounds, Choice, Ear, Heard

BOUNDARY = "houselights"
SOCKET_AHEAD_BYTES = 128 * 1024
"""What may lie unsent in the system's socket buffer: past it the ear waits, which can skip ahead; the system cannot."""
AHEAD_BYTES = 32 * 1024
"""What may lie unsent in the transport's own buffer before packets wait in the ear instead."""
GOODBYE_S = 1.0

CLOSE_ENDED = 4000
"""The stream is over, for good."""
CLOSE_REPLACED = 4001
"""A newer connection took this one's place: not to be taken back."""


class Subscriber:
    """The writing end of one subscriber. What its transport takes at once is written as it comes, without the turn of a
    task; what it does not waits in the ear, and a task writes it, one message at a time.
    """

    def __init__(self, name: str, chooses: Choice, bounds: Bounds, write_s: float) -> None:
        self._news = asyncio.Event()
        self.ear = Ear(name, chooses, self._news.set, bounds, self._pass_on)
        self._write_s = write_s
        self._transport: asyncio.WriteTransport | None = None
        self._web_socket: web.WebSocketResponse | None = None

    def open(self, web_socket: web.WebSocketResponse, transport: asyncio.WriteTransport | None) -> None:
        """From here on packets may be passed on at once."""
        self._web_socket, self._transport = web_socket, transport

    def _pass_on(self, heard: Heard) -> bool:
        transport, web_socket = self._transport, self._web_socket
        if transport is None or web_socket is None or transport.get_write_buffer_size() > AHEAD_BYTES:
            return False
        if web_socket.closed or transport.is_closing():
            return False
        transport.write(heard.frame)
        return True

    async def write_socket(self, web_socket: web.WebSocketResponse) -> None:
        """Write what waits, until cancelled. Raises TimeoutError or ConnectionError."""
        while True:
            await self._news.wait()
            self._news.clear()
            while (item := self.ear.take()) is not None:
                async with asyncio.timeout(self._write_s):
                    if isinstance(item, Hello):
                        await web_socket.send_str(to_json(item).decode())
                        continue
                    await web_socket.send_bytes(item.message)
                self.ear.count_out(item)

    async def write_pictures(self, request: web.Request, response: web.StreamResponse) -> None:
        """Run until the reader has gone. Raises TimeoutError or ConnectionError."""
        await response.write(f"--{BOUNDARY}\r\n".encode())
        while await self._has_news(request):
            while (item := self.ear.take()) is not None:
                if isinstance(item, Heard):
                    async with asyncio.timeout(self._write_s):
                        await response.write(_part_of(item))
                    self.ear.count_out(item)

    async def _has_news(self, request: web.Request) -> bool:
        """Wait for news; False once the reader has gone, which plain HTTP tells only those who look."""
        while request.transport is not None and not request.transport.is_closing():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._news.wait()
                self._news.clear()
                return True
        return False


def _part_of(heard: Heard) -> bytes:
    """One picture, and the boundary after it: browsers show a part when they see that the next one begins."""
    jpeg = heard.message[HEADER_BYTES:]
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + f"\r\n--{BOUNDARY}\r\n".encode()


def keep_little_unsent(request: web.Request) -> None:
    """Keep the system from hiding seconds of live pictures in a socket buffer that nobody can skip."""
    sock = request.transport.get_extra_info("socket") if request.transport is not None else None
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if sock is not None and option is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, option, SOCKET_AHEAD_BYTES)


async def say_goodbye(web_socket: web.WebSocketResponse, code: int, reason: str) -> None:
    """Close, and do not wait long for an answer."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(GOODBYE_S):
            await web_socket.close(code=code, message=reason.encode())


async def refuse(web_socket: web.WebSocketResponse, error: HouselightsError) -> None:
    """Say what is wrong, as a `Problem`, then close."""
    retry_after_s = error.retry_after_s if isinstance(error, TooMuch) else None
    problem = Problem(code=error.code, message=str(error), retry_after_s=retry_after_s)
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(GOODBYE_S):
            await web_socket.send_str(to_json(problem).decode())
    await say_goodbye(web_socket, WSCloseCode.POLICY_VIOLATION, error.code)
