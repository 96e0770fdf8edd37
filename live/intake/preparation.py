"""One piece's way through a child: a scratch folder, a job, and what the child made of it adopted by the store.

Only files under the names that we gave are taken, measured and made our own. Raises BadMedia in words for the author;
what is ours to mend (the disk, the store) comes out as it is. What waits and in which order is the desk's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import structlog

from live.errors import BadMedia
from live.intake.job import DRAFT_FILE, RENDITION_FILES, Broke, Job, Made, Refused
from live.intake.lane import ChildIsDone
from live.intake.nursery import ChildLost, Nursery, Patience
from live.messages.events import ContributionReceived, Original, Rendition, Renditions
from live.sandbox.limits import Limits

if TYPE_CHECKING:
    from live.store import Store

log = structlog.get_logger(__name__)

MediaKind = Literal["photo", "sound", "video"]
OnStep = Callable[[float], None]

_GIB = 1 << 30
LIMITS: dict[MediaKind, Limits] = {
    "photo": Limits(memory_bytes=2 * _GIB, cpu_s=60),
    "sound": Limits(memory_bytes=2 * _GIB, cpu_s=300),
    "video": Limits(memory_bytes=3 * _GIB, cpu_s=1800),
}
PATIENCE: dict[MediaKind, Patience] = {
    "photo": Patience(silence_s=20, total_s=30),
    "sound": Patience(silence_s=20, total_s=180),
    "video": Patience(silence_s=30, total_s=1200),
}
GIVES_WAY = 15
"""The niceness of a child that finishes: the newly received, the hub and the stage on the same machine come first."""
FINISHING_TAKES_TIMES = 12
"""How much longer than others it may take, getting only what they leave; its processor time has the same limit."""
_HUNG = "this file kept its opener busy for too long and was put aside; record it again or export it in another format"
_FELL = "this file made its opener fall over and was put aside; record it again or export it in another format"


class Preparation:
    """Its methods may be called by several tasks at once, for different pieces."""

    def __init__(
        self,
        store: Store,
        nursery: Nursery,
        folder: Path,
        patience: dict[MediaKind, Patience],
        counters: Counter[str],
        gives_way: int = GIVES_WAY,
    ) -> None:
        self._store = store
        self._nursery = nursery
        self._folder = folder
        self._patience = patience
        self._counters = counters
        self._gives_way = gives_way

    async def prepare(self, received: ContributionReceived, on_step: OnStep, child_is_done: ChildIsDone) -> Renditions:
        """Make all that can be played; of a long clip a draft will do (`job.is_draft` tells)."""
        async with self._outputs(received) as outputs:
            kind = media_kind(received)
            job = Job(kind=kind, limits=LIMITS[kind], trim=received.trim, may_draft=True)
            made = await self._made(received, job, outputs, self._patience[kind], on_step)
            await child_is_done()
            adopted = await self._adopted(received.contribution_id, made, outputs, tuple(RENDITION_FILES))
            return _described(made, adopted)

    async def finish(self, received: ContributionReceived, draft: Renditions) -> Renditions:
        """Make the full clip that is to stand in a draft's place; what else the draft has stays as it is."""
        async with self._outputs(received) as outputs:
            job = Job(kind="video", limits=LIMITS["video"], trim=received.trim, niceness=self._gives_way)
            patience = self._patience["video"]
            patience = replace(patience, total_s=patience.total_s * FINISHING_TAKES_TIMES)
            made = await self._made(received, job, outputs, patience, lambda _: None)
            adopted = await self._adopted(received.contribution_id, made, outputs, ("clip",))
            kept = {"sound": draft.sound, "thumbnail": draft.thumbnail}
            return _described(made, adopted | {name: part for name, part in kept.items() if part is not None})

    @asynccontextmanager
    async def _outputs(self, received: ContributionReceived) -> AsyncIterator[Path]:
        """The folder a child may write into, gone afterwards with all that nobody adopted."""
        folder = self._folder / received.contribution_id
        shutil.rmtree(folder, ignore_errors=True)
        outputs = folder / "made"
        outputs.mkdir(parents=True, mode=0o700)
        try:
            yield outputs
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _at_hand(self, original: Original, folder: Path) -> Path:
        """The original where it lies, or fetched from a store that is elsewhere."""
        return self._store.local_path(original.key) or await self._store.fetch(original.key, folder / "original")

    async def _made(
        self, received: ContributionReceived, job: Job, outputs: Path, patience: Patience, on_step: OnStep
    ) -> Made:
        """Have a child do it. Raises BadMedia in words for the author."""
        assert received.original is not None
        original = await self._at_hand(received.original, outputs.parent)
        try:
            report = await self._nursery.run(job, original, outputs, patience, on_step)
        except ChildLost as lost:
            self._counters["killed"] += 1
            log.warning("intake_child_lost", contribution_id=received.contribution_id, how=str(lost))
            raise BadMedia(_HUNG if lost.hung else _FELL) from None
        if isinstance(report, Made):
            return report
        if isinstance(report, Refused):
            raise BadMedia(report.reason)
        fault = report.fault if isinstance(report, Broke) else repr(report)
        log.error("intake_child_broke", contribution_id=received.contribution_id, fault=fault)
        raise BadMedia(_FELL)

    async def _adopted(
        self, contribution_id: str, made: Made, outputs: Path, wanted: tuple[str, ...]
    ) -> dict[str, Rendition]:
        """Move into the store what the child wrote under the names that we gave, and nothing else."""
        adopted: dict[str, Rendition] = {}
        homes: dict[str, Path] = {}
        for name in wanted:
            file_name, media_type = RENDITION_FILES[name]
            file_name = DRAFT_FILE if name == "clip" and made.is_draft else file_name
            path = outputs / file_name
            size_bytes = _take_over(path)
            if size_bytes:
                key = f"renditions/{contribution_id}/{file_name}"
                homes[key] = path
                adopted[name] = Rendition(key=key, media_type=media_type, size_bytes=size_bytes)
        await _all_of(self._store.adopt(path, key) for key, path in homes.items())
        if not adopted.keys() & {"still", "clip", "sound"}:
            raise BadMedia(_FELL)
        return adopted


def media_kind(received: ContributionReceived) -> MediaKind:
    if received.kind == "text":
        raise BadMedia("expected a photo, a sound or a video, got a text with a file; send the file by itself")
    return received.kind


def _described(made: Made, adopted: dict[str, Rendition]) -> Renditions:
    return Renditions(
        **adopted,
        width_px=made.width_px,
        height_px=made.height_px,
        duration_us=made.duration_us,
        loudness_lufs=made.loudness_lufs,
        waveform=made.waveform,
    )


async def _all_of(moving: Iterable[Awaitable[None]]) -> None:
    """Wait for all side by side, the disk being what takes the time; raise the first error once none goes on."""
    for error in await asyncio.gather(*moving, return_exceptions=True):
        if error is not None:
            raise error


def _take_over(path: Path) -> int:
    """Make a file of the child's our own and return its size; 0 where there is none, or it is no plain file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            return 0
        with contextlib.suppress(PermissionError):  # it is ours already where children have no user of their own
            os.fchown(fd, os.geteuid(), os.getegid())
        os.fchmod(fd, 0o644)
        return found.st_size
    finally:
        os.close(fd)
