"""The compositor: a list of pictures with their places becomes one program picture. I420 in, I420 out, back to front.

Work follows change. Nothing changed: the same picture again. One full-screen picture: that very picture, not a copy.
What touches nothing that changed (`stage.regions`) is taken from the last program picture; a layer that stood still
where another moved, from its own scaled planes. What opaque layers in front hide is left out, and the ground is painted
only where it shows. For one thread; the pictures handed out are never written to again.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from stage import libyuv, swscale
from stage.blending import Inked, fade, ink, lay
from stage.canvases import Canvases
from stage.picture import Picture
from stage.placement import Box, Fit, Placement, place, visible
from stage.ports import Cutout
from stage.regions import Regions, regions
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
    fit: Fit
    opacity: float


class Shape(NamedTuple):
    """What decides where a draw lands and what it hides; the same shapes give the same plan."""

    width: int
    height: int
    area: tuple[int, int, int, int]
    fit: Fit
    opaque: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a draw that is seen lands. `fills`: an opaque picture, whole in the program."""

    placement: Placement
    fills: bool


Drawn: TypeAlias = Sequence[tuple[Draw, Spot]]
"""What is seen, back to front, and where."""


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
    pixels: tuple[Picture, Box] | None
    """An opaque picture's, which part of what; or None: then `bands` is a cut-out's ink."""
    bands: Sequence[Inked]

    def holds(self, source: Picture | Cutout, placement: Placement) -> bool:
        target = placement.target
        same_size = self.width == target.width and self.height == target.height
        return self.source is source and same_size and self.crop == placement.crop


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """What a canvas holds: `drawn` on `ground` (None: it is not seen), with the ink of each cut-out among them."""

    canvas: Picture
    ground: Picture | None
    drawn: Drawn
    inks: Sequence[Kept | None]
    regions: Regions

    def is_laid_out_as(self, ground: Picture | None, drawn: Drawn, inks: Sequence[Kept | None]) -> bool:
        """Whether only pictures and opacities differ."""
        if ground is not self.ground or len(drawn) != len(self.drawn):
            return False
        same_spots = all(a[1] is b[1] for a, b in zip(drawn, self.drawn, strict=True))
        return same_spots and all(a is b for a, b in zip(inks, self.inks, strict=True))

    def changed(self, last: Painting | None) -> list[bool]:
        """Which draws look other than on the canvas before, which was laid out alike."""
        if last is None:
            return [True] * len(self.drawn)
        pairs = zip(self.drawn, last.drawn, strict=True)
        return [now.picture is not old.picture or now.opacity != old.opacity for (now, _), (old, _) in pairs]


