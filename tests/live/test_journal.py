"""The journal keeps every fact, in order, on disk before anyone is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.errors import Unavailable
from live.journal import Answer, Journal, database_url
from live.messages.events import Entry, PersonJoined
from tests.live.postgres import fresh_database, running_postgres


def entry(offset: int) -> Entry:
    return Entry(offset=offset, at_us=offset * 10, event=PersonJoined(person_id=f"person-{offset:04}", name="Ana"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the journal lies: both databases keep the same promises."""
    if request.param == "sqlite":
        return str(tmp_path)
    return fresh_database(request.getfixturevalue("server"))


async def test_what_was_appended_is_read_back_in_order(where: str) -> None:
    journal = Journal.open(where)
    journal.start()
    await journal.append([entry(1), entry(2)])
    await journal.append([entry(3)], Answer("act-one-1", b"{}"))
    assert list(journal.read()) == [entry(1), entry(2), entry(3)]
    assert list(journal.read(after=2)) == [entry(3)]
    assert list(journal.answers()) == [Answer("act-one-1", b"{}")]
    journal.close()


async def test_the_epoch_stays_with_the_journal_and_differs_between_journals(tmp_path: Path) -> None:
    first = Journal.open(tmp_path)
    first.close()
    again = Journal.open(tmp_path)
    again.close()
    (tmp_path / "other").mkdir()
    other = Journal.open(tmp_path / "other")
    other.close()
    assert first.epoch == again.epoch
    assert other.epoch != first.epoch


async def test_many_who_ask_at_once_share_a_flush(where: str) -> None:
    journal = Journal.open(where)
    journal.start()
    await asyncio.gather(*(journal.append([entry(n)]) for n in range(1, 301)))
    assert journal.written == 300
    assert journal.commits < 150
    assert [e.offset for e in journal.read()] == list(range(1, 301))
    journal.close()


async def test_a_journal_longer_than_one_read_comes_whole(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.start()
    await journal.append([entry(n) for n in range(1, 2_502)])
    assert sum(1 for _ in journal.read()) == 2_501
    journal.close()


async def test_after_a_refused_write_nothing_is_written_so_that_no_gap_arises(where: str) -> None:
    journal = Journal.open(where)
    journal.start()
    await journal.append([entry(1)])
    with pytest.raises(Unavailable, match="cannot be written"):
        await journal.append([entry(1)])  # the same offset twice: what a full disk also looks like, an error on commit
    with pytest.raises(Unavailable, match="cannot be written"):
        await journal.append([entry(2)])
    assert list(journal.read()) == [entry(1)]
    journal.close()


def test_sqlite_is_in_wal_mode_and_flushes_every_commit(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    with journal._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA fullfsync").scalar() == 1  # past the drive's cache, on macOS
    journal.close()


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="expected a journal"):
        Journal.open(tmp_path / "missing")


def test_postgresql_urls_go_through_psycopg() -> None:
    assert database_url("postgres://db/show") == "postgresql+psycopg://db/show"
    assert database_url("postgresql://db/show") == "postgresql+psycopg://db/show"


async def test_a_write_that_nobody_waits_for_any_more_is_written_and_stops_nothing(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    waiting = asyncio.create_task(journal.append([entry(1)]))
    asyncio.get_running_loop().call_soon(waiting.cancel)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    journal.start()
    await journal.append([entry(2)])
    assert list(journal.read()) == [entry(1), entry(2)]
    journal.close()
