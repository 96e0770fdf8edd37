"""tus 1.0, every MUST of the core, against a real server.

The quoted sentences are those of the protocol.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import aiohttp
import pytest

from live.uploads import UploadLimits
from tests.live.uploads.hub import (
    ANA,
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
