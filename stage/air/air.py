"""The door to the live streams, as the rest of the stage knows it: sources for the parts of a scene, and how all is.

`Air` makes sources that take from the line what comes now. Nothing is opened before the first guest is invited.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from live.messages.scene import LiveSource
from stage import ports
from stage.air.arrivals import Arrivals
from stage.air.live_sound import Leave, LiveSound
from stage.air.playout import Playout
from stage.air.rounds import Rounds
from stage.hub_address import HubAddress

if TYPE_CHECKING:
    from stage.air.line import Line
    from stage.air.stream import LiveStream

FIRST_PICTURE_WITHIN_S = 1.0
"""A guest's cue waits this long for a picture; then it goes on without, and the picture comes when it is there."""


class Air:
    """`folder` is where streams are kept as received."""

    def __init__(self, hub: HubAddress, folder: Path, now_us: Callable[[], int], children: int | None = None) -> None:
        self.arrivals = Arrivals()
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._rounds = Rounds()
        self._line_arguments = hub, folder, now_us, self.arrivals, children

    @property
    def line(self) -> Line:
        """Made with the first guest: a stage that was killed must be back at once."""
        with self._lock:
            if self._line is None:
                from stage.air.line import Line

                self._line = Line(*self._line_arguments)
            return self._line

    def warm(self) -> None:
        """Have what receives be ready: guests are expected."""
        self.line.warm()

    def open_picture(self, source: LiveSource) -> LivePictures:
        return LivePictures(self, source.stream_id)

    def open_sound(self, source: LiveSource) -> LiveSound:
        return LiveSound(lambda playout: self._join(source.stream_id, playout))

    def troubles(self) -> tuple[str, ...]:
        """One sentence for each stream that does harm, is not kept, or whose sound is late."""
        streams = self._line.streams if self._line else ()
        told = ((one.stream_id, one.trouble or one.late_sound) for one in streams)
        return tuple(f"stream {stream_id} {trouble}" for stream_id, trouble in told if trouble)

    def look(self, now_s: float) -> Mapping[str, int]:
        """How all streams did since the start, by name; empty where that was asked a moment ago. By one thread."""
        line = self._line
        counts = self._rounds.look(line.streams, now_s) if line is not None else None
        if line is None or counts is None:
            return {}
        return {
            **counts,
            "live_children_replaced_total": line.children_replaced,
            "live_receivers_replaced_total": line.receivers_replaced,
            "live_left_out_total": line.left_out,
        }

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _join(self, stream_id: str, playout: Playout) -> Leave:
        stream = self.line.want(stream_id)
        stream.add_sink(playout.put)
        stream.heard = playout
        self._rounds.joined(stream, playout)

        def leave() -> None:
            stream.remove_sink(playout.put)
            if stream.heard is playout:
                stream.heard = None
            self._rounds.left(stream, playout)
            self.line.let_go(stream_id)

        return leave


class LivePictures:
    """The pictures of one stream: a `ports.LivePictureSource`."""

    def __init__(self, air: Air, stream_id: str) -> None:
        self._air = air
        self.stream_id = stream_id
        self.stream: LiveStream | None = None

    def prepare(self) -> None:
        self.stream = self._air.line.want(self.stream_id)
        self.stream.first_picture.wait(FIRST_PICTURE_WITHIN_S)

    def newest(self) -> ports.LivePicture | None:
        if self.stream is None:
            return None
        self.stream.let_out()
        return self.stream.newest

    def next_expected_s(self) -> float | None:
        return None if self.stream is None else self.stream.next_expected_s()

    def close(self) -> None:
        if self.stream is not None:
            self._air.line.let_go(self.stream_id)
            self.stream = None
