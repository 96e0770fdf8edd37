"""Sounds made by code, one from each seed: bells, a plucked phrase, a pad, drops, a heartbeat.

All of them share one key and one pulse, so that whatever the host puts together sounds meant.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

import numpy as np
import numpy.typing as npt
import soundfile

Mono = npt.NDArray[np.float32]
Voice = Callable[[Random], Mono]

RATE_HZ = 48_000
BEAT_S = 0.625  # 96 beats a minute
BEATS = 8
SCALE_HZ = tuple(146.83 * 2 ** (step / 12) for step in (0, 3, 5, 7, 10, 12, 15, 17, 19, 22, 24))  # D minor pentatonic
PEAK = 0.6


def play(seed: int) -> bytes:
    """Return a FLAC of BEATS beats, stereo; the same for the same seed."""
    out = io.BytesIO()
    soundfile.write(out, sound(seed), RATE_HZ, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def sound(seed: int) -> npt.NDArray[np.float32]:
    """Return (frames, 2) float32."""
    random = Random(seed)
    dry = random.choice(VOICES)(random)
    wet = in_a_hall(dry, seed)
    return (wet / max(1e-6, float(np.abs(wet).max())) * PEAK).astype(np.float32)


def silence() -> Mono:
    return np.zeros(round(BEATS * BEAT_S * RATE_HZ), np.float32)


def seconds(length_s: float) -> Mono:
    return (np.arange(round(length_s * RATE_HZ)) / RATE_HZ).astype(np.float32)


def strike(track: Mono, note: Mono, beat: float) -> None:
    """Add a note to the track from `beat` on; what is longer than the track is cut."""
    first = round(beat * BEAT_S * RATE_HZ)
    length = min(len(note), len(track) - first)
    track[first : first + length] += note[:length]


def bells(random: Random) -> Mono:
    track, t = silence(), seconds(3.0)
    for beat in np.arange(0, BEATS, 0.5):
        if random.random() < 0.62:
            hz = random.choice(SCALE_HZ[3:])
            turn = 2 * np.pi * hz * t
            note = np.sin(turn + 2.2 * np.exp(-t * 5) * np.sin(3.5 * turn)) * np.exp(-t * 2.2)
            strike(track, (note * random.uniform(0.4, 1.0)).astype(np.float32), float(beat))
    return track


def plucks(random: Random) -> Mono:
    """A string after Karplus and Strong: noise that goes round and grows dull."""
    track = silence()
    phrase = [random.choice(SCALE_HZ[:8]) for _ in range(4)]
    noise = np.random.default_rng(random.getrandbits(32))
    for index, beat in enumerate(np.arange(0, BEATS, 0.5)):
        if random.random() < 0.8:
            strike(track, string(phrase[index % 4], 1.2, noise), float(beat))
    return track


def string(hz: float, length_s: float, noise: np.random.Generator) -> Mono:
    period = round(RATE_HZ / hz)
    turn = noise.uniform(-1, 1, period).astype(np.float32)
    turns = []
    for _ in range(round(length_s * hz)):
        turns.append(turn)
        turn = (0.498 * (turn + np.roll(turn, 1))).astype(np.float32)
    note = np.concatenate(turns)
    return (note * np.linspace(1, 0, len(note))).astype(np.float32)


def pad(random: Random) -> Mono:
    track, t = silence(), seconds(BEATS * BEAT_S)
    for chord in range(2):
        shape = np.clip(1 - np.abs(t / (BEATS * BEAT_S) - 0.27 - 0.46 * chord) * 3.2, 0, 1) ** 0.7
        for hz in random.sample(SCALE_HZ[:7], 3):
            for detune in (0.997, 1.0, 1.004):
                track += (shape * np.sin(2 * np.pi * hz * detune * t + random.uniform(0, 6.3)) / 4).astype(np.float32)
    return track


def drops(random: Random) -> Mono:
    track, t = silence(), seconds(0.5)
    for _ in range(22):
        hz = random.choice(SCALE_HZ[4:]) * 2
        note = np.sin(2 * np.pi * hz * (t + 0.06 * (1 - np.exp(-t * 26)))) * np.exp(-t * 12)
        strike(track, (note * random.uniform(0.2, 0.9)).astype(np.float32), random.uniform(0, BEATS - 0.5))
    return track


def heartbeat(random: Random) -> Mono:
    track, t = silence(), seconds(0.4)
    thump = np.sin(2 * np.pi * (46 * t + 6 * (1 - np.exp(-t * 30)))) * np.exp(-t * 9)
    for beat in range(BEATS):
        strike(track, thump.astype(np.float32), beat)
        if random.random() < 0.7:
            strike(track, (0.6 * thump).astype(np.float32), beat + 0.32)
    return track


VOICES: tuple[Voice, ...] = (bells, plucks, pad, drops, heartbeat)


def in_a_hall(dry: Mono, seed: int) -> npt.NDArray[np.float32]:
    """Return stereo: the sound itself in the middle, its echo all around."""
    noise = np.random.default_rng(seed)
    t = seconds(1.1)
    sides = []
    for _ in range(2):
        echo = noise.normal(0, 1, len(t)) * np.exp(-t * 4.5)
        sides.append(dry + 0.012 * _convolved(dry, echo)[: len(dry)])
    return np.stack(sides, axis=1).astype(np.float32)


def _convolved(one: npt.NDArray[np.float32], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By their spectra. (SciPy has this, and takes two seconds to be imported.)"""
    frames = len(one) + len(other) - 1
    size = 1 << (frames - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size), size)[:frames]