class Compositor:
    """Composes program pictures of one size."""

    def __init__(self, width: int, height: int) -> None:
        # OpenCV's own pool is process-wide and slower than one thread for planes this small; the stage has its threads.
        cv2.setNumThreads(1)
        # Looked for now: a first crossfade, or a first guest on air, is no time to search folders.
        libyuv.available()
        swscale.available()
        self.width = width
        self.height = height
        self._black = Picture.black(width, height)
        self._canvases = Canvases(width, height)
        self._scaler = Scaler()
        self._plans: dict[tuple[Shape, ...], Plan] = {}
        self._planned: tuple[Sequence[Draw], Plan] | None = None
        """The last plan and one list of draws that it is for."""
        self._kept: dict[str, Kept] = {}
        self._painting: Painting | None = None
        """What the last picture was painted of, where something was and what stays of it may be copied."""
        self._layout: Painting | None = None
        """The last one that was laid out: its regions hold while only pictures and opacities change."""
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
            self._painting = self._layout = None
            return ground
        return self._paint(drawn, ground if whole or plan.ground_seen else None)

    def _paint(self, drawn: Drawn, ground: Picture | None) -> Picture:
        canvas = self._canvases.take()
        first = drawn[0][0]
        is_blended = ground is not None and self._is_whole(*drawn[0])
        if ground is not None and is_blended:
            # Two whole pictures become a third in one pass, the chroma with the luma, instead of a copy and a pass.
            assert isinstance(first.picture, Picture)
            fade(first.picture.data, ground.data, first.opacity, canvas.data)
            drawn, ground, self._painting = drawn[1:], None, None
        now, last = self._laid_out(canvas, drawn, ground), self._painting
        if last is not None and last.regions is not now.regions:
            last = None
        changed = now.changed(last)
        anew = {region for region, is_new in zip(now.regions.of, changed, strict=True) if is_new}
        _lay_ground(now, last, anew)
        self._draw(now, changed, anew)
        self._layout, self._painting = now, None if is_blended else now
        return canvas

    def _laid_out(self, canvas: Picture, drawn: Drawn, ground: Picture | None) -> Painting:
        inks = [
            self._ink(draw, draw.picture, spot.placement) if isinstance(draw.picture, Cutout) else None
            for draw, spot in drawn
        ]
        last = self._layout
        if last is not None and last.is_laid_out_as(ground, drawn, inks):
            return Painting(canvas, ground, drawn, inks, last.regions)
        boxes = [_boxes(spot.placement, inked) for (_, spot), inked in zip(drawn, inks, strict=True)]
        return Painting(canvas, ground, drawn, inks, regions(boxes))

    def _ink(self, draw: Draw, cutout: Cutout, placement: Placement) -> Kept:
        old = self._kept.get(draw.layer_id)
        return old if old is not None and old.holds(cutout, placement) else _keep(cutout, placement)

    def _is_whole(self, draw: Draw, spot: Spot) -> bool:
        """Whether the draw is a picture of the program's size that fills it."""
        program = Box(0, 0, self.width, self.height)
        placement = spot.placement
        if not isinstance(draw.picture, Picture) or not placement.crop == placement.target == program:
            return False
        return (draw.picture.width, draw.picture.height) == (self.width, self.height)

    def _plan(self, draws: Sequence[Draw]) -> Plan:
        """The last plan while only pictures and opacities change; else one made before, or a new one."""
        planned = self._planned
        if planned is None or not _shaped_alike(draws, planned[0]):
            planned = self._planned = draws, self._plan_of_shapes(draws)
        return planned[1]

    def _plan_of_shapes(self, draws: Sequence[Draw]) -> Plan:
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
            spots.append(Spot(placement, shape.opaque and placement.seen == placement.target) if seen[i] else None)
        return Plan(tuple(spots), ground)

    def _draw(self, now: Painting, changed: Sequence[bool], anew: Set[int]) -> None:
        """Draw what is in a region that changed: a picture that came over nothing but the ground straight to its place,
        everything else by way of its own planes or ink, which are kept while it stands still.

        Only what must be is scaled, and all of it at once, so that alike layers go together.
        """
        planes, where = planes_of(now.canvas), now.regions
        kept: dict[str, Kept] = {}
        jobs: list[Job] = []
        over: list[tuple[Draw, Placement]] = []
        for i, ((draw, spot), inked) in enumerate(zip(now.drawn, now.inks, strict=True)):
            picture, placement, name = draw.picture, spot.placement, draw.layer_id
            is_drawn = where.of[i] in anew
            if is_drawn and changed[i] and spot.fills and where.on_ground[i] and isinstance(picture, Picture):
                jobs.append(Job(picture, placement.crop, now.canvas, placement.target))
                continue
            old = inked or self._kept.get(name)
            if old is not None and old.holds(picture, placement):
                kept[name] = old
            elif is_drawn:
                kept[name] = new = _keep(picture, placement)
                if isinstance(picture, Picture) and new.pixels is not None and not placement.unscaled:
                    jobs.append(Job(picture, placement.crop, *new.pixels))
            if is_drawn:
                over.append((draw, placement))
        self._scaler.scale(jobs)
        for draw, placement in over:
            _draw(kept[draw.layer_id], placement, draw.opacity, planes)
        self._kept = kept


