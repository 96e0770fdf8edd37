"""A file that grows: bytes in, an offset that is on the disk, the SHA-256 of the whole as it comes.

Everything here blocks and is called in a thread, by one caller at a time. `offset` counts bytes that were fsynced and
never falls. After a restart it is the file's size: a journaling file system shows no byte beyond what was written, and
`load` fsyncs it before anybody hears of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from live.errors import DiskFull
from live.store import NO_SPACE, flush, fsync_folder

READ_BYTES = 1 << 20
FULL = "the hub's disk is full; what came so far is kept, and the rest is taken when there is room again"


class PartialFile:
    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.written = offset
        """Bytes in the file; those past `offset` may still be lost with the power."""
        self._handle = -1
        self._hash = hashlib.sha256() if offset == 0 else None

    @classmethod
    def create(cls, path: Path) -> PartialFile:
        """The caller fsyncs the folder (once, with the sidecar beside it)."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return cls(path, 0)

    @classmethod
    def load(cls, path: Path) -> PartialFile:
        handle = os.open(path, os.O_RDONLY)
        try:
            flush(handle)
            return cls(path, os.fstat(handle).st_size)
        finally:
            os.close(handle)

    def open(self) -> None:
        """Make ready to `append`. After a restart this reads the file once, for the hash."""
        if self._hash is None:
            self._hash = _hash_of(self.path)
        self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)

    def append(self, data: bytes) -> None:
        """Raises DiskFull; what found room is kept."""
        assert self._hash is not None
        for piece in write(self._handle, data):
            self._hash.update(piece)
            self.written += len(piece)

    def sync(self) -> None:
        """Bring everything appended to the disk; then it counts.

        Raises OSError where the disk refuses: then the bytes since the last sync are gone for good (Linux forgets which
        pages it could not write), and `retreat` must follow.
        """
        if self.written > self.offset:
            flush(self._handle)
            self.offset = self.written

    def retreat(self) -> None:
        """Go back to what counts; the hash is found again from the file."""
        os.truncate(self.path, self.offset)
        self.written = self.offset
        self._hash = None

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def digest(self) -> str:
        """SHA-256 of the whole file, hexadecimal."""
        if self._hash is None:
            self._hash = _hash_of(self.path)
        return self._hash.hexdigest()


def write(handle: int, data: bytes) -> Iterator[memoryview]:
    """Write all of `data`, giving each stretch that was taken. Raises DiskFull when the rest found no room."""
    rest = memoryview(data)
    while rest:
        try:
            count = os.write(handle, rest)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise DiskFull(FULL) from None
            raise
        yield rest[:count]
        rest = rest[count:]


def write_atomically(path: Path, data: bytes) -> None:
    """The file is the old one or the new one, whole, whenever the power goes; on return it is the new one."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in write(handle, data):
            pass
        flush(handle)
    finally:
        os.close(handle)
    beside.replace(path)
    fsync_folder(path.parent)


def _hash_of(path: Path) -> hashlib._Hash:
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            seen.update(data)
    return seen
