"""The whole program in real time: 1080p30, four 720p clips with sound, recording and stream on, window off.

The stage (engine, pacer, recorder, broadcast) runs in a process of its own by the real clock; the hub's own streams and
one watcher run here. CPU is user and system time of the stage's processes for a second of show, `late_percent` the
share of pictures that were late (skipped or missed), `realtime` the program made for each second of the clock. The
peer is one FFmpeg command with the same work: four inputs decoded, scaled, stacked and mixed, encoded with x264 at
1080p with FLAC and again at 720p with Opus, with the same settings. It runs as fast as it can; its CPU for a second of
program counts.

`--seconds N` measures longer (the issue's figure is 60).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from aiohttp import ClientSession, web
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from live.streams import Streams
from stage.picture import SAMPLE_RATE_HZ
from tests.benchmarks._program_stage import CLIP_S, CLIPS
from tests.benchmarks.figures import emit
from tests.benchmarks.mixer import command_cpu_s

SECONDS = 60.0
PEER_SECONDS = 8
WIDTH, HEIGHT, RATE = 1280, 720, 30


def make_clip(folder: Path, number: int) -> None:
    """A clip as intake makes it (H.264, key picture every half second, AAC) and its sound as FLAC."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(40, 200, (34, 64), dtype=np.uint8)
    field = np.kron(coarse, np.ones((32, 32), np.uint8))[: HEIGHT * 3 // 2, :]
    seconds = np.arange(CLIP_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sound = np.repeat(0.2 * np.sin(2 * np.pi * (220 + 110 * number) * seconds)[:, None], 2, axis=1).astype(np.float32)
    soundfile.write(folder / f"clip-{number}.flac", sound, SAMPLE_RATE_HZ, subtype="PCM_16")
    with av.open(str(folder / f"clip-{number}.mp4"), "w") as file:
        picture: VideoStream = file.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "0"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.codec_context.gop_size = RATE // 2
        track: AudioStream = file.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        for n in range(CLIP_S * RATE):
            moved = np.ascontiguousarray(np.roll(field, 4 * n, axis=1)[:, :WIDTH])
            frame = av.VideoFrame.from_numpy_buffer(moved, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, RATE)
            file.mux(picture.encode(frame))
        heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout="stereo")
        heard.sample_rate = SAMPLE_RATE_HZ
        file.mux(track.encode(heard))
        for stream in (picture, track):
            file.mux(stream.encode(None))


async def stage_costs(folder: Path, seconds: float) -> dict[str, Any]:
    """Run the stage against the hub's streams, with one watcher, and return what it measured."""

    async def admit(request: web.Request, stream_id: str) -> None:
        return None

    app = web.Application()
    app.add_routes(Streams(admit, admit, lambda: time.monotonic_ns() // 1000).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = "http://{}:{}".format(*runner.addresses[0][:2])
    command = (sys.executable, "-m", "tests.benchmarks._program_stage", address, str(folder), str(seconds))
    stage = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    watching = asyncio.create_task(_watch(address))
    said, _ = await stage.communicate()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await runner.cleanup()
    measured: dict[str, Any] = json.loads(said)
    return measured


async def _watch(address: str) -> None:
    async with ClientSession() as session, session.ws_connect(f"{address}/live/program/watch") as socket:
        async for _ in socket:
            pass


def ffmpeg_costs(folder: Path) -> float:
    """Seconds of CPU for a second of program."""
    x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0"]
    inputs = [a for n in range(CLIPS) for a in ("-stream_loop", "-1", "-i", str(folder / f"clip-{n}.mp4"))]
    scales = ";".join(f"[{n}:v]scale=960:540:flags=fast_bilinear[v{n}]" for n in range(CLIPS))
    stack = (
        "".join(f"[v{n}]" for n in range(CLIPS)) + f"xstack=inputs={CLIPS}:layout=0_0|w0_0|0_h0|w0_h0,split[big][to]"
    )
    small = "[to]scale=1280:720:flags=fast_bilinear[small]"
    sound = "".join(f"[{n}:a]" for n in range(CLIPS)) + f"amix=inputs={CLIPS}:normalize=0,asplit[one][two]"
    recording = [*x264, "-crf", "20", "-g", "30", "-c:a", "flac", "-t", str(PEER_SECONDS), "-f", "matroska"]
    stream = [*x264, "-profile:v", "baseline", "-crf", "22", "-maxrate", "4M", "-bufsize", "2M", "-g", "60"]
    stream += ["-c:a", "libopus", "-b:a", "128k", "-t", str(PEER_SECONDS), "-f", "matroska"]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-y",
        *inputs,
        "-filter_complex",
        f"{scales};{stack};{small};{sound}",
    ]
    command += ["-map", "[big]", "-map", "[one]", *recording, str(folder / "peer.mkv")]
    command += ["-map", "[small]", "-map", "[two]", *stream, "/dev/null"]
    return command_cpu_s(command) / PEER_SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description="the whole program in real time")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_clip(folder, 0)
        for n in range(1, CLIPS):
            for kind in ("mp4", "flac"):
                shutil.copy(folder / f"clip-0.{kind}", folder / f"clip-{n}.{kind}")
        measured = asyncio.run(stage_costs(folder, seconds))
        peer_s = ffmpeg_costs(folder)
    if measured["states"] != ["on", "on"] or measured["troubles"] or not measured["watched"]:
        raise SystemExit(f"expected recording and stream on and watched, all clips playing; got {measured}")
    due = measured["pictures"] + measured["late"]
    emit(
        "program",
        "1080p30, four 720p clips with sound, recording and stream on",
        measured["cpu_s"],
        peer_s,
        "FFmpeg, one command with the same work",
        "s of CPU per s of show",
        peer_s / measured["cpu_s"],
        late_percent=100.0 * measured["late"] / due,
        realtime=measured["realtime"],
        dropped_by_outputs=float(measured["dropped"]),
        seconds=seconds,
    )


if __name__ == "__main__":
    main()
