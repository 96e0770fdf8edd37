"""The strip of `tests.signals` on luma planes, as the stage and decoders have them: 40 cells that carry a number.

Phones number their pictures with it and keep when they sent each; whoever reads the number back from a decoded picture
or from the program knows how long the way took. Where the picture is made at the very moment, the number can be the
time itself (`ticks`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.signals import STRIP_SHARE, draw_strip, read_strip

Luma = npt.NDArray[np.uint8]

TICK_US = 100
TICKS = 1 << 32


def draw(luma: Luma, value: int) -> Luma:
    """Write a number of 32 bits into the top eighth of a luma plane, in place."""
    draw_strip(luma[:, :, None], value)
    return luma


def read(luma: Luma, left: int = 0, top: int = 0, width: int = 0, height: int = 0) -> int | None:
    """Return the number in the strip of a plane, or of a tile of it; None where there is none, or it is torn."""
    tile = luma[top : top + (height or len(luma)), left : left + (width or luma.shape[1])]
    return None if len(tile) < 4 * STRIP_SHARE else read_strip(tile[:, :, None])


def ticks(now_us: int) -> int:
    """A time as a strip can carry it: tenths of a millisecond, starting over after five days."""
    return now_us // TICK_US % TICKS


def delay_us(value: int, now_us: int) -> int:
    """How long ago the time in a strip was."""
    return (ticks(now_us) - value) % TICKS * TICK_US
