"""The media store: whole files by key, in a folder or in an S3 bucket.

Originals come in by `adopt` from uploads, renditions by `adopt` from intake; out they go by `stream` (pages), `fetch`
(intake, the offline render) and `local_path` (whoever can read the folder itself). A key names one file for ever: its
bytes may be adopted anew with the same content, never changed. Who may read what is not decided here (`live.media`).

    originals/CONTRIBUTION_ID      renditions/CONTRIBUTION_ID/{still,clip,sound,thumbnail}.EXT
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from live.errors import BadInput, DiskFull, NotFound, Unavailable

CHUNK_BYTES = 256 * 1024
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a file cannot grow: disk, quota or file system has no more room."""

_KEY = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Stored:
    """`etag` is quoted as HTTP wants it, and another one whenever the bytes are others."""

    size_bytes: int
    etag: str


class Store:
    """Open one with `Store.open`. Every method may be called from any task; the slow parts run in threads."""

    def __init__(self, objects: ObjectStore, root: Path | None) -> None:
        self._objects = objects
        self._root = root

    @classmethod
    def open(cls, url_or_path: str | Path) -> Store:
        """Open a folder (made where it is missing) or a bucket by URL: `s3://bucket/prefix`.

        A bucket's address and secrets come from the usual AWS_… variables.
        """
        text = str(url_or_path)
        if _URL.match(text) and not text.startswith("file://"):
            return cls(from_url(text), None)
        root = Path(text.removeprefix("file://")).resolve()
        root.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(root), root)

    def local_path(self, key: str) -> Path | None:
        """Where the file of `key` lies or would lie; None where the store is not a folder of this machine."""
        checked = _checked(key)
        return self._root / checked if self._root else None

    async def adopt(self, path: Path, key: str) -> None:
        """Move the finished file `path` into the store; on return it is there for good, and `path` is gone.

        Local: the bytes and the folders' entries are fsynced, and a reader sees the whole file or none.
        Raises DiskFull, or Unavailable where a bucket cannot be reached.
        """
        target = self.local_path(key)
        try:
            if target is None:
                with _reaching(key):
                    await obstore.put_async(self._objects, _checked(key), path)
                await asyncio.to_thread(path.unlink)
            else:
                await asyncio.to_thread(_move_in, path, target)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise DiskFull(f"no room left in the media store for {key!r}: free some space and try again") from None
            raise

    async def fetch(self, key: str, into: Path) -> Path:
        """Return a local file with the bytes of `key`: the store's own (not to be written to), or a copy at `into`."""
        own = self.local_path(key)
        if own is not None:
            await self.size(key)
            return own
        part = into.with_name(into.name + ".part")
        with part.open("wb") as file:
            async for chunk in self.stream(key):
                await asyncio.to_thread(file.write, chunk)
        part.replace(into)
        return into

    async def describe(self, key: str) -> Stored:
        """Raises NotFound."""
        with _reaching(key):
            meta = await obstore.head_async(self._objects, _checked(key))
        etag = (meta["e_tag"] or f"{meta['size']:x}-{meta['last_modified'].timestamp():.6f}").strip('"')
        return Stored(meta["size"], f'"{etag}"')

    async def size(self, key: str) -> int:
        """Raises NotFound."""
        return (await self.describe(key)).size_bytes

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, not including, `end` (None: the end). Raises NotFound."""
        if end is not None and end <= start:
            return
        options: obstore.GetOptions = {"range": {"offset": start} if end is None else (start, end)}
        whole = start == 0 and end is None  # an empty file has no ranges, not even 0-
        with _reaching(key):
            result = await obstore.get_async(self._objects, _checked(key), options=None if whole else options)
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def delete(self, key: str) -> None:
        """Delete for good; a key that is not there is no error."""
        path = self.local_path(key)
        if path is not None:
            await asyncio.to_thread(_remove, path)
            return
        with contextlib.suppress(NotFound), _reaching(key):
            await obstore.delete_async(self._objects, _checked(key))

    async def delete_under(self, folder: str) -> None:
        """Delete every file whose key begins with `folder` and a slash."""
        with _reaching(folder):
            there = await obstore.list(self._objects, prefix=_checked(folder)).collect_async()
        for found in there:
            await self.delete(found["path"])


def flush(handle: int) -> None:
    """Return when what was written to the open file is on the disk itself.

    macOS's fsync stops at the drive's cache; only F_FULLFSYNC goes through it.
    """
    if sys.platform == "darwin":
        try:
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        except OSError:  # the file system knows none, a share for one; where the disk fails, this fails too
            os.fsync(handle)
    else:
        os.fdatasync(handle)


def fsync_folder(folder: Path) -> None:
    """Make the folder's entries (a file just made or renamed in it) survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, each one's entry fsynced."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync_folder(folder.parent)


def _fsync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        flush(handle)
    finally:
        os.close(handle)


def _move_in(path: Path, target: Path) -> None:
    make_folder(target.parent)
    _fsync_file(path)
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_in(path, target)
    fsync_folder(target.parent)


def _copy_in(path: Path, target: Path) -> None:
    """From another file system a rename is not possible: copy beside the target first, then rename."""
    beside = target.with_name(target.name + ".adopting")
    try:
        shutil.copyfile(path, beside)
        _fsync_file(beside)
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    path.unlink()


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        return
    fsync_folder(path.parent)


def _checked(key: str) -> str:
    """Keys come from URLs too: nothing that could climb out of the store gets past here."""
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise BadInput(f"expected a media key like 'renditions/CONTRIBUTION_ID/still.jpg', got {key[:80]!r}")
    return key


@contextmanager
def _reaching(key: str) -> Iterator[None]:
    """Say in our words what the object store says in its own."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"no media file {key!r} in this show; it may have been withdrawn") from None
    except BaseError as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"the media store cannot be reached for {key!r}: {reason}; it is tried again") from None
