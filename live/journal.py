"""The journal: every fact of a show, in order, on disk before anyone is told.

An append-only table in SQLite (WAL, synchronous=FULL) or PostgreSQL, through SQLAlchemy Core. One thread writes; it
takes all that is waiting into one transaction (group commit), so that a flush of the disk is shared by everyone who
asked in the meantime. `(epoch, offset)` names a place in it: the epoch is made with the journal, offsets count from
1 without gaps.

It knows what an entry is and nothing of what entries mean: that is `live.state`.
"""

from __future__ import annotations

import asyncio
import queue
import secrets
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from live.errors import Unavailable
from live.messages.coding import from_json, to_json
from live.messages.events import Entry, Event

_METADATA = sa.MetaData()
ENTRIES = sa.Table(
    "entries",
    _METADATA,
    sa.Column("offset", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
ANSWERS = sa.Table(
    "answers",
    _METADATA,
    sa.Column("act_id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
FACTS = sa.Table("facts", _METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))

BATCH_LIMIT = 2_000
READ_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act was answered with, kept so that the same act asked again is answered alike."""

    act_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Write:
    entries: tuple[Entry, ...]
    answer: Answer | None
    done: Future[None]


def database_url(where: str | Path) -> str:
    """Return the SQLAlchemy URL of a journal: a URL as it is (PostgreSQL through psycopg), a folder as its SQLite
    file.
    """
    text = str(where)
    if "://" in text:
        scheme, rest = text.split("://", 1)
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else text
    return f"sqlite:///{Path(text) / 'journal.sqlite'}"


class Journal:
    """Open with `Journal.open`; `append` is for the one hub that owns it, `read` for anyone at any time."""

    def __init__(self, engine: sa.Engine, epoch: str) -> None:
        self._engine = engine
        self.epoch = epoch
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self.trouble = ""
        """Why nothing is written any more; empty while all is well."""
        self.commits = 0
        self.written = 0

    @classmethod
    def open(cls, where: str | Path) -> Journal:
        """Open or create. `where` is the show's folder or a database URL. Raises Unavailable when it cannot be
        opened.
        """
        url = database_url(where)
        try:
            engine = _make_engine(url)
            _METADATA.create_all(engine)
            with engine.begin() as connection:
                epoch = _epoch(connection)
        except sa.exc.SQLAlchemyError as error:
            raise Unavailable(
                f"expected a journal at {_shown(url)}, got {_cause(error)}; check that the folder can be written, "
                "or that the database runs and the URL is right"
            ) from error
        return cls(engine, epoch)

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the committed entries with an offset above `after`, in order."""
        query = sa.select(ENTRIES.c.offset, ENTRIES.c.at_us, ENTRIES.c.body).order_by(ENTRIES.c.offset).limit(READ_ROWS)
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(ENTRIES.c.offset > after)).all()
            for offset, at_us, body in rows:
                yield Entry(offset=offset, at_us=at_us, event=from_json(body, Event))  # type: ignore[arg-type]  # union
            if len(rows) < READ_ROWS:
                return
            after = rows[-1][0]

    def answers(self) -> Iterator[Answer]:
        """Yield what was answered so far, newest last (a hub reads them once, at start)."""
        with self._engine.connect() as connection:
            for act_id, body in connection.execute(sa.select(ANSWERS.c.act_id, ANSWERS.c.body)):
                yield Answer(act_id, body)

    def start(self) -> None:
        """Start the writing thread. Only the process that owns the journal may."""
        self._writer = threading.Thread(target=self._write_all, name="journal", daemon=True)
        self._writer.start()

    async def append(self, entries: Sequence[Entry], answer: Answer | None = None) -> None:
        """Return when `entries` and `answer` are on disk. The caller gives them their offsets, in order.

        Raises Unavailable once the disk refused: from then on nothing is written, so that no gap can arise.
        """
        if self.trouble:
            raise Unavailable(self.trouble)
        done: Future[None] = Future()
        self._waiting.put(_Write(tuple(entries), answer, done))
        await asyncio.wrap_future(done)

    def close(self) -> None:
        """Write what is waiting, then close."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
            self._writer = None
        self._engine.dispose()

    def _write_all(self) -> None:
        while True:
            batch = self._next_batch()
            if batch is None:
                return
            # Who asked may have been cancelled meanwhile: it is written all the same, as the state holds it already.
            waiting = [write.done for write in batch if write.done.set_running_or_notify_cancel()]
            try:
                if self.trouble:
                    raise Unavailable(self.trouble)
                self._commit(batch)
            except Exception as error:
                self.trouble = (
                    f"the journal cannot be written ({_cause(error)}): nothing is accepted until there is room on the "
                    "disk and the hub is started again"
                )
                for done in waiting:
                    done.set_exception(Unavailable(self.trouble))
            else:
                for done in waiting:
                    done.set_result(None)

    def _next_batch(self) -> list[_Write] | None:
        """Wait for one write and take whatever else is waiting with it. None: time to stop."""
        first = self._waiting.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < BATCH_LIMIT:
            try:
                write = self._waiting.get_nowait()
            except queue.Empty:
                break
            if write is None:
                self._waiting.put(None)
                break
            batch.append(write)
        return batch

    def _commit(self, batch: list[_Write]) -> None:
        rows: list[dict[str, Any]] = [
            {"offset": e.offset, "at_us": e.at_us, "type": _tag(e.event), "body": to_json(e.event)}
            for write in batch
            for e in write.entries
        ]
        answers = [{"act_id": w.answer.act_id, "body": w.answer.body} for w in batch if w.answer is not None]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(sa.insert(ENTRIES), rows)
            if answers:
                connection.execute(sa.insert(ANSWERS), answers)
        self.commits += 1
        self.written += len(rows)


def _make_engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _pragmas(connection: Any, _record: object) -> None:
            # FULL makes every commit reach the disk before it returns: the green tick on a phone stands on this.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "fullfsync=ON", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _epoch(connection: sa.Connection) -> str:
    epoch = connection.execute(sa.select(FACTS.c.value).where(FACTS.c.name == "epoch")).scalar()
    if epoch is None:
        epoch = secrets.token_urlsafe(8)
        connection.execute(sa.insert(FACTS).values(name="epoch", value=epoch))
    return str(epoch)


def _tag(event: Event) -> str:
    return str(type(event).__struct_config__.tag)


def _shown(url: str) -> str:
    return sa.engine.make_url(url).render_as_string(hide_password=True)


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
