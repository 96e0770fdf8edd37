"""What a level 0…1 does to a layer or to a sound: it becomes a factor, and that another opacity, size or gain. Pure."""

from __future__ import annotations

from dataclasses import replace

from live.messages.scene import Following
from stage.arrangement import Area, Arranged, even_px

GROWS = 0.5
"""How much larger the deepest swell makes a picture: half as wide and high again."""


def shine(level: float, depth: float) -> float:
    return 1.0 - depth * (1.0 - level)


def swell(level: float, depth: float) -> float:
    return 1.0 + GROWS * depth * level


def following(one: Arranged, how: Following, level: float) -> Arranged:
    """The layer as it is drawn at a level."""
    if how.effect == "shine":
        return replace(one, opacity=one.opacity * shine(level, how.depth))
    return replace(one, area=grown(one.area, swell(level, how.depth)))


def grown(area: Area, factor: float) -> Area:
    """About its middle, in even pixels; it may pass the edges of the program."""
    x, y, width, height = area
    wide, high = even_px(width * factor), even_px(height * factor)
    return x - even_px((wide - width) / 2), y - even_px((high - height) / 2), wide, high
