"""The name of a guest as it stands in their own picture: a small dark plate that goes with any tile.

Set once for each name at one size; the compositor brings it down for small tiles.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from stage.colour import cutout_of
from stage.lower_third import PLATE
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.text import PAPER, draw_lines, shortened

SIZE = 0.032
"""Of the program's height."""
LEAST_PX = 10
WIDEST = 0.25
"""Of the program's width."""
OPACITY = 176


def name_plate(name: str, program: ProgramFormat) -> Cutout:
    size = max(LEAST_PX, round(SIZE * program.height))
    lines = shortened(name, size, WIDEST * program.width)
    pad = round(size * 0.55)
    width, height = 2 * math.ceil((lines.width_px + 2 * pad) / 2), 2 * math.ceil(size * 0.85)
    image = Image.new("RGBA", (width, height), (*PLATE, 0))
    ImageDraw.Draw(image).rounded_rectangle((0, 0, width - 1, height - 1), radius=size * 0.3, fill=(*PLATE, OPACITY))
    draw_lines(image, lines, pad, (height - lines.leading_px) / 2, lines.width_px, "left", PAPER)
    return cutout_of(np.asarray(image))
