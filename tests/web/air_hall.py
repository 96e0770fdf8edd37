"""A hall with nothing but streams: a real `Streams` on a real socket, a page that publishes, a watcher who decodes.

The page is `air_probe.ts` around the phone's own publisher. Everything runs on one event loop in a thread; tests are
synchronous, as Playwright is, and wait for what they want to see.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import av
import numpy as np
import numpy.typing as npt
from aiohttp import web
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.http_errors import errors_middleware
from live.messages.coding import from_json
from live.messages.packets import Hello, Packet, Track, unpack
from live.pages import STATIC
from live.streams import Streams
from tests import time_strip
from tests.web.hall import ROOT

ESBUILD = ROOT / "web" / "node_modules" / "esbuild" / "bin" / "esbuild"
WITHIN_S = 30.0
PAGE = '<!doctype html><html lang="en"><title>Probe</title><script type="module" src="/probe.js"></script></html>'

T = TypeVar("T")
Samples = npt.NDArray[np.float32]


def bundle_probe(folder: Path) -> Path:
    """Bundle the page's script; return the file."""
    bundle = folder / "probe.js"
    source = Path(__file__).with_name("air_probe.ts")
    command = [str(ESBUILD), str(source), "--bundle", "--format=esm", f"--outfile={bundle}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return bundle


def epoch_us() -> int:
    return time.time_ns() // 1000


class AirHall:
    """The server; `close` and `open` on the same port are a hub that is restarted."""

    def __init__(self, folder: Path) -> None:
        self._probe = bundle_probe(folder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def files(self) -> dict[str, str]:
        manifest = json.loads((STATIC / "manifest.json").read_text())
        return {name: f"/static/{manifest[f'air_{name}.js']}" for name in ("worker", "worklet")}

    def open(self) -> None:
        self.run(self._open())

    def close_hub(self) -> None:
        self.run(self._close())

    def close(self) -> None:
        self.close_hub()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()

    def watch(self, stream_id: str, query: str = "?tracks=0,1") -> Watcher:
        return Watcher(self, stream_id, query)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.start(work).result(WITHIN_S)

    async def _open(self) -> None:
        self.streams = Streams(_admit, _admit, epoch_us)
        app = web.Application(middlewares=[errors_middleware])
        app.add_routes(self.streams.routes())
        app.add_routes([
            web.get("/", _page),
            web.get("/probe.js", self._script),
            web.static("/static", STATIC),
        ])  # fmt: skip
        app.on_shutdown.append(lambda _: self.streams.close())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def _script(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self._probe)

    async def _close(self) -> None:
        await self._runner.cleanup()


async def _admit(request: web.Request, stream_id: str) -> None:
    """Everybody is let in: who may is the hub's to say, and tested there."""


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


class Watcher:
    """Hears one stream and keeps what it heard; decodes when asked."""

    def __init__(self, hall: AirHall, stream_id: str, query: str) -> None:
        self.hellos: list[Hello] = []
        self.packets: list[tuple[Track, Packet, int]] = []
        """With the track it belongs to, and when it came (epoch µs)."""
        self._hall = hall
        self._news = threading.Condition()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._hearing = hall.start(self._hear(f"{hall.url}/live/{stream_id}/watch{query}"))

    def until(self, claim: Callable[[Watcher], T]) -> T:
        """Wait until `claim` says something true of what was heard, and return that."""
        with self._news:
            found: list[T] = []

            def holds() -> bool:
                found[:] = [claim(self)]
                return bool(found[0])

            assert self._news.wait_for(holds, WITHIN_S), self._said()
            return found[0]

    def pictures(self, since: int = 0) -> list[Packet]:
        return [packet for track, packet, _ in self.packets[since:] if track.kind == "video"]

    def sounds(self, since: int = 0) -> list[Packet]:
        return [packet for track, packet, _ in self.packets[since:] if track.kind == "audio"]

    def track(self, kind: str) -> Track:
        return next(track for track in self.hellos[-1].tracks if track.kind == kind)

    def ask_key(self) -> None:
        assert self._socket is not None
        self._hall.run(self._socket.send_str('{"type":"key"}'))

    def close(self) -> None:
        if self._socket is not None:
            self._hall.run(self._socket.close())
        self._hearing.cancel()

    def _said(self) -> str:
        return f"{len(self.hellos)} hellos, {len(self.pictures())} pictures, {len(self.sounds())} sound packets"

    async def _hear(self, url: str) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=self._hall.url) as web_socket:
            self._socket = web_socket
            async for message in web_socket:
                arrived_us = epoch_us()
                with self._news:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self.hellos.append(from_json(message.data, Hello))
                    elif message.type is aiohttp.WSMsgType.BINARY:
                        packet = unpack(message.data)
                        track = next(one for one in self.hellos[-1].tracks if one.track == packet.track)
                        self.packets.append((track, packet, arrived_us))
                    self._news.notify_all()


LOW_DELAY = 0x80000
DECODERS = {"avc1": "h264", "vp8": "vp8", "opus": "libopus", "jpeg": "mjpeg"}


def decode_pictures(track: Track, packets: list[Packet]) -> list[av.VideoFrame]:
    decoder: VideoCodecContext = av.CodecContext.create(DECODERS[track.codec.partition(".")[0]], "r")  # type: ignore[assignment]
    decoder.thread_count = 1
    decoder.flags |= LOW_DELAY
    return [frame for packet in packets for frame in decoder.decode(av.Packet(packet.payload))]


def decode_sound(track: Track, packets: list[Packet]) -> Samples:
    """One channel, 48 kHz."""
    if track.codec == "pcm-s16":
        whole = b"".join(packet.payload for packet in packets)
        return np.frombuffer(whole, "<i2").astype(np.float32) / np.float32(32768)
    decoder: AudioCodecContext = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "mono"
    parts: list[Samples] = []
    for packet in packets:
        for frame in decoder.decode(av.Packet(packet.payload)):
            part = frame.to_ndarray().reshape(-1).astype(np.float32)
            parts.append(part / np.float32(32768) if frame.format.name.startswith("s16") else part)
    return np.concatenate(parts)


def strip_of(frame: av.VideoFrame) -> int | None:
    """The number in a picture's strip."""
    return time_strip.read(frame.reformat(format="gray8", threads=1).to_ndarray().astype(np.uint8))
