"""How live pictures move when the layout changes: they glide to their new place instead of jumping there.

Pure, on the words of `live.messages.scene`; used by `live.scene` only. A layer on its way carries where it set out and
when (`Glide`); where it is meanwhile follows from the picture number alone, so that hub, stage and render agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from live.fades import is_leaving
from live.messages.scene import Glide, Layer, LiveSource, Rect

GLIDE_MS = 300


def on_the_way(layer: Layer, target: Rect, picture: int) -> Rect:
    """Where the layer is at a picture, on its way to `target`."""
    glide = layer.glide
    if glide is None or picture >= glide.end_picture:
        return target
    share = max(0, picture - glide.start_picture) / (glide.end_picture - glide.start_picture)
    done = share * share * (3.0 - 2.0 * share)  # sets off and arrives softly
    start = glide.start
    return Rect(
        x=start.x + (target.x - start.x) * done,
        y=start.y + (target.y - start.y) * done,
        width=start.width + (target.width - start.width) * done,
        height=start.height + (target.height - start.height) * done,
    )


def set_out(
    layer: Layer, before: Mapping[str, tuple[Rect, Rect]], target: Rect, picture: int, pictures_per_second: int
) -> Layer:
    """Let a live layer whose place has changed glide there; `before` gives where each was and where it was going."""
    known = before.get(layer.layer_id)
    if known is None or layer.place is not None or is_leaving(layer) or not isinstance(layer.source, LiveSource):
        return layer
    was_at, was_going = known
    if target == was_going:
        return layer
    last = picture + max(1, GLIDE_MS * pictures_per_second // 1000)
    return replace(layer, glide=Glide(start=was_at, start_picture=picture, end_picture=last))
