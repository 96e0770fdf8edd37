"""The compositor: a list of pictures with their places becomes one program picture. I420 in, I420 out, back to front.

Work follows change. Nothing changed: the same picture again. One full-screen picture: that very picture, not a copy. A
layer that stood still keeps its scaled planes and is only copied; what opaque layers in front hide is left out, and the
ground is painted black only where it shows. For one thread; the pictures handed out are never written to again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np

from stage.blending import Inked, fade, ink, lay
from stage.picture import Picture, Plane
from stage.placement import Box, Placement, place, visible
from stage.ports import Cutout
from stage.scaling import Job, Planes, Scaler, cropped, planes_of

OPAQUE_FROM = 1.0 - 1 / 512
UNSEEN_BELOW = 1 / 512
MAX_PLANS = 64


@dataclass(frozen=True, slots=True)
class Draw:
    """One layer of a program picture. `area` is (x, y, width, height) in even program pixels."""

    layer_id: str
    picture: Picture | Cutout
    area: tuple[int, int, int, int]
    fit: Literal["contain", "cover"]
    opacity: float


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides where a draw lands and what it hides; the same shapes give the same plan."""

    width: int
    height: int
    area: tuple[int, int, int, int]
    fit: Literal["contain", "cover"]
    opaque: bool


@dataclass(frozen=True, slots=True)
class Plan:
    placements: tuple[Placement | None, ...]
    """None: not seen."""
    ground_seen: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """A layer's picture at its placed size, kept while picture and placement stay the same."""

    source: Picture | Cutout
    crop: Box
    width: int
    height: int
    planes: Planes | None
    """An opaque picture's pixels, or None: then `bands` is a cut-out's ink."""
    bands: Sequence[Inked]


class Compositor:
    """Composes program pictures of one size."""

    def __init__(self, width: int, height: int) -> None:
        # OpenCV's own pool is process-wide and slower than one thread for planes this small; the stage has its threads.
        cv2.setNumThreads(1)
        self.width = width
        self.height = height
        self._black = Picture.black(width, height)
        self._scaler = Scaler()
        self._plans: dict[tuple[Shape, ...], Plan] = {}
        self._scaled: dict[str, Scaled] = {}
        self._last_draws: tuple[Draw, ...] | None = None
        self._last: Picture = self._black

    def compose(self, draws: Sequence[Draw]) -> Picture:
        """Return the program picture of `draws`, drawn in order; the same object while they are unchanged."""
        seen = tuple(draw for draw in draws if draw.opacity >= UNSEEN_BELOW)
        if self._last_draws is None or not _alike(seen, self._last_draws):
            self._last = self._compose(seen)
            self._last_draws = seen
        return self._last

    def _compose(self, draws: tuple[Draw, ...]) -> Picture:
        plan = self._plan(draws)
        drawn = [(d, p) for d, p in zip(draws, plan.placements, strict=True) if p is not None]
        layers = self._scale(drawn)
        ground, rest = self._ground(drawn, plan.ground_seen)
        if ground is not None and rest == len(drawn):
            return ground
        return self._paint(drawn[rest:], layers[rest:], ground)

    def _ground(self, drawn: Sequence[tuple[Draw, Placement]], ground_seen: bool) -> tuple[Picture | None, int]:
        """The picture to draw upon and the number of the first draw still to be drawn; None where all is covered."""
        if drawn:
            draw, placement = drawn[0]
            if _opaque(draw) and isinstance(draw.picture, Picture) and self._is_whole(draw.picture, placement):
                return draw.picture, 1
        return (self._black if ground_seen or not drawn else None), 0

    def _is_whole(self, picture: Picture, placement: Placement) -> bool:
        program = Box(0, 0, self.width, self.height)
        return placement.crop == placement.target == program and picture.width == self.width

    def _paint(
        self, drawn: Sequence[tuple[Draw, Placement]], layers: Sequence[Scaled], ground: Picture | None
    ) -> Picture:
        start = 0
        first = drawn[0][0].picture if drawn else None
        if ground is not None and isinstance(first, Picture) and self._is_whole(first, drawn[0][1]):
            # Two whole pictures become a third in one pass, the chroma with the luma, instead of a copy and a pass.
            opacity = drawn[0][0].opacity
            canvas = Picture(cast(Plane, cv2.addWeighted(first.data, opacity, ground.data, 1.0 - opacity, 0.0)))
            start = 1
        elif ground is not None:
            canvas = Picture(ground.data.copy())
        else:
            canvas = Picture.empty(self.width, self.height)
        planes = planes_of(canvas)
        for (draw, placement), layer in zip(drawn[start:], layers[start:], strict=True):
            _draw(layer, placement, draw.opacity, planes)
        return canvas

    def _plan(self, draws: Sequence[Draw]) -> Plan:
        shapes = tuple(_shape(draw) for draw in draws)
        plan = self._plans.get(shapes)
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[shapes] = self._make_plan(shapes)
        return plan

    def _make_plan(self, shapes: Sequence[Shape]) -> Plan:
        placements = [place(s.width, s.height, Box(*s.area), s.fit, self.width, self.height) for s in shapes]
        seen, ground = visible([p.seen for p in placements], [s.opaque for s in shapes], self.width, self.height)
        return Plan(tuple(p if shown else None for p, shown in zip(placements, seen, strict=True)), ground)

    def _scale(self, drawn: Sequence[tuple[Draw, Placement]]) -> list[Scaled]:
        """Bring every layer to its size; only those whose picture or size changed are scaled, alike ones together."""
        kept: dict[str, Scaled] = {}
        stale: list[tuple[str, Picture, Placement]] = []
        for draw, placement in drawn:
            old = self._scaled.get(draw.layer_id)
            if old is not None and _still_holds(old, draw.picture, placement):
                kept[draw.layer_id] = old
            elif isinstance(draw.picture, Picture):
                stale.append((draw.layer_id, draw.picture, placement))
            else:
                kept[draw.layer_id] = _cut(draw.picture, placement)
        jobs = [Job(picture, p.crop, p.target.width, p.target.height) for _, picture, p in stale]
        for (layer_id, picture, p), planes in zip(stale, self._scaler.scale(jobs), strict=True):
            kept[layer_id] = Scaled(picture, p.crop, p.target.width, p.target.height, planes, ())
        self._scaled = kept
        return [kept[draw.layer_id] for draw, _ in drawn]


