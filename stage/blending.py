"""Mixing planes: a fade over a picture, and cut-outs with their own transparency. Everything is drawn where it is told.

A cut-out is kept premultiplied and only where it has ink (`Inked`), so that a line of type costs its own height and not
the program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from stage.libyuv import STEPS, mix
from stage.picture import Plane
from stage.placement import Box
from stage.ports import Cutout
from stage.scaling import Planes, cropped, planes_of, resized

GAP_PX = 32
"""Bands of ink closer than this are drawn as one."""

BLENDED = 1 / 255


@dataclass(frozen=True, slots=True, eq=False)
class Inked:
    """One band of a cut-out: its colour times its alpha, and what its alpha leaves of the ground, for each plane.

    Copies, so that a band holds no more memory than its own, and lies in it row upon row: read once in every picture.
    """

    box: Box
    colour: Planes
    leaves: tuple[Plane, Plane]
    """For luma, and for both chroma planes."""

    def part(self, box: Box) -> Inked:
        """What of it lies in `box`, counted from its own corner."""
        fine, coarse, _ = cropped((*self.leaves, self.leaves[1]), box)
        return Inked(box, cropped(self.colour, box), (fine, coarse))


def ink(cutout: Cutout, crop: Box, width: int, height: int) -> list[Inked]:
    """Return the bands that have any ink, from top to bottom, of `crop` of a cut-out brought to width × height.

    Colour is multiplied by alpha before it is scaled: what is transparent must not bleed into the edges.
    """
    half = resized(cutout.alpha, cutout.picture.width // 2, cutout.picture.height // 2, cv2.INTER_AREA)
    fine, coarse, _ = cropped((cutout.alpha, half, half), crop)
    y, u, v = cropped(planes_of(cutout.picture), crop)
    colour = _times(y, fine), _times(u, coarse), _times(v, coarse)
    if (crop.width, crop.height) != (width, height):
        colour = _resized(colour, width, height)
        fine, coarse, _ = _resized((fine, coarse, coarse), width, height)
    leaves = np.bitwise_not(fine), np.bitwise_not(coarse)
    bands = []
    for box in _bands(fine):
        clear, clear_coarse, _ = cropped((leaves[0], leaves[1], leaves[1]), box)
        y, u, v = cropped(colour, box)
        bands.append(Inked(box, (y.copy(), u.copy(), v.copy()), (clear.copy(), clear_coarse.copy())))
    return bands


def lay(band: Inked, on: Planes, opacity: float) -> None:
    """Draw a band over `on`, which has the band's size."""
    fine, coarse = band.leaves
    for ground, colour, leaves in zip(on, band.colour, (fine, coarse, coarse), strict=True):
        if opacity >= 1.0:
            cv2.multiply(ground, leaves, dst=ground, scale=BLENDED)
            cv2.add(ground, colour, dst=ground)
        else:
            laid = _times(ground, leaves)
            cv2.add(laid, colour, dst=laid)
            fade(laid, ground, opacity, ground)


def fade(plane: Plane, ground: Plane, opacity: float, into: Plane) -> None:
    """Mix a plane over the ground, in steps of a 256th, into a third one or the ground itself; all of one size."""
    mix(plane, ground, into, min(STEPS - 1, round(opacity * STEPS)))


def _times(plane: Plane, alpha: Plane) -> Plane:
    return cast(Plane, cv2.multiply(plane, alpha, scale=BLENDED))


def _resized(planes: Planes, width: int, height: int) -> Planes:
    y, u, v = planes
    way = cv2.INTER_AREA if width <= y.shape[1] else cv2.INTER_LINEAR
    half = width // 2, height // 2
    return resized(y, width, height, way), resized(u, *half, way), resized(v, *half, way)


def _bands(alpha: Plane) -> list[Box]:
    """The stretches of rows that have ink, each as wide as its ink, on even pixels."""
    rows = np.flatnonzero(alpha.any(axis=1))
    if rows.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(rows) > GAP_PX)
    starts, ends = rows[np.r_[0, breaks + 1]], rows[np.r_[breaks, rows.size - 1]] + 1
    boxes = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        top, bottom = start // 2 * 2, (end + 1) // 2 * 2
        columns = np.flatnonzero(alpha[top:bottom].any(axis=0))
        left, right = int(columns[0]) // 2 * 2, (int(columns[-1]) + 2) // 2 * 2
        boxes.append(Box(left, top, right - left, bottom - top))
    return boxes
