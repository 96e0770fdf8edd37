"""An intake with a real store and real children, and eyes and ears for what comes out of it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace
from PIL import Image

from live.intake.desk import Intake, Outcome
from live.intake.job import is_draft
from live.intake.nursery import Patience
from live.intake.preparation import PATIENCE, MediaKind
from live.messages.events import (
    Consent,
    ContributionFailed,
    ContributionPrepared,
    ContributionReceived,
    Original,
    Rendition,
    Renditions,
    Trim,
)
from live.messages.ids import new_id
from live.messages.views import Progress
from live.store import Store
from tests.media_files import QUARTERS

Rgb = npt.NDArray[np.uint8]


class Hall:
    """Puts originals where uploads put them, and keeps what was announced."""

    def __init__(self, folder: Path, workers: int, patience: dict[MediaKind, Patience]) -> None:
        """Its children give way to nobody: beside browsers at work, who does waits for minutes."""
        self.store = Store.open(folder / "media")
        self.intake = Intake(
            self.store,
            self.announce,
            lambda step: self.on_progress(step),
            workers,
            folder / "scratch",
            patience,
            gives_way=0,
        )
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was, and what a test before put in the way of it."""
        self.progress: list[Progress] = []
        self.on_progress: Callable[[Progress], None] = self.progress.append
        self.announced: list[Outcome] = []
        self.drafts: dict[str, asyncio.Future[Renditions]] = {}
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self.intake.announce = self.announce
        self.intake.counters.update({name: -count for name, count in self.intake.counters.items()})

    async def announce(self, outcome: Outcome) -> None:
        self.announced.append(outcome)
        if isinstance(outcome, ContributionPrepared) and is_draft(outcome.renditions):
            self.draft_of(outcome.contribution_id).set_result(outcome.renditions)
        else:
            self.outcome_of(outcome.contribution_id).set_result(outcome)

    def draft_of(self, contribution_id: str) -> asyncio.Future[Renditions]:
        return self.drafts.setdefault(contribution_id, asyncio.get_running_loop().create_future())

    def outcome_of(self, contribution_id: str) -> asyncio.Future[Outcome]:
        """The last word: of a long clip, the full one."""
        if contribution_id not in self._waiting:
            self._waiting[contribution_id] = asyncio.get_running_loop().create_future()
        return self._waiting[contribution_id]

    async def received(self, path: Path, kind: MediaKind, trim: Trim | None = None) -> ContributionReceived:
        """Adopt a copy of the file as an upload would."""
        contribution_id = new_id()
        key = f"originals/{contribution_id}"
        copy = path.with_name(f"{contribution_id}.copy")
        os.link(path, copy)  # a hole of 288 MB stays a hole
        digest = hashlib.sha256(copy.read_bytes()).hexdigest() if path.stat().st_size < 1 << 24 else ""
        await self.store.adopt(copy, key)
        return ContributionReceived(
            contribution_id=contribution_id,
            person_id="person-of-tests",
            kind=kind,
            consent=Consent(),
            original=Original(key=key, size_bytes=path.stat().st_size, sha256=digest),
            trim=trim,
        )

    async def send(self, path: Path, kind: MediaKind, trim: Trim | None = None) -> Outcome:
        received = await self.received(path, kind, trim)
        self.intake.submit(received)
        return await self.outcome_of(received.contribution_id)

    async def prepared(self, path: Path, kind: MediaKind, trim: Trim | None = None) -> Renditions:
        outcome = await self.send(path, kind, trim)
        assert isinstance(outcome, ContributionPrepared), outcome
        return outcome.renditions

    async def refusal(self, path: Path, kind: MediaKind) -> str:
        """The sentence for the author of a file that nothing can be made of."""
        outcome = await self.send(path, kind)
        assert isinstance(outcome, ContributionFailed), outcome
        assert outcome.code == "bad_media"
        return outcome.reason

    def path(self, rendition: Rendition | None) -> Path:
        assert rendition is not None
        path = self.store.local_path(rendition.key)
        assert path is not None
        assert path.stat().st_size == rendition.size_bytes > 0
        return path


@asynccontextmanager
async def open_hall(
    folder: Path, workers: int = 2, patience: dict[MediaKind, Patience] = PATIENCE
) -> AsyncIterator[Hall]:
    hall = Hall(folder, workers, patience)
    async with hall.intake:
        yield hall


def clip_pictures(path: Path) -> list[Rgb]:
    """All pictures of a clip as RGB, which must stand at a constant 30/s."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        assert [round((frame.time or 0) * 30) for frame in frames] == list(range(len(frames)))
        return [_rgb(frame) for frame in frames]


def _rgb(frame: av.VideoFrame) -> Rgb:
    return np.asarray(frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709), np.uint8)


def quarters_of(rgb: Rgb) -> list[tuple[int, int, int]]:
    """The colour in the middle of each quarter, in the order of `QUARTERS`."""
    height, width, _ = rgb.shape
    spots = [(height // 5, width // 5), (height // 5, width * 4 // 5), (height * 4 // 5, width // 5)]
    spots.append((height * 4 // 5, width * 4 // 5))
    return [tuple(int(x) for x in rgb[y, x]) for y, x in spots]  # type: ignore[misc]  # three of them


def assert_upright(rgb: Rgb, within: int = 12) -> None:
    np.testing.assert_allclose(quarters_of(rgb), QUARTERS, atol=within)


def square_of(rgb: Rgb) -> float:
    """How bright the grey square in the middle is."""
    height, width, _ = rgb.shape
    return float(rgb[height * 7 // 16 : height * 9 // 16, width * 7 // 16 : width * 9 // 16].mean())


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def heard(path: Path) -> npt.NDArray[np.float64]:
    """A FLAC's samples, (frames, 2), full scale ±1; it must be 48 kHz, 16 bits."""
    with av.open(str(path)) as container:
        codec = container.streams.audio[0].codec_context
        assert (codec.name, codec.sample_rate, codec.channels, codec.format.name) == ("flac", 48_000, 2, "s16")
        pieces = [np.asarray(frame.to_ndarray(), np.float64) for frame in container.decode(audio=0)]
        return np.concatenate([piece.reshape(-1, 2) for piece in pieces]) / 32768


def pitch_hz(samples: npt.NDArray[np.float64]) -> float:
    """The strongest frequency."""
    left = samples[:, 0] * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(left, 1 << 17))) * 48_000 / (1 << 17))
