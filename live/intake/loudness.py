"""Integrated loudness by ITU-R BS.1770 (FFmpeg's `ebur128`) and the waveform that a queue row shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph

from live.intake.hearing import SAMPLE_RATE_HZ, Sound
from live.intake.job import WAVEFORM_PEAKS

_PEAK_FRAMES = 480
_SILENT_LUFS = -69.0
"""The filter says −70 when all lies under its gate."""


class Loudness:
    """Feed with pieces in order; `integrated` may be asked once at the end."""

    def __init__(self) -> None:
        self._graph = Graph()
        source = self._graph.add_abuffer(
            sample_rate=SAMPLE_RATE_HZ, format="flt", layout="stereo", time_base=Fraction(1, SAMPLE_RATE_HZ)
        )
        meter = self._graph.add("ebur128", "metadata=1:peak=none:framelog=quiet")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()
        self._frames = 0
        self._last: float | None = None

    def put(self, piece: Sound) -> None:
        self._graph.push(audio_frame(piece, "flt", self._frames))
        self._frames += len(piece)
        self._read()

    def integrated(self) -> float | None:
        """LUFS; None for what is silent or shorter than the 0.4 s that the measure needs."""
        self._graph.push(None)
        self._read()
        return self._last if self._last is not None and self._last > _SILENT_LUFS else None

    def _read(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            said = frame.metadata.get("lavfi.r128.I")
            if said is not None:
                self._last = round(float(said), 2)


class Waveform:
    """Keeps one peak for each 10 ms, gives at most 200 of 0…255 over the whole."""

    def __init__(self) -> None:
        self._peaks: list[npt.NDArray[np.float32]] = []
        self._rest = np.empty(0, np.float32)

    def put(self, piece: Sound) -> None:
        loud = np.concatenate([self._rest, np.abs(piece).max(axis=1)])
        whole = len(loud) // _PEAK_FRAMES * _PEAK_FRAMES
        if whole:
            self._peaks.append(loud[:whole].reshape(-1, _PEAK_FRAMES).max(axis=1))
        self._rest = loud[whole:]

    def peaks(self, duration_us: int) -> tuple[int, ...]:
        """Over `duration_us`, which may be longer than the sound (silence) but not shorter."""
        rest = [np.array([self._rest.max()], np.float32)] if len(self._rest) else []
        if not self._peaks and not rest:
            return ()
        peaks = np.concatenate([*self._peaks, *rest])
        slots = max(len(peaks), -(-duration_us * SAMPLE_RATE_HZ // (1_000_000 * _PEAK_FRAMES)))
        peaks = np.pad(peaks, (0, slots - len(peaks)))
        edges = np.linspace(0, slots, min(WAVEFORM_PEAKS, slots) + 1).astype(int)
        highest = np.maximum.reduceat(peaks, edges[:-1])
        return tuple(int(peak) for peak in np.round(np.clip(highest, 0, 1) * 255))


def audio_frame(piece: npt.NDArray[Any], sample_format: str, first: int) -> av.AudioFrame:
    """A stereo piece as FFmpeg takes it: `flt` and `s16` interleaved, `fltp` by channel."""
    packed = piece.T if sample_format.endswith("p") else piece.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), sample_format, "stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, first, Fraction(1, SAMPLE_RATE_HZ)
    return frame
