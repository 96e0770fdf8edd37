"""Watches live streams in a thread of its own, keeps what it heard, and decodes it: what the stage would see and hear.

Tests are synchronous, as Playwright is: they say what they wait for, and `until` waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from typing import TypeVar

import aiohttp
import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.messages.air import Trouble
from live.messages.coding import from_json, to_json
from live.messages.packets import Hello, Packet, Track, unpack
from tests import time_strip

WITHIN_S = 30.0
AGAIN_S = 0.1
LOW_DELAY = 0x80000
DECODERS = {"avc1": "h264", "vp8": "vp8", "jpeg": "mjpeg"}

T = TypeVar("T")
Samples = npt.NDArray[np.float32]


class Watcher:
    """Hears one stream for as long as it is open, also through a restart of the hub."""

    def __init__(self, url: str, stream_id: str, token: str = "") -> None:
        self.hellos: list[Hello] = []
        self.packets: list[tuple[Track, Packet, int]] = []
        """With the track it belongs to, and when it came (epoch µs)."""
        self.close_code: int | None = None
        """With which the hub ended the last line."""
        self._url = f"{url}/live/{stream_id}/watch?tracks=0,1"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {"Origin": url}
        self._news = threading.Condition()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._leaving = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._hearing = self._loop.create_task(self._hear_on())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def until(self, claim: Callable[[Watcher], object]) -> None:
        """Wait until `claim` is true of what was heard."""
        with self._news:
            assert self._news.wait_for(lambda: bool(claim(self)), WITHIN_S), self._said()

    def forget(self) -> None:
        """Begin anew with what comes from here on; pictures begin with a key picture."""
        with self._news:
            self.packets.clear()

    def until_decoded(self, pictures: int = 0, sounds: int = 0) -> None:
        """Wait for so many pictures and packets of sound since `forget`, and decode them."""
        self.until(lambda heard: len(heard.pictures()) >= pictures and len(heard.sounds()) >= sounds)
        if pictures:
            assert len(decode_pictures(self.track("video"), self.pictures())) >= pictures
        if sounds:
            assert len(decode_sound(self.track("audio"), self.sounds())) > 0

    def pictures(self) -> list[Packet]:
        """From the first key picture on."""
        found = [packet for track, packet, _ in self.packets if track.kind == "video"]
        first = next((number for number, packet in enumerate(found) if packet.key), len(found))
        return found[first:]

    def sounds(self) -> list[Packet]:
        return [packet for track, packet, _ in self.packets if track.kind == "audio"]

    def track(self, kind: str) -> Track:
        return next(track for track in self.hellos[-1].tracks if track.kind == kind)

    def ask_key(self) -> None:
        self._say('{"type":"key"}')

    def find(self, trouble: str) -> None:
        """As the stage, where the key is the stage's: nothing of the stream can be shown; empty: it can again."""
        self._say(to_json(Trouble(text=trouble, is_shown=not trouble)).decode())

    def _say(self, text: str) -> None:
        assert self._socket is not None
        asyncio.run_coroutine_threadsafe(self._socket.send_str(text), self._loop).result(WITHIN_S)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._leave)
        self._thread.join(WITHIN_S)

    def _leave(self) -> None:
        self._leaving.set()
        self._hearing.cancel()

    def _said(self) -> str:
        return f"{len(self.hellos)} hellos, {len(self.pictures())} pictures, {len(self.sounds())} sound packets"

    def _run(self) -> None:
        self._loop.run_until_complete(asyncio.wait([self._hearing]))
        self._loop.close()

    async def _hear_on(self) -> None:
        async with aiohttp.ClientSession(headers=self._headers) as session:
            while not self._leaving.is_set():
                with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                    async with session.ws_connect(self._url) as web_socket:
                        await self._hear(web_socket)
                await until_set(self._leaving, AGAIN_S)

    async def _hear(self, web_socket: aiohttp.ClientWebSocketResponse) -> None:
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
        with self._news:
            self.close_code = web_socket.close_code
            self._news.notify_all()


async def until_set(leaving: asyncio.Event, within_s: float) -> None:
    """The pause before coming again, over at once for who leaves."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(leaving.wait(), within_s)


def epoch_us() -> int:
    return time.time_ns() // 1000


def decode_pictures(track: Track, packets: list[Packet]) -> list[av.VideoFrame]:
    name = DECODERS[track.codec.partition(".")[0]]
    decoder: VideoCodecContext = av.CodecContext.create(name, "r")  # type: ignore[assignment]
    decoder.thread_count = 1
    decoder.flags |= LOW_DELAY
    if track.description:
        decoder.extradata = b64decode(track.description)  # avcC: WebKit's H.264 is length-prefixed
    return [frame for packet in packets for frame in decoder.decode(av.Packet(packet.payload))]


def decode_sound(track: Track, packets: list[Packet]) -> Samples:
    """One channel, of two the first; 48 kHz."""
    if track.codec == "pcm-s16":
        whole = b"".join(packet.payload for packet in packets)
        return np.frombuffer(whole, "<i2")[:: track.channels].astype(np.float32) / np.float32(32768)
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
