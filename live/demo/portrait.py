"""Somebody in front of a camera, made by code from a seed: a head that sways and sings, in a loop without a seam.

`portrait(seed)` gives what a phone on air sends, encoded once: H.264, SPS and PPS in every key picture, and Opus in
packets of 20 ms. The mouth opens with the voice. Small on purpose: a laptop carries a few of them beside a show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.demo.melodies import RATE_HZ, SCALE_HZ
from live.demo.palette import Colour, Palette, at, choose
from live.messages.packets import Track

WIDTH, HEIGHT, PICTURES_PER_SECOND = 320, 180, 10
LOOP_S = 6
KEY_EVERY_S = 2
PACKET_MS = 20
NOTES = 8
PEAK = 0.25
BITS_PER_S = 120_000
VIDEO, AUDIO = 0, 1

Mono = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A loop of encoded pictures, each with whether it is a key, and one of sound packets; both are LOOP_S long."""

    pictures: tuple[tuple[bool, bytes], ...]
    sounds: tuple[bytes, ...]

    @property
    def tracks(self) -> tuple[Track, Track]:
        return (
            Track(track=VIDEO, kind="video", codec="avc1.42e01f", width_px=WIDTH, height_px=HEIGHT),
            Track(
                track=AUDIO, kind="audio", codec="opus", sample_rate_hz=RATE_HZ, channels=1, packet_ms=PACKET_MS
            ),
        )  # fmt: skip


def portrait(seed: int) -> Portrait:
    """Return a loop; the same for the same seed."""
    random = Random(seed)
    palette = choose(random)
    sung = sing(random)
    return Portrait(tuple(_encoded(drawn(random, palette, sung))), tuple(_packets(sung)))


def sing(random: Random) -> Mono:
    """A phrase hummed in the key of the demo's other sounds, one note after the other, each with a little vibrato."""
    frames = LOOP_S * RATE_HZ
    note_frames = frames // NOTES
    t = np.arange(note_frames, dtype=np.float64) / RATE_HZ
    swell = np.sin(np.pi * np.arange(note_frames) / note_frames) ** 0.8
    notes = []
    for _ in range(NOTES):
        hz = random.choice(SCALE_HZ[:6])
        turn = 2 * np.pi * hz * t + 0.25 * np.sin(2 * np.pi * 5.2 * t)
        voice = sum(np.sin(part * turn) * strength for part, strength in ((1, 1.0), (2, 0.45), (3, 0.3), (5, 0.12)))
        notes.append(voice * swell * (random.random() < 0.8))
    sung = np.concatenate(notes)
    return (sung / max(1e-6, float(np.abs(sung).max())) * PEAK).astype(np.float32)


def drawn(random: Random, palette: Palette, sung: Mono) -> Iterator[Rgb]:
    """Head and shoulders before a wall with a light on it."""
    skin, hair, coat = at(palette, random.uniform(0.62, 0.9)), at(palette, 0.12), at(palette, random.uniform(0.3, 0.5))
    wall = _wall(palette)
    pictures = LOOP_S * PICTURES_PER_SECOND
    loudness = np.sqrt(np.mean(sung.reshape(pictures, -1) ** 2, axis=1))
    openness = loudness / max(1e-6, float(loudness.max()))
    phase = random.uniform(0, 2 * np.pi)
    for index in range(pictures):
        turn = 2 * np.pi * index / pictures
        x = WIDTH / 2 + 12 * np.sin(turn + phase)
        y = HEIGHT * 0.45 + 4 * np.sin(2 * turn)
        is_blinking = index % 23 == 7
        yield _figure(wall.copy(), (x, y), (skin, hair, coat), float(openness[index]), is_blinking=is_blinking)


def _wall(palette: Palette) -> Rgb:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    glow = np.exp(-(((x - WIDTH * 0.7) / 130) ** 2) - ((y - HEIGHT * 0.25) / 90) ** 2)[..., None]
    dark, light = np.array(palette[0], np.float32), np.array(palette[1], np.float32)
    wall: Rgb = (dark + (light - dark) * glow).astype(np.uint8)
    return wall


def _figure(
    canvas: Rgb, head: tuple[float, float], colours: tuple[Colour, Colour, Colour], open_: float, *, is_blinking: bool
) -> Rgb:
    """All in sixteenths of a pixel, so that it moves smoothly."""
    skin, hair, coat = colours
    x, y = head

    def ellipse(dx: float, dy: float, wide: float, tall: float, colour: Colour, upto: int = 360) -> None:
        centre, axes = (round((x + dx) * 16), round((y + dy) * 16)), (round(wide * 16), round(tall * 16))
        cv2.ellipse(canvas, centre, axes, 0, 180 if upto == 180 else 0, 360, colour, -1, cv2.LINE_AA, 4)

    ellipse(-(x - WIDTH / 2) * 0.7, 112, 92, 62, coat)  # shoulders stay behind the head
    ellipse(0, 44, 15, 30, skin)
    ellipse(0, 0, 38, 48, skin)
    ellipse(0, -16, 39.5, 36, hair, upto=180)
    for side in (-14, 14):
        ellipse(side, -2, 4.5, 0.8 if is_blinking else 4.5, hair)
    ellipse(0, 24, 9 + 3 * open_, 1.2 + 9 * open_, hair)
    return canvas


def _encoded(pictures: Iterator[Rgb]) -> Iterator[tuple[bool, bytes]]:
    encoder: VideoCodecContext = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate = PICTURES_PER_SECOND  # type: ignore[assignment]  # it takes whole numbers too
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = BITS_PER_S, KEY_EVERY_S * PICTURES_PER_SECOND, 1
    parameters = "repeat-headers=1:annexb=1:scenecut=0"
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "x264-params": parameters}
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            yield packet.is_keyframe, bytes(packet)


def _packets(sung: Mono) -> list[bytes]:
    """Encoded twice over and the second time kept: the loop has no seam."""
    encoder: AudioCodecContext = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE_HZ, "mono", "flt", 32_000
    encoder.options = {"frame_duration": str(PACKET_MS)}
    frames = RATE_HZ * PACKET_MS // 1000
    packets: list[bytes] = []
    for first in range(0, 2 * len(sung), frames):
        part = np.ascontiguousarray(sung[first % len(sung) :][:frames][None])
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, first
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets[-(len(sung) // frames) :]
