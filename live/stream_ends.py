"""The subscriber's end of a stream: what is written to it, by WebSocket or as multipart pictures; and goodbyes.

Data runs `Ear` → socket here. Whoever takes nothing for `write_s` is given up, and the owner lets it go.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from aiohttp import WSCloseCode, web

from live.ear import Ear, Heard, frame_of, never, nothing
from live.errors import HouselightsError
from live.messages.coding import to_json
from live.messages.packets import HEADER_BYTES, Hello
from live.messages.views import Problem

LetGo = Callable[[Ear], None]
BOUNDARY = "houselights"
SOCKET_AHEAD_BYTES = 128 * 1024
"""What may lie unsent in the system's socket buffer: past it the ear waits, which can skip ahead; the system cannot."""
AHEAD_BYTES = 64 * 1024
"""What may lie unsent in the transport's own buffer before packets wait in the ear instead."""
LOOK_AGAIN_S = 0.01
"""How soon a transport that took no more is looked at again."""
GOODBYE_S = 1.0

CLOSE_ENDED = 4000
"""The stream is over, for good."""
CLOSE_REPLACED = 4001
"""A newer connection took this one's place: not to be taken back."""
CLOSE_UNNEEDED = 4002
"""A second line that helps no more: another is asked for where one is needed again."""


class WritingEnd:
    """The writing end of a WebSocket, without a task: 200 viewers are 200 short calls a packet.

    What the transport does not take waits where it is and is tried again soon, but not for ever: whoever takes nothing
    for `write_s` is let go.
    """

    def __init__(
        self,
        web_socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        let_go: Callable[[], None],
        write_s: float,
        ahead_bytes: int = AHEAD_BYTES,
    ) -> None:
        self._web_socket = web_socket
        self._transport = transport
        self._let_go = let_go
        self._write_s = write_s
        self._ahead_bytes = ahead_bytes
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.Handle | None = None
        self._stuck_since_s: float | None = None

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()

    def _put_some(self) -> bool:
        """Write something of what waits; False where nothing does."""
        raise NotImplementedError

    def _is_open(self) -> bool:
        return not (self._transport.is_closing() or self._web_socket.closed)

    def _takes_more(self) -> bool:
        return self._is_open() and self._transport.get_write_buffer_size() <= self._ahead_bytes

    def _wake(self) -> None:
        """Something waits. In the next turn of the loop the transport has handed on what it was given in this one."""
        if self._again is None:
            self._again = self._loop.call_soon(self._write)

    def _write(self) -> None:
        self._again = None
        while self._takes_more():
            self._stuck_since_s = None
            if not self._put_some():
                return
        self._try_again()

    def _try_again(self) -> None:
        """It takes no more: look again in a moment, but not for ever."""
        if not self._is_open():
            return
        now_s = self._loop.time()
        if self._stuck_since_s is None:
            self._stuck_since_s = now_s
        if now_s - self._stuck_since_s >= self._write_s:
            self._let_go()
            return
        self._again = self._loop.call_later(LOOK_AGAIN_S, self._write)


class Subscriber(WritingEnd):
    """Who watches one stream: what the transport takes is written as it comes, in nobody's turn."""

    def __init__(
        self,
        ear: Ear,
        web_socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        let_go: LetGo,
        write_s: float,
    ) -> None:
        super().__init__(web_socket, transport, lambda: let_go(ear), write_s)
        self._ear = ear
        ear.listen(self._wake, self._pass_on)
        self._wake()

    def close(self) -> None:
        self._ear.listen(nothing, never)
        super().close()

    def _pass_on(self, heard: Heard) -> bool:
        # `_takes_more`, said again: this runs once for each packet and viewer.
        transport = self._transport
        if transport.get_write_buffer_size() > AHEAD_BYTES or transport.is_closing() or self._web_socket.closed:
            return False
        transport.write(heard.frame)
        return True

    def _put_some(self) -> bool:
        item = self._ear.take()
        if item is None:
            return False
        if isinstance(item, Hello):
            self._transport.write(frame_of(to_json(item), is_text=True))
        else:
            self._transport.write(item.frame)
            self._ear.count_out(item)
        return True


class PictureReader:
    """The writing end of multipart pictures, over plain HTTP: a task writes them, one at a time."""

    def __init__(self, ear: Ear, write_s: float) -> None:
        self._ear = ear
        self._write_s = write_s
        self._news = asyncio.Event()
        ear.listen(self._news.set, never)
        self._news.set()

    async def write(self, request: web.Request, response: web.StreamResponse) -> None:
        """Run until the reader has gone. Raises TimeoutError or ConnectionError."""
        await response.write(f"--{BOUNDARY}\r\n".encode())
        while await self._has_news(request):
            while (item := self._ear.take()) is not None:
                if isinstance(item, Heard):
                    async with asyncio.timeout(self._write_s):
                        await response.write(_part_of(item))
                    self._ear.count_out(item)

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
            await web_socket.send_str(to_json(Problem.of(error)).decode())
    await say_goodbye(web_socket, WSCloseCode.POLICY_VIOLATION, error.code)
