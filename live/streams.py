"""Live media over WebSockets: `GET /live/STREAM/publish` and `/live/STREAM/watch`, many at once by `/live/watch`.

Nothing is decoded. A publisher says a `Hello`, then sends packets; a subscriber gets the hello, and the packets from
the last key picture on (`live.relay`). Here is what the rest of the hub knows of it; the sockets are
`live.stream_publishers`, `live.stream_watchers` (also multipart pictures) and `live.stream_bundles`, which meet at
`live.switchboard`.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from live.messages.air import AirHealth
from live.relay import PROGRAM
from live.stream_bundles import Bundles
from live.stream_health import Healths, Look
from live.stream_limits import StreamLimits
from live.stream_publishers import Publishers
from live.stream_watchers import Watchers
from live.switchboard import AdmitStream, Switchboard

COUNTERS = (
    "packets_in", "bytes_in", "pictures_in", "lost", "packets_out", "bytes_out", "skipped", "keys_asked", "let_go",
    "refused", "replaced", "stalls", "second_lines_asked", "copies", "stalls_saved",
)  # fmt: skip


class Streams:
    """`routes` goes into the hub's app; `close` lets everybody go, for a graceful stop."""

    def __init__(
        self,
        admit_publisher: AdmitStream,
        admit_watcher: AdmitStream,
        now_us: Callable[[], int],
        limits: StreamLimits | None = None,
        is_stage: Callable[[web.Request], bool] = lambda _: False,
    ) -> None:
        """`is_stage`: whether what a watcher says of the stream is to be believed."""
        self._board = Switchboard(now_us, limits or StreamLimits())
        self._publishers = Publishers(self._board, admit_publisher)
        self._watchers = Watchers(self._board, admit_watcher, is_stage)
        self._bundles = Bundles(self._board, admit_watcher, is_stage)
        self._healths = Healths()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/live/watch", self._bundles.watch, allow_head=False),
            web.get("/live/{stream}/publish", self._publishers.publish, allow_head=False),
            web.get("/live/{stream}/watch", self._watchers.watch, allow_head=False),
            web.get("/live/{stream}/mjpeg", self._watchers.watch_pictures, allow_head=False),
        ]

    @property
    def counters(self) -> dict[str, int]:
        """Totals of all streams since the start, and how many there are now."""
        board = self._board
        total = board.past.copy()
        for relay in board.relays.values():
            total.update(relay.counted())
        now = {"streams": len(board.relays), "publishers": len(board.publishers), "watchers": board.watchers()}
        now["second_lines"] = board.second_lines()
        return {name: total[name] for name in COUNTERS} | now

    @property
    def stream_counters(self) -> dict[str, dict[str, int]]:
        return {
            stream_id: {name: counts[name] for name in COUNTERS} | {"watchers": relay.watchers}
            for stream_id, relay in self._board.relays.items()
            for counts in (relay.counted(),)
        }

    def health(self) -> AirHealth:
        """How each guest's stream did since this was asked last."""
        board, now_us = self._board, self._board.now_us()
        looks = [
            Look(
                stream_id,
                relay.counted(),
                relay.is_live,
                "video" in relay.kinds,
                relay.level_db,
                board.troubles.get(stream_id),
                self.nothing_since_us(stream_id),
            )
            for stream_id, relay in board.relays.items()
            if stream_id != PROGRAM
        ]
        health = self._healths.look(looks, now_us)
        for stream_id, publisher in board.publishers.items():
            publisher.say_uneven(is_uneven=self._healths.is_uneven(stream_id))
        return health

    def is_published(self, stream_id: str) -> bool:
        return stream_id in self._board.publishers

    def nothing_since_us(self, stream_id: str) -> int | None:
        """Since when nothing came that was due, although the line stands: now, where all comes; None: no publisher."""
        publisher = self._board.publishers.get(stream_id)
        return None if publisher is None else publisher.nothing_since_us()

    def silent_us(self, stream_id: str) -> int | None:
        """For how long nothing came that was due; None where nobody publishes it, nothing came on that line yet, or the
        stage can show nothing of what comes."""
        board = self._board
        publisher, trouble = board.publishers.get(stream_id), board.troubles.get(stream_id)
        if publisher is None or not publisher.has_sent or (trouble is not None and not trouble.is_shown):
            return None
        return board.now_us() - publisher.nothing_since_us()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on the event loop, whenever a publisher comes or goes."""
        self._publishers.on_change = callback

    def end(self, stream_id: str) -> None:
        """The stream is over: say so to whoever publishes or watches it."""
        self._board.end(stream_id)

    def look_again(self) -> None:
        """Keys were turned or somebody was stopped: let go of whoever may not publish or watch any more."""
        self._board.beside(self._board.look_again())

    async def start(self) -> None:
        self._board.open()

    async def close(self) -> None:
        """Say goodbye to everyone; who does not answer soon is cut off."""
        await self._board.close()
