"""tus 1.0, every MUST of the core and of the extensions we offer, against a real server; then what is ours besides.

The quoted sentences are those of the protocol.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest

from live.errors import NotAllowed, Unavailable
from live.messages.events import Beside, Consent, Original, Trim
from live.uploads import UploadLimits
from tests.live.uploads.hub import (
    ANA,
    BEN,
    CONSENT,
    PART,
    TUS,
    Hub,
    create,
    metadata,
    offset_of,
    patch,
    running_hub,
)

Session = aiohttp.ClientSession
DATA = os.urandom(10_000)


def sum_of(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


async def code_of(response: aiohttp.ClientResponse) -> str:
    return str((await response.json())["code"])


# core: HEAD


async def test_head_always_tells_offset_and_length_and_is_never_cached(hub: Hub, session: Session) -> None:
    """The Server MUST always include Upload-Offset, even if it is 0 or the upload is completed; MUST no-store."""
    url = await create(session, hub, len(DATA))
    for offset in (0, 4000, len(DATA)):
        async with session.head(url, headers=TUS | ANA) as response:
            assert response.status == 200
            assert response.headers["Upload-Offset"] == str(offset)
            assert response.headers["Upload-Length"] == str(len(DATA))
            assert response.headers["Cache-Control"] == "no-store"
        await patch(session, url, offset, DATA[offset : 4000 if offset == 0 else len(DATA)])


async def test_head_gives_the_metadata_back_as_it_came(hub: Hub, session: Session) -> None:
    said = metadata(filename="söng.jpg", filetype="image/jpeg")
    headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": said}
    async with session.post(hub.files, headers=headers) as response:
        url = f"{hub.url}{response.headers['Location']}"
    async with session.head(url, headers=TUS | ANA) as response:
        assert response.headers["Upload-Metadata"] == said


async def test_head_of_nothing_is_404_without_an_offset(hub: Hub, session: Session) -> None:
    async with session.head(f"{hub.files}/no-such-upload", headers=TUS | ANA) as response:
        assert response.status == 404
        assert "Upload-Offset" not in response.headers


# core: PATCH


async def test_patch_answers_204_with_the_new_offset(hub: Hub, session: Session) -> None:
    """The new offset MUST be the sum of the offset before and the number of bytes received."""
    url = await create(session, hub, len(DATA))
    response = await patch(session, url, 0, DATA[:3000])
    assert (response.status, response.headers["Upload-Offset"]) == (204, "3000")
    response = await patch(session, url, 3000, DATA[3000:])
    assert (response.status, response.headers["Upload-Offset"]) == (204, str(len(DATA)))
    assert hub.stored("contribution-1") == DATA


@pytest.mark.parametrize("wrong", [0, 2999, 3001, 10_000])
async def test_a_wrong_offset_is_409_and_changes_nothing(hub: Hub, session: Session, wrong: int) -> None:
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA[:3000])
    assert (await patch(session, url, wrong, b"")).status == 409
    assert (await patch(session, url, wrong, b"x" * max(0, 10_000 - wrong))).status in (409, 413)
    assert await offset_of(session, url) == 3000
    await patch(session, url, 3000, DATA[3000:])
    assert hub.stored("contribution-1") == DATA


@pytest.mark.parametrize("offset", ["-1", "x", "", "1.5", "0x10", "99999999999999999999"])
async def test_an_offset_that_is_no_number_is_400(hub: Hub, session: Session, offset: str) -> None:
    """Upload-Offset: the value MUST be a non-negative integer."""
    url = await create(session, hub, 5)
    async with session.patch(url, headers=PART | ANA | {"Upload-Offset": offset}, data=b"bytes") as response:
        assert response.status == 400
    assert await offset_of(session, url) == 0


async def test_a_patch_without_offset_is_400(hub: Hub, session: Session) -> None:
    url = await create(session, hub, 5)
    async with session.patch(url, headers=PART | ANA, data=b"bytes") as response:
        assert (response.status, await code_of(response)) == (400, "bad_input")


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "multipart/form-data; boundary=x"])
async def test_another_content_type_is_415(hub: Hub, session: Session, kind: str) -> None:
    """All PATCH requests MUST use Content-Type: application/offset+octet-stream."""
    url = await create(session, hub, 5)
    response = await patch(session, url, 0, b"bytes", Content_Type=kind)
    assert response.status == 415
    assert await offset_of(session, url) == 0


async def test_a_packed_body_is_refused(hub: Hub, session: Session) -> None:
    """It would be unpacked on its way in, and a few bytes could become gigabytes."""
    url = await create(session, hub, 5000)
    async with session.patch(url, headers=PART | ANA | {"Upload-Offset": "0"}, data=DATA, compress="gzip") as response:
        assert response.status == 415


async def test_patch_of_nothing_is_404(hub: Hub, session: Session) -> None:
    assert (await patch(session, f"{hub.files}/no-such-upload", 0, b"bytes")).status == 404


async def test_more_bytes_than_announced_are_413_and_not_taken(hub: Hub, session: Session) -> None:
    url = await create(session, hub, 100)
    assert (await patch(session, url, 0, b"x" * 101)).status == 413
    assert await offset_of(session, url) == 0


async def test_an_endless_chunked_body_stops_at_the_announced_length(hub: Hub, session: Session) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)

    url = await create(session, hub, 100)
    try:
        async with session.patch(url, headers=PART | ANA | {"Upload-Offset": "0"}, data=endless()) as response:
            assert response.status == 413
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        pass  # the server hung up while more was coming: as good an answer
    assert await offset_of(session, url) == 100
    assert hub.stored("contribution-1") == bytes(100)


async def test_a_chunked_body_is_as_good_as_any(hub: Hub, session: Session) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(DATA), 700):
            yield DATA[start : start + 700]

    url = await create(session, hub, len(DATA))
    async with session.patch(url, headers=PART | ANA | {"Upload-Offset": "0"}, data=chunks()) as response:
        assert response.status == 204
    assert hub.stored("contribution-1") == DATA


# core: versions and OPTIONS


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", "2.0.0", ""])
@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
async def test_another_version_is_412_and_not_processed(
    hub: Hub, session: Session, method: str, version: str | None
) -> None:
    """If it is not supported the Server MUST respond 412, MUST include Tus-Version, MUST NOT process the request."""
    url = await create(session, hub, 5)
    headers = ANA | {"Upload-Offset": "0", "Content-Type": PART["Content-Type"]}
    headers |= {} if version is None else {"Tus-Resumable": version}
    async with session.request(
        method, hub.files if method == "POST" else url, headers=headers, data=b"bytes"
    ) as response:
        assert response.status == 412
        assert response.headers["Tus-Version"] == "1.0.0"
    assert await offset_of(session, url) == 0


async def test_every_answer_carries_the_version(hub: Hub, session: Session) -> None:
    """Tus-Resumable MUST be included in every request and response except for OPTIONS."""
    url = await create(session, hub, 5)
    asks: list[tuple[str, str, dict[str, str]]] = [
        ("HEAD", url, TUS | ANA),
        ("PATCH", url, PART | ANA | {"Upload-Offset": "3"}),
        ("GET", url, TUS | ANA),
        ("HEAD", url, TUS),
        ("POST", hub.files, TUS | ANA),
        ("DELETE", url, TUS | ANA),
        ("DELETE", url, TUS | ANA),
    ]
    for method, where, headers in asks:
        async with session.request(method, where, headers=headers) as response:
            assert response.headers["Tus-Resumable"] == "1.0.0", (method, response.status)


@pytest.mark.parametrize("headers", [{}, {"Tus-Resumable": "0.0.1"}])
async def test_options_tells_what_the_server_can(hub: Hub, session: Session, headers: dict[str, str]) -> None:
    """A successful response MUST contain Tus-Version; the Server MUST ignore Tus-Resumable here."""
    async with session.options(hub.files, headers=headers) as response:
        assert response.status == 204
        assert response.headers["Tus-Version"] == "1.0.0"
        extensions = response.headers["Tus-Extension"].split(",")
        assert extensions == ["creation", "creation-with-upload", "termination", "checksum", "expiration"]
        assert response.headers["Tus-Max-Size"] == str(UploadLimits().largest_bytes)
        assert response.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_the_method_override_is_obeyed_for_a_post_only(hub: Hub, session: Session) -> None:
    """X-HTTP-Method-Override MUST be interpreted as the method. A GET stays a GET: its origin was not checked."""
    url = await create(session, hub, 5)
    headers = PART | ANA | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    async with session.post(url, headers=headers, data=b"bytes") as response:
        assert (response.status, response.headers["Upload-Offset"]) == (204, "5")
    async with session.get(url, headers=TUS | ANA | {"X-HTTP-Method-Override": "DELETE"}) as response:
        assert response.status == 405
        assert "PATCH" in response.headers["Allow"]
    async with session.post(url, headers=TUS | ANA | {"X-HTTP-Method-Override": "DELETE"}) as response:
        assert response.status == 204


# creation


async def test_creation_answers_201_with_a_location(hub: Hub, session: Session) -> None:
    headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
    async with session.post(hub.files, headers=headers) as response:
        assert response.status == 201
        assert response.headers["Location"].startswith("/files/")
        assert response.headers["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "five"}, 400),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "5", "Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "99999999999"}, 413),
    ],
)
async def test_a_creation_needs_a_length_that_can_be_taken(
    hub: Hub, session: Session, headers: dict[str, str], status: int
) -> None:
    """If the length exceeds the maximum, the Server MUST respond 413. An empty file is no piece."""
    async with session.post(hub.files, headers=TUS | ANA | {"Upload-Metadata": metadata()} | headers) as response:
        assert response.status == status


async def test_a_gigabyte_of_photo_is_refused_in_a_sentence(hub: Hub, session: Session) -> None:
    headers = TUS | ANA | {"Upload-Length": str(10**9), "Upload-Metadata": metadata(kind="photo")}
    async with session.post(hub.files, headers=headers) as response:
        assert response.status == 413
        problem = await response.json()
    assert problem["code"] == "too_large"
    assert problem["message"] == ("expected a photo of at most 60 MB, got 1000 MB; choose a smaller one, or shorten it")


# creation with upload


@pytest.mark.parametrize("count", [1, 4000, len(DATA)])
async def test_a_creation_may_bring_bytes(hub: Hub, session: Session, count: int) -> None:
    """The Server MUST include Upload-Offset in the response, set to the offset after applying the accepted bytes."""
    headers = PART | ANA | {"Upload-Length": str(len(DATA)), "Upload-Metadata": metadata()}
    async with session.post(hub.files, headers=headers, data=DATA[:count]) as response:
        assert response.status == 201
        assert response.headers["Upload-Offset"] == str(count)
        url = f"{hub.url}{response.headers['Location']}"
    await patch(session, url, count, DATA[count:])
    assert hub.stored("contribution-1") == DATA


async def test_a_creation_with_bytes_of_another_type_is_415(hub: Hub, session: Session) -> None:
    """The Client MUST include the Content-Type: application/offset+octet-stream header."""
    headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata(), "Content-Type": "image/jpeg"}
    async with session.post(hub.files, headers=headers, data=b"bytes") as response:
        assert response.status == 415
    assert hub.uploads.counters["created"] == 0


async def test_who_asks_before_sending_hears_the_refusal_first(hub: Hub, session: Session) -> None:
    """Expect: 100-continue gives early feedback on whether the creation is accepted: a gigabyte never travels."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hub.url.rpartition(":")[2]))
    said = f"POST /files HTTP/1.1\r\nHost: hub\r\nTus-Resumable: 1.0.0\r\nAuthorization: {ANA['Authorization']}\r\n"
    said += f"Upload-Length: {10**9}\r\nContent-Length: {10**9}\r\nContent-Type: {PART['Content-Type']}\r\n"
    said += f"Upload-Metadata: {metadata()}\r\nExpect: 100-continue\r\n\r\n"
    writer.write(said.encode())
    assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    writer.close()
    headers = PART | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
    async with session.post(hub.files, headers=headers, data=b"bytes", expect100=True) as response:
        assert (response.status, response.headers["Upload-Offset"]) == (201, "5")


