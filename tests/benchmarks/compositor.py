"""CPU for one program picture, one thread: our compositor, FFmpeg's filter graph and GStreamer's `compositor`.

All do the same in turns, round by round; medians are printed. Every source has another picture each time (four,
taken round), so nothing is saved by remembering. FFmpeg's graph stands in twice where it scales: as `scale` does it
unless told otherwise (bicubic), and with `fast_bilinear`, its quickest way (ours is bilinear). In the crossfade FFmpeg
is given only the box that the text has ink in, GStreamer the same box without an alpha of its own; ours is given the
whole text layer and finds the ink itself. Ours includes making the list of draws.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

import av
import numpy as np

from stage.compositor import Compositor, Draw
from stage.picture import Picture
from stage.ports import Cutout
from tests.benchmarks._compositor_peers import FfmpegGraph, Input, gstreamer_cpu_s, noise_frame
from tests.benchmarks.figures import emit

WIDTH, HEIGHT = 1920, 1080
ROUNDS = 12
PICTURES_A_ROUND = 8
GSTREAMER_ROUNDS = 3
GSTREAMER_PICTURES = 60
DIFFERENT = 4
TEXT = Input(1400, 300, 260, 390, 1400, 300, "yuva420p")


def grid(columns: int, rows: int, width: int, height: int) -> list[Input]:
    """Equal tiles on even pixels over the whole program."""
    xs = [WIDTH * c // columns // 2 * 2 for c in range(columns + 1)]
    ys = [HEIGHT * r // rows // 2 * 2 for r in range(rows + 1)]
    return [
        Input(width, height, xs[c], ys[r], xs[c + 1] - xs[c], ys[r + 1] - ys[r])
        for r in range(rows)
        for c in range(columns)
    ]


def noise(width: int, height: int, seed: int) -> Picture:
    return Picture(np.random.default_rng(seed).integers(16, 236, (height * 3 // 2, width), dtype=np.uint8))


def text_layer() -> Cutout:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[TEXT.y : TEXT.y + TEXT.height, TEXT.x : TEXT.x + TEXT.width] = np.random.default_rng(0).integers(
        0, 256, (TEXT.height, TEXT.width), dtype=np.uint8
    )
    return Cutout(Picture.solid(WIDTH, HEIGHT, (235, 128, 128)), alpha)


def our_grid(inputs: Sequence[Input]) -> Callable[[int], float]:
    sources = [[noise(i.width, i.height, 10 * n + k) for k in range(DIFFERENT)] for n, i in enumerate(inputs)]
    areas = [(i.x, i.y, i.placed_width, i.placed_height) for i in inputs]
    names = [str(n) for n in range(len(inputs))]

    def draws(number: int) -> list[Draw]:
        now = number % DIFFERENT
        return [
            Draw(name, pictures[now], area, "contain", 1.0)
            for name, pictures, area in zip(names, sources, areas, strict=True)
        ]

    return timed(draws)


def our_crossfade() -> Callable[[int], float]:
    old, new = ([noise(WIDTH, HEIGHT, seed + k) for k in range(DIFFERENT)] for seed in (0, 10))
    full, text = (0, 0, WIDTH, HEIGHT), text_layer()

    def draws(number: int) -> list[Draw]:
        now = number % DIFFERENT
        return [
            Draw("old", old[now], full, "contain", 1.0),
            Draw("new", new[now], full, "contain", 0.3 + 0.1 * now),
            Draw("text", text, full, "contain", 1.0),
        ]

    return timed(draws)


def timed(draws: Callable[[int], list[Draw]]) -> Callable[[int], float]:
    compositor = Compositor(WIDTH, HEIGHT)

    def cpu_s(number: int) -> float:
        before = time.process_time_ns()
        compositor.compose(draws(number))
        return (time.process_time_ns() - before) / 1e9

    return cpu_s


def measure(case: str, inputs: Sequence[Input], ours_cpu_s: Callable[[int], float], *, crossfade: bool) -> None:
    frames = [
        [noise_frame(i.width, i.height, i.pixels, 10 * n + k) for n, i in enumerate(inputs)] for k in range(DIFFERENT)
    ]
    ways = {"blend+overlay": ""} if crossfade else {"scale+xstack": "", "scale=fast_bilinear+xstack": "fast_bilinear"}
    graphs = {name: FfmpegGraph(inputs, crossfade=crossfade, flags=flags) for name, flags in ways.items()}
    feed = FfmpegGraph(inputs, compose=False)
    ours: list[float] = []
    feeding: list[float] = []
    gstreamer: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in graphs}
    for r in range(ROUNDS):
        numbers = range(r * PICTURES_A_ROUND, (r + 1) * PICTURES_A_ROUND)
        ours += [ours_cpu_s(n) for n in numbers]
        feeding += [feed.cpu_s(frames[n % DIFFERENT], n) for n in numbers]
        for name, graph in graphs.items():
            theirs[name] += [graph.cpu_s(frames[n % DIFFERENT], n) for n in numbers]
        if r % (ROUNDS // GSTREAMER_ROUNDS) == 0:
            once = gstreamer_cpu_s(inputs, GSTREAMER_PICTURES, crossfade=crossfade)
            gstreamer += [] if once is None else [once]
    for name, costs in theirs.items():
        say(case, median(ours), median(costs) - median(feeding), f"FFmpeg {av.ffmpeg_version_info} {name}")
    if gstreamer:
        say(case, median(ours), median(gstreamer), "GStreamer compositor")


def say(case: str, ours_s: float, peer_s: float, peer_name: str) -> None:
    emit("compositor", case, ours_s * 1e3, peer_s * 1e3, peer_name, "ms", peer_s / ours_s)


def main() -> None:
    four, many = grid(2, 2, 640, 360), grid(8, 8, 320, 180)
    full = Input(WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT)
    measure("four 640x360 into 1080p", four, our_grid(four), crossfade=False)
    measure("sixty-four 320x180 into 1080p", many, our_grid(many), crossfade=False)
    measure("two 1080p crossfading under text", [full, full, TEXT], our_crossfade(), crossfade=True)


if __name__ == "__main__":
    main()
