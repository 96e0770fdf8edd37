"""The scaler's loop over pixels, which `stage.machine_code` turns into machine code.

Plain Python over flat bytes, in whole numbers: every CPU gives the same bytes. Nothing here allocates, calls or can
fail.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from stage.machine_code import Call, Kind, Loop, load, user_folder

Bytes: TypeAlias = MutableSequence[np.uint8]
Integers: TypeAlias = MutableSequence[int]

EACH = (1, 2, 4)
"""For so many columns three may be made."""
LANES = 8
VECTOR = 32
"""Triples are made by so many, and those too many are left in their lane: odd ends would cost as much as the rest."""
WHOLE = 256
"""What weights are parts of."""

SIXTH, THIRD, HALF_OF_IT, TWO_THIRDS, FIVE_SIXTHS = 43, 85, 128, 171, 213
"""Of WHOLE."""

BITS, HALF = np.uint16(8), np.uint16(HALF_OF_IT)


class Loops(NamedTuple):
    """The function below, as machine code."""

    scale_to_thirds: Call


@cache
def loops() -> Loops:
    """Load it; the first time on a machine compile it, which takes some seconds."""
    here = Path(__file__)
    picture: tuple[Kind, ...] = ("bytes", "count", "count", "count", "count")
    scaling = Loop(
        scale_to_thirds, (*picture, *picture, "integers", "count", "count", "count", "integers", "bytes", "count")
    )
    return Loops(*load([scaling], sources=[here], folders=[here.parent / "__pycache__", user_folder()]))


def lane_for(each: int, triples: int) -> int:
    """How long a lane of scratch has to be, bytes."""
    return each * (triples + VECTOR) + 2


def taps_for(each: int, lane: int) -> npt.NDArray[np.int32]:
    """(3, 3): between which two places in the lanes a triple's first, second and third pixel lie, and how much of the
    second place each has, of WHOLE."""
    line, even, odd, later, last = 1, lane + 1, 2 * lane + 1, 3 * lane, 4 * lane
    taps = {
        1: ((line - 1, line, TWO_THIRDS), (line, line, HALF_OF_IT), (line, line + 1, THIRD)),
        2: ((odd - 1, even, FIVE_SIXTHS), (even, odd, HALF_OF_IT), (odd, even + 1, SIXTH)),
        4: ((even, odd, SIXTH), (odd, later, HALF_OF_IT), (later, last, FIVE_SIXTHS)),
    }
    return np.array(taps[each], np.int32)


def scale_to_thirds(
    source: Bytes,
    source_width: int,
    source_height: int,
    from_x: int,
    from_y: int,
    into: Bytes,
    into_width: int,
    into_height: int,
    to_x: int,
    to_y: int,
    rows: Integers,
    height: int,
    each: int,
    triples: int,
    taps: Integers,
    scratch: Bytes,
    lane: int,
) -> None:
    """Scale a part of an I420 picture, bilinearly, into a part of another: three columns for `each` (1, 2 or 4) of its
    own, `triples` times, and `height` rows. All are even; `triples` is for luma, as are the parts' places.

    `rows` is (2, height) int32 for luma, then (2, height / 2) for chroma: for each row the one of the part from which
    on it is made, and how much of the next one it has, of WHOLE. `taps` is what `taps_for` gives, as an int32 array;
    `scratch` is (LANES, lane), as long as `lane_for` says. What a CPU is to do by vectors lies side by side: the line
    that two rows make is dealt out to as many lanes as `each`, two of them make the first pixels of all triples, two
    the second, two the third, and these are dealt back.
    """
    line, even, odd, thirds = 1, lane + 1, 2 * lane + 1, 5 * lane
    for plane in range(3):
        if plane == 0:
            source_step, source_at = source_width, from_y * source_width + from_x
            into_step, into_at = into_width, to_y * into_width + to_x
            rows_at, lines, count = 0, height, triples
        else:
            source_step, into_step = source_width >> 1, into_width >> 1
            source_at = source_width * source_height * (3 + plane) // 4 + (from_y >> 1) * source_step + (from_x >> 1)
            into_at = into_width * into_height * (3 + plane) // 4 + (to_y >> 1) * into_step + (to_x >> 1)
            rows_at, lines, count = 2 * height, height >> 1, triples >> 1
        width, many = each * count, (count + VECTOR - 1) // VECTOR * VECTOR
        for row in range(lines):
            above = source_at + rows[rows_at + row] * source_step
            below, to = above + source_step, into_at + row * into_step
            of_below = rows[rows_at + lines + row]
            less, more = np.uint16(WHOLE - of_below), np.uint16(of_below)
            for x in range(width):
                scratch[line + x] = np.uint8(
                    (np.uint16(source[above + x]) * less + np.uint16(source[below + x]) * more + HALF) >> BITS
                )
            scratch[line - 1], scratch[line + width] = scratch[line], scratch[line + width - 1]
            if each == 2:
                for k in range(many):
                    scratch[even + k] = scratch[line + 2 * k]
                    scratch[odd + k] = scratch[line + 2 * k + 1]
                scratch[odd - 1], scratch[even + count] = scratch[line], scratch[line + width]
            elif each == 4:
                for k in range(many):
                    scratch[even + k] = scratch[line + 4 * k]
                    scratch[odd + k] = scratch[line + 4 * k + 1]
                    scratch[3 * lane + k] = scratch[line + 4 * k + 2]
                    scratch[4 * lane + k] = scratch[line + 4 * k + 3]
            for pixel in range(3):
                a, b, made = taps[3 * pixel], taps[3 * pixel + 1], thirds + pixel * lane
                of_a, of_b = np.uint16(WHOLE - taps[3 * pixel + 2]), np.uint16(taps[3 * pixel + 2])
                for k in range(many):
                    scratch[made + k] = np.uint8(
                        (np.uint16(scratch[a + k]) * of_a + np.uint16(scratch[b + k]) * of_b + HALF) >> BITS
                    )
            for k in range(count):
                into[to + 3 * k] = scratch[thirds + k]
                into[to + 3 * k + 1] = scratch[thirds + lane + k]
                into[to + 3 * k + 2] = scratch[thirds + 2 * lane + k]