# termination


@pytest.mark.parametrize("sent", [0, 3000])
async def test_an_upload_can_be_ended(hub: Hub, session: Session, sent: int) -> None:
    """The Server MUST respond with 204; for all future requests it SHOULD respond with 404."""
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA[:sent])
    async with session.delete(url, headers=TUS | ANA) as response:
        assert response.status == 204
    for method in ("HEAD", "DELETE"):
        async with session.request(method, url, headers=TUS | ANA) as response:
            assert response.status == 404
    assert (await patch(session, url, sent, DATA[sent:])).status == 404
    assert list((hub.folder / "uploads").iterdir()) == []


async def test_ending_a_finished_upload_leaves_its_contribution(hub: Hub, session: Session) -> None:
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA)
    async with session.delete(url, headers=TUS | ANA) as response:
        assert response.status == 204
    assert hub.stored("contribution-1") == DATA
    assert list(hub.journal.events) == ["contribution-1"]


# checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_bytes_with_the_right_checksum_are_stored(hub: Hub, session: Session, algorithm: str) -> None:
    """The Server MUST support at least sha1."""
    url = await create(session, hub, len(DATA))
    for start in range(0, len(DATA), 4000):
        piece = DATA[start : start + 4000]
        response = await patch(session, url, start, piece, Upload_Checksum=sum_of(piece, algorithm))
        assert (response.status, response.headers["Upload-Offset"]) == (204, str(start + len(piece)))
    assert hub.stored("contribution-1") == DATA


