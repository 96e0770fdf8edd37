"""The ends of a stream: what is written to a publisher and to a subscriber, by WebSocket or as multipart pictures.

Data runs `Ear` → socket here. Every write to a subscriber has a time; who does not read within it is given up with
`TimeoutError`, and the owner lets it go.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from aiohttp import WSCloseCode, web

from live.errors import HouselightsError
from live.messages.base import Tagged
from live.messages.coding import to_json
from live.messages.packets import HEADER_BYTES, Hello
from live.messages.views import Problem
from live.relay import Ear, Heard, Relay

BOUNDARY = "houselights"
SOCKET_AHEAD_BYTES = 128 * 1024
"""What may lie unsent in the system's socket buffer: past it the ear waits, which can skip ahead; the system cannot."""
GOODBYE_S = 1.0

CLOSE_ENDED = 4000
"""The stream is over, for good."""
CLOSE_REPLACED = 4001
"""A newer connection took this one's place: not to be taken back."""


class Key(Tagged, frozen=True):
    """Somebody needs a key picture."""


class Want(Tagged, frozen=True):
    """To the publisher: the tracks that are watched now; the others need not be sent."""

    tracks: tuple[int, ...]


class Publisher:
    """The socket of a publisher, and what is still to be told it: the newest want, and whether a key is asked for."""

    def __init__(self, web_socket: web.WebSocketResponse) -> None:
        self.web_socket = web_socket
        self._told: tuple[int, ...] | None = None
        self._want: tuple[int, ...] = ()
        self._key = False
        self._news = asyncio.Event()

    def want(self, tracks: tuple[int, ...]) -> None:
        self._want = tracks
        self._news.set()

    def ask_key(self) -> None:
        self._key = True
        self._news.set()

    async def tell(self) -> None:
        """Run until cancelled or the socket breaks. One message of each sort waits at most, whatever is asked."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                if self._want != self._told:
                    self._told = self._want
                    await self.web_socket.send_str(to_json(Want(tracks=self._want)).decode())
                if self._key:
                    self._key = False
                    await self.web_socket.send_str(to_json(Key()).decode())


class Subscriber:
    """An ear and the event that wakes its writer."""

    def __init__(self, ear: Ear, news: asyncio.Event, write_s: float) -> None:
        self.ear = ear
        self._news = news
        self._write_s = write_s

    async def write_socket(self, web_socket: web.WebSocketResponse, relay: Relay) -> None:
        """Run until cancelled. Raises TimeoutError or ConnectionError."""
        while True:
            await self._news.wait()
            self._news.clear()
            while (item := self.ear.take()) is not None:
                async with asyncio.timeout(self._write_s):
                    if isinstance(item, Hello):
                        await web_socket.send_str(to_json(item).decode())
                        continue
                    await web_socket.send_bytes(item.message)
                relay.count_out(item)

    async def write_pictures(self, request: web.Request, response: web.StreamResponse, relay: Relay) -> None:
        """Run until the reader has gone. Raises TimeoutError or ConnectionError."""
        await response.write(f"--{BOUNDARY}\r\n".encode())
        while await self._has_news(request):
            while (item := self.ear.take()) is not None:
                if isinstance(item, Heard):
                    async with asyncio.timeout(self._write_s):
                        await response.write(_part_of(item))
                    relay.count_out(item)

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
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(GOODBYE_S):
            await web_socket.send_str(to_json(Problem(code=error.code, message=str(error))).decode())
    await say_goodbye(web_socket, WSCloseCode.POLICY_VIOLATION, error.code)
