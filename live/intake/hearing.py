"""Decodes the sound of an original to the one shape of Houselights: float32 (frames, 2) at 48 kHz, from time 0 on.

Packets that cannot be decoded are left out, and a gap in the times becomes silence, so that sound stays with its
pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from live.intake.job import MAX_DURATION_US
from live.messages.events import Trim

SAMPLE_RATE_HZ = 48_000
MAX_FRAMES = MAX_DURATION_US * SAMPLE_RATE_HZ // 1_000_000
_TOLERATED_GAP_FRAMES = SAMPLE_RATE_HZ // 20
_LAYOUT = "stereo"

Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of an original that is used, in seconds of its own timestamps; `end_s` may be infinite."""

    start_s: float
    end_s: float

    @property
    def most_frames(self) -> int:
        return int(min(MAX_FRAMES, (self.end_s - self.start_s) * SAMPLE_RATE_HZ))


def used_part(container: InputContainer, trim: Trim | None) -> Part:
    """Time 0 is the container's own start; a trim counts from there, as the phone's player showed it."""
    origin_s = (container.start_time or 0) / 1_000_000
    if trim is None or trim.end_us <= trim.start_us:
        return Part(origin_s, float("inf"))
    return Part(origin_s + trim.start_us / 1e6, origin_s + trim.end_us / 1e6)


def hear(container: InputContainer, part: Part) -> Iterator[Sound]:
    """Give the part's sound piece by piece, each (frames, 2) float32 within ±1.0; ends where sound or part end."""
    placed = 0
    for samples, at_s in _resampled(container):
        at = round((at_s - part.start_s) * SAMPLE_RATE_HZ) if at_s is not None else placed
        if placed and abs(at - placed) <= _TOLERATED_GAP_FRAMES:
            at = placed
        for piece in _laid(samples, at, placed, part.most_frames):
            placed += len(piece)
            yield piece
        if placed >= part.most_frames:
            return


def _laid(samples: Sound, at: int, placed: int, most: int) -> Iterator[Sound]:
    """What must be added after `placed` frames to have `samples` at `at`: silence before, or less of them."""
    silence = min(at, most) - placed
    while silence > 0:
        step = min(silence, SAMPLE_RATE_HZ)
        yield np.zeros((step, 2), np.float32)
        placed, silence = placed + step, silence - step
    fresh = samples[max(0, placed - at) :][: max(0, most - placed)]
    if len(fresh):
        yield fresh


def _resampled(container: InputContainer) -> Iterator[tuple[Sound, float | None]]:
    """Samples with the time of their first. A stream that changes its rate or channels gets a new resampler."""
    resampler = _resampler()
    shape: tuple[int, str, str] | None = None
    for frame in decoded(container.streams.audio[0]):
        assert isinstance(frame, av.AudioFrame)
        now = (frame.sample_rate, frame.format.name, frame.layout.name)
        if shape is not None and now != shape:
            yield from map(_samples, resampler.resample(None))
            resampler = _resampler()
        shape = now
        yield from map(_samples, resampler.resample(frame))
    if shape is not None:
        yield from map(_samples, resampler.resample(None))


def decoded(stream: av.AudioStream | av.VideoStream) -> Iterator[av.AudioFrame | av.VideoFrame]:
    """Decode what can be decoded: a bad packet costs itself, a broken end of the file what comes after."""
    assert isinstance(stream.container, InputContainer)
    packets = stream.container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            break
        try:
            yield from packet.decode()  # type: ignore[misc]  # typed for subtitles too
        except av.error.FFmpegError:
            continue
    try:
        yield from stream.decode(None)
    except av.error.FFmpegError:
        return


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="flt", layout=_LAYOUT, rate=SAMPLE_RATE_HZ)


def _samples(frame: av.AudioFrame) -> tuple[Sound, float | None]:
    samples = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)
    return np.clip(np.nan_to_num(samples, copy=False), -1.0, 1.0), frame.time
