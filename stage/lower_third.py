"""The lower third: a line of names on a plate, over whatever is shown. A cut-out of the program's foot, drawn last.

Who is named and when is `stage.credit_roll`'s. Everything lies inside the safe area.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

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
SMALLEST = 0.8
"""Of the size: a line that comes out wider than it was reckoned is set so much smaller at most, then cut."""
PLATE_HEIGHT = 1.86
"""Of the size."""
TOP = 1 - SAFE - SIZE * (PLATE_HEIGHT + 0.6)
"""Of the program's height: above it nothing of the plate shows, nor of the shade around it that could be seen."""
HEAD = TOP - SIZE * 0.4
"""Of the program's height: above it there is nothing at all."""
AMBER = (255, 178, 56)
PLATE = (13, 11, 10)
PLATE_OPACITY = 214
SUPERSAMPLED = 3

LEFT_TO_RIGHT = "\u200e"
"""A list of names is an English sentence, whatever script its first name has."""


def room_em(program: ProgramFormat) -> float:
    """How wide a line may be, in ems of its size."""
    return WIDEST * program.width / (SIZE * program.height)


def foot(program: ProgramFormat) -> tuple[int, int, int, int]:
    """Where the cut-out lies in the program: x, y, width, height. Not all of it: that would take ten times as long."""
    top = int(program.height * HEAD) // 2 * 2
    return 0, top, program.width, program.height - top


def lower_third(line: str, program: ProgramFormat) -> Cutout:
    _, top, width, height = foot(program)
    image = Image.new("RGBA", (width, height))
    lines = _fitting(LEFT_TO_RIGHT + line, round(program.height * SIZE), width * WIDEST)
    _draw(image, lines, round(width * SAFE), round(program.height * (1 - SAFE)) - top)
    return cutout_of(np.asarray(image))


def _fitting(text: str, size_px: int, width_px: float) -> Type:
    lines = one_line(text, size_px)
    if lines.width_px > width_px:
        size_px = max(round(size_px * SMALLEST), int(size_px * width_px / lines.width_px))
        lines = shortened(text, size_px, width_px)
    return lines


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
