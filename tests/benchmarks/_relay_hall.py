"""The processes of the relay benchmark: a hub (ours, or a bare one) and a crowd that publishes and watches.

    python -m tests.benchmarks._relay_hall hub ours|bare    prints its port; its CPU seconds at every line
    python -m tests.benchmarks._relay_hall crowd PORT CASE  prints `ready`, runs at the first line, prints what it got

The bare hub is the shortest relay that can be written with aiohttp: no header is read, nothing is bounded or counted.
The crowd speaks WebSocket by hand and parses nothing, so that it can be as large as it must on one core.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import cast

import uvloop
from aiohttp import web

from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack
from live.streams import Streams

RUN_S = 3.0
SETTLE_S = 1.0
PICTURES_PER_S, KEY_EVERY, KEY_BYTES = 30, 60, 50_000
PROGRAM_KBITS = 3000
SOUND_BYTES = 240


@dataclass(frozen=True, slots=True)
class Case:
    """`streams` publishers, each with pictures or without, and `watchers` subscribers of each."""

    streams: int
    watchers: int
    kbits_per_s: int
    """Of the pictures; 0: sound alone."""
    packet_ms: int

    @property
    def label(self) -> str:
        if self.kbits_per_s:
            return f"{self.kbits_per_s / 1000:g} Mbit/s to {self.watchers}"
        return f"{self.streams} microphones, {self.packet_ms} ms packets"


CASES = {
    "program": Case(1, 200, PROGRAM_KBITS, 20),
    "choir-20": Case(200, 1, 0, 20),
    "choir-60": Case(200, 1, 0, 60),
}


# the hubs


async def _admit(_request: web.Request, _stream_id: str) -> None:
    return


def _our_routes() -> list[web.RouteDef]:
    return Streams(_admit, _admit, lambda: time.monotonic_ns() // 1000).routes()


def _bare_routes() -> list[web.RouteDef]:
    watchers: dict[str, list[web.WebSocketResponse]] = defaultdict(list)

    async def publish(request: web.Request) -> web.WebSocketResponse:
        web_socket = web.WebSocketResponse(compress=False)
        await web_socket.prepare(request)
        hearing = watchers[request.match_info["stream"]]
        async for message in web_socket:
            if isinstance(message.data, bytes):
                for watcher in hearing:
                    await watcher.send_bytes(message.data)
        return web_socket

    async def watch(request: web.Request) -> web.WebSocketResponse:
        web_socket = web.WebSocketResponse(compress=False)
        await web_socket.prepare(request)
        watchers[request.match_info["stream"]].append(web_socket)
        async for _ in web_socket:
            pass
        return web_socket

    return [web.get("/live/{stream}/publish", publish), web.get("/live/{stream}/watch", watch)]


async def _serve(routes: list[web.RouteDef]) -> None:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(_answer_with_cpu_s)


def _answer_with_cpu_s() -> None:
    for _ in sys.stdin:
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, flush=True)


# the crowd


class End(asyncio.BufferedProtocol):
    """One socket: shakes hands, then counts what comes."""

    def __init__(self, path: str, shaken: asyncio.Future[None]) -> None:
        self.bytes_in = 0
        self.transport: asyncio.Transport | None = None
        self._path, self._shaken = path, shaken
        self._buffer = bytearray(1 << 16)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: hall\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def get_buffer(self, _size: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        if not self._shaken.done():
            self._shaken.set_result(None)
            return
        self.bytes_in += count


def frame(payload: bytes, *, text: bool = False) -> bytes:
    """A masked frame; the mask is zero, so the payload is as it was."""
    size = len(payload)
    head = bytes((0x81 if text else 0x82,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 1 << 16:
        head += b"\xfe" + size.to_bytes(2)
    else:
        head += b"\xff" + size.to_bytes(8)
    return head + bytes(4) + payload


async def _connected(port: int, path: str) -> End:
    loop = asyncio.get_running_loop()
    shaken: asyncio.Future[None] = loop.create_future()
    _, end = await loop.create_connection(lambda: End(path, shaken), "127.0.0.1", port)
    await shaken
    return end


class Show:
    """What one publisher sends, at its times."""

    def __init__(self, stream_id: str, case: Case, phase: float) -> None:
        tracks = [Track(track=1, kind="audio", codec="opus", sample_rate_hz=48000, channels=1)]
        if case.kbits_per_s:
            tracks.append(Track(track=0, kind="video", codec="avc1.42e01f", width_px=1280, height_px=720))
        hello = Hello(stream_id=stream_id, tracks=tuple(tracks))
        self.hello = frame(to_json(hello), text=True)
        mean = case.kbits_per_s * 125 // PICTURES_PER_S
        delta = max(100, (mean * KEY_EVERY - KEY_BYTES) // (KEY_EVERY - 1))
        self._key, self._delta = self._packet(0, KEY_BYTES, True), self._packet(0, delta, False)
        self._sound = self._packet(1, SOUND_BYTES * case.packet_ms // 20, True)
        self._picture_s = 1 / PICTURES_PER_S if case.kbits_per_s else float("inf")
        self._sound_s = case.packet_ms / 1000
        self._phase_s = phase * self._sound_s

    def _packet(self, track: int, size: int, key: bool) -> bytes:
        return frame(pack(Packet(track=track, key=key, sequence=0, captured_us=0, sent_us=0, payload=bytes(size))))

    def due(self, at_s: float, sent: int, pictures: int) -> list[bytes]:
        """What is to be sent by `at_s` beyond `sent` sound packets and `pictures` pictures."""
        sounds = max(0, int((at_s - self._phase_s) / self._sound_s) + 1 - sent)
        images = 0 if self._picture_s == float("inf") else int(at_s / self._picture_s) + 1 - pictures
        return [self._sound] * sounds + [
            self._key if (pictures + n) % KEY_EVERY == 0 else self._delta for n in range(images)
        ]


async def _publish(end: End, show: Show, until_s: float, started_s: float) -> None:
    loop = asyncio.get_running_loop()
    assert end.transport is not None
    sounds = pictures = 0
    while loop.time() < until_s:
        for message in show.due(loop.time() - started_s, sounds, pictures):
            end.transport.write(message)
            if message is show._sound:
                sounds += 1
            else:
                pictures += 1
        await asyncio.sleep(0.005)  # paced as phones are, by time alone: there is no event that says a packet is due


async def _crowd(port: int, case: Case) -> None:
    names = [f"stream-{number:04}" for number in range(case.streams)] if case.streams > 1 else ["program"]
    shows = [Show(name, case, place / len(names)) for place, name in enumerate(names)]
    publishers = [await _connected(port, f"/live/{name}/publish") for name in names]
    for publisher, show in zip(publishers, shows, strict=True):
        assert publisher.transport is not None
        publisher.transport.write(show.hello)
    watchers = [await _connected(port, f"/live/{name}/watch") for name in names for _ in range(case.watchers)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    until_s = started_s + SETTLE_S + RUN_S
    publishing = [
        asyncio.create_task(_publish(publisher, show, until_s, started_s))
        for publisher, show in zip(publishers, shows, strict=True)
    ]
    await asyncio.sleep(SETTLE_S)  # what is measured is so much of real time, after so much that is not
    before = sum(watcher.bytes_in for watcher in watchers)
    print("measure", flush=True)
    await asyncio.gather(*publishing)
    received = sum(watcher.bytes_in for watcher in watchers) - before
    least = min(watcher.bytes_in for watcher in watchers) / max(watcher.bytes_in for watcher in watchers)
    print(json.dumps({"bytes": received, "least": least}), flush=True)
    threading.Timer(0.5, os._exit, [0]).start()
    await asyncio.to_thread(sys.stdin.readline)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["hub", which]:
            _pin(0)
            uvloop.run(_serve(_our_routes() if which == "ours" else _bare_routes()))
        case ["crowd", port, name]:
            _pin(-1)
            uvloop.run(_crowd(int(port), CASES[name]))
        case _:
            sys.exit(__doc__)


def _pin(place: int) -> None:
    """Hub on one core, crowd on another, where there are two."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[place]})


if __name__ == "__main__":
    main(sys.argv[1:])
