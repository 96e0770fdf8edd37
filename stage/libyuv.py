"""libyuv's mixing of two planes by one weight: four times as quick as OpenCV's, which goes by way of floats.

OpenCV's wheel for Linux carries the library (in its AVIF reader). Nobody promises that it stays there, or stays as it
is; so it is tried on known pixels before it is used, and where it is missing or does otherwise, OpenCV mixes. Both give
the same bytes: a picture does not depend on which of them a machine has.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from stage.addresses import address
from stage.picture import Plane

STEPS = 256
"""A weight is a whole number of parts of this."""
TIES_UP = 1 / 1024
"""Rounds halves up, as libyuv does, and moves no other of the exact 256ths that mixing gives."""

Interpolate: TypeAlias = Callable[..., int]
PLANE = (ctypes.c_void_p, ctypes.c_int)
INTERPOLATE_PLANE = ctypes.CFUNCTYPE(ctypes.c_int, *PLANE, *PLANE, *PLANE, ctypes.c_int, ctypes.c_int, ctypes.c_int)
"""Two sources and a target, each with its stride; width, height, and how much of the second source."""


def mix(front: Plane, behind: Plane, into: Plane, steps: int) -> None:
    """`steps` of 256 parts of `front`, the rest of `behind` (0 ≤ steps < 256); `into` may be one of the two.

    All three are of one shape, with contiguous rows wherever they lie.
    """
    interpolate = _interpolate()
    if interpolate is None:
        mix_by_opencv(front, behind, into, steps)
    else:
        _mix_with(interpolate, front, behind, into, steps)


def mix_by_opencv(front: Plane, behind: Plane, into: Plane, steps: int) -> None:
    cv2.addWeighted(front, steps / STEPS, behind, 1.0 - steps / STEPS, TIES_UP, dst=into)


def available() -> bool:
    return _interpolate() is not None


def _mix_with(interpolate: Interpolate, front: Plane, behind: Plane, into: Plane, steps: int) -> None:
    rows, columns = into.shape
    interpolate(
        address(behind), behind.strides[0],
        address(front), front.strides[0],
        address(into), into.strides[0],
        columns, rows, steps,
    )  # fmt: skip


@cache
def _interpolate() -> Interpolate | None:
    """`InterpolatePlane`, once it has mixed a few known pixels right; or None."""
    packages = Path(cv2.__file__).parent.parent
    for found in packages.glob("opencv_python*.libs/libavif*"):
        library = ctypes.CDLL(str(found))
        if hasattr(library, "InterpolatePlane"):
            interpolate = INTERPOLATE_PLANE(("InterpolatePlane", library))
            if _mixes_right(interpolate):
                return interpolate
    return None


def _mixes_right(interpolate: Interpolate) -> bool:
    front = np.arange(510, dtype=np.uint8).reshape(5, 102)
    behind = np.ascontiguousarray(front[::-1, ::-1])
    for steps in (0, 1, 77, 128, 255):
        mixed = np.zeros_like(front)
        _mix_with(interpolate, front, behind, mixed, steps)
        right = (front.astype(np.int32) * steps + behind.astype(np.int32) * (STEPS - steps) + STEPS // 2) // STEPS
        if not np.array_equal(mixed, right):
            return False
    return True
