"""A text piece as a layer: set in the middle of the program, as large as it fits, transparent around."""

from __future__ import annotations

import numpy as np
from PIL import Image

from stage.colour import cutout_of
from stage.picture import Picture
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.text import PAPER, draw_lines, fitted, with_shadow

BOX_WIDTH, BOX_HEIGHT = 0.84, 0.74
"""Of the program; the lower third keeps its place below."""
MOST_SIZE, LEAST_SIZE = 0.2, 0.03
"""Of the program's height."""
WHOLE_SIZE = 0.04
"""Of the program's height, and legible from the last row: down to it long words stay whole."""


class TextSource:
    def __init__(self, text: str, program: ProgramFormat) -> None:
        self._text = text
        self._program = program
        self._cutout: Cutout | None = None
        self._position = 0

    def prepare(self) -> None:
        self._cutout = set_text(self._text, self._program.width, self._program.height)

    def picture_at(self, position: int, *, exact: bool) -> Picture | Cutout:
        if self._cutout is None:
            raise RuntimeError("expected prepare() before picture_at(): nothing is set yet")
        self._position = position
        return self._cutout

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        self._cutout = None


def set_text(text: str, width: int, height: int) -> Cutout:
    lines = fitted(
        text, width * BOX_WIDTH, height * BOX_HEIGHT, height * MOST_SIZE, height * LEAST_SIZE,
        whole_px=height * WHOLE_SIZE,
    )  # fmt: skip
    image = Image.new("RGBA", (width, height))
    draw_lines(
        image, lines, width * (1 - BOX_WIDTH) / 2, (height - lines.height_px) / 2, width * BOX_WIDTH, "centre", PAPER
    )
    return cutout_of(np.asarray(with_shadow(image, lines.size_px)))
