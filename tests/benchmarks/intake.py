"""How quickly intake makes a phone's clip playable, and how many photos it takes in, beside ffmpeg and plain Pillow.

The clip: 10 s of 720p H.264 and AAC at a phone's bit rate, from `submit` (its last byte is in) until it is announced as
playable; `full_s` is until its full clip is announced too. The peer is the ffmpeg command making the full files. The
photos: 12 megapixels, held upright; the peer is plain Pillow (open, turn, shrink to the same size, save, thumbnail) in
as many processes, warm. Rounds alternate, medians count.

`cpu_s` is what one piece costs in processor time, children included: on a machine that does other things too, that is
the figure to trust.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import av
import cv2
import numpy as np
import psutil
import uvloop
from PIL import Image, ImageOps

from live.intake.desk import Intake, Outcome
from live.intake.job import is_draft
from live.intake.preparation import MediaKind
from live.messages.events import Consent, ContributionPrepared, ContributionReceived, Original
from live.messages.ids import new_id
from live.store import Store
from tests.benchmarks.figures import emit, percentile
from tests.media_files import display_p3_profile

CLIP_ROUNDS = 4
PHOTO_ROUNDS = 2
PHOTOS = 24
WORKERS = 2
CLIP_GOAL_S, PHOTOS_GOAL = 1.5, 15


class Bench:
    """An intake with a real store, and the time until each piece is announced."""

    def __init__(self, folder: Path) -> None:
        self._store = Store.open(folder / "media")
        self._playable: dict[str, asyncio.Future[Outcome]] = {}
        self._full: dict[str, asyncio.Future[Outcome]] = {}
        self.intake = Intake(self._store, self._announce, lambda _: None, WORKERS, folder / "scratch")

    async def _announce(self, outcome: Outcome) -> None:
        playable = self._playable[outcome.contribution_id]
        if not playable.done():
            playable.set_result(outcome)
        if isinstance(outcome, ContributionPrepared) and not is_draft(outcome.renditions):
            self._full[outcome.contribution_id].set_result(outcome)

    async def received(self, path: Path, kind: MediaKind) -> ContributionReceived:
        contribution_id = new_id()
        key, copy = f"originals/{contribution_id}", path.with_suffix(".copy")
        shutil.copyfile(path, copy)
        await self._store.adopt(copy, key)
        self._playable[contribution_id] = asyncio.get_running_loop().create_future()
        self._full[contribution_id] = asyncio.get_running_loop().create_future()
        return ContributionReceived(
            contribution_id=contribution_id,
            person_id="person-of-bench",
            kind=kind,
            consent=Consent(),
            original=Original(key=key, size_bytes=path.stat().st_size, sha256=""),
        )

    async def seconds(self, pieces: list[ContributionReceived]) -> tuple[float, float]:
        """From submitting them all until the last is playable, and until the last is there in full."""
        began = time.perf_counter()
        for piece in pieces:
            self.intake.submit(piece)
        outcomes = await asyncio.gather(*(self._playable[piece.contribution_id] for piece in pieces))
        playable_s = time.perf_counter() - began
        assert all(isinstance(outcome, ContributionPrepared) for outcome in outcomes), outcomes
        await asyncio.gather(*(self._full[piece.contribution_id] for piece in pieces))
        return playable_s, time.perf_counter() - began

    def cpu_s(self) -> float:
        """Processor time of the zygote and all its children that are gone."""
        zygotes = (child for child in psutil.Process().children() if "live.intake.zygote" in child.cmdline())
        return float(sum(sum(zygote.cpu_times()[:4]) for zygote in zygotes))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="houselights-bench-") as folder:
        uvloop.run(_measure(Path(folder)))  # the hub's own loop


async def _measure(folder: Path) -> None:
    clip = hall_clip(folder / "clip.mp4")
    bench = Bench(folder)
    async with bench.intake:
        await _clip(bench, clip, folder)
        for case, options in (("12 MP JPEG", {}), ("12 MP JPEG in Display P3", {"icc_profile": display_p3_profile()})):
            await _photos(bench, case, hall_photo(folder / f"{len(case)}.jpg", options))


async def _clip(bench: Bench, clip: Path, folder: Path) -> None:
    await bench.seconds([await bench.received(clip, "video")])  # both warm
    _ffmpeg(clip, folder)
    before, peer_before, ours, fully, theirs = bench.cpu_s(), _gone_children_s(), [], [], []
    for _ in range(CLIP_ROUNDS):
        playable_s, full_s = await bench.seconds([await bench.received(clip, "video")])
        ours.append(playable_s)
        fully.append(full_s)
        theirs.append(_timed(lambda: _ffmpeg(clip, folder)))
    cpu_s = (bench.cpu_s() - before) / CLIP_ROUNDS
    peer_cpu_s = (_gone_children_s() - peer_before) / CLIP_ROUNDS
    figures = {"p95": percentile(ours, 95), "reach_s": CLIP_GOAL_S, "full_s": median(fully)}
    figures |= {"cpu_s": cpu_s, "peer_cpu_s": peer_cpu_s}
    ratio = median(theirs) / median(ours)
    emit("intake", "10 s 720p clip", median(ours), median(theirs), "ffmpeg ultrafast", "s", ratio, **figures)


async def _photos(bench: Bench, case: str, photo: Path) -> None:
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(plain_pillow, [photo] * WORKERS))
        await bench.seconds([await bench.received(photo, "photo")])
        before, ours, theirs = bench.cpu_s(), [], []
        for _ in range(PHOTO_ROUNDS):
            took_s, _ = await bench.seconds([await bench.received(photo, "photo") for _ in range(PHOTOS)])
            ours.append(PHOTOS / took_s)
            theirs.append(PHOTOS / _timed(lambda: list(pool.map(plain_pillow, [photo] * PHOTOS))))
    cpu_s = (bench.cpu_s() - before) / PHOTO_ROUNDS / PHOTOS
    figures = {"photos_per_s": median(ours), "reach_per_s": PHOTOS_GOAL, "cpu_s": cpu_s}
    ratio = median(ours) / median(theirs)
    emit("intake", case, median(ours), median(theirs), "Pillow, plain", "photos/s", ratio, **figures)


def _gone_children_s() -> float:
    """Processor time of the ffmpegs so far: the zygote is not gone, so that it does not count."""
    return float(sum(psutil.Process().cpu_times()[2:4]))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ffmpeg(clip: Path, folder: Path) -> None:
    """The same four results by one command: clip, sound with its loudness measured, thumbnail."""
    video = "-map 0:v -c:v libx264 -preset ultrafast -crf 26 -g 15 -bf 0 -r 30 -pix_fmt yuv420p"
    command = (
        f"ffmpeg -v error -y -i {clip} {video} -map 0:a -c:a aac -b:a 160k -movflags +faststart {folder}/peer.mp4 "
        f"-map 0:a -af ebur128=framelog=verbose -ar 48000 -sample_fmt s16 {folder}/peer.flac "
        f"-map 0:v -ss 1 -frames:v 1 -vf scale=480:-2 -update 1 {folder}/peer.jpg"
    )
    subprocess.run(command.split(), check=True, stdin=subprocess.DEVNULL)


def plain_pillow(photo: Path) -> None:
    """What one writes first: open, turn, shrink to the size that ours has, save, thumbnail."""
    with Image.open(photo) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((2016, 2016))
    upright.save(f"{photo}.{os.getpid()}.jpg", quality=88)
    upright.thumbnail((480, 480))
    upright.save(f"{photo}.{os.getpid()}.small.jpg", quality=80)


def hall_picture(size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Soft light, hard edges and a sensor's grain, as a hall looks to a phone. Seeded."""
    rng = np.random.default_rng(1)
    picture = cv2.resize(rng.integers(30, 220, (18, 32, 3)).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)
    for _ in range(120):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        across, down = rng.integers(-size[0] // 6, size[0] // 6, 2)
        colour = [int(c) for c in rng.integers(0, 255, 3)]
        cv2.rectangle(picture, (int(x), int(y)), (int(x + across), int(y + down)), colour, 3, cv2.LINE_AA)
    grain = cv2.GaussianBlur(np.asarray(rng.standard_normal(picture.shape) * 14, np.float32), (0, 0), 1.0)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def hall_photo(path: Path, options: dict[str, bytes]) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(hall_picture((4032, 3024))).save(path, "JPEG", quality=92, exif=exif.tobytes(), **options)
    return path


def hall_clip(path: Path, seconds: int = 10) -> Path:
    """A hand-held pan with somebody walking through, 5 Mbit/s."""
    wide, rng = hall_picture((1400, 800)), np.random.default_rng(2)
    grain = rng.normal(0, 2, (720, 1280, 3)).astype(np.int8)
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "0"})
        video.width, video.height, video.pix_fmt, video.bit_rate = 1280, 720, "yuv420p", 5_000_000
        audio = container.add_stream("aac", rate=48_000)
        for index in range(seconds * 30):
            left, top = 60 + 25 * np.sin(index / 15), 40 + 15 * np.cos(index / 19)
            picture = cv2.warpAffine(wide, np.array([[1, 0, -left], [0, 1, -top]]), (1280, 720))
            cv2.circle(picture, (int(640 + 300 * np.sin(index / 20)), 380), 120, (90, 140, 200), -1, cv2.LINE_AA)
            picture = cv2.add(picture, np.roll(grain, index * 37 % 1280, axis=1), dtype=cv2.CV_8U)
            frame = av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
            container.mux(audio.encode(_noise(rng, index)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def _noise(rng: np.random.Generator, index: int) -> av.AudioFrame:
    """A thirtieth of a second of a loud room."""
    frame = av.AudioFrame.from_ndarray((0.2 * rng.standard_normal((2, 1600))).astype(np.float32), "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, index * 1600, Fraction(1, 48_000)
    return frame


if __name__ == "__main__":
    main()
