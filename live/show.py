"""A show: its folder, its journal and its state, kept in step.

Everything that happens passes through `Show.record`: events get their offsets, the state folds them at once (so that
the next decision sees them), the journal writes them, and only when they are on disk are listeners told and the
caller goes on. `durable` is the last offset on disk; nothing newer is ever shown to a client.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from live.clock import ShowClock
from live.errors import Unavailable
from live.journal import Answer, Journal
from live.messages.coding import from_json, to_json
from live.messages.events import Entry, Event, ShowOpened
from live.messages.ids import new_id
from live.messages.views import Ack
from live.state import State

log = structlog.get_logger()

Listener = Callable[[Sequence[Entry]], None]


@dataclass(frozen=True, slots=True)
class ShowFolder:
    """Where the files of a show lie. The folder can be copied, moved and opened again."""

    root: Path

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def streams(self) -> Path:
        """Live streams as the stage received them (`live.kept_streams`), where it has this folder too."""
        return self.root / "streams"

    @property
    def secret(self) -> Path:
        return self.root / "secret"

    @property
    def doors(self) -> Path:
        """Where a running hub says how it is reached (`live.app.Doorplate`)."""
        return self.root / "doors.json"

    def lock(self) -> int:
        """Keep every other hub out of this folder for as long as this process lives. Raises Unavailable."""
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(handle, 20, 0).decode(errors="replace")
            os.close(handle)
            which = f" (process {holder})" if holder.isdecimal() else ""
            raise Unavailable(
                f"expected a show that is closed, got {str(self.root)!r}, which another hub has open{which}; "
                "stop that one, or name another folder with --folder"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        return handle

    def make(self) -> None:
        """Create what is missing. Raises Unavailable for a folder that cannot be written."""
        try:
            for folder in (self.root, self.media, self.uploads, self.scratch, self.recordings):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.root / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise Unavailable(
                f"expected a folder for the show that can be written, got {str(self.root)!r} ({error.strerror}); "
                "name another one with --folder"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a show is opened with, when its journal is still empty."""

    title: str = "Houselights"
    pictures_per_second: int = 30
    width_px: int = 1920
    height_px: int = 1080


@dataclass(slots=True)
class Show:
    folder: ShowFolder
    journal: Journal
    state: State
    clock: ShowClock
    lock: int
    durable: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    listener_faults: int = 0
    _listeners: list[Listener] = field(default_factory=list)
    _in_flight: dict[str, asyncio.Future[Ack]] = field(default_factory=dict)
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def opened(self) -> ShowOpened:
        if self.state.show is None:
            raise Unavailable("expected an open show, got an empty journal; await Show.open first")
        return self.state.show

    @classmethod
    async def open(cls, root: Path, opening: Opening, *, wall_s: float, journal_url: str | None = None) -> Show:
        """Open the show in `root`, or begin one there; `wall_s` is the wall time now (Unix seconds)."""
        folder = ShowFolder(root)
        folder.make()
        lock = folder.lock()
        journal = Journal.open(journal_url or root)
        state = State()
        for entry in journal.read():
            state.fold(entry)
        opened_at_s = state.show.opened_at_s if state.show else wall_s
        show = cls(folder, journal, state, ShowClock(opened_at_s, state.at_us), lock, durable=state.offset)
        show.answers = {answer.act_id: answer.body for answer in journal.answers()}
        journal.start()
        if state.show is None:
            await show.record(
                ShowOpened(
                    show_id=new_id(),
                    title=opening.title,
                    opened_at_s=opened_at_s,
                    pictures_per_second=opening.pictures_per_second,
                    width_px=opening.width_px,
                    height_px=opening.height_px,
                )
            )
        return show

    def listen(self, listener: Listener) -> None:
        """Have `listener(entries)` called, on the event loop, for entries that are on disk, in order."""
        self._listeners.append(listener)

    async def record(self, *events: Event, answer: Answer | None = None) -> int:
        """Journal events; return the offset of the last one once all are on disk."""
        at_us = self.clock.now_us()
        entries: list[Entry] = []
        try:
            for event in events:
                entry = Entry(offset=self.state.offset + 1, at_us=at_us, event=event)
                self.state.fold(entry)
                entries.append(entry)
        except Exception:  # those before it are folded, and a journal with a gap could never be opened again
            await self._written(entries, None)
            raise
        return await self._written(entries, answer)

    async def _written(self, entries: list[Entry], answer: Answer | None) -> int:
        last = self.state.offset
        # What is folded has happened: listeners are told even where the caller was cancelled while it was written.
        writing = asyncio.create_task(self._write(entries, answer, last))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await asyncio.shield(writing)
        return last

    async def _write(self, entries: list[Entry], answer: Answer | None, last: int) -> None:
        await self.journal.append(entries, answer)
        if entries:
            # Group commit wakes its callers in the order they asked, so `durable` only grows.
            self.durable = max(self.durable, last)
            for listener in self._listeners:
                self._tell(listener, entries)

    def _tell(self, listener: Listener, entries: Sequence[Entry]) -> None:
        """It happened, and is on disk: a listener with a fault keeps it neither from the others nor from the caller."""
        try:
            listener(entries)
        except Exception:
            self.listener_faults += 1
            name = getattr(listener, "__qualname__", repr(listener))
            log.exception("a part of the hub did not take in what happened", part=name, offset=entries[-1].offset)

    async def answer_once(self, act_id: str, decide: Callable[[], tuple[Sequence[Event], str]]) -> Ack:
        """Do an act once: `decide()` gives its events and result; asked again, the first answer comes back.

        Errors that `decide` raises pass through and are not remembered: what cannot be done now may be asked again.
        """
        known = self.answers.get(act_id)
        if known is not None:
            return from_json(known, Ack)
        flying = self._in_flight.get(act_id)
        if flying is not None:
            return await asyncio.shield(flying)
        events, result = decide()
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._in_flight[act_id] = future
        try:
            ack = Ack(ok=True, offset=self.state.offset + len(events), result=result)
            body = to_json(ack)
            await self.record(*events, answer=Answer(act_id, body))
            self.answers[act_id] = body
            future.set_result(ack)
            return ack
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # read it, so that nobody waiting is no warning
            raise
        finally:
            del self._in_flight[act_id]

    def close(self) -> None:
        self.journal.close()
        os.close(self.lock)
