"""All uploads on disk, by id: `ID.part` with the bytes, `ID.json` with what they are. Survives kill -9 at any instant.

The sidecar is written once, at creation, before the phone hears of the upload, and once more (not fsynced: nothing is
lost with it) when the contribution is journaled. The offset is not in it: it is the size of the part. A sidecar whose
part is gone belongs to bytes that the media store has adopted.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from live.errors import BadInput
from live.messages.base import Message
from live.messages.coding import from_json, to_json
from live.messages.ids import Id, PersonId
from live.store import fsync_folder, make_folder
from live.uploads.announcement import Announcement
from live.uploads.partial import PartialFile, write_atomically
from live.uploads.turn import Turn

P = ParamSpec("P")
R = TypeVar("R")

_log = structlog.get_logger(__name__)


class Sidecar(Message, frozen=True):
    upload_id: Id
    person_id: str
    length_bytes: int
    metadata: str
    """`Upload-Metadata` as it came, for HEAD."""
    announcement: Announcement
    received: bool = False
    """The contribution is journaled."""


class Upload:
    """One upload in memory. `part` is None once the bytes are in the media store."""

    def __init__(self, sidecar: Sidecar, part: PartialFile | None, touched_s: float) -> None:
        self.sidecar = sidecar
        self.part = part
        self.touched_s = touched_s
        """Wall time at which something was last added; it expires from there."""
        self.turn = Turn()

    @property
    def upload_id(self) -> str:
        return self.sidecar.upload_id

    @property
    def person_id(self) -> PersonId:
        return PersonId(self.sidecar.person_id)

    @property
    def length_bytes(self) -> int:
        return self.sidecar.length_bytes

    @property
    def offset(self) -> int:
        return self.length_bytes if self.part is None else self.part.offset

    @property
    def is_whole(self) -> bool:
        return self.offset == self.length_bytes


class Shelf:
    """Blocking, but for `run`, which brings any of it to the shelf's own threads: a slow fsync holds up nobody else."""

    def __init__(self, folder: Path, threads: int = 8) -> None:
        self.folder = folder
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="uploads")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run in a thread. A cancelled caller still waits for it: nobody may close a file that a thread is writing."""
        done = asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args, **kwargs))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise

    def close(self) -> None:
        self._threads.shutdown()

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free

    def create(self, sidecar: Sidecar, now_s: float) -> Upload:
        """Return when file, sidecar and both their names are on the disk."""
        upload = Upload(sidecar, PartialFile.create(self._part(sidecar.upload_id)), now_s)
        try:
            write_atomically(self._json(sidecar.upload_id), to_json(sidecar))
        except BaseException:
            self.remove(upload)
            raise
        return upload

    def note_received(self, upload: Upload) -> None:
        path = self._json(upload.upload_id)
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(to_json(upload.sidecar))
        beside.replace(path)

    def remove(self, upload: Upload) -> None:
        """The sidecar goes first: a part alone is swept at the next start, a sidecar alone would mean "adopted"."""
        self._json(upload.upload_id).unlink(missing_ok=True)
        fsync_folder(self.folder)
        self._part(upload.upload_id).unlink(missing_ok=True)
        self._json(upload.upload_id).with_suffix(".json.new").unlink(missing_ok=True)

    def load(self) -> Iterator[Upload]:
        """Give every upload that was promised, and clear away what a killed process left half made."""
        make_folder(self.folder)
        for path in sorted(self.folder.glob("*.json")):
            try:
                sidecar = from_json(path.read_bytes(), Sidecar)
            except BadInput as error:
                _log.error("upload cannot be read, set aside", path=path.name, error=str(error))
                path.replace(path.with_suffix(".unreadable"))
                continue
            yield self._load(sidecar, path)
        self._clear_away()

    def staging(self, upload: Upload) -> Path:
        """Where bytes wait until their checksum is known."""
        return self.folder / f"{upload.upload_id}.unchecked"

    def _load(self, sidecar: Sidecar, path: Path) -> Upload:
        part_path = self._part(sidecar.upload_id)
        if not part_path.exists():
            return Upload(sidecar, None, path.stat().st_mtime)
        return Upload(sidecar, PartialFile.load(part_path), part_path.stat().st_mtime)

    def _clear_away(self) -> None:
        for path in self.folder.iterdir():
            lonely = path.suffix == ".part" and not self._json(path.stem).exists()
            unreadable = path.with_suffix(".unreadable").exists()
            if (lonely and not unreadable) or path.suffix in (".new", ".unchecked"):
                path.unlink()

    def _part(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.part"

    def _json(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.json"
