"""The library that PyAV loaded, called by hand: it must give what PyAV's own scaler gives."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation

from stage.picture import Picture
from stage.scaling import planes_of
from stage.swscale import Enlarger, available


def noise(width: int, height: int) -> Picture:
    return Picture(np.random.default_rng(7).integers(0, 256, (height * 3 // 2, width), dtype=np.uint8))


def test_pyavs_library_is_found() -> None:
    """On a machine where this fails the stage still works, a little slower."""
    assert available()


@pytest.mark.parametrize("size", [(64, 36, 96, 54), (64, 36, 90, 50), (64, 36, 64, 40), (640, 360, 960, 540)])
def test_it_gives_what_pyav_gives(size: tuple[int, int, int, int]) -> None:
    width, height, to_width, to_height = size
    picture, scaled = noise(width, height), Picture.empty(to_width, to_height)
    Enlarger(*size).scale(planes_of(picture), planes_of(scaled))
    frame = av.VideoFrame.from_ndarray(picture.data, format="yuv420p")
    theirs = frame.reformat(width=to_width, height=to_height, interpolation=Interpolation.FAST_BILINEAR, threads=1)
    for plane, ours in zip(theirs.planes, planes_of(scaled), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        assert np.array_equal(rows[: ours.shape[0], : ours.shape[1]], ours)


def test_sizes_that_cannot_be_scaled_are_named() -> None:
    with pytest.raises(ValueError, match="0×0"):
        Enlarger(0, 0, 16, 16)
