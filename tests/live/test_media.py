"""Media over HTTP, against a real server and a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from live.errors import NotAllowed
from live.http_errors import errors_middleware
from live.media import RangeNotSatisfiable, media_routes, parse_range
from live.store import Store

Client = TestClient[web.Request, web.Application]

CLIP = "renditions/contribution-1/clip.mp4"
DATA = bytes(range(256)) * 1200


async def adopt(store: Store, folder: Path, key: str, data: bytes) -> None:
    path = folder / "finished"
    path.write_bytes(data)
    await store.adopt(path, key)


async def may_read(request: web.Request, key: str) -> None:
    if request.headers.get("X-Who") == "stranger":
        raise NotAllowed(f"{key} is not yours to see")


@pytest.fixture(params=["folder", "objects"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    store = Store.open(tmp_path / "media" if request.param == "folder" else "memory:///")
    await adopt(store, tmp_path, CLIP, DATA)
    await adopt(store, tmp_path, "originals/contribution-1", b"GPS")
    await adopt(store, tmp_path, "renditions/contribution-1/odd.html", b"<script>")
    await adopt(store, tmp_path, "renditions/contribution-1/empty.jpg", b"")
    app = web.Application(middlewares=[errors_middleware])
    app.add_routes(media_routes(store, may_read))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_rendition_comes_whole_with_safe_headers(client: Client) -> None:
    async with client.get(f"/media/{CLIP}") as response:
        assert response.status == 200
        assert await response.read() == DATA
        assert response.headers["Content-Type"] == "video/mp4"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response.headers["Accept-Ranges"] == "bytes"
        assert response.headers["Cache-Control"].startswith("private")


async def test_head_tells_the_size_and_sends_nothing(client: Client) -> None:
    async with client.head(f"/media/{CLIP}") as response:
        assert response.status == 200
        assert response.headers["Content-Length"] == str(len(DATA))
        assert await response.read() == b""
    async with client.get(f"/media/{CLIP}") as response:
        assert await response.read() == DATA, "the connection is still in step"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=100-299", 100, 300), ("bytes=300000-", 300000, None), ("bytes=-500", -500, None),
     ("bytes=5-99999999", 5, None), ("bytes=-99999999", 0, None)],
)  # fmt: skip
async def test_one_range_is_answered_with_206(client: Client, asked: str, start: int, end: int | None) -> None:
    async with client.get(f"/media/{CLIP}", headers={"Range": asked}) as response:
        expected = DATA[start:end]
        first = len(DATA) + start if start < 0 else start
        assert response.status == 206
        assert await response.read() == expected
        assert response.headers["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(DATA)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "items=0-1", "bytes=9-3", "bytes=-", "bytes=x-y", ""])
async def test_what_is_no_single_range_gets_everything(client: Client, asked: str) -> None:
    async with client.get(f"/media/{CLIP}", headers={"Range": asked}) as response:
        assert response.status == 200
        assert await response.read() == DATA


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=99999999-", "bytes=-0"])
async def test_a_range_past_the_end_is_416(client: Client, asked: str) -> None:
    async with client.get(f"/media/{CLIP}", headers={"Range": asked}) as response:
        assert response.status == 416
        assert response.headers["Content-Range"] == f"bytes */{len(DATA)}"
        assert (await response.json())["code"] == "bad_range"


async def test_a_known_etag_is_answered_with_304(client: Client) -> None:
    async with client.get(f"/media/{CLIP}") as response:
        etag = response.headers["ETag"]
    for sent in (etag, f'"other", W/{etag}', "*"):
        async with client.get(f"/media/{CLIP}", headers={"If-None-Match": sent}) as response:
            assert response.status == 304
            assert await response.read() == b""
    async with client.get(f"/media/{CLIP}", headers={"If-None-Match": '"other"'}) as response:
        assert response.status == 200


async def test_a_range_of_another_version_gets_everything(client: Client) -> None:
    async with client.get(f"/media/{CLIP}", headers={"Range": "bytes=0-9", "If-Range": '"old"'}) as response:
        assert response.status == 200
        etag = response.headers["ETag"]
    async with client.get(f"/media/{CLIP}", headers={"Range": "bytes=0-9", "If-Range": etag}) as response:
        assert response.status == 206


@pytest.mark.parametrize("path", ["originals/contribution-1", "renditions/contribution-1/none.jpg", "secret"])
async def test_originals_and_what_is_not_there_look_the_same(client: Client, path: str) -> None:
    async with client.get(f"/media/{path}") as response:
        assert response.status == 404
        assert (await response.json())["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["renditions/..%2foriginals/contribution-1", "renditions%2f..%2foriginals%2fcontribution-1",
             "renditions/x/..%5c..%5csecret"]
)  # fmt: skip
async def test_no_path_climbs_to_an_original(client: Client, path: str) -> None:
    async with client.get(URL(f"/media/{path}", encoded=True)) as response:
        assert response.status in (400, 404)
        assert b"GPS" not in await response.read()


async def test_a_stranger_is_refused(client: Client) -> None:
    async with client.get(f"/media/{CLIP}", headers={"X-Who": "stranger"}) as response:
        assert response.status == 403
        assert (await response.json())["code"] == "not_allowed"


async def test_an_unknown_type_is_never_rendered(client: Client) -> None:
    async with client.get("/media/renditions/contribution-1/odd.html") as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"] == "attachment"


async def test_an_empty_file_is_served(client: Client) -> None:
    async with client.get("/media/renditions/contribution-1/empty.jpg") as response:
        assert (response.status, await response.read()) == (200, b"")


@given(st.integers(0, 50), st.integers(0, 60), st.one_of(st.none(), st.integers(0, 60)))
def test_a_range_never_leaves_the_file(size: int, first: int, last: int | None) -> None:
    try:
        span = parse_range(f"bytes={first}-{'' if last is None else last}", size)
    except RangeNotSatisfiable:
        assert first >= size
        return
    if span is None:
        assert last is not None
        assert last < first
        return
    data = bytes(range(size))
    assert data[span.start : span.end] == data[first : None if last is None else last + 1]
    assert span.start < span.end <= size
