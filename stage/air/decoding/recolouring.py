"""Colours as phones send them become the stage's: BT.601 or BT.709, full or limited range, to BT.709 in limited range.

For I420, into memory of the caller's; several times quicker than going through RGB. What differs between the matrices
is told by the colour alone: it turns the chroma, and tints the luma by half as many rows and columns. Each size of
picture gives the same bytes from the same bytes.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from stage.picture import Plane
from stage.scaling import Planes

MIDDLE = 128
LIMITED_FROM, LIMITED_LUMA, LIMITED_CHROMA = 16, 219, 224
FULL = 255
BOTH_BYTES = 257
"""Times this a byte stands twice in two bytes."""


class _Matrix(NamedTuple):
    red: float
    green: float
    blue: float


BT601, BT709 = _Matrix(0.299, 0.587, 0.114), _Matrix(0.2126, 0.7152, 0.0722)


class Recolouring:
    """From one kind of colours; `apply` for one thread at a time."""

    def __init__(self, *, is_709: bool, is_full: bool) -> None:
        luma_from, luma, chroma = (0, FULL, FULL) if is_full else (LIMITED_FROM, LIMITED_LUMA, LIMITED_CHROMA)
        self._gain = LIMITED_LUMA / luma
        self._offset = LIMITED_FROM - luma_from * self._gain
        tint, u, v = _turned(BT709 if is_709 else BT601)
        self._u = [share * LIMITED_CHROMA / chroma for share in u]
        self._v = [share * LIMITED_CHROMA / chroma for share in v]
        self._tint = None if is_709 else [share * LIMITED_LUMA / chroma for share in tint]

    def apply(self, planes: Planes, into: Planes) -> None:
        y, u, v = planes
        if self._tint is None:
            for plane, target, gain in ((u, into[1], self._u[0]), (v, into[2], self._v[1])):
                cv2.convertScaleAbs(plane, target, gain, MIDDLE * (1.0 - gain))
            cv2.convertScaleAbs(y, into[0], self._gain, self._offset)
            return
        _mixed(u, v, self._u, into[1])
        _mixed(u, v, self._v, into[2])
        tint = _doubled(_mixed(u, v, self._tint))
        cv2.addWeighted(y, self._gain, tint, 1.0, self._offset - MIDDLE, into[0])


def _turned(matrix: _Matrix) -> tuple[list[float], list[float], list[float]]:
    """What BT.709's Y, U and V have of this matrix's U and V, each from -0.5 to 0.5. Grey is grey in both."""
    red = np.array((0.0, 2.0 * (1.0 - matrix.red)))
    blue = np.array((2.0 * (1.0 - matrix.blue), 0.0))
    green = -(matrix.red * red + matrix.blue * blue) / matrix.green
    luma = BT709.red * red + BT709.green * green + BT709.blue * blue
    u, v = (blue - luma) / (2.0 * (1.0 - BT709.blue)), (red - luma) / (2.0 * (1.0 - BT709.red))
    return luma.tolist(), u.tolist(), v.tolist()


def _mixed(u: Plane, v: Plane, shares: list[float], into: Plane | None = None) -> Plane:
    """Around the middle, where no colour is."""
    mixed = cv2.addWeighted(u, shares[0], v, shares[1], MIDDLE * (1.0 - sum(shares)), into)
    return np.asarray(mixed, np.uint8)


def _doubled(plane: Plane) -> Plane:
    """Twice as wide and as high."""
    pairs = np.multiply(plane, BOTH_BYTES, dtype=np.uint16)
    return np.repeat(pairs.view(np.uint8), 2, axis=0)
