"""The intake's desk: contributions come in order, a few at a time are prepared in disposable children, outcomes go out.

received → wait → child makes renditions in a scratch folder → store adopts them → `announce` (journaled). A job that
was cut off at any point is simply done again: nothing is adopted twice under another name, and only an announced
outcome counts. What is the author's to mend is told in a sentence (`ContributionFailed`); what is ours (disk full,
journal away) is logged and left without an outcome, so that the next start takes it up again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import msgspec
import structlog

from live.errors import BadMedia, HouselightsError
from live.intake.job import RENDITION_FILES, Broke, Job, Made, Refused, Walls
from live.intake.nursery import ChildLost, Nursery, Patience
from live.messages.events import (
    ContributionFailed,
    ContributionPrepared,
    ContributionReceived,
    Original,
    Rendition,
    Renditions,
)
from live.messages.views import Progress
from live.sandbox.limits import Limits

if TYPE_CHECKING:
    from live.store import Store

log = structlog.get_logger(__name__)

Outcome = ContributionPrepared | ContributionFailed
MediaKind = Literal["photo", "sound", "video"]

MAX_WAITING = 20_000
"""About 20 MB of rows; past it a contribution is left without an outcome, for the next start to take up."""
ATTEMPTS = 2
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
_PROBE = Job(kind="probe", limits=Limits(memory_bytes=2 * _GIB, cpu_s=10))
_HUNG = "this file kept its opener busy for too long and was put aside; record it again or export it in another format"
_FELL = "this file made its opener fall over and was put aside; record it again or export it in another format"


class Intake:
    """`start`, then `submit` what was received; `close` lets nothing finish that has not."""

    def __init__(
        self,
        store: Store,
        announce: Callable[[Outcome], Awaitable[None]],
        on_progress: Callable[[Progress], None],
        workers: int = 2,
        folder: Path = Path("scratch"),
        patience: dict[MediaKind, Patience] = PATIENCE,
    ) -> None:
        self._store = store
        self.announce = announce
        self._on_progress = on_progress
        self._workers = workers
        self._folder = folder
        self._patience = patience
        self._nursery = Nursery()
        self._queue: deque[ContributionReceived] = deque()
        self._known: set[str] = set()
        self._something_waits = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.counters: Counter[str] = Counter(prepared=0, failed=0, killed=0, postponed=0)
        self.sandbox: dict[str, object] = {"level": "unknown"}
        """What walls stand around a child, for the health page; known once started."""

    @property
    def waiting(self) -> int:
        """How many are in the queue, those in work not counted."""
        return len(self._queue)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Raises Unavailable where no child can be started at all."""
        shutil.rmtree(self._folder, ignore_errors=True)  # what a killed hub left half done
        self._folder.mkdir(parents=True)
        await self._nursery.start()
        self.sandbox = await self._probe()
        if self.sandbox["level"] != "full":
            log.warning("intake_is_not_fully_sandboxed", **self.sandbox)
        self._tasks = [asyncio.create_task(self._work(), name=f"intake-{index}") for index in range(self._workers)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._nursery.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def submit(self, received: ContributionReceived) -> None:
        """Take it into the queue; one that waits or is in work already is not taken twice. Never blocks."""
        if received.contribution_id in self._known or received.original is None or received.kind == "text":
            return
        if len(self._queue) >= MAX_WAITING:
            self.counters["postponed"] += 1
            log.error("intake_queue_is_full", contribution_id=received.contribution_id, waiting=MAX_WAITING)
            return
        self._known.add(received.contribution_id)
        self._queue.append(received)
        self._something_waits.set()

    async def _work(self) -> None:
        while True:
            while not self._queue:
                self._something_waits.clear()
                await self._something_waits.wait()
            received = self._queue.popleft()
            try:
                await self._bring_to_an_end(received)
            finally:
                self._known.discard(received.contribution_id)

    async def _bring_to_an_end(self, received: ContributionReceived) -> None:
        """Prepare and announce one; whatever goes wrong costs this one only."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self.announce(await self._outcome(received))
                return
            except (HouselightsError, OSError) as error:  # ours, not the author's: the disk, the store, the journal
                log.exception(
                    "intake_could_not_finish",
                    contribution_id=received.contribution_id,
                    attempt=attempt,
                    error=str(error),
                )
        self.counters["postponed"] += 1

    async def _outcome(self, received: ContributionReceived) -> Outcome:
        try:
            renditions = await self._prepare(received)
        except BadMedia as refusal:
            self.counters["failed"] += 1
            log.info("contribution_failed", contribution_id=received.contribution_id, reason=str(refusal))
            return ContributionFailed(
                contribution_id=received.contribution_id, code=refusal.code, reason=_one_line(str(refusal))
            )
        self.counters["prepared"] += 1
        return ContributionPrepared(contribution_id=received.contribution_id, renditions=renditions)

    async def _prepare(self, received: ContributionReceived) -> Renditions:
        folder = self._folder / received.contribution_id
        shutil.rmtree(folder, ignore_errors=True)
        outputs = folder / "made"
        outputs.mkdir(parents=True, mode=0o700)
        try:
            assert received.original is not None
            original = await self._at_hand(received.original, folder)
            made = await self._made(received, original, outputs)
            return await self._adopted(received.contribution_id, made, outputs)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _at_hand(self, original: Original, folder: Path) -> Path:
        """The original where it lies, or fetched from a store that is elsewhere."""
        return self._store.local_path(original.key) or await self._store.fetch(original.key, folder / "original")

    async def _made(self, received: ContributionReceived, original: Path, outputs: Path) -> Made:
        """Have a child do it. Raises BadMedia in words for the author."""
        kind = media_kind(received)
        job = Job(kind=kind, limits=LIMITS[kind], trim=received.trim)

        def on_step(fraction: float) -> None:
            self._on_progress(_progress(received, fraction))

        try:
            report = await self._nursery.run(job, original, outputs, self._patience[kind], on_step)
        except ChildLost as lost:
            self.counters["killed"] += 1
            log.warning("intake_child_lost", contribution_id=received.contribution_id, how=str(lost))
            raise BadMedia(_HUNG if lost.hung else _FELL) from None
        if isinstance(report, Made):
            return report
        if isinstance(report, Refused):
            raise BadMedia(report.reason)
        fault = report.fault if isinstance(report, Broke) else repr(report)
        log.error("intake_child_broke", contribution_id=received.contribution_id, fault=fault)
        raise BadMedia(_FELL)

    async def _adopted(self, contribution_id: str, made: Made, outputs: Path) -> Renditions:
        """Move into the store what the child wrote under the names that we gave, and nothing else."""
        renditions: dict[str, Rendition] = {}
        for name, (file_name, media_type) in RENDITION_FILES.items():
            path = outputs / file_name
            size_bytes = _take_over(path)
            if size_bytes:
                key = f"renditions/{contribution_id}/{file_name}"
                await self._store.adopt(path, key)
                renditions[name] = Rendition(key=key, media_type=media_type, size_bytes=size_bytes)
        if not renditions.keys() & {"still", "clip", "sound"}:
            raise BadMedia(_FELL)
        return Renditions(
            **renditions,
            width_px=made.width_px,
            height_px=made.height_px,
            duration_us=made.duration_us,
            loudness_lufs=made.loudness_lufs,
            waveform=made.waveform,
        )

    async def _probe(self) -> dict[str, object]:
        """Let a child try to break out, and say what stood in its way."""
        folder = self._folder / "probe"
        folder.mkdir()
        try:
            walls = await self._nursery.run(_PROBE, Path(os.devnull), folder, Patience(10, 10), lambda _: None)
        except ChildLost as lost:
            return {"level": "unknown", "why": str(lost)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        assert isinstance(walls, Walls)
        level = "none" if not walls.no_new_privs else "partial" if walls.leaks else "full"
        return {"level": level, **{k: v for k, v in msgspec.to_builtins(walls).items() if k != "type"}}


def media_kind(received: ContributionReceived) -> MediaKind:
    if received.kind == "text":
        raise BadMedia("expected a photo, a sound or a video, got a text with a file; send the file by itself")
    return received.kind


def _progress(received: ContributionReceived, fraction: float) -> Progress:
    return Progress(
        contribution_id=received.contribution_id,
        person_id=received.person_id,
        kind=received.kind,
        step="preparing",
        fraction=fraction,
    )


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


def _one_line(sentence: str) -> str:
    """A child's words go to a page: no control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in sentence)[:500]
