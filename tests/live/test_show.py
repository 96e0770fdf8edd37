"""A show is one folder: what was acknowledged is there again, wherever the folder is opened."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from live.errors import Unavailable
from live.messages.events import AlbumMade, AlbumPlaced, Entry, PersonJoined
from live.show import Opening, Show


async def opened(folder: Path, wall_s: float | None = None) -> Show:
    return await Show.open(folder, Opening(title="Night"), wall_s=time.time() if wall_s is None else wall_s)


async def test_a_closed_show_opens_again_where_it_was(tmp_path: Path) -> None:
    show = await opened(tmp_path)
    await show.record(PersonJoined(person_id="person-ana", name="Ana"))
    epoch, show_id = show.journal.epoch, show.opened.show_id
    show.close()
    again = await opened(tmp_path)
    assert (again.journal.epoch, again.opened.show_id, again.durable) == (epoch, show_id, 2)
    assert again.state.people["person-ana"].name == "Ana"
    again.close()


async def test_a_copied_and_moved_folder_is_the_same_show(tmp_path: Path) -> None:
    show = await opened(tmp_path / "here")
    await show.record(PersonJoined(person_id="person-ana"))
    show.close()
    shutil.copytree(tmp_path / "here", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "moved")
    moved = await opened(tmp_path / "moved")
    assert "person-ana" in moved.state.people
    moved.close()


async def test_show_time_goes_on_from_the_first_opening(tmp_path: Path) -> None:
    show = await opened(tmp_path, wall_s=time.time() - 100.0)
    show.close()
    again = await opened(tmp_path)
    assert again.clock.now_us() >= 100_000_000
    again.close()


async def test_a_second_hub_cannot_open_the_same_folder(tmp_path: Path) -> None:
    show = await opened(tmp_path)
    with pytest.raises(Unavailable, match=rf"another hub has open \(process {os.getpid()}\)"):
        await opened(tmp_path)
    show.close()


async def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="--folder"):
        await opened(tmp_path / "file" / "show")


async def test_an_event_that_cannot_be_folded_leaves_no_gap_in_the_journal(tmp_path: Path) -> None:
    show = await opened(tmp_path)
    await show.record(AlbumMade(album_id="album-0001", title="Night", by="host"))
    endless = AlbumPlaced(album_id="album-0001", contribution_id="photo-ana", position=10**30, note="")
    with pytest.raises(OverflowError):
        await show.record(PersonJoined(person_id="person-ana"), endless, PersonJoined(person_id="person-bo"))
    await show.record(PersonJoined(person_id="person-cy"))
    show.close()
    again = await opened(tmp_path)
    assert set(again.state.people) == set(show.state.people) == {"person-ana", "person-cy"}
    again.close()


async def test_listeners_hear_of_entries_only_once_they_are_on_disk(tmp_path: Path) -> None:
    show = await opened(tmp_path)
    heard: list[tuple[int, int]] = []
    show.listen(lambda entries: heard.append((entries[-1].offset, sum(1 for _ in show.journal.read()))))
    await show.record(PersonJoined(person_id="person-ana"), PersonJoined(person_id="person-bo-"))
    assert heard == [(3, 3)]
    show.close()


async def test_what_was_answered_is_remembered_across_a_restart(tmp_path: Path) -> None:
    def join() -> tuple[list[PersonJoined], str]:
        return [PersonJoined(person_id="person-ana")], "hello"

    show = await opened(tmp_path)
    first = await show.answer_once("ana.act-00001", join)
    show.close()
    again = await opened(tmp_path)
    assert await again.answer_once("ana.act-00001", join) == first
    assert again.durable == first.offset
    again.close()


async def test_what_has_happened_is_told_and_kept_even_where_who_asked_was_cancelled(tmp_path: Path) -> None:
    show = await opened(tmp_path)
    told: list[Entry] = []
    show.listen(told.extend)
    asking = asyncio.create_task(show.record(PersonJoined(person_id="person-ana")))
    asyncio.get_running_loop().call_soon(asking.cancel)
    with pytest.raises(asyncio.CancelledError):
        await asking
    await show.record(PersonJoined(person_id="person-bo-"))
    assert [entry.event for entry in told] == [
        PersonJoined(person_id="person-ana"),
        PersonJoined(person_id="person-bo-"),
    ]
    assert list(show.journal.read(after=1)) == told
    show.close()


async def test_a_listener_with_a_fault_keeps_what_happened_from_nobody(tmp_path: Path) -> None:
    """Not from the parts that listen after it, and not from who is answered: it is on disk."""
    show = await opened(tmp_path)
    told: list[Entry] = []

    def faulty(entries: Sequence[Entry]) -> None:
        raise ZeroDivisionError(entries[-1].offset)

    show.listen(faulty)
    show.listen(told.extend)
    with capture_logs() as logs:
        for person_id in ("person-ana", "person-bo-"):
            await show.record(PersonJoined(person_id=person_id))
    assert [entry.offset for entry in told] == [2, 3]
    assert show.durable == 3
    assert show.listener_faults == 2
    assert [(line["log_level"], line["offset"]) for line in logs] == [("error", 2), ("error", 3)]
    assert "faulty" in logs[0]["part"]
    show.close()
