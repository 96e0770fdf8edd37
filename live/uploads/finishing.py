"""After the last byte: into the media store, then into the journal, then the tick. Every step may be repeated.

The hub can die between any two of them. What is found on the disk afterwards says how far it came: the part is there
(not adopted), the part is gone (adopted), the sidecar says `received` (journaled). `finish` goes on from there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec

from live.errors import NotFound
from live.messages.events import ContributionReceived, Original
from live.store import Store
from live.uploads.shelf import Shelf, Upload

Receive = Callable[[ContributionReceived], Awaitable[None]]
"""Journals the contribution and returns once that is fsynced; the same contribution again changes nothing."""


class Finishing:
    def __init__(self, shelf: Shelf, store: Store, receive: Receive) -> None:
        self._shelf = shelf
        self._store = store
        self._receive = receive
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def finish(self, upload: Upload) -> None:
        """Return when the contribution is journaled. The caller has the upload's turn."""
        if upload.sidecar.received:
            return
        said = upload.sidecar.announcement
        lock = self._locks.setdefault(said.contribution_id, asyncio.Lock())
        async with lock:  # two uploads of one contribution must not both find the store empty
            original = await self._keep(upload)
            await self._receive(
                ContributionReceived(
                    contribution_id=said.contribution_id,
                    person_id=upload.person_id,
                    kind=said.kind,
                    consent=said.consent,
                    prompt_id=said.prompt_id,
                    parents=said.parents,
                    original=original,
                    trim=said.trim,
                    beside=said.beside,
                )
            )
        upload.sidecar = msgspec.structs.replace(upload.sidecar, received=True)
        await self._shelf.run(self._shelf.note_received, upload)

    async def _keep(self, upload: Upload) -> Original:
        """Bring the bytes into the store. What is there already stays: the first bytes of a contribution are its bytes,
        and nobody who learned its id can put others in their place."""
        said = upload.sidecar.announcement
        key = f"originals/{said.contribution_id}"
        there = await self._stored(key, said.claimed_type)
        if upload.part is None:
            if there is None:
                raise NotFound("the bytes of this upload are gone from the media store: withdrawn; send the piece anew")
            return there
        if there is None:
            digest = await self._shelf.run(upload.part.digest)
            await self._store.adopt(upload.part.path, key)
            there = Original(key=key, size_bytes=upload.length_bytes, sha256=digest, claimed_type=said.claimed_type)
        else:
            await self._shelf.run(upload.part.path.unlink)
        upload.part = None
        return there

    async def _stored(self, key: str, claimed_type: str) -> Original | None:
        try:
            size_bytes = await self._store.size(key)
        except NotFound:
            return None
        seen = hashlib.sha256()
        async for chunk in self._store.stream(key):
            seen.update(chunk)
        return Original(key=key, size_bytes=size_bytes, sha256=seen.hexdigest(), claimed_type=claimed_type)