async def test_bytes_with_a_wrong_checksum_are_discarded(hub: Hub, session: Session) -> None:
    """The uploaded chunk MUST be discarded, and the upload and its offset MUST NOT be updated."""
    url = await create(session, hub, len(DATA))
    await patch(session, url, 0, DATA[:3000])
    response = await patch(session, url, 3000, DATA[3000:], Upload_Checksum=sum_of(b"other bytes"))
    assert response.status == 460
    assert await offset_of(session, url) == 3000
    await patch(session, url, 3000, DATA[3000:], Upload_Checksum=sum_of(DATA[3000:]))
    assert hub.stored("contribution-1") == DATA


@pytest.mark.parametrize("header", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1", "sha1 !!!", "sha1 aGVsbG8=", "", "SHA1 x"])
async def test_a_checksum_that_cannot_be_checked_is_400_and_discards(hub: Hub, session: Session, header: str) -> None:
    url = await create(session, hub, 5)
    assert (await patch(session, url, 0, b"bytes", Upload_Checksum=header)).status == 400
    assert await offset_of(session, url) == 0


# expiration


async def test_unfinished_uploads_say_when_they_expire_and_then_do(tmp_path: Path, session: Session) -> None:
    """Upload-Expires MUST be in the response to POST and to every PATCH, in RFC 7231 format; then 404 or 410."""
    now_s = 1_000_000.0
    limits = UploadLimits(reserve_bytes=0, expire_s=100.0)
    async with running_hub(tmp_path, limits, wall=lambda: now_s) as hub:
        headers = TUS | ANA | {"Upload-Length": "10", "Upload-Metadata": metadata()}
        async with session.post(hub.files, headers=headers) as response:
            url = f"{hub.url}{response.headers['Location']}"
            assert parsedate_to_datetime(response.headers["Upload-Expires"]).timestamp() == now_s + 100
            assert response.headers["Upload-Expires"].endswith(" GMT")
        now_s += 99
        response = await patch(session, url, 0, b"bytes")
        assert parsedate_to_datetime(response.headers["Upload-Expires"]).timestamp() == now_s + 100, "it began anew"
        now_s += 99
        await hub.uploads.sweep()
        assert await offset_of(session, url) == 5
        now_s += 2
        async with session.head(url, headers=TUS | ANA) as response:
            assert response.status == 404
        await hub.uploads.sweep()
        assert list((tmp_path / "uploads").iterdir()) == []
        assert hub.uploads.counters["swept"] == 1


async def test_a_finished_upload_is_forgotten_but_not_its_contribution(tmp_path: Path, session: Session) -> None:
    now_s = 1_000_000.0
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, expire_s=100.0), wall=lambda: now_s) as hub:
        url = await create(session, hub, len(DATA))
        response = await patch(session, url, 0, DATA)
        assert "Upload-Expires" not in response.headers
        now_s += 101
        await hub.uploads.sweep()
        assert hub.stored("contribution-1") == DATA
        assert list((tmp_path / "uploads").iterdir()) == []


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


