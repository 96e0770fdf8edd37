"""CPU for one second of sound: 64 stereo strips, each with its own gain, pan and all four filter sections.

Ours mixes blocks of 480 frames, as it does in a show: filters and the meters' peaks included. The peers mix 64 stereo
inputs without pan, filters and meters.

FFmpeg's `amix` is measured in two ways, each with our 480 frames a block and with its usual 1024. By its library
(`tests.benchmarks.amix`) it is handed 64 different sounds, eight blocks of each in turn, as ours is, and nothing but
mixing is counted: this is the fair peer. By its command one graph mixes 64 `anullsrc`, as one does who writes no
program: these sources, all with the same silent frame, and what runs them count too, which comes to half as much again
and more; what the command costs for a tenth of a second is taken off, so that starting it does not count.

GStreamer's `audiomixer` is fed by `audiotestsrc` (a tone: silence it would skip); the same sources into `fakesink`s are
taken off. All CPU is user and system time of all threads; rounds go in turn, medians are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np

from live.messages.scene import Equaliser
from stage.mixer import Mixer, StripSetting
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ
from tests.benchmarks.figures import emit

STRIPS = 64
SETS = 8
"""Blocks of each sound: all together they are about as much as lies near a core."""
ROUNDS = 5
OUR_SECONDS = 20.0
FFMPEG_SECONDS = 20.0
GSTREAMER_SECONDS = 4.0
START_SECONDS = 0.1
USUAL_FRAMES = 1024
UNIT = "ms CPU per s of sound"

FEW_LOW_CUTS_HZ = (40.0, 80.0, 100.0, 120.0)
MANY_LOW_CUTS_HZ = tuple(20.0 + 10.0 * n for n in range(STRIPS))

CPU = Callable[[], float]
"""Mixes for a while and returns seconds of CPU for a second of sound."""


def ours(low_cuts_hz: Sequence[float]) -> CPU:
    """Low cuts are taken round; without any, strips have no filters at all."""
    rng = np.random.default_rng(0)
    sounds = [list(rng.uniform(-0.1, 0.1, (STRIPS, BLOCK_FRAMES, 2)).astype(np.float32)) for _ in range(SETS)]
    flat = Equaliser()
    equalisers = [
        Equaliser(
            low_cut_hz=low_cuts_hz[n % len(low_cuts_hz)],
            bass_db=(n % 25) - 12.5,
            mid_db=(n % 20) - 12.5,
            treble_db=6.5 - (n % 18),
        )
        if low_cuts_hz
        else flat
        for n in range(STRIPS)
    ]
    settings = [StripSetting(f"strip-{n:04d}", 0.2 + n / 100.0, n / 32.0 - 1.0, equalisers[n]) for n in range(STRIPS)]
    mixer, blocks = Mixer(), int(OUR_SECONDS * SAMPLE_RATE_HZ / BLOCK_FRAMES)

    def cpu_s() -> float:
        mixer.mix(settings, sounds[0], 0.9)  # the first one glides
        before_s = time.process_time()
        for number in range(blocks):
            mixer.mix(settings, sounds[number % SETS], 0.9)
        return (time.process_time() - before_s) / OUR_SECONDS

    return cpu_s


def command_cpu_s(command: Sequence[str]) -> float:
    """User and system time of a command and all its threads."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    complaint = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"expected {command[0]} to mix, it said {complaint.decode(errors='replace')[-500:]!r}")
    return usage.ru_utime + usage.ru_stime


def amix_by_library(frames: int) -> CPU:
    """In a process of its own with a single thread: FFmpeg's many small pieces of memory are dearer beside others."""
    command = [sys.executable, "-m", "tests.benchmarks.amix", *map(str, (STRIPS, SETS, frames, FFMPEG_SECONDS))]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)

    def cpu_s() -> float:
        assert process.stdin is not None
        assert process.stdout is not None
        print("mix", file=process.stdin, flush=True)
        return float(process.stdout.readline())

    return cpu_s


def amix_by_command(frames: int) -> CPU:
    def command(seconds: float) -> list[str]:
        sources = "".join(f"anullsrc=r={SAMPLE_RATE_HZ}:cl=stereo:d={seconds}:n={frames}[s{n}];" for n in range(STRIPS))
        inputs = "".join(f"[s{n}]" for n in range(STRIPS))
        graph = f"{sources}{inputs}amix=inputs={STRIPS}:normalize=0[mix]"
        return ["ffmpeg", "-v", "error", "-nostdin", "-filter_complex", graph, "-map", "[mix]", "-f", "null", "-"]

    def cpu_s() -> float:
        whole_s, start_s = command_cpu_s(command(FFMPEG_SECONDS)), command_cpu_s(command(START_SECONDS))
        return (whole_s - start_s) / (FFMPEG_SECONDS - START_SECONDS)

    return cpu_s


def audiomixer() -> CPU:
    form = f"audio/x-raw,format=F32LE,rate={SAMPLE_RATE_HZ},channels=2"
    count = round(GSTREAMER_SECONDS * SAMPLE_RATE_HZ / USUAL_FRAMES)

    def sources(into: str) -> str:
        source = f"audiotestsrc num-buffers={count} samplesperbuffer={USUAL_FRAMES} freq="
        return " ".join(f"{source}{200 + 10 * n} ! {form} ! {into}" for n in range(STRIPS))

    mixing = f"audiomixer name=m ! {form} ! fakesink sync=false {sources('m.')}"
    alone = sources("fakesink sync=false")

    def cpu_s() -> float:
        mixed_s, fed_s = (command_cpu_s(["gst-launch-1.0", "-q", *pipe.split()]) for pipe in (mixing, alone))
        return (mixed_s - fed_s) / GSTREAMER_SECONDS

    return cpu_s


def main() -> None:
    cases = {
        "64 strips, 4 sections each": ours(FEW_LOW_CUTS_HZ),
        "64 strips, 4 sections each, 64 different low cuts": ours(MANY_LOW_CUTS_HZ),
        "64 strips without filters": ours(()),
    }
    peers = {
        "FFmpeg amix by its library, 480 frames": amix_by_library(BLOCK_FRAMES),
        "FFmpeg amix by its library, 1024 frames": amix_by_library(USUAL_FRAMES),
        "FFmpeg amix by its command, 480 frames": amix_by_command(BLOCK_FRAMES),
        "FFmpeg amix by its command, 1024 frames": amix_by_command(USUAL_FRAMES),
        "GStreamer audiomixer": audiomixer(),
    }
    measured: dict[str, list[float]] = {name: [] for name in (*cases, *peers)}
    for _ in range(ROUNDS):
        for name, cpu_s in (*cases.items(), *peers.items()):
            measured[name].append(cpu_s())
    for case in cases:
        for peer in peers:
            our_ms, peer_ms = (median(measured[name]) * 1e3 for name in (case, peer))
            emit("mixer", case, our_ms, peer_ms, peer, UNIT, peer_ms / our_ms)


if __name__ == "__main__":
    main()
