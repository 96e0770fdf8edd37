"""The colours of made-up pieces: a few palettes that are dark in the back and glow in front, as a hall likes them."""

from __future__ import annotations

from random import Random

Colour = tuple[int, int, int]
Palette = tuple[Colour, ...]
"""From the darkest, which is the ground, to the lightest."""

PALETTES: tuple[Palette, ...] = (
    ((16, 14, 32), (58, 28, 92), (168, 44, 110), (240, 104, 84), (255, 196, 108)),
    ((6, 22, 34), (10, 66, 84), (22, 132, 128), (120, 200, 158), (236, 240, 190)),
    ((24, 12, 12), (92, 26, 24), (186, 62, 28), (240, 140, 40), (255, 222, 140)),
    ((10, 12, 40), (34, 48, 120), (66, 110, 206), (132, 190, 240), (240, 226, 208)),
    ((18, 20, 16), (44, 66, 40), (104, 128, 56), (200, 180, 84), (250, 232, 180)),
    ((22, 10, 30), (80, 30, 90), (60, 90, 170), (90, 190, 190), (244, 210, 230)),
)


def choose(random: Random) -> Palette:
    return random.choice(PALETTES)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return `a` for 0, `b` for 1."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def at(palette: Palette, share: float) -> Colour:
    """Return the colour at `share` (0…1) of the way through the palette."""
    place = min(max(share, 0.0), 1.0) * (len(palette) - 1)
    first = min(int(place), len(palette) - 2)
    return mix(palette[first], palette[first + 1], place - first)
