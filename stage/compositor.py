"""The compositor: a list of pictures with their places becomes one program picture. I420 in, I420 out, back to front.

Work follows change. Nothing changed: the same picture again. One full-screen picture: that very picture, not a copy. A
layer that stood still is copied, from the last program picture where nothing overlaps it, else from its own scaled
planes; what opaque layers in front hide is left out, and the ground is painted only where it shows. For one thread; the
pictures handed out are never written to again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import cv2
import numpy as np

from stage.blending import Inked, fade, ink, lay
from stage.canvases import Canvases
from stage.picture import Picture
from stage.placement import Box, Placement, place, visible
from stage.ports import Cutout
from stage.scaling import Job, Planes, Scaler, copy, cropped, planes_of

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


class Shape(NamedTuple):
    """What decides where a draw lands and what it hides; the same shapes give the same plan."""

    width: int
    height: int
    area: tuple[int, int, int, int]
    fit: Literal["contain", "cover"]
    opaque: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a draw that is seen lands. `alone`: an opaque picture that no other draw meets, whole in the program."""

    placement: Placement
    alone: bool


@dataclass(frozen=True, slots=True)
class Plan:
    spots: tuple[Spot | None, ...]
    """None: not seen."""
    ground_seen: bool


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A layer's picture at its placed size, kept while picture and placement stay the same."""

    source: Picture | Cutout
    crop: Box
    width: int
    height: int
    planes: Planes | None
    """An opaque picture's pixels, or None: then `bands` is a cut-out's ink."""
    bands: Sequence[Inked]

    def holds(self, source: Picture | Cutout, placement: Placement) -> bool:
        target = placement.target
        same_size = self.width == target.width and self.height == target.height
        return self.source is source and same_size and self.crop == placement.crop


class Compositor:
    """Composes program pictures of one size."""

    def __init__(self, width: int, height: int) -> None:
        # OpenCV's own pool is process-wide and slower than one thread for planes this small; the stage has its threads.
        cv2.setNumThreads(1)
        self.width = width
        self.height = height
        self._black = Picture.black(width, height)
        self._canvases = Canvases(width, height)
        self._scaler = Scaler()
        self._plans: dict[tuple[Shape, ...], Plan] = {}
        self._kept: dict[str, Kept] = {}
        self._alone: dict[str, tuple[Picture, Placement]] = {}
        """What stands in the last picture, untouched by other layers."""
        self._last_draws: tuple[Draw, ...] | None = None
        self._last = self._black

    def compose(self, draws: Sequence[Draw]) -> Picture:
        """Return the program picture of `draws`, drawn in order; the same object while they are unchanged."""
        seen = tuple(draw for draw in draws if draw.opacity >= UNSEEN_BELOW)
        if self._last_draws is None or not _alike(seen, self._last_draws):
            self._last = self._compose(seen)
            self._last_draws = seen
        return self._last

    def _compose(self, draws: tuple[Draw, ...]) -> Picture:
        plan = self._plan(draws)
        drawn = [(draw, spot) for draw, spot in zip(draws, plan.spots, strict=True) if spot is not None]
        first = drawn[0] if drawn else None
        whole = first is not None and _opaque(first[0]) and self._is_whole(*first)
        if first is not None and whole and isinstance(first[0].picture, Picture):
            ground, drawn = first[0].picture, drawn[1:]
        else:
            ground = self._black
        if not drawn:
            self._alone = {}
            return ground
        return self._paint(drawn, ground if whole or plan.ground_seen else None)

    def _paint(self, drawn: list[tuple[Draw, Spot]], ground: Picture | None) -> Picture:
        canvas = self._canvases.take()
        first = drawn[0][0]
        if ground is not None and isinstance(first.picture, Picture) and self._is_whole(*drawn[0]):
            # Two whole pictures become a third in one pass, the chroma with the luma, instead of a copy and a pass.
            opacity = first.opacity
            cv2.addWeighted(first.picture.data, opacity, ground.data, 1.0 - opacity, 0.0, dst=canvas.data)
            drawn = drawn[1:]
        elif ground is not None:
            np.copyto(canvas.data, ground.data)
        planes = planes_of(canvas)
        self._scale(drawn, planes)
        for draw, spot in drawn:
            if not spot.alone:
                _draw(self._kept[draw.layer_id], spot.placement, draw.opacity, planes)
        return canvas

    def _is_whole(self, draw: Draw, spot: Spot) -> bool:
        """Whether the draw is a picture of the program's size that fills it."""
        program = Box(0, 0, self.width, self.height)
        placement = spot.placement
        if not isinstance(draw.picture, Picture) or not placement.crop == placement.target == program:
            return False
        return (draw.picture.width, draw.picture.height) == (self.width, self.height)

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
        spots: list[Spot | None] = []
        for i, (placement, shape) in enumerate(zip(placements, shapes, strict=True)):
            others = (other.target for k, other in enumerate(placements) if seen[k] and k != i)
            whole = shape.opaque and placement.seen == placement.target
            alone = whole and not any(placement.target.meets(other) for other in others)
            spots.append(Spot(placement, alone) if seen[i] else None)
        return Plan(tuple(spots), ground)

    def _scale(self, drawn: Sequence[tuple[Draw, Spot]], canvas: Planes) -> None:
        """Bring every layer to its size: those that stand alone on the canvas itself, the others to be kept.

        Only what changed is scaled, and all of it at once, so that alike layers go together.
        """
        last = planes_of(self._last)
        kept: dict[str, Kept] = {}
        alone: dict[str, tuple[Picture, Placement]] = {}
        jobs: list[Job] = []
        for draw, spot in drawn:
            picture, placement, name = draw.picture, spot.placement, draw.layer_id
            old = self._kept.get(name)
            if spot.alone and isinstance(picture, Picture):
                alone[name] = picture, placement
                into = cropped(canvas, placement.target)
                if _stands(self._alone.get(name), picture, placement):
                    copy(cropped(last, placement.target), into)
                else:
                    jobs.append(Job(picture, placement.crop, into))
            elif old is not None and old.holds(picture, placement):
                kept[name] = old
            else:
                kept[name] = new = _keep(picture, placement)
                if isinstance(picture, Picture) and new.planes is not None and not placement.unscaled:
                    jobs.append(Job(picture, placement.crop, new.planes))
        self._scaler.scale(jobs)
        self._kept, self._alone = kept, alone


