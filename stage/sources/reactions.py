"""What the hall gives back, over the picture: hearts, hands and lighters float up a column over an applause bar.

A `PictureSource` that is drawn from numbers alone: every figure's way follows from when it came,
so the same numbers at the same positions give the same bytes. Live the numbers come from the hub (`ReactionFeed`) and
are noted in the side log with the position at which they were first drawn; offline they come from there.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from stage.colour import cutout_of
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
COLORS = {"heart": (255, 96, 110), "hand": (255, 178, 56), "lighter": (255, 222, 140)}
BAR = (255, 178, 56)

Rgba = npt.NDArray[np.uint8]


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
        self._sprites: dict[tuple[str, int], Rgba] = {}

    def prepare(self) -> None:
        for kind in FIGURES:
            for size in _sizes(self._width):
                self._sprites[kind, size] = draw_figure(kind, size)

    def picture_at(self, position: int, *, exact: bool) -> Cutout:
        self._hear(position)
        self._position = position
        canvas = np.zeros((self._height, self._width, 4), np.uint8)
        now = [one for one in self._given if position - self._life < one.position <= position]
        figures = [figure for one in now for figure in _figures(one, self._width)][-MOST_FIGURES:]
        for figure in figures:
            self._draw(canvas, figure, (position - figure.born) / self._life)
        _draw_bar(canvas, self._applause(position))
        return cutout_of(canvas)

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        self._sprites.clear()

    def _hear(self, position: int) -> None:
        if self._feed is None:
            return
        self._heard, news = self._feed.since(self._heard)
        for told in news:
            one = Reacted(
                layer=self._layer_id,
                position=position,
                hearts=told.hearts,
                hands=told.hands,
                lighters=told.lighters,
                applause=told.applause,
            )
            self._given.append(one)
            if self._notes is not None:
                self._notes.note(one)
        self._given = [one for one in self._given if one.position > position - self._life][-CAPACITY:]

    def _applause(self, position: int) -> float:
        last = next((one for one in reversed(self._given) if one.position <= position), None)
        return last.applause if last is not None and position - last.position < self._life else 0.0

    def _draw(self, canvas: Rgba, figure: _Figure, age: float) -> None:
        sprite = self._sprites[figure.kind, figure.size]
        sway = figure.sway * math.sin(figure.phase + age * 5.0)
        left = round((figure.x + sway) * (self._width - figure.size))
        top = round((0.9 - 0.88 * age) * (self._height - figure.size))
        left, top = max(0, min(self._width - figure.size, left)), max(0, top)
        clear = min(1.0, age * 8.0, (1.0 - age) * 3.0)
        area = canvas[top : top + figure.size, left : left + figure.size]
        alpha = (sprite[..., 3] * clear).astype(np.uint8)
        is_over = alpha > area[..., 3]
        area[is_over, :3] = sprite[is_over, :3]
        area[..., 3] = np.maximum(area[..., 3], alpha)


def _figures(one: Reacted, width: int) -> list[_Figure]:
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
    return figures


def draw_figure(kind: str, size: int) -> Rgba:
    """Drawn larger and brought down, for smooth edges."""
    s = size * SUPERSAMPLED
    image = Image.new("RGBA", (s, s), (*COLORS[kind], 0))
    draw = ImageDraw.Draw(image)
    color = (*COLORS[kind], 255)
    if kind == "heart":
        draw.ellipse((0.06 * s, 0.1 * s, 0.54 * s, 0.56 * s), fill=color)
        draw.ellipse((0.46 * s, 0.1 * s, 0.94 * s, 0.56 * s), fill=color)
        draw.polygon([(0.09 * s, 0.42 * s), (0.91 * s, 0.42 * s), (0.5 * s, 0.94 * s)], fill=color)
    elif kind == "hand":
        draw.rounded_rectangle((0.28 * s, 0.45 * s, 0.78 * s, 0.95 * s), radius=0.18 * s, fill=color)
        for finger in range(4):
            left = (0.28 + 0.13 * finger) * s
            draw.rounded_rectangle(
                (left, (0.12, 0.05, 0.08, 0.18)[finger] * s, left + 0.11 * s, 0.6 * s), 0.05 * s, color
            )
        draw.rounded_rectangle((0.1 * s, 0.5 * s, 0.36 * s, 0.64 * s), 0.07 * s, color)
    else:
        draw.ellipse((0.3 * s, 0.4 * s, 0.7 * s, 0.95 * s), fill=color)
        draw.polygon([(0.32 * s, 0.6 * s), (0.68 * s, 0.6 * s), (0.5 * s, 0.05 * s)], fill=color)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX)).copy()


def _draw_bar(canvas: Rgba, applause: float) -> None:
    """The applause meter at the foot: a dark bed, amber as far as the hall claps."""
    if applause <= 0.0:
        return
    height, width = canvas.shape[:2]
    thick = max(4, height // 60)
    bed = canvas[height - thick :, :]
    bed[...] = (13, 11, 10, 200)
    bed[:, : round(width * applause)] = (*BAR, 255)


def _sizes(width: int) -> tuple[int, ...]:
    return tuple(max(8, round(width * share)) for share in (0.16, 0.22, 0.28))


def _even(px: float) -> int:
    return max(2, 2 * round(px / 2))
