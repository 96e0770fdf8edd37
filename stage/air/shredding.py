"""What guests took back goes from the disk of the stage as well: the journal names the stream, its files are deleted.

In a thread of its own, as deleting hours of video takes a while. What cannot be deleted now is deleted when the stage
is started again: it then hears the whole journal anew.
"""

from __future__ import annotations

import threading
from pathlib import Path

import structlog

from live.kept_streams import shred_stream

log = structlog.get_logger(__name__)


class Shredding:
    """`shred` may be called by any thread and returns at once; `done` waits for all that was begun."""

    def __init__(self, streams: Path) -> None:
        self._streams = streams
        self._threads: list[threading.Thread] = []

    def shred(self, stream_ids: tuple[str, ...]) -> None:
        thread = threading.Thread(target=self._delete, args=(stream_ids,), name="shredding", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def done(self) -> None:
        for thread in self._threads:
            thread.join()

    def _delete(self, stream_ids: tuple[str, ...]) -> None:
        for stream_id in stream_ids:
            try:
                shred_stream(self._streams, stream_id)
            except OSError as error:
                log.error("files of a withdrawn stream stay", stream=stream_id, reason=str(error))
