"""From the wire to the disk: the bytes of one request are appended to an upload, and count once they are fsynced.

With a checksum they wait in a file of their own until it is verified; without, what came is kept whatever happens next.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from live.errors import DiskFull, TooLarge, Unavailable
from live.store import NO_SPACE
from live.uploads.inflow import Inflow
from live.uploads.partial import FULL, READ_BYTES, PartialFile, write
from live.uploads.shelf import Shelf, Upload
from live.uploads.tus import Checksum

SYNC_EVERY_BYTES = 16 << 20
"""A long PATCH is brought to the disk piece by piece, so that its last byte does not wait for all of them."""


class Storing:
    def __init__(self, shelf: Shelf, reserve_bytes: int, on_bytes: Callable[[Upload, int], None]) -> None:
        self._shelf = shelf
        self._reserve_bytes = reserve_bytes
        self._on_bytes = on_bytes

    async def append(self, upload: Upload, inflow: Inflow) -> None:
        """Store all that comes and fits, whatever ends it. Raises TooLarge, DiskFull or Unavailable, after storing."""
        part = _part(upload)
        await self._shelf.run(part.open)
        try:
            async for batch in inflow.batches():
                room = upload.length_bytes - part.written
                await self._shelf.run(self._write, part, batch[:room])
                self._on_bytes(upload, min(room, len(batch)))
                if len(batch) > room:
                    raise _overflow(upload)
        finally:
            await self._shelf.run(self._settle, part)

    async def append_checked(self, upload: Upload, inflow: Inflow, checksum: Checksum) -> None:
        """Store the body if it is whole and its checksum is right; otherwise nothing. Raises BadChecksum as well."""
        staging = self._shelf.staging(upload)
        try:
            await self._stage(upload, inflow, checksum, staging)
            if inflow.ending == "whole":
                await self._shelf.run(self._take_over, _part(upload), staging)
        finally:
            await self._shelf.run(staging.unlink, missing_ok=True)

    async def _stage(self, upload: Upload, inflow: Inflow, checksum: Checksum, staging: Path) -> None:
        seen = checksum.begin()
        room = upload.length_bytes - upload.offset
        file = await self._shelf.run(staging.open, "wb", buffering=0)
        try:
            async for batch in inflow.batches():
                room -= len(batch)
                if room < 0:
                    raise _overflow(upload)
                self._check_room()
                await self._shelf.run(_write_all, file.fileno(), batch)
                await self._shelf.run(seen.update, batch)
                self._on_bytes(upload, len(batch))
        finally:
            file.close()
        if inflow.ending == "whole":
            checksum.verify(seen)

    def _take_over(self, part: PartialFile, staging: Path) -> None:
        part.open()
        try:
            with staging.open("rb") as file:
                while data := file.read(READ_BYTES):
                    self._write(part, data)
        finally:
            self._settle(part)

    def _write(self, part: PartialFile, data: bytes) -> None:
        self._check_room()
        part.append(data)
        if part.written - part.offset >= SYNC_EVERY_BYTES:
            self._sync(part)

    def _settle(self, part: PartialFile) -> None:
        try:
            self._sync(part)
        finally:
            part.close()

    def _sync(self, part: PartialFile) -> None:
        try:
            part.sync()
        except OSError as error:
            part.retreat()
            if error.errno in NO_SPACE:
                raise DiskFull(FULL) from None
            raise Unavailable(
                f"the hub's disk could not keep the last bytes ({error.strerror}); they are asked for again"
            ) from None

    def _check_room(self) -> None:
        if self._shelf.free_bytes() < self._reserve_bytes:
            raise DiskFull(FULL)


def _part(upload: Upload) -> PartialFile:
    assert upload.part is not None, "a whole upload takes no more bytes"
    return upload.part


def _overflow(upload: Upload) -> TooLarge:
    return TooLarge(f"expected {upload.length_bytes} bytes in all, as announced, and more came; the rest was not taken")


def _write_all(handle: int, data: bytes) -> None:
    for _ in write(handle, data):
        pass