def _lay_ground(now: Painting, last: Painting | None, anew: Set[int]) -> None:
    """Make the canvas ready for what is drawn anew: what is not, as it was, and elsewhere the ground.

    Either all of the last canvas is copied and the ground laid where something is drawn anew, or the ground is laid and
    what stays is copied: whatever copies less.
    """
    where, ground = now.regions, now.ground
    whole_px = now.canvas.width * now.canvas.height
    stays = [box for i, boxes in enumerate(where.boxes) if where.of[i] not in anew for box in boxes]
    bare = [
        box
        for i, (_, spot) in enumerate(now.drawn)
        if where.of[i] in anew and not (spot.fills and where.on_ground[i])
        for box in where.boxes[i]
    ]
    if last is not None and whole_px + _px(bare) <= _px(stays) + (0 if ground is None else whole_px):
        np.copyto(now.canvas.data, last.canvas.data)
        source, boxes_of_source = ground, bare
    else:
        if ground is not None:
            np.copyto(now.canvas.data, ground.data)
        source, boxes_of_source = None if last is None else last.canvas, stays
    if source is not None:
        old, new = planes_of(source), planes_of(now.canvas)
        for box in boxes_of_source:
            copy(cropped(old, box), cropped(new, box))


def _px(boxes: Sequence[Box]) -> int:
    return sum(box.width * box.height for box in boxes)


def _keep(picture: Picture | Cutout, placement: Placement) -> Kept:
    """A cut-out's ink is made at once, and what needs no scaling is the source itself; else planes to scale into."""
    crop, width, height = placement.crop, placement.target.width, placement.target.height
    if isinstance(picture, Cutout):
        return Kept(picture, crop, width, height, None, ink(picture, crop, width, height))
    pixels = (picture, crop) if placement.unscaled else (Picture.empty(width, height), Box(0, 0, width, height))
    return Kept(picture, crop, width, height, pixels, ())


def _boxes(placement: Placement, inked: Kept | None) -> tuple[Box, ...]:
    """Where something is drawn, within the program."""
    if inked is None:
        return (placement.seen,)
    return tuple(shown for band in inked.bands if not (shown := _shown(band, placement)).is_empty)


def _draw(layer: Kept, placement: Placement, opacity: float, canvas: Planes) -> None:
    """Draw a layer at its place: what lies outside the program is left out."""
    target, seen = placement.target, placement.seen
    if layer.pixels is None:
        for band in layer.bands:
            _draw_band(band, placement, opacity, canvas)
        return
    picture, part = layer.pixels
    planes = cropped(planes_of(picture), seen.moved(part.x - target.x, part.y - target.y))
    ground = cropped(canvas, seen)
    if opacity >= OPAQUE_FROM:
        copy(planes, ground)
    else:
        for plane, behind in zip(planes, ground, strict=True):
            fade(plane, behind, opacity, behind)


def _draw_band(band: Inked, placement: Placement, opacity: float, canvas: Planes) -> None:
    shown = _shown(band, placement)
    if not shown.is_empty:
        target = placement.target
        at = band.box.moved(target.x, target.y)
        lay(band.part(shown.moved(-at.x, -at.y)), cropped(canvas, shown), opacity)


def _shown(band: Inked, placement: Placement) -> Box:
    """What of a band the program shows."""
    target, seen = placement.target, placement.seen
    return band.box.moved(target.x, target.y).within(seen.right, seen.bottom)


def _opaque(draw: Draw) -> bool:
    return draw.opacity >= OPAQUE_FROM and isinstance(draw.picture, Picture)


def _shape(draw: Draw) -> Shape:
    picture = draw.picture
    if isinstance(picture, Picture):
        rows, width = picture.data.shape
        return Shape(width, rows * 2 // 3, draw.area, draw.fit, draw.opacity >= OPAQUE_FROM)
    return Shape(picture.picture.width, picture.picture.height, draw.area, draw.fit, False)


def _shaped_alike(draws: Sequence[Draw], others: Sequence[Draw]) -> bool:
    """Whether all shapes are the same: asked for every picture, so without making them."""
    if len(draws) != len(others):
        return False
    for a, b in zip(draws, others, strict=True):
        if a.area != b.area or a.fit != b.fit or (a.opacity >= OPAQUE_FROM) != (b.opacity >= OPAQUE_FROM):
            return False
        one, other = a.picture, b.picture
        if one is not other:
            if isinstance(one, Cutout) or isinstance(other, Cutout):
                return False
            if one.data.shape != other.data.shape:
                return False
    return True


def _alike(draws: Sequence[Draw], others: Sequence[Draw]) -> bool:
    return len(draws) == len(others) and all(
        a.picture is b.picture and a.area == b.area and a.opacity == b.opacity and a.fit == b.fit
        for a, b in zip(draws, others, strict=True)
    )
