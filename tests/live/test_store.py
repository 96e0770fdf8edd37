"""The media store, in a folder and in an object store (obstore's own in-memory one, the same code path as S3)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from live.errors import BadInput, NotFound
from live.store import CHUNK_BYTES, Store, make_folder

KEY = "originals/contribution-1"


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store.open(tmp_path / "media" if request.param == "folder" else "memory:///")


def finished(folder: Path, data: bytes) -> Path:
    path = folder / "finished"
    path.write_bytes(data)
    return path


async def read(store: Store, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.stream(key, start, end)])


async def test_an_adopted_file_is_in_the_store_and_no_longer_where_it_was(store: Store, tmp_path: Path) -> None:
    path = finished(tmp_path, b"picture")
    await store.adopt(path, KEY)
    assert not path.exists()
    assert await read(store, KEY) == b"picture"
    assert await store.size(KEY) == 7


async def test_adopting_again_replaces_the_whole_file(store: Store, tmp_path: Path) -> None:
    await store.adopt(finished(tmp_path, b"a much longer first file"), KEY)
    before = await store.describe(KEY)
    await store.adopt(finished(tmp_path, b"second"), KEY)
    assert await read(store, KEY) == b"second"
    assert (await store.describe(KEY)).etag != before.etag


@pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 7), (9, 10), (4, None), (5, 5), (0, None)])
async def test_a_stretch_is_given_without_its_end(store: Store, tmp_path: Path, start: int, end: int | None) -> None:
    data = bytes(range(10))
    await store.adopt(finished(tmp_path, data), KEY)
    assert await read(store, KEY, start, end) == data[start:end]


async def test_a_folder_is_deleted_with_everything_in_it_and_its_neighbour_stays(store: Store, tmp_path: Path) -> None:
    for key in (
        "renditions/piece-0001/still.jpg",
        "renditions/piece-0001/clip.mp4",
        "renditions/piece-00012/still.jpg",
    ):
        await store.adopt(finished(tmp_path, b"picture"), key)
    await store.delete_under("renditions/piece-0001")
    await store.delete_under("renditions/never-was")
    for key in ("renditions/piece-0001/still.jpg", "renditions/piece-0001/clip.mp4"):
        with pytest.raises(NotFound):
            await store.size(key)
    assert await store.size("renditions/piece-00012/still.jpg") == 7


async def test_an_empty_file_is_a_file(store: Store, tmp_path: Path) -> None:
    await store.adopt(finished(tmp_path, b""), KEY)
    assert await store.size(KEY) == 0
    assert await read(store, KEY) == b""


async def test_a_large_file_comes_in_bounded_chunks(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "media")
    data = os.urandom(3 << 20)
    await store.adopt(finished(tmp_path, data), KEY)
    chunks = [chunk async for chunk in store.stream(KEY)]
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= 2 * CHUNK_BYTES


async def test_fetch_gives_a_local_file_with_the_bytes(store: Store, tmp_path: Path) -> None:
    await store.adopt(finished(tmp_path, b"bytes"), KEY)
    into = tmp_path / "scratch.bin"
    path = await store.fetch(KEY, into)
    assert path.read_bytes() == b"bytes"
    assert path == (store.local_path(KEY) or into)


async def test_what_is_not_there_is_not_found(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="contribution-1"):
        await store.size(KEY)
    with pytest.raises(NotFound):
        await read(store, KEY)
    with pytest.raises(NotFound):
        await store.fetch(KEY, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_delete_is_for_good_and_may_be_repeated(store: Store, tmp_path: Path) -> None:
    await store.adopt(finished(tmp_path, b"bytes"), KEY)
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(NotFound):
        await store.size(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "originals/../secret", "..", "originals//x", "a/.hidden", "a\\b", "a/b\n", "x" * 513, "é"],
)
async def test_a_key_cannot_climb_out_of_the_store(store: Store, tmp_path: Path, key: str) -> None:
    path = finished(tmp_path, b"bytes")
    with pytest.raises(BadInput):
        await store.adopt(path, key)
    assert path.exists()
    with pytest.raises(BadInput):
        await read(store, key)
    with pytest.raises(BadInput):
        await store.delete(key)


async def test_a_file_from_another_file_system_is_adopted_whole(tmp_path: Path) -> None:
    """Uploads and media may lie on two disks; a rename cannot cross."""
    memory = Path("/dev/shm")  # macOS has none: there this only tests the rename
    path = (memory if memory.is_dir() else tmp_path) / f"houselights-{os.getpid()}"
    path.write_bytes(b"from the other disk")
    store = Store.open(tmp_path / "media")
    await store.adopt(path, KEY)
    assert await read(store, KEY) == b"from the other disk"
    assert not path.exists()
    assert sorted(p.name for p in (tmp_path / "media" / "originals").iterdir()) == ["contribution-1"]


async def test_a_reader_keeps_its_file_while_a_new_one_is_adopted(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "media")
    first = os.urandom(2 << 20)
    await store.adopt(finished(tmp_path, first), KEY)
    chunks = store.stream(KEY)
    got = await anext(chunks)
    await store.adopt(finished(tmp_path, b"other"), KEY)
    got += b"".join([chunk async for chunk in chunks])
    assert got == first


async def test_many_are_adopted_at_once(store: Store, tmp_path: Path) -> None:
    async def one(number: int) -> None:
        path = tmp_path / f"finished-{number}"
        path.write_bytes(b"%d" % number)
        await store.adopt(path, f"renditions/contribution-{number}/still.jpg")

    await asyncio.gather(*(one(number) for number in range(30)))
    assert [await read(store, f"renditions/contribution-{n}/still.jpg") for n in range(30)] == [
        b"%d" % n for n in range(30)
    ]


def test_a_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
