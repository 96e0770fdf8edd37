"""The shredder: what its author took back is deleted, a piece's original and renditions and what is kept of a stream.

The journal says first that a piece or a stream is withdrawn, then its files go; a hub that was killed between the two
shreds at its next start. The row stays as a tombstone, so bytes that arrive for it later (an upload that was under way,
intake at work on it) are shredded as they come. Streams are kept by the stage: here they go where both have one folder,
and a stage with a folder of its own is told by the journal. Nothing here decides who may take back what: that is
`live.decisions`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence

import structlog

from live.errors import HouselightsError
from live.kept_streams import shred_stream
from live.messages.air import StreamWithdrawn
from live.messages.events import ContributionWithdrawn, Entry
from live.show import Show
from live.store import Store

log = structlog.get_logger()


class Shredder:
    def __init__(self, show: Show, store: Store) -> None:
        self._show = show
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()
        self.shredded = self.streams_shredded = 0
        show.listen(self._journaled)

    def start(self) -> None:
        """Shred what a former hub left."""
        for piece in self._show.state.contributions.values():
            if piece.withdrawn:
                self._beside(self.shred_if_withdrawn(piece.contribution_id))
        for stream_id in self._show.state.guests.withdrawn:
            self._beside(self._shred_stream(stream_id))

    async def close(self) -> None:
        """Return when what is under way is done."""
        await asyncio.gather(*self._tasks)

    async def shred_if_withdrawn(self, contribution_id: str) -> None:
        """Delete the files of a piece that its author took back. What cannot be deleted now is at the next start."""
        piece = self._show.state.contributions.get(contribution_id)
        if piece is None or not piece.withdrawn:
            return
        try:
            await self._store.delete(f"originals/{contribution_id}")
            await self._store.delete_under(f"renditions/{contribution_id}")
        except (HouselightsError, OSError) as error:
            log.error("files of a withdrawn piece stay", contribution=contribution_id, reason=str(error))
            return
        self.shredded += 1

    async def _shred_stream(self, stream_id: str) -> None:
        try:
            await asyncio.to_thread(shred_stream, self._show.folder.streams, stream_id)
        except OSError as error:
            log.error("files of a withdrawn stream stay", stream=stream_id, reason=str(error))
            return
        self.streams_shredded += 1

    def _journaled(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            match entry.event:
                case ContributionWithdrawn(contribution_id=contribution_id):
                    self._beside(self.shred_if_withdrawn(contribution_id))
                case StreamWithdrawn(stream_id=stream_id):
                    self._beside(self._shred_stream(stream_id))

    def _beside(self, shredding: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(shredding)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
