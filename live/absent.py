"""Guests of whom nothing comes for a while: how their pictures make room for the others, and come back.

Pure, on the words of `live.messages.scene`, mostly for `live.scene`. Who is away the hub finds out (`live.absences`)
and says by a cue, so that stage and render agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from live.fades import is_leaving, over, value
from live.layout import FULL
from live.messages.scene import Away, Layer, LiveSource, Rect, Scene, Source, Strip


def left_of(layer: Layer, picture: int) -> float:
    """How much of a layer's picture is left: all, but for a guest who is away."""
    return 1.0 if layer.away is None else value(layer.away.fade, picture)


def who_is_away(scene: Scene) -> frozenset[str]:
    """Their live streams."""
    sources: list[Source] = [layer.source for layer in scene.layers if layer.away is not None]
    sources += [strip.source for strip in scene.strips if strip.away]
    return frozenset(source.stream_id for source in sources if isinstance(source, LiveSource))


def making_room(
    layers: tuple[Layer, ...], stream_ids: Collection[str], areas: Mapping[str, Rect], picture: int, fade: int
) -> tuple[Layer, ...]:
    """The layers as they are once these guests are away and no others; `areas` is where each layer is seen by now."""

    def turned(layer: Layer) -> Layer:
        if not isinstance(layer.source, LiveSource) or is_leaving(layer):
            return layer
        if layer.source.stream_id not in stream_ids:
            return _back(layer, picture, fade)
        return _gone(layer, areas.get(layer.layer_id, FULL), picture, fade)

    return tuple(turned(layer) for layer in layers)


def uncredited(strips: tuple[Strip, ...], stream_ids: Collection[str]) -> tuple[Strip, ...]:
    """Strips are told and not silenced: who is heard again is heard at once."""
    return tuple(
        replace(strip, away=strip.source.stream_id in stream_ids) if isinstance(strip.source, LiveSource) else strip
        for strip in strips
    )


def _gone(layer: Layer, area: Rect, picture: int, fade: int) -> Layer:
    """Mostly the stage has faded the picture out by now (`stage.air.presence`); one that is still there goes gently."""
    if layer.away is not None:
        return layer
    return replace(layer, glide=None, away=Away(area=area, fade=over(1.0, 0.0, picture, fade)))


def _back(layer: Layer, picture: int, fade: int) -> Layer:
    """It fades in, from nothing or from what was left of it."""
    if layer.away is None:
        return layer
    level = value(layer.fade, picture) * left_of(layer, picture)
    return replace(layer, away=None, fade=over(level, 1.0, picture, fade))
