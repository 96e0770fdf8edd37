"""Who is named where: in their own tile, as in a mosaic, or in the lower third with everyone else. Nobody twice. Pure.

What is said here follows from the scene alone; where in its tile a name stands, the painter knows.
"""

from __future__ import annotations

from collections.abc import Sequence

from live.messages.scene import Credit, Layer, LiveSource, ReactionsSource, Scene
from live.scene import Placed, credited, heard, placed

FOOT = 1 / 4
"""Of a tile's height: where its name may stand."""
READABLE = 1 / 6
"""Of the program's height. A tile that is lower carries no name: nobody in the hall could read it."""
TOUCHES = 1e-6
"""Neighbours share an edge and cover nothing of each other."""


def own_names(scene: Scene) -> dict[str, str]:
    """What is to stand in layers' own pictures, by their ids; empty for who stays anonymous there.

    Where several guests stand in one grid all have them, whoever brought them on as what: a lower third that names two
    of four faces says of none whose it is.
    """
    live = [layer for layer in scene.layers if isinstance(layer.source, LiveSource) and layer.credit is not None]
    are_several = sum(layer.place is None for layer in live) > 1
    own = (layer for layer in live if _says_names(layer) or (are_several and layer.place is None))
    return {layer.layer_id: " ".join(layer.credit.name.split()) if layer.credit else "" for layer in own}


def in_tiles(scene: Scene, picture: int) -> frozenset[str]:
    """The ids of the layers that speak for themselves: each has room for a name, and nothing lies over it."""
    seen, names = placed(scene, picture), own_names(scene)
    own = ((one, seen[i + 1 :]) for i, one in enumerate(seen) if one.layer.layer_id in names)
    return frozenset(one.layer.layer_id for one, in_front in own if _has_room(one, in_front, picture))


def heard_by_layer(scene: Scene, picture: int) -> frozenset[str]:
    """The ids of what is heard: a guest among them is named in their tile though their camera gives nothing."""
    return frozenset(one.strip.strip_id for one in heard(scene, picture) if one.gain > 0.0 and not one.mute)


def named_below(scene: Scene, picture: int) -> tuple[Credit, ...]:
    """Whom the lower third names or counts: everyone who is seen or heard and has no tile that says it already.

    Who stays anonymous in their tile is not counted either, and named for what they are named for.
    """
    if not scene.credits:
        return ()
    tiles = in_tiles(scene, picture)
    said: dict[str, str] = {}
    for layer in scene.layers:
        if layer.layer_id in tiles and layer.credit is not None:
            said[layer.credit.person_id] = said.get(layer.credit.person_id) or layer.credit.name
    return tuple(
        one for one in credited(scene, picture) if one.person_id not in said or (one.name and not said[one.person_id])
    )


def _says_names(layer: Layer) -> bool:
    return isinstance(layer.source, LiveSource) and layer.source.with_names


def _has_room(one: Placed, in_front: Sequence[Placed], picture: int) -> bool:
    return one.area.height >= READABLE and not any(_covers_foot(other, one, picture) for other in in_front)


def _covers_foot(other: Placed, one: Placed, picture: int) -> bool:
    """Whether `other` stands over the foot of `one`. Those that only glide past each other do not."""
    if isinstance(other.layer.source, ReactionsSource) or _glides(other, picture) or _glides(one, picture):
        return False
    over, under = other.area, one.area
    bottom = under.y + under.height
    top = bottom - under.height * FOOT
    beside = over.x + over.width <= under.x + TOUCHES or under.x + under.width <= over.x + TOUCHES
    return not beside and over.y + TOUCHES < bottom and top + TOUCHES < over.y + over.height


def _glides(one: Placed, picture: int) -> bool:
    return one.layer.glide is not None and picture < one.layer.glide.end_picture