# how much


async def test_too_many_creations_wait_by_retry_after(tmp_path: Path, session: Session) -> None:
    limits = UploadLimits(reserve_bytes=0, creations_burst=3, creations_per_s=0.01)
    async with running_hub(tmp_path, limits) as hub:
        for number in range(3):
            await create(session, hub, 5, contribution=f"contribution-{number}")
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (429, "too_much")
            assert 90 <= int(response.headers["Retry-After"]) <= 100
        await create(session, hub, 5, BEN)


async def test_too_many_open_uploads_are_refused_but_a_forgotten_try_gives_way(
    tmp_path: Path, session: Session
) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, open_per_device=3)) as hub:
        first = await create(session, hub, 5, contribution="contribution-0")
        others = [await create(session, hub, 5, contribution=f"contribution-{n}") for n in (1, 2)]
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata("contribution-3")}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (429, "too_much")
            assert "Retry-After" in response.headers
        again = await create(session, hub, 5, contribution="contribution-0")
        assert (await patch(session, first, 0, b"bytes")).status == 404
        for url in (again, *others):
            assert (await patch(session, url, 0, b"bytes")).status == 204
        await create(session, hub, 5, contribution="contribution-3")


async def test_the_hub_remembers_only_so_many_uploads(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, remembered=1)) as hub:
        await create(session, hub, 5)
        headers = TUS | BEN | {"Upload-Length": "5", "Upload-Metadata": metadata("contribution-2")}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "10")


async def test_an_upload_that_cannot_fit_is_507_before_a_byte_is_sent(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=1 << 62)) as hub:
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (507, "disk_full")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"contribution": "short"}, 400),
        ({"contribution": "../../etc/passwd"}, 400),
        ({"kind": "text"}, 415),
        ({"kind": "svg"}, 415),
        ({"consent": "yes"}, 400),
        ({"consent": '{"stage":"yes"}'}, 400),
        ({"consent": '{"everything":true}'}, 400),
        ({"trim": "5-1"}, 400),
        ({"trim": "1.5-2.5"}, 400),
        ({"prompt": "x"}, 400),
        ({"parents": "no id"}, 400),
        ({"parents": ",".join(f"parent-{n:04}" for n in range(9))}, 400),
    ],
)
async def test_metadata_that_makes_no_sense_is_refused_in_a_sentence(
    hub: Hub, session: Session, said: dict[str, str], status: int
) -> None:
    fields = {"contribution": "contribution-1", "kind": "photo", "consent": CONSENT} | said
    headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata(**fields)}
    async with session.post(hub.files, headers=headers) as response:
        assert response.status == status
        assert (await response.json())["message"].startswith("expected ")
    assert list((hub.folder / "uploads").iterdir()) == []
