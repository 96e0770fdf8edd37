"""Colours that come as RGB (photos, set type, `#rrggbb`) become I420, BT.709, limited range; nothing goes back.

OpenCV's own conversion is BT.601 and is not used. Rows of a matrix times (R, G, B, 1), rounded once.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stage.picture import Picture
from stage.ports import Cutout
from stage.scaling import resized

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
LUMA_SPAN, CHROMA_SPAN = 219 / 255, 224 / 255


def _matrix() -> npt.NDArray[np.float64]:
    luma = np.array([RED, GREEN, BLUE])
    cb = (np.array([0, 0, 1]) - luma) / (2 * (1 - BLUE))
    cr = (np.array([1, 0, 0]) - luma) / (2 * (1 - RED))
    rows = np.vstack([luma * LUMA_SPAN, cb * CHROMA_SPAN, cr * CHROMA_SPAN])
    return np.column_stack([rows, [16, 128, 128]])


MATRIX = _matrix()


def picture_of(rgb: npt.NDArray[np.uint8]) -> Picture:
    """(height, width, 3) with even sides to I420."""
    height, width = rgb.shape[:2]
    picture = Picture.empty(width, height)
    cv2.transform(rgb, MATRIX[:1], dst=picture.y)
    half = resized(rgb, width // 2, height // 2, cv2.INTER_AREA)
    cv2.transform(half, MATRIX[1:2], dst=picture.u)
    cv2.transform(half, MATRIX[2:], dst=picture.v)
    return picture


def cutout_of(rgba: npt.NDArray[np.uint8]) -> Cutout:
    """(height, width, 4), colour not multiplied by alpha, with even sides."""
    return Cutout(picture_of(np.ascontiguousarray(rgba[..., :3])), np.ascontiguousarray(rgba[..., 3]))


def yuv_of(color: str) -> tuple[int, int, int]:
    """`#rrggbb` as (Y, U, V)."""
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    y, u, v = (int(x) for x in np.rint(MATRIX @ [*rgb, 1]))
    return y, u, v
