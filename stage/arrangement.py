"""Where everything of a scene is drawn, and how clearly, before any source is asked for its picture. Pure.

What follows from the scene alone stands here, so that it is reckoned when the scene changes and not for every picture.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from msgspec import structs

from live.absent import left_of
from live.fades import value
from live.messages.scene import Credit, Following, ReactionsSource, Rect, Scene
from live.scene import Placed, floats, heard, panic_level, placed
from stage.naming import heard_by_layer, in_tiles, named_below, own_names
from stage.parts import NamePart, PicturePart, SlatePart
from stage.placement import Fit
from stage.program import ProgramFormat
from stage.slate_card import card_column

NAME = "name of "
"""Before a layer's id: the name in its tile."""

Area: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in even program pixels."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """A layer that may be seen. `began` is the program picture that its position counts from."""

    layer_id: str
    part: PicturePart
    began: int
    area: Area
    opacity: float
    cover: float
    """How much of the slate it takes away, as far as its picture is there."""
    fit: Fit
    name: NamePart | None
    name_key: str
    is_heard: bool
    """Its guest is heard, and therefore named, whether there is a picture or not."""
    follows: Following | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    slate: SlatePart
    panic_level: float
    layers: tuple[Arranged, ...]
    has_credits: bool
    credits_level: float


def arranged(scene: Scene, picture: int, program: ProgramFormat) -> Arrangement:
    """Say what is drawn, back to front: the slate, the layers, who is credited, the slate as far as PANIC has come.

    What floats is in front of all other layers: else the next guest who comes on stage would cover it. While there are
    no others it keeps clear of the slate's code: people scan it while others cheer.
    """
    panic = panic_level(scene, picture)
    slate = SlatePart(scene.slate)
    if panic >= 1.0:
        return Arrangement(slate, 0.0, (), False, 0.0)
    people = named_below(scene, picture)
    names, tiles = own_names(scene), in_tiles(scene, picture)
    sounding = heard_by_layer(scene, picture)
    in_order = sorted(placed(scene, picture), key=lambda one: floats(one.layer))
    if scene.slate.join_url and all(floats(one.layer) for one in in_order):
        in_order = [replace(one, area=_beside_the_code(one.area, program)) for one in in_order]
    return Arrangement(
        slate=slate,
        panic_level=panic,
        layers=tuple(
            _arranged(one, program, names[one.layer.layer_id] if one.layer.layer_id in tiles else "", sounding)
            for one in in_order
        ),
        has_credits=bool(people),
        credits_level=_credits_level(scene, picture, people),
    )


def _arranged(one: Placed, program: ProgramFormat, name: str, sounding: Collection[str]) -> Arranged:
    layer = one.layer
    return Arranged(
        layer_id=layer.layer_id,
        part=PicturePart(layer.layer_id, layer.source),
        began=0 if isinstance(layer.source, ReactionsSource) else layer.started_picture,
        area=even(one.area, program),
        opacity=one.opacity,
        cover=one.cover,
        fit="cover" if layer.fit == "cover" else "contain",
        name=NamePart(name) if name else None,
        name_key=NAME + layer.layer_id,
        is_heard=layer.layer_id in sounding,
        follows=layer.follows,
    )


def _beside_the_code(area: Rect, program: ProgramFormat) -> Rect:
    left = card_column(program.width, program.height).left / program.width
    return area if area.x + area.width <= left else structs.replace(area, x=max(0.0, left - area.width))


def even(area: Rect, program: ProgramFormat) -> Area:
    """An area in program pixels: edges rounded to even ones, so that neighbours meet and chroma fits; never empty."""
    left, right = even_px(area.x * program.width), even_px((area.x + area.width) * program.width)
    top, bottom = even_px(area.y * program.height), even_px((area.y + area.height) * program.height)
    left, top = min(left, program.width - 2), min(top, program.height - 2)
    return left, top, max(2, right - left), max(2, bottom - top)


def even_px(px: float) -> int:
    return 2 * round(px / 2)


def _credits_level(scene: Scene, picture: int, people: Sequence[Credit]) -> float:
    """The lower third comes and goes with the clearest of what it names."""
    ids = {one.person_id for one in people}
    seen = [(one.layer.credit, one.layer.fade, left_of(one.layer, picture)) for one in placed(scene, picture)]
    sounding = [(one.strip.credit, one.strip.fade, 1.0) for one in heard(scene, picture) if not one.strip.away]
    named = (one for one in (*seen, *sounding) if one[0] is not None and one[0].person_id in ids)
    return max((value(fade, picture) * left for _, fade, left in named), default=0.0)
