"""Measures what a live phone costs on this machine: `python -m live.measuring` prints `Costs` as JSON within seconds.

Made on the spot and really done: an H.264 picture of 640×360 is decoded, scaled and laid into a program of 1920×1080,
Opus is decoded, packets go over WebSockets from phone to hub to stage, the program is encoded twice. What counts is
processor time, so that other programs on the machine disturb little. The stage does the same things with its own code,
which this package must not know: what that adds was measured once, and stands below. A process of its own: the hub
never measures.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import cv2
import numpy as np
import numpy.typing as npt
from aiohttp import web
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.authority import Authority
from live.capacity import Costs
from live.certificates import server_context
from live.hints import CHOIR_PACKET_MS, PACKET_MS
from live.messages.coding import to_json
from live.messages.packets import HEADER_BYTES

Plane = npt.NDArray[np.uint8]

PROGRAM, STREAM = (1920, 1080), (1280, 720)
PHONE, TILE = (640, 360), (320, 180)
PHONE_ON_STAGE, TILE_ON_STAGE = (480, 270), (240, 134)
PICTURES_PER_SECOND, TILE_PICTURES_PER_SECOND = 30, 10
SAMPLE_RATE_HZ = 48_000
PICTURES, PROGRAM_PICTURES, SOUNDS_S, PACKETS = 60, 24, 9, 1000
PHONE_BIT_RATE, SOUND_BIT_RATE = 900_000, 32_000
REST_OF_THE_STAGE = 2.0
"""Drawing, mixing, buffers and hand-over take about as much as encoding, as soon as a dozen guests are on air. With 4,
16, 32 and 48 phones hub and stage took 0.87, 1.43, 1.64 and 1.94 of two cores: more at first, less for each one later.
"""
REST_OF_A_STREAM = 1.5
"""Buffers, walls between processes and the hand-over among threads: twenty phones at once took this much more of a
core, received and decoded, than one after the other.
"""
BEST_OF = 3
SEED = 2026


def measure() -> Costs:
    """Takes three to six seconds of one processor."""
    picture_us = _picture_us(PHONE, PHONE_ON_STAGE)
    tile_us = _picture_us(TILE, TILE_ON_STAGE)
    seen_us, heard_us, sung_us = asyncio.run(_relay_us())
    sounds, choir_sounds = 1000 / PACKET_MS, 1000 / CHOIR_PACKET_MS
    sound_us, choir_sound_us = sounds * _sound_us(PACKET_MS), choir_sounds * _sound_us(CHOIR_PACKET_MS)
    loop_us = PICTURES_PER_SECOND * seen_us + sounds * heard_us
    return Costs(
        program_us=REST_OF_THE_STAGE * PICTURES_PER_SECOND * (_encode_us(PROGRAM) + _encode_us(STREAM)),
        phone_us=REST_OF_A_STREAM * (PICTURES_PER_SECOND * picture_us + sound_us + loop_us),
        tile_us=REST_OF_A_STREAM * TILE_PICTURES_PER_SECOND * (tile_us + seen_us),
        microphone_us=REST_OF_A_STREAM * (sound_us + sounds * heard_us),
        phone_loop_us=loop_us,
        tile_loop_us=TILE_PICTURES_PER_SECOND * seen_us,
        microphone_loop_us=sounds * heard_us,
        choir_microphone_us=REST_OF_A_STREAM * (choir_sound_us + choir_sounds * sung_us),
        choir_microphone_loop_us=choir_sounds * sung_us,
    )


def _picture_us(size: tuple[int, int], on_stage: tuple[int, int]) -> float:
    """Decode a phone's pictures, scale each and lay it into the program."""
    units = _h264(size, PICTURES, PHONE_BIT_RATE)
    program = [np.zeros(shape, np.uint8) for shape in _shapes(PROGRAM)]
    parts = [plane[: shape[0], : shape[1]] for plane, shape in zip(program, _shapes(on_stage), strict=True)]

    def once() -> None:
        decoder = VideoCodecContext.create("h264", "r")
        decoder.thread_count = 1
        for unit in units:
            for frame in decoder.decode(av.Packet(unit)):
                for plane, part in zip(_planes(frame), parts, strict=True):
                    part[:] = cv2.resize(plane, part.shape[::-1], interpolation=cv2.INTER_LINEAR)

    return _best_us(once) / PICTURES