def _cut(cutout: Cutout, placement: Placement) -> Scaled:
    crop, target = placement.crop, placement.target
    return Scaled(cutout, crop, target.width, target.height, None, ink(cutout, crop, target.width, target.height))


def _still_holds(scaled: Scaled, picture: Picture | Cutout, placement: Placement) -> bool:
    target = placement.target
    size = target.width, target.height
    return scaled.source is picture and (scaled.width, scaled.height) == size and scaled.crop == placement.crop


def _draw(layer: Scaled, placement: Placement, opacity: float, canvas: Planes) -> None:
    """Draw a layer at its place: what lies outside the program is left out."""
    target, seen = placement.target, placement.seen
    if layer.planes is None:
        for band in layer.bands:
            _draw_band(band, target, seen, opacity, canvas)
        return
    planes = cropped(layer.planes, _moved(seen, -target.x, -target.y))
    ground = cropped(canvas, seen)
    if opacity >= OPAQUE_FROM:
        for into, plane in zip(ground, planes, strict=True):
            np.copyto(into, plane)
    else:
        fade(planes, ground, opacity)


def _draw_band(band: Inked, target: Box, seen: Box, opacity: float, canvas: Planes) -> None:
    at = _moved(band.box, target.x, target.y)
    shown = at.within(seen.right, seen.bottom)
    if shown.width and shown.height:
        lay(band.part(_moved(shown, -at.x, -at.y)), cropped(canvas, shown), opacity)


def _moved(box: Box, x: int, y: int) -> Box:
    return Box(box.x + x, box.y + y, box.width, box.height)


def _opaque(draw: Draw) -> bool:
    return draw.opacity >= OPAQUE_FROM and isinstance(draw.picture, Picture)


def _shape(draw: Draw) -> Shape:
    picture = draw.picture.picture if isinstance(draw.picture, Cutout) else draw.picture
    return Shape(picture.width, picture.height, draw.area, draw.fit, _opaque(draw))


def _alike(draws: Sequence[Draw], others: Sequence[Draw]) -> bool:
    return len(draws) == len(others) and all(
        a.picture is b.picture and a.area == b.area and a.opacity == b.opacity and a.fit == b.fit
        for a, b in zip(draws, others, strict=True)
    )
