"""Pictures and sounds that a program can read back after cameras, encoders, scaling and mixing had their way with them.

Colour bars say which picture this is and that its colours are right; a strip of 40 black and white cells carries a
number with a checksum; tones are told by their frequency, pulses by their moment. Each has its reader. Pictures here
are (height, width, 3) uint8 RGB, sounds (frames, channels) float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Sound = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 48_000
COLOURS: dict[str, tuple[int, int, int]] = {
    "white": (235, 235, 235),
    "yellow": (235, 235, 16),
    "cyan": (16, 235, 235),
    "green": (16, 235, 16),
    "magenta": (235, 16, 235),
    "red": (235, 16, 16),
    "blue": (16, 16, 235),
    "black": (16, 16, 16),
}
BARS = tuple(COLOURS)
STRIP_CELLS = 40
STRIP_SHARE = 8
"""The strip takes the top 1/8 of the picture."""
PULSE_HZ, PULSE_S = 2000.0, 0.005


# pictures
def bars(width: int, height: int, names: Sequence[str] = BARS) -> Rgb:
    """Upright bars of equal width, from left to right."""
    which = np.arange(width) * len(names) // width
    row = np.array([COLOURS[name] for name in names], np.uint8)[which]
    return np.broadcast_to(row, (height, width, 3)).copy()


def read_bars(picture: Rgb, count: int = len(BARS), *, at_height: float = 0.5) -> tuple[str, ...]:
    """Return the name nearest to each bar's middle, `at_height` (0 top … 1 bottom) of the picture."""
    height, width, _ = picture.shape
    y, half = int(at_height * height), max(1, width // (8 * count))
    middles = (int((i + 0.5) * width / count) for i in range(count))
    return tuple(name_colour(picture[max(0, y - 2) : y + 3, x - half : x + half]) for x in middles)


def name_colour(patch: Rgb) -> str:
    """Return which of COLOURS a patch is nearest to, by its mean."""
    mean = patch.reshape(-1, 3).mean(axis=0)
    return min(COLOURS, key=lambda name: float(np.abs(mean - np.array(COLOURS[name])).sum()))


def draw_strip(picture: Rgb, value: int) -> Rgb:
    """Write a number of 32 bits into the top of the picture, in place, with 8 bits to check it by."""
    height, width, _ = picture.shape
    bits = [value >> shift & 1 for shift in range(31, -1, -1)] + [
        _check(value) >> shift & 1 for shift in range(7, -1, -1)
    ]
    cells = np.array(bits, np.uint8)[np.arange(width) * STRIP_CELLS // width]
    picture[: height // STRIP_SHARE] = (16 + 219 * cells)[None, :, None]
    return picture


def read_strip(picture: Rgb) -> int | None:
    """Return the number in the strip; None where there is none, or it is torn."""
    height, width, _ = picture.shape
    middles = ((np.arange(STRIP_CELLS) + 0.5) * width / STRIP_CELLS).astype(int)
    cells = picture[height // (STRIP_SHARE * 4) : height // STRIP_SHARE * 3 // 4 + 1, middles].mean(axis=(0, 2))
    number = int("".join("1" if cell > 128 else "0" for cell in cells), 2)
    value, check = number >> 8, number & 0xFF
    return value if check == _check(value) else None


def _check(value: int) -> int:
    # Never 0 for 0 nor 255 for all ones: a black or a white picture is no strip.
    return (value ^ value >> 8 ^ value >> 16 ^ value >> 24 ^ 0x5A) & 0xFF


# sound
def tone(hz: float, seconds: float, *, peak: float = 0.25, rate_hz: int = SAMPLE_RATE_HZ, channels: int = 2) -> Sound:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    mono = (peak * np.sin(2 * np.pi * hz * t)).astype(np.float32)
    return np.repeat(mono[:, None], channels, axis=1)


def strongest_hz(sound: Sound, rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """Return the frequency with the most energy, to a fraction of the spectrum's step."""
    mono = sound.mean(axis=1)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    peak = int(power[1:-1].argmax()) + 1
    low, mid, high = (np.log(power[peak + i] + 1e-12) for i in (-1, 0, 1))
    return float((peak + 0.5 * (low - high) / (low - 2 * mid + high)) * rate_hz / len(mono))


def level_db(sound: Sound, hz: float, rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """Return how loud the sine at `hz` is, peak in dBFS."""
    mono = sound.mean(axis=1)
    window = np.hanning(len(mono))
    turns = np.exp(-2j * np.pi * hz * np.arange(len(mono)) / rate_hz)
    peak = 2 * np.abs(np.sum(mono * window * turns)) / window.sum()
    return float(20 * np.log10(peak + 1e-6))


def pulses(seconds: float, every_s: float, *, peak: float = 0.5, rate_hz: int = SAMPLE_RATE_HZ) -> Sound:
    """Short bursts at 0, every_s, 2·every_s, …"""
    sound = np.zeros((round(seconds * rate_hz), 2), np.float32)
    burst = tone(PULSE_HZ, PULSE_S, peak=peak, rate_hz=rate_hz)
    for first in range(0, len(sound) - len(burst), round(every_s * rate_hz)):
        sound[first : first + len(burst)] = burst
    return sound


def read_pulses(sound: Sound, *, threshold: float = 0.1, rate_hz: int = SAMPLE_RATE_HZ) -> list[int]:
    """Return the frames at which bursts begin."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > threshold)
    apart = round(4 * PULSE_S * rate_hz)
    return [int(frame) for i, frame in enumerate(loud) if i == 0 or frame - loud[i - 1] > apart]


# what a browser takes for its camera and microphone
def write_camera(path: Path, pictures: Iterator[Rgb], *, pictures_per_second: int = 30) -> Path:
    """Write Y4M (I420, BT.601 limited, as cameras give it); sides must be even."""
    with path.open("wb") as file:
        for index, picture in enumerate(pictures):
            height, width, _ = picture.shape
            if index == 0:
                file.write(f"YUV4MPEG2 W{width} H{height} F{pictures_per_second}:1 Ip A1:1 C420jpeg\n".encode())
            file.write(b"FRAME\n" + _i420(picture))
    return path


def counting_bars(width: int, height: int, count: int) -> Iterator[Rgb]:
    """Bars with the picture's number, from 1, in the strip."""
    for number in range(1, count + 1):
        yield draw_strip(bars(width, height), number)


def _i420(picture: Rgb) -> bytes:
    r, g, b = (picture[..., i].astype(np.float32) for i in range(3))
    y = 16 + 0.257 * r + 0.504 * g + 0.098 * b
    u = 128 - 0.148 * r - 0.291 * g + 0.439 * b
    v = 128 + 0.439 * r - 0.368 * g - 0.071 * b
    small = (plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3)) for plane in (u, v))
    return b"".join(np.round(plane).astype(np.uint8).tobytes() for plane in (y, *small))
