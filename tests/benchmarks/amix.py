"""FFmpeg's `amix` by its library, fed with sounds that lie ready: the mixer's fair peer (`tests.benchmarks.mixer`).

`python -m tests.benchmarks.amix 64 8 1024 20.0` reads lines; for each it mixes 20 seconds from 64 inputs, 8 blocks of
1024 frames each in turn, and prints seconds of CPU for a second of sound. The library is called from machine code, as a
program in C would: one that did the same took some 10 % less here. Any FFmpeg from 5 on will do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from ctypes import CDLL, byref, c_char_p, c_int, c_int64, c_uint64, c_void_p
from ctypes.util import find_library
from typing import Any, cast

import numba
import numpy as np

from stage.picture import SAMPLE_RATE_HZ

KEEP_REF = 8
"""FFmpeg's flag for a frame that stays ours."""
END = "abuffersink@end"


class Graph:
    """A graph of filters that ends in `abuffersink@end`; what it hands out (addresses) stays until the program ends."""

    def __init__(self, description: str) -> None:
        self.filters, frames = (CDLL(find_library(name)) for name in ("avfilter", "avutil"))
        self.unref, self._new_frame = frames.av_frame_unref, frames.av_frame_alloc
        self._named, new_graph = self.filters.avfilter_graph_get_filter, self.filters.avfilter_graph_alloc
        for giving in (self._new_frame, self._named, new_graph):
            giving.restype = c_uint64
        self._named.argtypes = (c_uint64, c_char_p)
        self.unref.argtypes, self.unref.restype = (c_uint64,), None
        self.filters.av_buffersrc_add_frame_flags.argtypes = (c_uint64, c_uint64, c_int)
        self.filters.av_buffersink_get_frame.argtypes = (c_uint64, c_uint64)
        self.filters.av_buffersink_get_samples.argtypes = (c_uint64, c_uint64, c_int)
        self.filters.avfilter_graph_parse2.argtypes = (c_uint64, c_char_p, c_void_p, c_void_p)
        self.filters.avfilter_graph_config.argtypes = (c_uint64, c_void_p)
        frames.av_opt_set_int.argtypes = (c_uint64, c_char_p, c_int64, c_int)
        self._graph, loose = new_graph(), c_void_p()
        _done(frames.av_opt_set_int(self._graph, b"threads", 1, 0))  # beside others its small memory would be dearer
        _done(self.filters.avfilter_graph_parse2(self._graph, description.encode(), byref(loose), byref(loose)))
        _done(self.filters.avfilter_graph_config(self._graph, None))

    def named(self, name: str) -> int:
        return int(self._named(self._graph, name.encode()))

    def new_frame(self) -> int:
        return int(self._new_frame())

    def sound(self, frames: int) -> int:
        """Its next so many frames."""
        frame = self.new_frame()
        _done(self.filters.av_buffersink_get_samples(self.named(END), frame, frames))
        return frame


def _done(answer: int) -> None:
    if answer < 0:
        raise RuntimeError(f"expected FFmpeg's library to do as it was told, it answered {answer}")


def mixing(strips: int, sets: int, frames: int) -> Callable[[int], int]:
    """What mixes so many blocks, and says how many came out."""
    form = f"sample_rate={SAMPLE_RATE_HZ}:sample_fmt=flt:channel_layout=stereo:time_base=1/{SAMPLE_RATE_HZ}"
    sources = "".join(f"abuffer@{n}={form}[s{n}];" for n in range(strips))
    inputs = "".join(f"[s{n}]" for n in range(strips))
    graph = Graph(f"{sources}{inputs}amix=inputs={strips}:normalize=0,{END}")
    noise = Graph(f"anoisesrc=r={SAMPLE_RATE_HZ}:a=0.1,aformat=sample_fmts=flt:channel_layouts=stereo,{END}")
    into = np.array([graph.named(f"abuffer@{n}") for n in range(strips)], np.uint64)
    sounds = np.array([[noise.sound(frames) for _ in range(strips)] for _ in range(sets)], np.uint64)
    end, mixed = graph.named(END), graph.new_frame()
    add, take, let_go = graph.filters.av_buffersrc_add_frame_flags, graph.filters.av_buffersink_get_frame, graph.unref

    def mix(blocks: int) -> int:
        came = 0
        for number in range(blocks):
            for strip in range(strips):
                add(into[strip], sounds[number % sets, strip], KEEP_REF)
            if take(end, mixed) >= 0:
                came += 1
            let_go(mixed)
        return came

    compiled: Any = numba.njit
    return cast("Callable[[int], int]", compiled(mix))


def main() -> None:
    strips, sets, frames = map(int, sys.argv[1:4])
    mix, blocks = mixing(strips, sets, frames), int(float(sys.argv[4]) * SAMPLE_RATE_HZ / frames)
    mix(sets)
    for _ in sys.stdin:
        before_s = time.process_time()
        came = mix(blocks)
        cpu_s = (time.process_time() - before_s) * SAMPLE_RATE_HZ / (blocks * frames)
        if came != blocks:
            raise RuntimeError(f"expected amix to give {blocks} blocks, it gave {came}")
        print(cpu_s, flush=True)


if __name__ == "__main__":
    main()
