"""Phones on air without browsers: encoded packets, made once, sent over real sockets in real time, many at a time.

Footage → `ScriptedPhone.packets` → socket. Every picture carries its number in the loop in a time strip, and the sound
has a pulse every half second; `sent` keeps when each was sent last, by the machine's monotonic clock, so that whoever
reads it back knows the delay. A phone does what the hub asks: a key picture asked for is the next one in the loop, and
where larger sound packets are hinted it begins anew with those. `Misfortune` is what else may happen to it.

As a process of its own, `python -m tests.scripted_phones URL TOKEN --stream A --stream B …`: says `ready`, sends until
its standard input closes, then prints per stream what it sent and when, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Literal

import aiohttp
import av
import numpy as np
import uvloop
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack
from tests import time_strip
from tests.signals import SAMPLE_RATE_HZ, pulses

VIDEO, AUDIO = 0, 1
LOOP_S = 6
USUAL_PACKET_MS = 20
KEY_EVERY_S = 2
PULSE_EVERY_S = 0.5
SOUND_LOOP_S = 3.0
"""A whole number of packets of 10, 20 and 60 ms."""

Codec = Literal["h264", "vp8", "jpeg", "webm", "mp4"]
CODEC_STRINGS: dict[Codec, str] = {"h264": "avc1.42e01f", "vp8": "vp8", "jpeg": "jpeg", "webm": "webm", "mp4": "mp4"}


@dataclass(frozen=True, slots=True)
class Coded:
    """One encoded picture or sound packet. `number` is what its strip says, or the packet's place in the loop."""

    number: int
    key: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Footage:
    """A loop of pictures; it begins with a key picture."""

    codec: Codec
    width: int
    height: int
    pictures_per_second: int
    pictures: tuple[Coded, ...]

    def track(self) -> Track:
        return Track(
            track=VIDEO, kind="video", codec=CODEC_STRINGS[self.codec], width_px=self.width, height_px=self.height
        )


@dataclass(frozen=True, slots=True)
class Sounding:
    """A loop of Opus packets with a pulse at its start and every PULSE_EVERY_S."""

    packet_ms: int
    packets: tuple[Coded, ...]

    def track(self) -> Track:
        return Track(
            track=AUDIO, kind="audio", codec="opus", sample_rate_hz=SAMPLE_RATE_HZ, channels=1, packet_ms=self.packet_ms
        )


@lru_cache(maxsize=8)
def footage(
    width: int = 640, height: int = 360, rate: int = 30, codec: Codec = "h264", seconds: int = LOOP_S
) -> Footage:
    """Something moving with detail, as a camera sees a hall, about 800 kbit/s at 360p30."""
    pictures = [drawn(width, height, number) for number in range(seconds * rate)]
    if codec in ("webm", "mp4"):
        return Footage(codec, width, height, rate, tuple(_record(pictures, width, height, rate, codec)))
    encode = _encode_jpeg if codec == "jpeg" else _encode_video
    return Footage(codec, width, height, rate, tuple(encode(pictures, width, height, rate, codec)))


