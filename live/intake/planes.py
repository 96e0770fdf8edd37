"""The planes of decoded pictures as arrays, and pictures made smaller by a whole factor, plane by plane.

Averaging whole squares takes a third of the time of swscale, which is made for any factor.
"""

from __future__ import annotations

from typing import cast

import av
import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]


def plane_of(frame: av.VideoFrame, index: int) -> Plane:
    """A view of the pixels themselves, 8 bits each; what stands between the rows is left out."""
    plane = frame.planes[index]
    pixels = np.frombuffer(cast(bytes, plane), np.uint8)
    return pixels.reshape(plane.height, plane.line_size)[:, : plane.width]


def whole_factor(size: tuple[int, int], wanted: tuple[int, int]) -> int:
    """The largest factor that leaves `size` whole and even on both sides, and no smaller than `wanted`."""
    width, height = size
    most = min(width // wanted[0], height // wanted[1])
    return next((by for by in range(most, 1, -1) if width % (2 * by) == height % (2 * by) == 0), 1)


def shrunk(frame: av.VideoFrame, factor: int) -> av.VideoFrame:
    """`frame` is yuv420p of any range; of what it says beside its pixels, only its time is kept."""
    small = av.VideoFrame(frame.width // factor, frame.height // factor, "yuv420p")
    small.pts = frame.pts
    if frame.time_base is not None:  # a picture made by us may have none
        small.time_base = frame.time_base
    for index in range(3):
        into = plane_of(small, index)
        cv2.resize(plane_of(frame, index), into.shape[::-1], into, interpolation=cv2.INTER_AREA)
    return small
