"""Pictures made smaller by whole factors: by which one, and what comes out."""

from __future__ import annotations

import av
import numpy as np
import pytest

from live.intake.framing import Framing
from live.intake.planes import plane_of, shrunk, whole_factor


def grey_steps(width: int, height: int) -> av.VideoFrame:
    """Luma that grows by the column, chroma by the row."""
    frame = av.VideoFrame(width, height, "yuv420p")
    plane_of(frame, 0)[:] = (16 + np.arange(width) * 200 // width).astype(np.uint8)
    for index in (1, 2):
        plane_of(frame, index)[:] = (20 * index + np.arange(height // 2) * 180 // height).astype(np.uint8)[:, None]
    frame.pts = 7
    return frame


@pytest.mark.parametrize(
    ("size", "wanted", "factor"),
    [
        ((1280, 720), (640, 360), 2),
        ((1920, 1080), (640, 360), 3),
        ((1920, 1080), (1280, 720), 1),
        ((1280, 960), (480, 360), 2),  # 2.67 is not whole
        ((1366, 768), (640, 360), 1),  # a half would be odd
        ((2560, 1440), (640, 360), 4),
        ((320, 240), (640, 480), 1),
    ],
)
def test_the_factor_is_the_largest_that_leaves_enough_whole_pixels(
    size: tuple[int, int], wanted: tuple[int, int], factor: int
) -> None:
    assert whole_factor(size, wanted) == factor


@pytest.mark.parametrize("size", [(1280, 720), (1932, 1092)])  # the second's rows are padded, whole and shrunk
def test_each_pixel_is_the_average_of_those_it_stands_for(size: tuple[int, int]) -> None:
    frame = grey_steps(*size)
    by = whole_factor(size, (640, 360))

    small = shrunk(frame, by)

    assert (small.width, small.height, small.pts) == (size[0] // by, size[1] // by, 7)
    for index in range(3):
        full = plane_of(frame, index).astype(float)
        rows, columns = plane_of(small, index).shape
        averaged = full.reshape(rows, by, columns, by).mean(axis=(1, 3))
        assert np.abs(plane_of(small, index) - averaged).max() <= 0.5


def test_framing_goes_the_quick_way_and_ends_in_the_same_picture() -> None:
    """Beside the picture's own size: what is left to do is left to the filters."""
    frame = grey_steps(1280, 960)
    shaped = Framing(frame, within=(640, 360)).shape(frame)
    assert (shaped.width, shaped.height) == (480, 360)
    luma = plane_of(shaped, 0)
    assert abs(int(luma[180, 240]) - 116) <= 2
    assert abs(int(luma[180, 0]) - 16) <= 2
