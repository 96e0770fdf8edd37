"""PATCHes that break off, hang, meet a full disk: nothing acknowledged is lost, and as much as can be is kept."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from live.uploads import UploadLimits
from tests.live.uploads.hub import ANA, TUS, Hub, create, offset_of, patch, running_hub, sum_of
from tests.live.uploads.wire import BrokenPhone

Session = aiohttp.ClientSession
DATA = os.urandom(300_000)


async def until(holds: Callable[[], bool], session: Session, hub: Hub) -> None:
    """Give the hub turns to work in, by asking it for something, until `holds`."""
    async with asyncio.timeout(10):
        while not holds():
            async with session.options(hub.files):
                pass


async def test_what_came_before_the_line_broke_is_kept(hub: Hub, session: Session) -> None:
    """The Server SHOULD always attempt to store as much of the received data as possible: here, every byte."""
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA)) as phone:
        await phone.send(DATA[:123_457])
        phone.hang_up()
        await until(lambda: hub.uploads.counters["ended_broken"] == 1, session, hub)
    assert await offset_of(session, url) == 123_457
    await patch(session, url, 123_457, DATA[123_457:])
    assert hub.stored("contribution-1") == DATA


async def test_a_head_takes_over_from_a_patch_that_hangs(hub: Hub, session: Session) -> None:
    """The phone is back before the hub has noticed that it was gone; the stuck PATCH is told, and ends."""
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA)) as phone:
        await phone.send(DATA[:100_000])
        await until(lambda: hub.uploads.counters["bytes"] == 100_000, session, hub)
        assert await offset_of(session, url) == 100_000
        assert await phone.status() == 409
        assert hub.uploads.counters["ended_stopped"] == 1
        await patch(session, url, 100_000, DATA[100_000:])
    assert hub.stored("contribution-1") == DATA


async def test_an_offset_told_to_a_second_phone_page_is_on_the_disk(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    part = hub.folder / "uploads" / f"{url.rpartition('/')[2]}.part"
    async with BrokenPhone(url, 0, len(DATA)) as phone:
        await phone.send(DATA[:70_001])
        await until(lambda: hub.uploads.counters["bytes"] == 70_001, session, hub)
        offset = await offset_of(session, url)
    assert part.read_bytes() == DATA[:offset]


async def test_a_patch_takes_over_from_a_patch_that_hangs(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA)):
        assert (await patch(session, url, 0, DATA)).status == 204
    assert hub.stored("contribution-1") == DATA


async def test_ending_an_upload_ends_its_patch(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA)) as phone:
        await phone.send(DATA[:1000])
        await until(lambda: hub.uploads.counters["bytes"] == 1000, session, hub)
        async with session.delete(url, headers=TUS | ANA) as response:
            assert response.status == 204
        assert await phone.status() == 409
    assert list((hub.folder / "uploads").iterdir()) == []


async def test_many_heads_at_once_all_get_the_same_answer(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA)) as phone:
        await phone.send(DATA[:5000])
        await until(lambda: hub.uploads.counters["bytes"] == 5000, session, hub)
        assert set(await asyncio.gather(*(offset_of(session, url) for _ in range(20)))) == {5000}


async def test_a_patch_that_brings_nothing_is_ended_and_what_it_brought_kept(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, idle_s=0.05)) as hub:
        url = await create(session, hub, len(DATA))
        async with BrokenPhone(url, 0, len(DATA)) as phone:
            await phone.send(DATA[:1000])
            assert await phone.reader.read() == b"", "the hub closed the connection"
        assert hub.uploads.counters["ended_idle"] == 1
        assert await offset_of(session, url) == 1000


@pytest.mark.parametrize("sent", [0, 1, 50_000, len(DATA) - 1])
async def test_a_body_with_a_checksum_that_breaks_off_stores_nothing(hub: Hub, session: Session, sent: int) -> None:
    """It cannot be verified, so none of it counts."""
    url = await create(session, hub, len(DATA))
    async with BrokenPhone(url, 0, len(DATA), **{"Upload-Checksum": sum_of(DATA)}) as phone:
        await phone.send(DATA[:sent])
        await until(lambda: hub.uploads.counters["bytes"] == sent, session, hub)
        assert await offset_of(session, url) == 0
    assert (await patch(session, url, 0, DATA, Upload_Checksum=sum_of(DATA))).status == 204
    assert hub.stored("contribution-1") == DATA
    assert not list((hub.folder / "uploads").glob("*.unchecked"))


async def test_a_reset_line_loses_nothing_that_was_acknowledged(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA[:100_000])
    async with BrokenPhone(url, 100_000, len(DATA) - 100_000) as phone:
        await phone.send(DATA[100_000:200_000])
        phone.reset()
        await until(lambda: hub.uploads.counters["ended_broken"] == 1, session, hub)
    offset = await offset_of(session, url)
    assert 100_000 <= offset <= 200_000
    await patch(session, url, offset, DATA[offset:])
    assert hub.stored("contribution-1") == DATA


async def test_a_stopping_hub_keeps_what_came_and_says_so(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path) as hub:
        url = await create(session, hub, len(DATA))
        async with BrokenPhone(url, 0, len(DATA)) as phone:
            await phone.send(DATA[:40_000])
            await until(lambda: hub.uploads.counters["bytes"] == 40_000, session, hub)
            await hub.uploads.close()
            assert await phone.status() == 503
        path = url.removeprefix(hub.url)
    async with running_hub(tmp_path) as hub:
        url = hub.url + path
        assert await offset_of(session, url) == 40_000
        await patch(session, url, 40_000, DATA[40_000:])
        assert hub.stored("contribution-1") == DATA
        assert hub.journal.events["contribution-1"].original is not None
        assert hub.journal.events["contribution-1"].original.sha256 == hashlib.sha256(DATA).hexdigest()


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    """A disk that is full, as the kernel tells it: no file of this process grows past `size_bytes`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_507_and_what_found_room_is_kept(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    with files_no_larger_than(150_000):
        response = await patch(session, url, 0, DATA)
    assert response.status == 507
    assert await offset_of(session, url) == 150_000
    await patch(session, url, 150_000, DATA[150_000:])
    assert hub.stored("contribution-1") == DATA
    original = hub.journal.events["contribution-1"].original
    assert original is not None
    assert original.sha256 == hashlib.sha256(DATA).hexdigest()


async def test_a_full_disk_with_a_checksum_keeps_nothing_and_says_so(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    with files_no_larger_than(150_000):
        assert (await patch(session, url, 0, DATA, Upload_Checksum=sum_of(DATA))).status == 507
    assert await offset_of(session, url) == 0
    assert (await patch(session, url, 0, DATA, Upload_Checksum=sum_of(DATA))).status == 204


async def test_uploads_leave_the_journal_its_room(tmp_path: Path, session: Session) -> None:
    """The reserve is looked at while bytes come too: a disk fills up from other sides as well."""
    async with running_hub(tmp_path) as hub:
        url = await create(session, hub, len(DATA))
        await patch(session, url, 0, DATA[:1000])
        path = url.removeprefix(hub.url)
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=1 << 62)) as hub:
        response = await patch(session, hub.url + path, 1000, DATA[1000:])
        assert response.status == 507
        assert await offset_of(session, hub.url + path) == 1000
