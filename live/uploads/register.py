"""Every upload that the hub has promised to remember, by id and by device: begun, found, expired, ended.

In memory and on the shelf alike. What is asked of it over HTTP, and the bytes, are not its business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from live.errors import DiskFull, NotFound, TooMuch
from live.messages.ids import PersonId, new_id
from live.pace import Pace
from live.uploads.announcement import Announcement
from live.uploads.limits import MB, UploadLimits
from live.uploads.shelf import Shelf, Sidecar, Upload


class Register:
    def __init__(self, shelf: Shelf, limits: UploadLimits, wall: Callable[[], float]) -> None:
        self._shelf = shelf
        self._limits = limits
        self._wall = wall
        self._pace = Pace(limits.creations_burst, limits.creations_per_s, what="new uploads")
        self._uploads: dict[str, Upload] = {}
        self._by_person: dict[str, dict[str, Upload]] = {}

    def __iter__(self) -> Iterator[Upload]:
        """A copy: uploads may come and go while one looks at them."""
        return iter(list(self._uploads.values()))

    async def load(self) -> None:
        for upload in await self._shelf.run(lambda: list(self._shelf.load())):
            self._add(upload)

    async def begin(self, person: PersonId, length_bytes: int, metadata: str, announcement: Announcement) -> Upload:
        """Make an upload, on disk before this returns. Raises TooMuch or DiskFull."""
        self._pace.take(person, time.monotonic())
        await self._make_room_for(person, announcement.contribution_id)
        self._check_disk(length_bytes)
        sidecar = Sidecar(
            upload_id=new_id(),
            person_id=person,
            length_bytes=length_bytes,
            metadata=metadata,
            announcement=announcement,
        )
        upload = await self._shelf.run(self._shelf.create, sidecar, self._wall())
        self._add(upload)
        return upload

    def owned(self, person: PersonId, upload_id: str) -> Upload:
        """Raises NotFound; another device's upload does not exist for this one."""
        upload = self._uploads.get(upload_id)
        if upload is None or upload.person_id != person or self.has_expired(upload):
            raise NotFound(
                "no such upload of this device: it expired, was ended or is somebody else's; begin a new one"
            )
        return upload

    def check_still_there(self, upload: Upload) -> None:
        """While a request waited for its turn, another one may have ended the upload. Raises NotFound."""
        if self._uploads.get(upload.upload_id) is not upload:
            raise NotFound("this upload was ended; begin a new one")

    async def remove(self, upload: Upload) -> None:
        if self._uploads.pop(upload.upload_id, None) is None:
            return
        of_person = self._by_person[upload.person_id]
        del of_person[upload.upload_id]
        if not of_person:
            del self._by_person[upload.person_id]
        await self._shelf.run(self._shelf.remove, upload)

    def touch(self, upload: Upload) -> None:
        upload.touched_s = self._wall()

    def expires_at_s(self, upload: Upload) -> float:
        return upload.touched_s + self._limits.expire_s

    def has_expired(self, upload: Upload) -> bool:
        return not upload.turn.is_taken and self._wall() > self.expires_at_s(upload)

    def _add(self, upload: Upload) -> None:
        self._uploads[upload.upload_id] = upload
        self._by_person.setdefault(upload.person_id, {})[upload.upload_id] = upload

    async def _make_room_for(self, person: PersonId, contribution_id: str) -> None:
        """A phone that lost an upload's address begins anew: its own forgotten tries of that piece give way."""
        if len(self._uploads) >= self._limits.remembered:
            raise TooMuch("the hub remembers as many uploads as it can; wait a little", retry_after_s=10.0)
        unfinished = [upload for upload in self._by_person.get(person, {}).values() if not upload.is_whole]
        if len(unfinished) < self._limits.open_per_device:
            return
        for upload in sorted(unfinished, key=lambda upload: upload.touched_s):
            if upload.sidecar.announcement.contribution_id == contribution_id and not upload.turn.is_taken:
                await self.remove(upload)
                return
        raise TooMuch(
            f"expected at most {self._limits.open_per_device} unfinished uploads from one device; finish one first",
            retry_after_s=15.0,
        )

    def _check_disk(self, wanted_bytes: int) -> None:
        free_bytes = self._shelf.free_bytes() - self._limits.reserve_bytes
        if free_bytes < wanted_bytes:
            raise DiskFull(
                f"expected {wanted_bytes / MB:.1f} MB of room on the hub's disk, got {max(0, free_bytes) / MB:.1f} MB; "
                "keep the piece, it goes up when the crew has made room"
            )
