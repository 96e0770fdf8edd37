"""One colour all over: a `PictureSource` that never changes."""

from __future__ import annotations

from live.messages.scene import SolidSource as Solid
from stage.colour import yuv_of
from stage.picture import Picture
from stage.program import ProgramFormat


class SolidSource:
    def __init__(self, source: Solid, program: ProgramFormat) -> None:
        self._picture = Picture.solid(program.width, program.height, yuv_of(source.color))
        self._position = 0

    def prepare(self) -> None:
        """Nothing to do."""

    def picture_at(self, position: int, *, exact: bool) -> Picture:
        self._position = position
        return self._picture

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        """Nothing is open."""
