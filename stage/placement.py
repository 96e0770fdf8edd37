"""Where a picture lands in its area, and what of it can be seen: pure geometry in whole, even program pixels.

Everything sits on even pixels, because a chroma sample covers two by two of them. Nothing here touches a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Fit: TypeAlias = Literal["contain", "cover"]

SLIVER = 0.02
"""Bars that together take less of an area than this (or two pixels) are not left open: the picture is stretched."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels; in a program or a source all four are even."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def moved(self, x: int, y: int) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)

    def within(self, width: int, height: int) -> Box:
        """The part of it that lies in (0, 0, width, height); of no width or height where nothing does."""
        x, y = max(0, self.x), max(0, self.y)
        return Box(x, y, max(0, min(width, self.right) - x), max(0, min(height, self.bottom) - y))


@dataclass(frozen=True, slots=True)
class Placement:
    """`crop` of the source is scaled to `target`'s size and put there; `seen` is what of `target` the program shows."""

    crop: Box
    target: Box
    seen: Box

    @property
    def unscaled(self) -> bool:
        return self.crop.width == self.target.width and self.crop.height == self.target.height


def place(width: int, height: int, area: Box, fit: Fit, program_width: int, program_height: int) -> Placement:
    """Fit a picture of width × height into `area`, centred: whole with bars left open, or filling with edges cut."""
    scales = area.width / width, area.height / height
    if fit == "cover":
        scale = max(scales)
        crop = _centred(Box(0, 0, width, height), area.width / scale, area.height / scale)
        target = area
    else:
        scale = min(scales)
        crop = Box(0, 0, width, height)
        target = _centred(area, width * scale, height * scale)
    return Placement(crop, target, target.within(program_width, program_height))


def _centred(outer: Box, width: float, height: float) -> Box:
    """A box of even sides near width × height in the middle of `outer`, on even pixels; slivers left are filled."""
    w, h = _side(width, outer.width), _side(height, outer.height)
    return Box(outer.x + (outer.width - w) // 4 * 2, outer.y + (outer.height - h) // 4 * 2, w, h)


def _side(wanted: float, available: int) -> int:
    if available - wanted <= max(2.0, available * SLIVER):
        return available
    return max(2, round(wanted / 2) * 2)


def visible(boxes: Sequence[Box], opaque: Sequence[bool], width: int, height: int) -> tuple[list[bool], bool]:
    """Of boxes drawn back to front, say which are seen at all, and whether the background is.

    A box is hidden when opaque boxes in front of it cover it together.
    """
    xs = sorted({0, width, *(x for box in boxes for x in (box.x, box.right))})
    ys = sorted({0, height, *(y for box in boxes for y in (box.y, box.bottom))})
    column = {x: i for i, x in enumerate(xs)}
    row = {y: i for i, y in enumerate(ys)}
    covered = np.zeros((len(ys) - 1, len(xs) - 1), np.bool_)
    seen = [False] * len(boxes)
    for i in range(len(boxes) - 1, -1, -1):
        box = boxes[i]
        cells = covered[row[box.y] : row[box.bottom], column[box.x] : column[box.right]]
        seen[i] = cells.size > 0 and not cells.all()
        if opaque[i]:
            cells[:] = True
    return seen, not bool(covered.all())
