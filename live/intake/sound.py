"""Writes the `sound` rendition (FLAC, 48 kHz, stereo, 16 bits) and measures it on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import av
import numpy as np

from live.intake.hearing import SAMPLE_RATE_HZ, Sound
from live.intake.job import RENDITION_FILES
from live.intake.loudness import Loudness, Waveform, audio_frame

_FLAC_OPTIONS = {"compression_level": "2"}  # three times as quick as the usual 5, a hundredth larger


@dataclass(frozen=True, slots=True)
class Measured:
    frames: int
    loudness_lufs: float | None
    waveform: Waveform

    @property
    def duration_us(self) -> int:
        return self.frames * 1_000_000 // SAMPLE_RATE_HZ


class SoundWriter:
    """Use as a context; `put` pieces in order, then `finish`."""

    def __init__(self) -> None:
        self._container = av.open(RENDITION_FILES["sound"][0], "w", format="flac")
        self._stream = self._container.add_stream("flac", rate=SAMPLE_RATE_HZ, options=_FLAC_OPTIONS)
        self._stream.codec_context.layout = "stereo"
        self._stream.codec_context.format = "s16"
        self._loudness = Loudness()
        self._waveform = Waveform()
        self.frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def put(self, piece: Sound) -> None:
        self._loudness.put(piece)
        self._waveform.put(piece)
        whole = np.round(piece * 32767.0).astype(np.int16)
        self._container.mux(self._stream.encode(audio_frame(whole, "s16", self.frames)))
        self.frames += len(piece)

    def finish(self) -> Measured:
        self._container.mux(self._stream.encode(None))
        return Measured(self.frames, self._loudness.integrated(), self._waveform)


def gathered(pieces: Iterable[Sound], frames: int = SAMPLE_RATE_HZ // 4) -> Iterable[Sound]:
    """The same sound in larger pieces: codecs give 20 ms at a time, and each step here costs a call for itself."""
    held: list[Sound] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= frames:
            yield np.concatenate(held)
            held, count = [], 0
    if held:
        yield np.concatenate(held)
