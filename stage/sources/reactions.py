"""What the hall gives back, over the picture: hearts, hands and lighters float up a column over an applause bar.

A `PictureSource` that is drawn from numbers alone: every figure's way follows from when it came,
so the same numbers at the same positions give the same bytes. Live the numbers come from the hub (`ReactionFeed`) and
are noted in the side log with the position at which they were first drawn; offline they come from there. Positions
are the program's pictures here, not the layer's own: the same layer may be taken off and put on stage again.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from live.messages.phones import Reactions
from stage.colour import yuv_of
from stage.picture import Picture
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.reaction_feed import CAPACITY, ReactionFeed
from stage.side_log import Notes, Reacted

WIDTH, HEIGHT = 0.14, 0.9
"""Of the program: a column of this shape is drawn as large as it is shown, by the place its cue gives it."""
LIFE_S = 2.6
MOST_AT_ONCE = 5
"""Figures of one kind for one message: a storm of hearts is a full column, no more."""
MOST_FIGURES = 60
SUPERSAMPLED = 3
FIGURES = ("heart", "hand", "lighter")
YUV = {"heart": yuv_of("#ff606e"), "hand": yuv_of("#ffb238"), "lighter": yuv_of("#ffde8c")}
BAR_YUV, DARK_YUV = yuv_of("#ffb238"), yuv_of("#0d0b0a")

Shape = npt.NDArray[np.uint8]


class _Figure(NamedTuple):
    kind: str
    born: int
    x: float
    sway: float
    phase: float
    size: int


class ReactionsSource:
    """`noted` are the numbers of an earlier run, by position; live they come from `feed` and go to `notes`."""

    def __init__(
        self,
        layer_id: str,
        program: ProgramFormat,
        noted: Sequence[Reacted] = (),
        feed: ReactionFeed | None = None,
        notes: Notes | None = None,
    ) -> None:
        self._layer_id, self._feed, self._notes = layer_id, feed, notes
        self._given = list(noted)
        self._width, self._height = _even(program.width * WIDTH), _even(program.height * HEIGHT)
        self._life = max(1, round(LIFE_S * program.pictures_per_second))
        self._heard = feed.since(0)[0] if feed is not None else 0
        self._position = 0
        self._is_begun = False
        self._shapes: dict[tuple[str, int], Shape] = {}

    def prepare(self) -> None:
        for kind in FIGURES:
            for size in _sizes(self._width):
                self._shapes[kind, size] = draw_figure(kind, size)

    def picture_at(self, position: int, *, exact: bool) -> Cutout:
        self._hear(position)
        self._position = position
        canvas = Cutout(
            Picture.solid(self._width, self._height, DARK_YUV), np.zeros((self._height, self._width), np.uint8)
        )
        now = self._shown_at(position)
        figures = [figure for one in now for figure in _figures(one, self._width)][-MOST_FIGURES:]
        for figure in figures:
            self._draw(canvas, figure, (position - figure.born) / self._life)
        _draw_bar(canvas, now[-1].applause if now else 0.0)
        return canvas

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        self._shapes.clear()

    def _hear(self, position: int) -> None:
        if self._feed is None:
            return
        self._heard, news = self._feed.since(self._heard)
        if not self._is_begun:
            self._is_begun = True
            self._note(Reactions(at_us=0), position, is_new=True)
        for told in news:
            self._note(told, position)
        self._given = [one for one in self._given if one.position > position - self._life][-CAPACITY:]

    def _note(self, told: Reactions, position: int, *, is_new: bool = False) -> None:
        one = Reacted(
            layer=self._layer_id,
            position=position,
            hearts=told.hearts,
            hands=told.hands,
            lighters=told.lighters,
            applause=told.applause,
            is_new=is_new,
        )
        self._given.append(one)
        if self._notes is not None:
            self._notes.note(one)

    def _shown_at(self, position: int) -> list[Reacted]:
        """What came in the last moments before a position, in order."""
        shown: list[Reacted] = []
        for index in range(bisect_right(self._given, position, key=lambda one: one.position) - 1, -1, -1):
            one = self._given[index]
            if one.is_new or one.position <= position - self._life or len(shown) == CAPACITY:
                break
            shown.append(one)
        return shown[::-1]

    def _draw(self, canvas: Cutout, figure: _Figure, age: float) -> None:
        """Each figure has one colour, so its shape is all there is to copy; where two meet the clearer one shows."""
        shape = self._shapes[figure.kind, figure.size]
        size = figure.size
        sway = figure.sway * math.sin(figure.phase + age * 5.0)
        left = _at((figure.x + sway) * (self._width - size), self._width - size)
        top = _at((0.9 - 0.88 * age) * (self._height - size), self._height - size)
        clear = round(256 * min(1.0, age * 8.0, (1.0 - age) * 3.0))
        alpha = (shape.astype(np.uint16) * clear >> 8).astype(np.uint8)
        under = canvas.alpha[top : top + size, left : left + size]
        is_over = alpha > under
        np.maximum(under, alpha, out=under)
        picture, (y, u, v) = canvas.picture, YUV[figure.kind]
        np.copyto(picture.y[top : top + size, left : left + size], y, where=is_over)
        half = slice(top // 2, (top + size) // 2), slice(left // 2, (left + size) // 2)
        np.copyto(picture.u[half], u, where=is_over[::2, ::2])
        np.copyto(picture.v[half], v, where=is_over[::2, ::2])


@lru_cache(maxsize=256)
def _figures(one: Reacted, width: int) -> tuple[_Figure, ...]:
    """The figures that a message makes; the same for the same numbers at the same position."""
    counts = {"heart": one.hearts, "hand": one.hands, "lighter": min(1, one.lighters)}
    figures: list[_Figure] = []
    for kind, count in counts.items():
        for turn in range(min(MOST_AT_ONCE, count)):
            dice = random.Random(f"{kind} {one.position} {turn}")
            size = dice.choice(_sizes(width))
            figures.append(
                _Figure(kind, one.position, dice.uniform(0.1, 0.9), dice.uniform(0.02, 0.1), dice.uniform(0, 6), size)
            )
    return tuple(figures)


def draw_figure(kind: str, size: int) -> Shape:
    """A figure's shape, 255 inside; drawn larger and brought down, for smooth edges."""
    s = size * SUPERSAMPLED
    image = Image.new("L", (s, s))
    draw = ImageDraw.Draw(image)
    if kind == "heart":
        draw.ellipse((0.06 * s, 0.1 * s, 0.54 * s, 0.56 * s), fill=255)
        draw.ellipse((0.46 * s, 0.1 * s, 0.94 * s, 0.56 * s), fill=255)
        draw.polygon([(0.09 * s, 0.42 * s), (0.91 * s, 0.42 * s), (0.5 * s, 0.94 * s)], fill=255)
    elif kind == "hand":
        draw.rounded_rectangle((0.28 * s, 0.45 * s, 0.78 * s, 0.95 * s), radius=0.18 * s, fill=255)
        for finger in range(4):
            left, top = (0.28 + 0.13 * finger) * s, (0.12, 0.05, 0.08, 0.18)[finger] * s
            draw.rounded_rectangle((left, top, left + 0.11 * s, 0.6 * s), 0.05 * s, 255)
        draw.rounded_rectangle((0.1 * s, 0.5 * s, 0.36 * s, 0.64 * s), 0.07 * s, 255)
    else:
        draw.ellipse((0.3 * s, 0.4 * s, 0.7 * s, 0.95 * s), fill=255)
        draw.polygon([(0.32 * s, 0.6 * s), (0.68 * s, 0.6 * s), (0.5 * s, 0.05 * s)], fill=255)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX)).copy()


def _draw_bar(canvas: Cutout, applause: float) -> None:
    """The applause meter at the foot: a dark bed, amber as far as the hall claps."""
    if applause <= 0.0:
        return
    height, width = canvas.alpha.shape
    thick, long = max(4, _even(height / 60)), _even(width * applause)
    canvas.alpha[-thick:] = 200
    canvas.alpha[-thick:, :long] = 255
    for plane, bed, lit, scale in zip(_planes(canvas.picture), DARK_YUV, BAR_YUV, (1, 2, 2), strict=True):
        plane[-thick // scale :] = bed
        plane[-thick // scale :, : long // scale] = lit


def _planes(picture: Picture) -> tuple[Shape, Shape, Shape]:
    return picture.y, picture.u, picture.v


def _sizes(width: int) -> tuple[int, ...]:
    return tuple(max(8, _even(width * share)) for share in (0.16, 0.22, 0.28))


def _at(px: float, most: int) -> int:
    """On an even pixel, inside."""
    return min(most, max(0, 2 * round(px / 2)))


def _even(px: float) -> int:
    return max(2, 2 * round(px / 2))