def drawn(width: int, height: int, number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Picture `number` as I420 rows: a coarse pattern that wanders, the strip above it."""
    coarse = np.random.default_rng(3).integers(50, 200, (height // 20 + 2, width // 20 + 2), dtype=np.uint8)
    fine = np.kron(coarse, np.ones((20, 20), np.uint8))
    data = np.empty((height * 3 // 2, width), np.uint8)
    data[:height] = np.roll(fine, 3 * number, axis=1)[:height, :width]
    data[height : height + height // 4] = 100 + number % 50
    data[height + height // 4 :] = 140
    time_strip.draw(data[:height], number)
    return data


@lru_cache(maxsize=4)
def sounding(packet_ms: int = 20) -> Sounding:
    """Some seconds of pulses, encoded twice over and the second time kept: the loop has no seam."""
    frames = SAMPLE_RATE_HZ * packet_ms // 1000
    sound = pulses(SOUND_LOOP_S, PULSE_EVERY_S)[:, :1]
    encoder: AudioCodecContext = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE_HZ, "mono", "flt"
    encoder.bit_rate = 32_000
    encoder.options = {"application": "lowdelay", "frame_duration": str(packet_ms)}
    packets: list[bytes] = []
    for first in range(0, 2 * len(sound), frames):
        part = np.ascontiguousarray(sound[first % len(sound) :][:frames].T)
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, first
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    count = len(sound) // frames
    return Sounding(packet_ms, tuple(Coded(n, True, payload) for n, payload in enumerate(packets[-count:])))


def _encode_video(pictures: list[np.ndarray], width: int, height: int, rate: int, codec: Codec) -> Iterator[Coded]:
    encoder: VideoCodecContext = av.CodecContext.create("libx264" if codec == "h264" else "libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate = rate  # type: ignore[assignment]
    encoder.bit_rate = 800_000 * width * height * rate // (640 * 360 * 30)
    encoder.gop_size, encoder.thread_count = KEY_EVERY_S * rate, 1
    if codec == "h264":
        parameters = "repeat-headers=1:annexb=1:scenecut=0"
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "x264-params": parameters,
        }
    else:
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            yield Coded(number, packet.is_keyframe, bytes(packet))


def _encode_jpeg(pictures: list[np.ndarray], width: int, height: int, rate: int, codec: Codec) -> Iterator[Coded]:
    for number, picture in enumerate(pictures):
        file = BytesIO()
        Image.fromarray(picture[:height]).save(file, "JPEG", quality=60)
        yield Coded(number, True, file.getvalue())


class _Chunks:
    """What a muxer writes, as it comes."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> int:
        self.written += bytes(data)
        return len(data)

    def take(self) -> bytes:
        taken, self.written = self.written, b""
        return taken


def _record(pictures: list[np.ndarray], width: int, height: int, rate: int, codec: Codec) -> Iterator[Coded]:
    """As a browser's recorder does: one container, a chunk for each picture; only the first begins anything."""
    chunks = _Chunks()
    webm = {"live": "1", "cluster_time_limit": "1", "flush_packets": "1"}
    mp4 = {"movflags": "frag_every_frame+empty_moov+default_base_moof", "flush_packets": "1"}
    inner: Codec = "vp8" if codec == "webm" else "h264"
    container = av.open(chunks, "w", format=codec, options=webm if codec == "webm" else mp4)
    stream = container.add_stream("libvpx" if codec == "webm" else "libx264", rate=rate)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.options = (
        {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        if inner == "vp8"
        else {"preset": "ultrafast", "tune": "zerolatency"}
    )
    waiting = b""
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        container.mux(stream.encode(frame))
        waiting += chunks.take()
        if waiting:
            yield Coded(number, number == 0, waiting)
            waiting = b""
    container.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfortune:
    """What goes wrong, at which picture (counted from 0 over the phone's whole life). Nothing, unless said."""

    lose_every: int = 0
    """So many pictures apart one is never sent; its sequence number is missing."""
    garbage_from: int | None = None
    """From here on pictures are random bytes."""
    bomb_at: int | None = None
    """This picture is 8K, whatever was announced."""
    freeze_at: int | None = None
    """Nothing more is sent, and the socket stays open."""
    cut_at: int | None = None
    """The line breaks without a goodbye."""
    flood_at: int | None = None
    """10,000 messages at once."""
    burst_every: int = 0
    """So many pictures are held back and then come together, as on bad Wi-Fi."""
    clock_off_us: int = 0


FLOOD = 10_000
GOODBYE_S = 2.0
"""How long a phone listens on for why it may not go on."""


@dataclass(slots=True)
class Sent:
    """When what was sent last: `pictures` by the number in the strip, `pulses` in order; monotonic nanoseconds."""

    pictures: dict[int, int] = field(default_factory=dict)
    pulses: list[int] = field(default_factory=list)
    keys_asked: int = 0
    packets: int = 0
    problems: list[str] = field(default_factory=list)
    """What the hub said is wrong, by code, in order."""
    troubles: list[str] = field(default_factory=list)
    """Why nothing is shown, as the stage said it; empty: it is shown."""
    close_code: int | None = None
    """With which the hub closed the socket last."""


class ScriptedPhone:
    """One phone. `publish` sends in real time; `packets` gives what it would send, for those who own the time."""

    def __init__(
        self,
        stream_id: str,
        pictures: Footage | None = None,
        sound: Sounding | None = None,
        *,
        now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        misfortune: Misfortune | None = None,
        phase: float = 0.0,
    ) -> None:
        """`phase`: by how much of an interval between two pictures this phone is later than others."""
        self.stream_id = stream_id
        self.footage = pictures
        self.sound = sound
        self.sent = Sent()
        self.misfortune = misfortune or Misfortune()
        self._now_us = now_us
        self._phase = phase
        self._place = 0
        self._key_asked = False
        self._count = 0
        self._sequences = [0, 0]
        self._sound_place = 0
        self._held: list[bytes] = []
        self._packet_ms = sound.packet_ms if sound is not None else USUAL_PACKET_MS
        self._begins_anew = False
        self._random = np.random.default_rng(len(stream_id))

    def hello(self) -> Hello:
        tracks = [one.track() for one in (self.footage, self.sound) if one is not None]
        return Hello(stream_id=self.stream_id, tracks=tuple(tracks))

    def ask_key(self) -> None:
        self._key_asked = True
        self.sent.keys_asked += 1

    def heed(self, packet_ms: int) -> None:
        """Send sound in packets as long as is hinted, beginning anew; who was made with shorter ones keeps those."""
        if self.sound is not None and self._packet_ms >= USUAL_PACKET_MS and packet_ms != self.sound.packet_ms:
            self.sound, self._sound_place = sounding(packet_ms), 0
            self._begins_anew = self._key_asked = True

    def next_picture(self) -> Packet | None:
        """The next picture's packet; None where misfortune has it lost."""
        assert self.footage is not None
        coded = self._next_coded(self.footage)
        count, self._count = self._count, self._count + 1
        packet = self._packet(VIDEO, coded.key, self._spoiled(coded.payload, count))
        self.sent.pictures[coded.number] = time.monotonic_ns()
        lost = self.misfortune.lose_every
        return None if lost and count % lost == lost - 1 else packet

    def next_sound(self) -> Packet:
        assert self.sound is not None
        coded = self.sound.packets[self._sound_place]
        self._sound_place = (self._sound_place + 1) % len(self.sound.packets)
        if coded.number * self.sound.packet_ms % round(1000 * PULSE_EVERY_S) < self.sound.packet_ms:
            self.sent.pulses.append(time.monotonic_ns())
        return self._packet(AUDIO, True, coded.payload)

    async def publish(self, session: aiohttp.ClientSession, hub_url: str, token: str) -> None:
        """Send in real time until cancelled, or until the hub or misfortune ends it."""
        url = f"{hub_url.rstrip('/')}/live/{self.stream_id}/publish"
        headers = {"Authorization": f"Bearer {token}"}
        async with session.ws_connect(url, compress=0, headers=headers, max_msg_size=0) as socket:
            await socket.send_str(to_json(self.hello()).decode())
            hearing = asyncio.create_task(self._hear(socket))
            sending = asyncio.create_task(self._send(socket))
            try:
                await asyncio.wait([hearing, sending], return_when=asyncio.FIRST_COMPLETED)
                # A socket that takes no more may still hold the hub's reason.
                await asyncio.wait([hearing], timeout=GOODBYE_S)
            finally:
                self.sent.close_code = socket.close_code
                for task in (hearing, sending):
                    task.cancel()
                await asyncio.gather(hearing, sending, return_exceptions=True)

    # the socket

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            word = json.loads(message.data)
            if word.get("type") == "key":
                self.ask_key()
            elif word.get("type") == "hint":
                self.heed(word["packetMs"])
            elif word.get("type") == "trouble":
                self.sent.troubles.append(word["text"])
            elif "code" in word:
                self.sent.problems.append(word["code"])

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        started_s = asyncio.get_running_loop().time()
        picture_s = 1.0 / self.footage.pictures_per_second if self.footage else math.inf
        picture_at = started_s + self._phase * picture_s if self.footage else math.inf
        sound_at = started_s + self._phase * self._packet_ms / 1000 if self.sound else math.inf
        while True:
            await _moment(min(picture_at, sound_at))
            if self._begins_anew:
                self._begins_anew = False
                await socket.send_str(to_json(self.hello()).decode())
            if picture_at <= sound_at:
                picture_at += picture_s
                await self._send_picture(socket)
            elif self.sound is not None:
                sound_at += self.sound.packet_ms / 1000
                await socket.send_bytes(pack(self.next_sound()))
                self.sent.packets += 1

    async def _send_picture(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        count, misfortune = self._count, self.misfortune
        if count == misfortune.freeze_at:
            await asyncio.get_running_loop().create_future()
        if count == misfortune.cut_at:
            assert socket._response.connection is not None
            assert socket._response.connection.transport is not None
            socket._response.connection.transport.abort()
        packet = self.next_picture()
        if packet is None:
            return
        self._held += [pack(packet)] * (FLOOD if count == misfortune.flood_at else 1)
        if misfortune.burst_every and (count + 1) % misfortune.burst_every:
            return
        held, self._held = self._held, []
        for message in held:
            await socket.send_bytes(message)
            self.sent.packets += 1
            # Phones of one process share a loop: a flood of one must not hold up the others here.
            await asyncio.sleep(0)

    # what is sent

    def _next_coded(self, loop: Footage) -> Coded:
        if self._key_asked:
            self._key_asked = False
            while not loop.pictures[self._place].key:
                self._place = (self._place + 1) % len(loop.pictures)
        coded = loop.pictures[self._place]
        self._place = (self._place + 1) % len(loop.pictures)
        return coded

    def _spoiled(self, payload: bytes, count: int) -> bytes:
        misfortune = self.misfortune
        if misfortune.garbage_from is not None and count >= misfortune.garbage_from:
            return self._random.bytes(len(payload))
        return bomb() if count == misfortune.bomb_at else payload

    def _packet(self, track: int, key: bool, payload: bytes) -> Packet:
        self._sequences[track] += 1
        at_us = self._now_us() + self.misfortune.clock_off_us
        return Packet(
            track=track, key=key, sequence=self._sequences[track] & 0xFFFF, captured_us=at_us, sent_us=at_us,
            payload=payload,
        )  # fmt: skip


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """One 8K picture in a few kilobytes."""
    grey = np.full((4320 * 3 // 2, 7680), 128, np.uint8)
    return next(_encode_video([grey], 7680, 4320, 30, "h264")).payload


async def _moment(at_s: float) -> None:
    """Wait until the loop's time is `at_s`."""
    loop = asyncio.get_running_loop()
    reached: asyncio.Future[None] = loop.create_future()

    def reach() -> None:
        if not reached.done():
            reached.set_result(None)

    handle = loop.call_at(at_s, reach)
    try:
        await reached
    finally:
        handle.cancel()


@asynccontextmanager
async def on_air(hub_url: str, phones: dict[str, ScriptedPhone]) -> AsyncIterator[None]:
    """Publish, each phone with its token (the keys), while the block runs."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        tasks = [asyncio.create_task(phone.publish(session, hub_url, token)) for token, phone in phones.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _run(arguments: argparse.Namespace) -> None:
    width, height, rate = SIZES[arguments.size]
    loop = footage(width, height, rate) if width else None
    sound = sounding(arguments.packet_ms) if arguments.sound else None
    count = len(arguments.stream)
    phones = [ScriptedPhone(one, loop, sound, phase=n / count) for n, one in enumerate(arguments.stream)]
    ended = asyncio.Event()
    running = asyncio.get_running_loop()
    reading = threading.Thread(target=_until_closed, args=(running, ended), daemon=True)
    reading.start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(phone.publish(session, arguments.url, arguments.token)) for phone in phones]
        print("ready", flush=True)
        await ended.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    sent = {
        phone.stream_id: {"pictures": list(phone.sent.pictures.items()), "pulses": phone.sent.pulses}
        for phone in phones
    }
    print(json.dumps(sent), flush=True)


def _until_closed(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    sys.stdin.read()
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(ended.set)


SIZES = {"360p30": (640, 360, 30), "180p10": (320, 180, 10), "720p30": (1280, 720, 30), "none": (0, 0, 0)}


def main() -> None:
    parser = argparse.ArgumentParser(description="scripted phones, sending until standard input closes")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--stream", action="append", default=[])
    parser.add_argument("--size", choices=SIZES, default="360p30")
    parser.add_argument("--sound", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--packet-ms", type=int, choices=(10, 20), default=20)
    uvloop.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
