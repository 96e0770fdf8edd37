"""A server with nothing but streams, a client for it, and hands that publish and watch over real WebSockets."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from live.clock import HandClock
from live.errors import BadToken
from live.http_errors import errors_middleware
from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack, unpack
from live.stream_limits import StreamLimits
from live.streams import Streams

HELLO = Hello(
    stream_id="program",
    tracks=(
        Track(track=0, kind="video", codec="avc1.42e01f", width_px=64, height_px=36),
        Track(track=1, kind="audio", codec="opus", sample_rate_hz=48000, channels=2),
        Track(track=2, kind="video", codec="jpeg", width_px=64, height_px=36),
    ),
)
PUBLISH, WATCH = "/live/program/publish", "/live/program/watch"

WebSocket = aiohttp.ClientWebSocketResponse
Client = TestClient[web.Request, web.Application]


def packet(payload: bytes, *, track: int = 0, key: bool = False) -> bytes:
    return pack(Packet(track=track, key=key, sequence=0, captured_us=1, sent_us=2, payload=payload))


class Hall:
    """The server, and whoever comes to it."""

    def __init__(self, client: Client, streams: Streams, clock: HandClock) -> None:
        self.client = client
        self.streams = streams
        self.clock = clock

    async def publisher(self, hello: Hello = HELLO) -> WebSocket:
        web_socket = await self.client.ws_connect(PUBLISH)
        await web_socket.send_str(to_json(hello).decode())
        return web_socket

    async def guest(self, stream_id: str) -> WebSocket:
        web_socket = await self.client.ws_connect(f"/live/{stream_id}/publish")
        tracks = (Track(track=0, kind="video", codec="vp8"), Track(track=1, kind="audio", codec="opus"))
        await web_socket.send_str(to_json(Hello(stream_id=stream_id, tracks=tracks)).decode())
        return web_socket

    async def until(self, holds: Callable[[], bool]) -> None:
        """Ask the server for something over and over, so that it has turns to work in, until `holds`."""
        async with asyncio.timeout(10):
            while not holds():
                async with self.client.get("/"):
                    pass

    async def watcher(self, query: str = "") -> WebSocket:
        return await self.client.ws_connect(WATCH + query)


async def admit(request: web.Request, stream_id: str) -> None:
    if request.headers.get("X-Who") == "stranger":
        raise BadToken(f"expected a key for {stream_id}")


def is_stage(request: web.Request) -> bool:
    return request.headers.get("X-Who") == "stage"


@asynccontextmanager
async def open_hall(**limits: Any) -> AsyncIterator[Hall]:
    clock = HandClock()
    streams = Streams(admit, admit, clock.now_us, StreamLimits(**limits), is_stage=is_stage)
    app = web.Application(middlewares=[errors_middleware])
    app.add_routes(streams.routes())
    await streams.start()
    async with TestClient(TestServer(app)) as client:
        yield Hall(client, streams, clock)


async def told(web_socket: WebSocket) -> dict[str, Any]:
    return await web_socket.receive_json(timeout=5)  # type: ignore[no-any-return]


async def heard(web_socket: WebSocket) -> bytes:
    return unpack(await web_socket.receive_bytes(timeout=5)).payload


async def raw_watcher(hall: Hall, path: str = WATCH, headers: str = "", word: bytes = b"") -> socket.socket:
    """A subscriber that shakes hands, says a word and then never reads again."""
    server = hall.client.server
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (server.host, server.port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET {path} HTTP/1.1\r\nHost: hall\r\n{headers}Upgrade: websocket\r\nConnection: Upgrade\r\n"
    await loop.sock_sendall(sock, f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    assert b" 101 " in await loop.sock_recv(sock, 1000)
    if word:  # masked, as a client's frames are, by four zeros
        await loop.sock_sendall(sock, bytes((0x81, 0x80 | len(word))) + bytes(4) + word)
    return sock