def _keep(picture: Picture | Cutout, placement: Placement) -> Kept:
    """A cut-out's ink is made at once, and what needs no scaling is the source itself; else planes to scale into."""
    crop, width, height = placement.crop, placement.target.width, placement.target.height
    if isinstance(picture, Cutout):
        return Kept(picture, crop, width, height, None, ink(picture, crop, width, height))
    planes = cropped(planes_of(picture), crop) if placement.unscaled else planes_of(Picture.empty(width, height))
    return Kept(picture, crop, width, height, planes, ())


def _stands(before: tuple[Picture, Placement] | None, picture: Picture, placement: Placement) -> bool:
    return before is not None and before[0] is picture and (before[1] is placement or before[1] == placement)


def _draw(layer: Kept, placement: Placement, opacity: float, canvas: Planes) -> None:
    """Draw a layer at its place: what lies outside the program is left out."""
    target, seen = placement.target, placement.seen
    if layer.planes is None:
        for band in layer.bands:
            _draw_band(band, target, seen, opacity, canvas)
        return
    planes = cropped(layer.planes, seen.moved(-target.x, -target.y))
    ground = cropped(canvas, seen)
    if opacity >= OPAQUE_FROM:
        copy(planes, ground)
    else:
        fade(planes, ground, opacity)


def _draw_band(band: Inked, target: Box, seen: Box, opacity: float, canvas: Planes) -> None:
    at = band.box.moved(target.x, target.y)
    shown = at.within(seen.right, seen.bottom)
    if shown.width and shown.height:
        lay(band.part(shown.moved(-at.x, -at.y)), cropped(canvas, shown), opacity)


def _opaque(draw: Draw) -> bool:
    return draw.opacity >= OPAQUE_FROM and isinstance(draw.picture, Picture)


def _shape(draw: Draw) -> Shape:
    picture = draw.picture
    if isinstance(picture, Picture):
        rows, width = picture.data.shape
        return Shape(width, rows * 2 // 3, draw.area, draw.fit, draw.opacity >= OPAQUE_FROM)
    return Shape(picture.picture.width, picture.picture.height, draw.area, draw.fit, False)


def _alike(draws: Sequence[Draw], others: Sequence[Draw]) -> bool:
    return len(draws) == len(others) and all(
        a.picture is b.picture and a.area == b.area and a.opacity == b.opacity and a.fit == b.fit
        for a, b in zip(draws, others, strict=True)
    )
