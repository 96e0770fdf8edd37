"""The lower third: who is on stage now, named over whatever is shown. A cut-out of the program's full size, drawn last.

Names come as they may be shown; who stays anonymous is counted, not named. Everything lies inside the safe area.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from live.messages.scene import Credit
from stage.colour import cutout_of
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.text import PAPER, Type, draw_lines, one_line, shortened

SAFE = 0.05
"""Of width and height: what projectors and their curtains may cut off."""
SIZE = 0.042
"""Of the program's height."""
WIDEST = 0.78
"""Of the program's width."""
PLATE_HEIGHT = 1.86
"""Of the size."""
TOP = 1 - SAFE - SIZE * (PLATE_HEIGHT + 0.6)
"""Of the program's height: above it nothing of the plate shows, nor of the shade around it."""
MOST_NAMED = 4
AMBER = (255, 178, 56)
PLATE = (13, 11, 10)
PLATE_OPACITY = 214
SUPERSAMPLED = 3

LEFT_TO_RIGHT = "\u200e"
"""A list of names is an English sentence, whatever script its first name has."""


def names_line(credits: Sequence[Credit], most: int) -> str:
    """`Ana, Bo and 9 others`, naming at most `most` people; the anonymous are among the others."""
    people = {credit.person_id: " ".join(credit.name.split()) for credit in credits}
    names = [name for name in people.values() if name]
    others = len(people) - min(len(names), most)
    if not names:
        return "Someone in this hall" if len(people) == 1 else f"{len(people)} people in this hall"
    if others:
        return f"{', '.join(names[:most])} and {others} other{'s' if others > 1 else ''}"
    named = names[:most]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def lower_third(credits: Sequence[Credit], program: ProgramFormat) -> Cutout:
    """Set the names. No credits: nothing but transparency."""
    width, height = program.width, program.height
    image = Image.new("RGBA", (width, height))
    if credits:
        lines = _fitting(credits, round(height * SIZE), width * WIDEST)
        _draw(image, lines, round(width * SAFE), round(height * (1 - SAFE)))
    return cutout_of(np.asarray(image))


def _fitting(credits: Sequence[Credit], size_px: int, width_px: float) -> Type:
    """As many names as fit the width; a single name that is too long is cut."""
    for most in range(MOST_NAMED, 0, -1):
        lines = one_line(LEFT_TO_RIGHT + names_line(credits, most), size_px)
        if lines.width_px <= width_px:
            return lines
    return shortened(LEFT_TO_RIGHT + names_line(credits, 1), size_px, width_px)


def _draw(image: Image.Image, lines: Type, left: int, bottom: int) -> None:
    """A dark plate with an amber edge, standing on the safe area's corner, and the names on it."""
    size = lines.size_px
    pad, bar = round(size * 0.62), max(2, round(size * 0.14))
    plate_height = round(size * PLATE_HEIGHT)
    plate_width = round(lines.width_px) + 2 * pad + bar
    box = (left, bottom - plate_height, left + plate_width, bottom)
    image.alpha_composite(_glow(image.size, box, size))
    plate = _plate(plate_width, plate_height, bar, radius=size * 0.34)
    image.alpha_composite(plate, box[:2])
    top = box[1] + (plate_height - lines.leading_px) / 2
    draw_lines(image, lines, left + bar + pad, top, lines.width_px, "left", PAPER)


def _plate(width: int, height: int, bar: int, radius: float) -> Image.Image:
    """Drawn larger and brought down, for smooth corners."""
    s = SUPERSAMPLED
    mask = Image.new("L", (width * s, height * s))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * s - 1, height * s - 1), radius=radius * s, fill=255)
    mask = mask.resize((width, height), Image.Resampling.BOX)
    plate = Image.new("RGBA", (width, height), (*PLATE, PLATE_OPACITY))
    plate.paste((*AMBER, 255), (0, 0, bar, height))
    shape = np.asarray(plate).copy()
    shape[..., 3] = shape[..., 3].astype(np.uint16) * np.asarray(mask) // 255
    return Image.fromarray(shape)


def _glow(size: tuple[int, int], box: tuple[int, int, int, int], size_px: int) -> Image.Image:
    """A soft dark around the plate, so that it stands off from a dark picture as well as from a bright one."""
    shade = Image.new("L", size)
    ImageDraw.Draw(shade).rectangle(box, fill=90)
    under = Image.new("RGBA", size)
    under.putalpha(shade.filter(ImageFilter.GaussianBlur(size_px * 0.3)))
    return under
