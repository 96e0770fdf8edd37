"""Whose an upload is and what becomes of it: one contribution, journaled once, told as it goes."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time

import aiohttp
import pytest

from live.errors import NotAllowed, Unavailable
from live.messages.events import Beside, Consent, Original, Trim
from tests.live.uploads.hub import (
    ANA,
    BEN,
    PART,
    TUS,
    Hub,
    code_of,
    create,
    metadata,
    offset_of,
    patch,
)

Session = aiohttp.ClientSession
DATA = os.urandom(10_000)


# whose it is


async def test_without_a_token_nothing_is_begun(hub: Hub, session: Session) -> None:
    headers = TUS | {"Upload-Length": "5", "Upload-Metadata": metadata()}
    async with session.post(hub.files, headers=headers) as response:
        assert (response.status, await code_of(response)) == (401, "bad_token")


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
async def test_another_devices_upload_does_not_exist(hub: Hub, session: Session, method: str) -> None:
    url = await create(session, hub, 5)
    headers = PART | BEN | {"Upload-Offset": "0"}
    async with session.request(method, url, headers=headers, data=b"other") as response:
        assert response.status == 404
    assert await offset_of(session, url) == 0


# what becomes of it


async def test_the_contribution_says_everything_that_was_announced(hub: Hub, session: Session) -> None:
    said = {
        "kind": "video",
        "consent": '{"stage":true,"anthology":false,"paid":false,"anonymous":true}',
        "prompt": "prompt-0001",
        "parents": "parent-0001,parent-0002",
        "trim": "1500-90000",
        "filetype": "video/mp4",
        "filename": "IMG_0001.MOV",
        "stream": "stream-0001",
        "startedUs": "12000000",
    }
    url = await create(session, hub, len(DATA), ANA, **said)
    await patch(session, url, 0, DATA)
    event = hub.journal.events["contribution-1"]
    assert event.person_id == "device-ana"
    assert event.kind == "video"
    assert event.consent == Consent(stage=True, anthology=False, paid=False, anonymous=True)
    assert event.prompt_id == "prompt-0001"
    assert event.parents == ("parent-0001", "parent-0002")
    assert event.trim == Trim(start_us=1500, end_us=90000)
    assert event.beside == Beside(stream_id="stream-0001", started_us=12_000_000)
    assert event.original == Original(
        key="originals/contribution-1",
        size_bytes=len(DATA),
        sha256=hashlib.sha256(DATA).hexdigest(),
        claimed_type="video/mp4",
    )


async def test_a_second_upload_of_a_contribution_is_accepted_and_journaled_once(hub: Hub, session: Session) -> None:
    for _ in range(2):
        url = await create(session, hub, len(DATA))
        assert (await patch(session, url, 0, DATA)).status == 204
    assert (hub.folder / "journal").read_bytes().count(b"\n") == 1
    assert hub.stored("contribution-1") == DATA


async def test_nobody_can_put_other_bytes_under_a_contribution(hub: Hub, session: Session) -> None:
    """Its id is no secret once it is shared."""
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA)
    headers = PART | BEN | {"Upload-Length": "5", "Upload-Metadata": metadata()}
    async with session.post(hub.files, headers=headers, data=b"other") as response:
        assert response.status == 201
    assert hub.stored("contribution-1") == DATA
    assert hub.journal.events["contribution-1"].person_id == "device-ana"


async def test_many_uploads_of_one_contribution_at_once_leave_one(hub: Hub, session: Session) -> None:
    urls = [await create(session, hub, len(DATA)) for _ in range(8)]
    answers = await asyncio.gather(*(patch(session, url, 0, DATA) for url in urls))
    assert {response.status for response in answers} == {204}
    assert (hub.folder / "journal").read_bytes().count(b"\n") == 1
    assert hub.stored("contribution-1") == DATA


async def test_no_tick_before_the_journal_has_it(hub: Hub, session: Session) -> None:
    """The journal is away at the last byte: the phone is told so, keeps trying, and the next HEAD completes it."""
    url = await create(session, hub, len(DATA))
    hub.journal.failure = Unavailable("the journal's disk is away; the piece is kept, and goes on when it is back")
    assert (await patch(session, url, 0, DATA)).status == 503
    async with session.head(url, headers=TUS | ANA) as response:
        assert response.status == 503
        assert "Upload-Offset" not in response.headers, "a client would take it for the tick"
    assert hub.journal.events == {}
    hub.journal.failure = None
    assert await offset_of(session, url) == len(DATA)
    assert list(hub.journal.events) == ["contribution-1"]
    assert (await patch(session, url, len(DATA), b"")).status == 204
    assert hub.journal.calls == 3


async def test_a_whole_upload_can_be_completed_by_an_empty_patch(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    hub.journal.failure = Unavailable("not now")
    assert (await patch(session, url, 0, DATA)).status == 503
    hub.journal.failure = None
    response = await patch(session, url, len(DATA), b"")
    assert (response.status, response.headers["Upload-Offset"]) == (204, str(len(DATA)))


async def test_what_the_journal_refuses_is_told(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    hub.journal.failure = NotAllowed("this device was banned by the host")
    response = await patch(session, url, 0, DATA)
    assert response.status == 403


async def test_progress_is_told_a_few_times_a_second_and_at_the_end(hub: Hub, session: Session) -> None:
    began_s = time.monotonic()
    url = await create(session, hub, 200 * 100)
    for start in range(0, 200 * 100, 100):
        await patch(session, url, start, bytes(100))
    told = [progress.fraction for progress in hub.progress]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert 2 <= len(told) <= (time.monotonic() - began_s) * 4 + 2
    assert {progress.step for progress in hub.progress} == {"sending"}
