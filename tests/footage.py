"""What phones by script send, encoded once: footage in every way a phone may encode it, and sound.

Every picture carries its number in the loop in a time strip, and the sound has a pulse every half second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Literal

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from live.messages.packets import Track
from tests import time_strip
from tests.signals import SAMPLE_RATE_HZ, pulses

VIDEO, AUDIO = 0, 1
LOOP_S = 6
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
    stream.codec_context.thread_count = 1
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


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """One 8K picture in a few kilobytes."""
    grey = np.full((4320 * 3 // 2, 7680), 128, np.uint8)
    return next(_encode_video([grey], 7680, 4320, 30, "h264")).payload
