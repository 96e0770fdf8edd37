"""Moving pictures made by code, one from each seed: silk, sparks, a tunnel; each loops without a seam and has sound.

`film(seed)` gives an MP4 (H.264, AAC) as a phone would send it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from random import Random

import av
import cv2
import numpy as np
import numpy.typing as npt

from live.demo.melodies import RATE_HZ, sound
from live.demo.palette import Palette, choose

WIDTH, HEIGHT, PICTURES_PER_SECOND, PICTURES = 640, 360, 24, 120
_SHADES = 1024
Grid = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Motif = Callable[[Random, Palette], Iterator[Rgb]]


def film(seed: int) -> bytes:
    """Return an MP4 of five seconds; the same pictures for the same seed."""
    random = Random(seed)
    pictures = random.choice(MOTIFS)(random, choose(random))
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        options = {"preset": "superfast", "crf": "24", "bf": "0", "threads": "1"}
        video = container.add_stream("libx264", rate=PICTURES_PER_SECOND, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ)
        audio.codec_context.layout = "stereo"
        for index, picture in enumerate(pictures):
            planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, PICTURES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for piece in _sound_frames(sound(seed)):
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))
    return out.getvalue()


def _sound_frames(samples: npt.NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    for first in range(0, len(samples) - 1023, 1024):
        piece = np.ascontiguousarray(samples[first : first + 1024].T)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
        yield frame


def grid() -> tuple[Grid, Grid]:
    """Return x and y of a quarter-size picture: x runs −1.78…1.78, y −1…1."""
    y, x = np.mgrid[-1 : 1 : HEIGHT // 4 * 1j, -1.78 : 1.78 : WIDTH // 4 * 1j]
    return x.astype(np.float32), y.astype(np.float32)


def coloured(field: Grid, palette: Palette) -> Rgb:
    """Return the field (0…1) in the palette's colours, full size."""
    return full_size(_shades(palette)[np.clip(field * _SHADES, 0, _SHADES - 1).astype(np.int32)], cv2.INTER_CUBIC)


@lru_cache(maxsize=1)
def _shades(palette: Palette) -> Rgb:
    colours, stops = np.array(palette, np.float32), np.linspace(0, 1, len(palette))
    at = np.linspace(0, 1, _SHADES)
    return np.stack([np.interp(at, stops, colours[:, channel]) for channel in range(3)], axis=-1).astype(np.uint8)


def full_size(small: Rgb, interpolation: int) -> Rgb:
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=interpolation), np.uint8)


def silk(random: Random, palette: Palette) -> Iterator[Rgb]:
    """Folds of cloth in a slow wind."""
    x, y = grid()
    waves = [(random.uniform(-3, 3), random.uniform(-3, 3), random.choice((-2, -1, 1, 2))) for _ in range(4)]
    for index in range(PICTURES):
        turn = 2 * np.pi * index / PICTURES
        bend = sum(np.sin(a * x + b * y + speed * turn) for a, b, speed in waves)
        yield coloured(0.5 + 0.5 * np.sin(bend * 2.2 + x).astype(np.float32), palette)


def tunnel(random: Random, palette: Palette) -> Iterator[Rgb]:
    """Rings that come towards the eye."""
    x, y = grid()
    distance, angle = np.hypot(x, y) + 0.06, np.arctan2(y, x)
    arms, twist = random.choice((3, 5, 6)), random.uniform(0.5, 2.5)
    for index in range(PICTURES):
        turn = 2 * np.pi * index / PICTURES
        field = np.sin(2.2 / distance + 3 * turn + 1.2 * np.sin(arms * angle + twist / distance + turn))
        yield coloured(((0.5 + 0.5 * field) * np.clip(distance * 1.6, 0, 1)).astype(np.float32), palette)


def sparks(random: Random, palette: Palette) -> Iterator[Rgb]:
    """Glowing threads on their orbits."""
    orbits = [
        (random.uniform(0.2, 0.9), random.uniform(0.2, 0.85), random.choice((-2, -1, 1, 2)), random.uniform(0, 6.3))
        for _ in range(18)
    ]
    colours = [palette[random.randint(2, len(palette) - 1)] for _ in orbits]
    ground = np.full((HEIGHT // 2, WIDTH // 2, 3), palette[0], np.float32)
    canvas = ground.copy()
    for index in range(-PICTURES // 3, PICTURES):  # the first third only lays the trails, so that the loop closes
        canvas += (ground - canvas) * 0.05
        for orbit, colour in zip(orbits, colours, strict=True):
            path = np.array([_place(orbit, index - 1), _place(orbit, index)])
            cv2.polylines(canvas, [np.round(path * 16).astype(np.int32)], False, colour, 3, cv2.LINE_AA, 4)
        if index >= 0:
            glow = cv2.GaussianBlur(canvas, (0, 0), 5)
            yield full_size(np.clip(canvas * 0.8 + glow * 0.6, 0, 255).astype(np.uint8), cv2.INTER_LINEAR)


def _place(orbit: tuple[float, float, int, float], index: int) -> tuple[float, float]:
    wide, tall, speed, phase = orbit
    turn = 2 * np.pi * index / PICTURES
    x = WIDTH / 4 * (1 + wide * np.cos(speed * turn + phase))
    y = HEIGHT / 4 * (1 + tall * np.sin(speed * turn + 1.7 * phase))
    return float(x), float(y)


MOTIFS: tuple[Motif, ...] = (silk, tunnel, sparks)
