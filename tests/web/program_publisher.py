"""A stage's broadcast without a stage: one colour as H.264 and JPEG, a tone as Opus, to the hub's media socket."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Literal

import aiohttp
import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from msgspec import structs
from PIL import Image

from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack
from tests.web.hall import Hub

SIZE = (320, 180)
PICTURES_PER_S, KEY_EVERY = 25, 25
RATE_HZ, BLOCK = 48_000, 960
TONE_HZ = 1000.0
VIDEO, SOUND, STILLS = 0, 1, 2
Rgb = tuple[int, int, int]
Matrix = Literal["smpte170m"] | None
Rotation = Literal[0, 90, 180, 270]


class ProgramPublisher:
    """Publishes until `close`; `colour` may be changed while it runs. `right` is the right half's, where it is another.

    As a phone would it may say that the pictures are BT.601 (`matrix`; they then are, and say nothing themselves), or
    that they lie on their side (`rotation`).
    """

    def __init__(
        self, hub: Hub, colour: Rgb, right: Rgb | None = None, matrix: Matrix = None, rotation: Rotation = 0
    ) -> None:
        self.colour = colour
        self._right = right
        video, *others = HELLO.tracks
        self._hello = structs.replace(HELLO, tracks=(structs.replace(video, matrix=matrix, rotation=rotation), *others))
        self._colorspace = "ITU709" if matrix is None else "ITU601"
        self._hub = hub
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        # A hub that was killed takes its publisher with it; the test starts both again.
        with suppress(aiohttp.ClientError, ConnectionError):
            asyncio.run(self._publish())

    async def _publish(self) -> None:
        headers = {"Authorization": f"Bearer {self._hub.stage_key}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self._hub.url}/live/program/publish", headers=headers) as socket,
        ):
            await socket.send_str(to_json(self._hello).decode())
            began_s = asyncio.get_running_loop().time()
            for number, packets in enumerate(self._packets()):
                # Paced by waiting for the end, a picture at a time, as a stage is paced by its clock.
                ahead_s = began_s + number / PICTURES_PER_S - asyncio.get_running_loop().time()
                if await asyncio.to_thread(self._stopping.wait, max(0.0, ahead_s)):
                    return
                for packet in packets:
                    await socket.send_bytes(pack(packet))

    def _packets(self) -> Iterator[list[Packet]]:
        """For each picture: itself, the sound that belongs to it, itself as JPEG."""
        video, sound = video_encoder(says_709=self._colorspace == "ITU709"), sound_encoder()
        number = 0
        while True:
            at_us = number * 1_000_000 // PICTURES_PER_S
            yield [
                *self._video_packets(video, number, at_us),
                *_sound_packets(sound, number),
                _packet(STILLS, number, at_us, _jpeg(self.colour), key=True),
            ]
            number += 1

    def _video_packets(self, encoder: VideoCodecContext, number: int, at_us: int) -> Iterator[Packet]:
        rgb = np.full((SIZE[1], SIZE[0], 3), self.colour, np.uint8)
        if self._right is not None:
            rgb[:, SIZE[0] // 2 :] = self._right
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=self._colorspace)
        frame.pts, frame.time_base = number, Fraction(1, PICTURES_PER_S)
        for packet in encoder.encode(frame):
            yield _packet(VIDEO, number, at_us, bytes(packet), key=packet.is_keyframe)


HELLO = Hello(
    stream_id="program",
    tracks=(
        Track(track=VIDEO, kind="video", codec="avc1.42e01f", width_px=SIZE[0], height_px=SIZE[1]),
        Track(track=SOUND, kind="audio", codec="opus", sample_rate_hz=RATE_HZ, channels=2),
        Track(track=STILLS, kind="video", codec="jpeg", width_px=SIZE[0], height_px=SIZE[1]),
    ),
)


def video_encoder(*, says_709: bool) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt, encoder.framerate, encoder.time_base = (
        "yuv420p",
        Fraction(PICTURES_PER_S),
        Fraction(1, PICTURES_PER_S),
    )
    colours = ":colormatrix=bt709:colorprim=bt709:transfer=bt709" if says_709 else ""
    encoder.options = {
        "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "threads": "1",
        "x264-params": f"keyint={KEY_EVERY}:repeat-headers=1:annexb=1{colours}",
    }  # fmt: skip
    return encoder


def sound_encoder() -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "stereo", "flt"
    encoder.options = {"frame_duration": "20"}
    return encoder


def _sound_packets(encoder: AudioCodecContext, number: int) -> Iterator[Packet]:
    blocks = RATE_HZ // PICTURES_PER_S // BLOCK
    for block in range(number * blocks, (number + 1) * blocks):
        at = np.arange(block * BLOCK, (block + 1) * BLOCK) / RATE_HZ
        wave = (0.25 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[np.newaxis], format="flt", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, block * BLOCK
        for packet in encoder.encode(frame):
            yield _packet(SOUND, block, block * BLOCK * 1_000_000 // RATE_HZ, bytes(packet), key=True)


def _jpeg(colour: Rgb) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", SIZE, colour).save(out, "JPEG", quality=90)
    return out.getvalue()


def _packet(track: int, sequence: int, at_us: int, payload: bytes, *, key: bool) -> Packet:
    return Packet(track=track, key=key, sequence=sequence & 0xFFFF, captured_us=at_us, sent_us=at_us, payload=payload)
