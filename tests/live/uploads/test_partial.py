"""A file that grows: what counts, what does not, and its hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.errors import DiskFull
from live.uploads.partial import PartialFile, write_atomically
from tests.live.uploads.test_breaking_off import files_no_larger_than


@given(st.lists(st.tuples(st.binary(max_size=50), st.sampled_from(["go on", "sync", "restart"])), max_size=12))
def test_the_hash_is_that_of_the_file_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bytes, str]]
) -> None:
    path = tmp_path_factory.mktemp("partial") / "upload.part"
    part = PartialFile.create(path)
    part.open()
    for data, then in steps:
        part.append(data)
        if then == "sync":
            part.sync()
            assert part.offset == part.written
        elif then == "restart":
            part.close()
            part = PartialFile.load(path)
            assert part.offset == path.stat().st_size
            part.open()
    part.sync()
    part.close()
    data = b"".join(data for data, _ in steps)
    assert path.read_bytes() == data
    assert part.offset == len(data)
    assert part.digest() == hashlib.sha256(data).hexdigest()


def test_what_was_not_synced_does_not_count(tmp_path: Path) -> None:
    part = PartialFile.create(tmp_path / "upload.part")
    part.open()
    part.append(b"first")
    part.sync()
    part.append(b"second")
    assert (part.offset, part.written) == (5, 11)
    part.close()


def test_after_a_retreat_it_goes_on_from_what_counted(tmp_path: Path) -> None:
    part = PartialFile.create(tmp_path / "upload.part")
    part.open()
    part.append(b"kept ")
    part.sync()
    part.append(b"lost")
    part.retreat()
    part.close()
    part.open()
    part.append(b"found")
    part.sync()
    part.close()
    assert part.path.read_bytes() == b"kept found"
    assert part.digest() == hashlib.sha256(b"kept found").hexdigest()


def test_a_full_disk_keeps_what_found_room(tmp_path: Path) -> None:
    part = PartialFile.create(tmp_path / "upload.part")
    part.open()
    with files_no_larger_than(1000), pytest.raises(DiskFull):
        part.append(bytes(1500))
    part.sync()
    part.close()
    assert part.offset == part.path.stat().st_size == 1000
    assert part.digest() == hashlib.sha256(bytes(1000)).hexdigest()


def test_an_upload_never_begins_in_another_ones_file(tmp_path: Path) -> None:
    PartialFile.create(tmp_path / "upload.part")
    with pytest.raises(FileExistsError):
        PartialFile.create(tmp_path / "upload.part")


def test_a_sidecar_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "sidecar.json"
    write_atomically(path, b"old")
    with files_no_larger_than(100), pytest.raises(DiskFull):
        write_atomically(path, os.urandom(5000))
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