def _sound_us(packet_ms: int) -> float:
    """Decode one of a phone's Opus packets and mix it."""
    frames = SAMPLE_RATE_HZ * packet_ms // 1000
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE_HZ, "mono", "flt"
    encoder.bit_rate, encoder.options = SOUND_BIT_RATE, {"frame_duration": str(packet_ms)}
    rng = np.random.default_rng(SEED)
    packets = []
    for number in range(SOUNDS_S * 1000 // packet_ms):
        frame = av.AudioFrame.from_ndarray(
            rng.normal(0.0, 0.1, (1, frames)).astype(np.float32), format="flt", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = (
            SAMPLE_RATE_HZ,
            number * frames,
            Fraction(1, SAMPLE_RATE_HZ),
        )
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    mixed = np.zeros(frames, np.float32)

    def once() -> None:
        decoder = AudioCodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = SAMPLE_RATE_HZ, "mono"
        for packet in packets:
            for frame in decoder.decode(av.Packet(packet)):
                sound = frame.to_ndarray().ravel()
                mixed[: len(sound)] += 0.5 * sound

    return _best_us(once) / max(1, len(packets))


def _encode_us(size: tuple[int, int]) -> float:
    """Encode a picture of the program as the stage does for its recording and its stream."""
    pictures = list(_pictures(size, PROGRAM_PICTURES))

    def once() -> None:
        encoder = _encoder(size, 6_000_000)
        for frame in pictures:
            encoder.encode(frame)

    return _best_us(once, best_of=2) / PROGRAM_PICTURES


async def _relay_us() -> tuple[float, float, float]:
    """What a picture's packet, a sound's and a choir's cost: encrypted from the phone to the hub, plain from there to
    the stage.
    """
    watching: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()

    async def watch(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        watching.set_result(socket)
        async for _ in socket:
            pass
        return socket

    async def publish(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        stage = await watching
        async for message in socket:
            await stage.send_bytes(message.data)
        return socket

    app = web.Application()
    app.add_routes([web.get("/watch", watch), web.get("/publish", publish)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        served, trusted = _contexts()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served).start()
        (_, plain_port), (_, secure_port) = runner.addresses
        return await _through(
            f"http://127.0.0.1:{plain_port}/watch", f"https://127.0.0.1:{secure_port}/publish", trusted
        )
    finally:
        await runner.cleanup()


def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a hub listens with and what its phones trust: a live phone is always on an encrypted page."""
    with tempfile.TemporaryDirectory() as folder:
        now = datetime.now(UTC)
        authority = Authority.open(Path(folder), "measuring", now)
        served = server_context()
        served.load_cert_chain(authority.leaf((), now))
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(cadata=authority.pem.decode())
    return served, trusted


async def _through(watch_url: str, publish_url: str, trusted: ssl.SSLContext) -> tuple[float, float, float]:
    async with aiohttp.ClientSession() as session:
        stage = await session.ws_connect(watch_url)
        phone = await session.ws_connect(publish_url, ssl=trusted)
        seen_us = await _packet_us(phone, stage, PHONE_BIT_RATE // 8 // PICTURES_PER_SECOND)
        heard_us, sung_us = [
            await _packet_us(phone, stage, SOUND_BIT_RATE // 8 * packet_ms // 1000)
            for packet_ms in (PACKET_MS, CHOIR_PACKET_MS)
        ]
        await phone.close()
        await stage.close()
    return seen_us, heard_us, sung_us


async def _packet_us(
    phone: aiohttp.ClientWebSocketResponse, stage: aiohttp.ClientWebSocketResponse, payload_bytes: int
) -> float:
    """Hub and stage together; what the phone itself spends is not spent here."""
    packet = bytes(HEADER_BYTES + payload_bytes)
    began, by_phone = time.process_time(), 0.0
    for _ in range(PACKETS):
        sending = time.process_time()
        await phone.send_bytes(packet)
        by_phone += time.process_time() - sending
        await stage.receive_bytes()
    return (time.process_time() - began - by_phone) / PACKETS * 1e6


def _best_us(once: Callable[[], None], best_of: int = BEST_OF) -> float:
    """The quietest of a few: what others do to caches and clocks only ever adds."""
    spent = []
    for _ in range(best_of):
        began = time.process_time()
        once()
        spent.append(time.process_time() - began)
    return min(spent) * 1e6


def _h264(size: tuple[int, int], count: int, bit_rate: int) -> list[bytes]:
    encoder = _encoder(size, bit_rate)
    packets = [bytes(packet) for frame in _pictures(size, count) for packet in encoder.encode(frame)]
    return packets + [bytes(packet) for packet in encoder.encode(None)]


def _encoder(size: tuple[int, int], bit_rate: int) -> VideoCodecContext:
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(PICTURES_PER_SECOND), Fraction(1, PICTURES_PER_SECOND)
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = bit_rate, 2 * PICTURES_PER_SECOND, 1
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "bf": "0"}
    return encoder


def _pictures(size: tuple[int, int], count: int) -> Iterator[av.VideoFrame]:
    """A soft pattern that moves under grain: neither easier nor harder than a camera in a dim hall."""
    width, height = size
    rng = np.random.default_rng(SEED)
    soft = cv2.resize(rng.integers(30, 220, (12, 16), np.uint8), (width * 2, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.integers(0, 12, (height, width), np.uint8)
    for number in range(count):
        data = np.full((height * 3 // 2, width), 128, np.uint8)
        shift = number * 3 % width
        data[:height] = cv2.add(soft[:, shift : shift + width], np.roll(grain, number * 37, axis=1))
        frame = av.VideoFrame.from_ndarray(data, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, PICTURES_PER_SECOND)
        yield frame


def _shapes(size: tuple[int, int]) -> list[tuple[int, int]]:
    width, height = size
    return [(height, width), (height // 2, width // 2), (height // 2, width // 2)]


def _planes(frame: av.VideoFrame) -> list[Plane]:
    """The three planes without a copy."""
    planes = []
    for plane, (height, width) in zip(frame.planes, _shapes((frame.width, frame.height)), strict=True):
        rows = np.frombuffer(plane, np.uint8)[: plane.line_size * height].reshape(height, plane.line_size)  # type: ignore[call-overload]
        planes.append(rows[:, :width])
    return planes


if __name__ == "__main__":
    cv2.setNumThreads(1)
    sys.stdout.buffer.write(to_json(measure()) + b"\n")
