"""The compositor's peers at the same work: FFmpeg's filter graph in this process, GStreamer's `compositor` beside it.

FFmpeg (the release that PyAV carries, quicker than Debian's) is fed frames by reference through PyAV; what only
pushing the same frames into a graph that drops them costs, is taken off. GStreamer runs as a process; the same sources
into `fakesink`, without the compositor, are taken off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

RATE = 30


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph: its size, its place and size in the program."""

    width: int
    height: int
    x: int
    y: int
    placed_width: int
    placed_height: int
    pixels: str = "yuv420p"


def noise_frame(width: int, height: int, pixels: str, seed: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixels)
    random = np.random.default_rng(seed)
    for plane in frame.planes:
        plane.update(random.integers(16, 236, plane.buffer_size, dtype=np.uint8).tobytes())
    return frame


class FfmpegGraph:
    """A filter graph with one `buffer` for each input; `cpu_s` composes one picture and tells what it cost."""

    def __init__(
        self, inputs: Sequence[Input], *, crossfade: bool = False, compose: bool = True, flags: str = ""
    ) -> None:
        self._flags = f":flags={flags}" if flags else ""
        self._graph = Graph()
        self._graph.threads = 1
        self._buffers = [self._buffer(i) for i in inputs]
        self._sink: FilterContext | None = None
        if not compose:
            for buffer in self._buffers:
                buffer.link_to(self._graph.add("nullsink"))
        else:
            last = self._crossfade(inputs) if crossfade else self._stack(inputs)
            self._sink = self._graph.add("buffersink")
            last.link_to(self._sink)
        self._graph.configure()

    def _buffer(self, i: Input) -> FilterContext:
        args = f"video_size={i.width}x{i.height}:pix_fmt={i.pixels}:time_base=1/{RATE}:frame_rate={RATE}"
        return self._graph.add("buffer", args)

    def _stack(self, inputs: Sequence[Input]) -> FilterContext:
        layout = "|".join(f"{i.x}_{i.y}" for i in inputs)
        stack = self._graph.add("xstack", f"inputs={len(inputs)}:layout={layout}")
        for n, (i, buffer) in enumerate(zip(inputs, self._buffers, strict=True)):
            scale = self._graph.add("scale", f"{i.placed_width}:{i.placed_height}{self._flags}")
            buffer.link_to(scale)
            scale.link_to(stack, 0, n)
        return stack

    def _crossfade(self, inputs: Sequence[Input]) -> FilterContext:
        """`blend` is the quickest of blend, mix and xfade here; its opacity stays the same, which costs it nothing."""
        blend = self._graph.add("blend", "all_mode=normal:all_opacity=0.4")
        self._buffers[0].link_to(blend, 0, 0)
        self._buffers[1].link_to(blend, 0, 1)
        text = inputs[2]
        overlay = self._graph.add("overlay", f"{text.x}:{text.y}:format=yuv420")
        blend.link_to(overlay, 0, 0)
        self._buffers[2].link_to(overlay, 0, 1)
        return overlay

    def cpu_s(self, frames: Sequence[av.VideoFrame], number: int) -> float:
        for frame in frames:
            frame.pts, frame.time_base = number, Fraction(1, RATE)
        before = time.process_time_ns()
        for buffer, frame in zip(self._buffers, frames, strict=True):
            buffer.push(frame)
        if self._sink is not None:
            self._sink.pull()
        return (time.process_time_ns() - before) / 1e9


def gstreamer_cpu_s(inputs: Sequence[Input], pictures: int, *, crossfade: bool = False) -> float | None:
    """CPU seconds for one picture, or None where GStreamer is not installed."""
    if shutil.which("gst-launch-1.0") is None:
        return None
    sources = [
        f"videotestsrc num-buffers={pictures} pattern={'smpte' if n % 2 else 'ball'} ! "
        f"video/x-raw,format=I420,width={i.width},height={i.height},framerate={RATE}/1"
        for n, i in enumerate(inputs)
    ]
    pads = [
        f"sink_{n}::xpos={i.x} sink_{n}::ypos={i.y} sink_{n}::width={i.placed_width} sink_{n}::height={i.placed_height}"
        f" sink_{n}::alpha={1.0 if n == 0 or not crossfade else 0.4}"
        for n, i in enumerate(inputs)
    ]
    caps = "video/x-raw,format=I420,width=1920,height=1080"
    composed = (
        f"compositor name=c max-threads=1 background=black {' '.join(pads)} ! {caps} ! fakesink sync=false "
        + " ".join(f"{source} ! c.sink_{n}" for n, source in enumerate(sources))
    )
    alone = " ".join(f"{source} ! fakesink sync=false" for source in sources)
    return max(0.0, _process_cpu_s(composed) - _process_cpu_s(alone)) / pictures


def _process_cpu_s(pipeline: str) -> float:
    process = subprocess.Popen(
        ["gst-launch-1.0", "-q", *pipeline.split()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"expected gst-launch-1.0 to run, got exit {process.returncode}: {said.decode()[-400:]}")
    return used.ru_utime + used.ru_stime
