"""The door to the live streams, as the rest of the stage knows it: sources for the parts of a scene, and how all is.

`Air` makes sources that take from the line what comes now. Nothing is opened before the first guest is called.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from live.errors import Unavailable
from live.messages.scene import LiveSource
from stage import ports
from stage.air.arrivals import Arrivals
from stage.air.line import Line
from stage.air.stream import LiveStream

FIRST_PICTURE_WITHIN_S = 1.0
"""A guest's cue waits this long for a picture; then it goes on without, and the picture comes when it is there."""


class Air:
    """`folder` is where streams are kept as received."""

    def __init__(
        self, hub_url: str, token: str, folder: Path, now_us: Callable[[], int], children: int | None = None
    ) -> None:
        self.arrivals = Arrivals()
        self.line = Line(hub_url, token, folder, now_us, self.arrivals, children)

    def open_picture(self, source: LiveSource) -> LivePictures:
        return LivePictures(self.line, source.stream_id)

    def open_sound(self, source: LiveSource) -> ports.SoundSource:
        raise Unavailable(f"expected the sound of stream {source.stream_id!r}, it cannot be played yet")

    def troubles(self) -> tuple[str, ...]:
        """One sentence for each stream that does harm or is not kept."""
        return tuple(f"stream {one.stream_id} {one.trouble}" for one in self.line.streams if one.trouble)

    def close(self) -> None:
        self.line.close()


class LivePictures:
    """The pictures of one stream: a `ports.LivePictureSource`."""

    def __init__(self, line: Line, stream_id: str) -> None:
        self._line = line
        self._stream_id = stream_id
        self.stream: LiveStream | None = None

    def prepare(self) -> None:
        self.stream = self._line.want(self._stream_id)
        self.stream.first_picture.wait(FIRST_PICTURE_WITHIN_S)

    def newest(self) -> ports.LivePicture | None:
        return None if self.stream is None else self.stream.newest

    def next_expected_s(self) -> float | None:
        return None if self.stream is None else self.stream.next_expected_s()

    def close(self) -> None:
        if self.stream is not None:
            self._line.let_go(self._stream_id)
            self.stream = None
