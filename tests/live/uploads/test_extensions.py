"""tus 1.0, every MUST of the extensions we offer: creation, termination, checksum, expiration.

The quoted sentences are those of the protocol.
"""

from __future__ import annotations

import asyncio
import os
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest

from live.uploads import UploadLimits
from tests.live.uploads.hub import (
    ANA,
    PART,
    TUS,
    Hub,
    create,
    metadata,
    offset_of,
    patch,
    running_hub,
    sum_of,
)

Session = aiohttp.ClientSession
DATA = os.urandom(10_000)


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
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")  # Python 3.13 has other words for it
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


@pytest.mark.parametrize(
    "header", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1", "sha1 !!!", "sha1 aGVsbG8=", "sha1 ä", "", "SHA1 x"]
)
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
