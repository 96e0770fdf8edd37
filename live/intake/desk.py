"""The intake's desk: contributions come in order, a few at a time are prepared in disposable children, outcomes go out.

received → wait → a child in one of the lanes → `announce` (journaled). A long clip is announced as a draft that plays
already; it then waits for the finisher, a lane of its own behind everything else, and is announced once more with its
full clip.
A job that was cut off at any point is simply done again: nothing is adopted twice under another name, and only an
announced outcome counts. What is the author's to mend is told in a sentence (`ContributionFailed`); what is ours (disk
full, journal away) is logged and left without an outcome, so that the next start takes it up again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec
import structlog

from live.errors import BadMedia
from live.intake.job import Job, Walls, is_draft
from live.intake.lane import TURNS_AT_ONCE, ChildIsDone, Lane
from live.intake.nursery import ChildLost, Nursery, Patience
from live.intake.preparation import GIVES_WAY, PATIENCE, MediaKind, Preparation
from live.messages.events import ContributionFailed, ContributionPrepared, ContributionReceived, Renditions
from live.messages.views import Progress
from live.sandbox.limits import Limits

if TYPE_CHECKING:
    from live.store import Store

log = structlog.get_logger(__name__)

Outcome = ContributionPrepared | ContributionFailed

MAX_WAITING = 20_000
"""About 20 MB of rows; past it a contribution is left without an outcome, for the next start to take up."""
ATTEMPTS = 2
_PROBE = Job(kind="probe", limits=Limits(memory_bytes=2 << 30, cpu_s=10))


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
        gives_way: int = GIVES_WAY,
    ) -> None:
        self.announce = announce
        self._on_progress = on_progress
        self._workers = workers
        self._folder = folder
        self._nursery = Nursery()
        self._received: asyncio.Queue[ContributionReceived] = asyncio.Queue()
        self._drafts: asyncio.Queue[tuple[ContributionReceived, Renditions]] = asyncio.Queue()
        self._known: set[str] = set()
        """In the queues or in work; and the few drafts that stay drafts, lest they be tried again and again."""
        self._tasks: list[asyncio.Task[None]] = []
        self.counters: Counter[str] = Counter(prepared=0, drafts=0, finished=0, failed=0, killed=0, postponed=0)
        self._preparation = Preparation(store, self._nursery, folder, patience, self.counters, gives_way)
        self.sandbox: dict[str, object] = {"level": "unknown"}
        """What walls stand around a child, for the health page; known once started."""

    @property
    def waiting(self) -> int:
        """How many wait to be playable at all, those in work not counted."""
        return self._received.qsize()

    @property
    def drafts_waiting(self) -> int:
        """How many play already and wait for their full clip."""
        return self._drafts.qsize()

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
        self._tasks = [
            asyncio.create_task(self._work(lane), name=f"intake-{index}-{turn}")
            for index, lane in enumerate(Lane() for _ in range(self._workers))
            for turn in range(TURNS_AT_ONCE)
        ]
        self._tasks.append(asyncio.create_task(self._finish(), name="intake-finisher"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._nursery.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def submit(self, received: ContributionReceived, made: Renditions | None = None) -> None:
        """Take it into the queue; one that waits or is in work already is not taken twice. Never blocks.

        `made` is what there is of it already: a draft is finished, all else is left alone.
        """
        if received.contribution_id in self._known or received.original is None or received.kind == "text":
            return
        if made is not None and not is_draft(made):
            return
        if len(self._known) >= MAX_WAITING:
            self.counters["postponed"] += 1
            log.error("intake_queue_is_full", contribution_id=received.contribution_id, waiting=MAX_WAITING)
            return
        self._known.add(received.contribution_id)
        if made is None:
            self._received.put_nowait(received)
        else:
            self._drafts.put_nowait((received, made))

    async def _work(self, lane: Lane) -> None:
        while True:
            async with lane.turn() as child_is_done:
                received = await self._received.get()
                outcome = await self._announced(received, partial(self._prepared, child_is_done=child_is_done))
            if isinstance(outcome, ContributionPrepared) and is_draft(outcome.renditions):
                self._drafts.put_nowait((received, outcome.renditions))  # and stays known until it is finished
            else:
                self._known.discard(received.contribution_id)

    async def _finish(self) -> None:
        """One at a time: the machine is the newcomers'."""
        while True:
            received, draft = await self._drafts.get()
            try:
                await self._announced(received, partial(self._finished, draft=draft))
            except BadMedia as refusal:  # what plays already is never taken away
                log.warning("draft_stays_a_draft", contribution_id=received.contribution_id, reason=str(refusal))
            else:
                self._known.discard(received.contribution_id)

    async def _announced(
        self, received: ContributionReceived, work: Callable[[ContributionReceived], Awaitable[Outcome]]
    ) -> Outcome | None:
        """Do one piece's work and announce the outcome; whatever goes wrong costs this one only. Raises BadMedia."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                outcome = await work(received)
                await self.announce(outcome)
                return outcome
            except BadMedia:
                raise
            except Exception as error:  # ours, not the author's: the disk, the store, the journal, or a fault
                log.exception(
                    "intake_could_not_finish",
                    contribution_id=received.contribution_id,
                    attempt=attempt,
                    error=str(error),
                )
        self.counters["postponed"] += 1
        return None

    async def _prepared(self, received: ContributionReceived, child_is_done: ChildIsDone) -> Outcome:
        try:
            renditions = await self._preparation.prepare(
                received, lambda step: self._tell(received, step), child_is_done
            )
        except BadMedia as refusal:
            self.counters["failed"] += 1
            log.info("contribution_failed", contribution_id=received.contribution_id, reason=str(refusal))
            return ContributionFailed(
                contribution_id=received.contribution_id, code=refusal.code, reason=_one_line(str(refusal))
            )
        self.counters["prepared"] += 1
        self.counters["drafts"] += is_draft(renditions)
        return ContributionPrepared(contribution_id=received.contribution_id, renditions=renditions)

    async def _finished(self, received: ContributionReceived, draft: Renditions) -> Outcome:
        renditions = await self._preparation.finish(received, draft)
        self.counters["finished"] += 1
        return ContributionPrepared(contribution_id=received.contribution_id, renditions=renditions)

    def _tell(self, received: ContributionReceived, fraction: float) -> None:
        self._on_progress(
            Progress(
                contribution_id=received.contribution_id,
                person_id=received.person_id,
                kind=received.kind,
                step="preparing",
                fraction=fraction,
            )
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


def _one_line(sentence: str) -> str:
    """A child's words go to a page: no control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in sentence)[:500]
