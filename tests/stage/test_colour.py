"""Colours by the numbers of BT.709, limited range."""

from __future__ import annotations

import numpy as np
import pytest

from stage.colour import cutout_of, picture_of, yuv_of

KNOWN = [
    ((0, 0, 0), (16, 128, 128)),
    ((255, 255, 255), (235, 128, 128)),
    ((255, 0, 0), (63, 102, 240)),
    ((0, 255, 0), (173, 42, 26)),
    ((0, 0, 255), (32, 240, 118)),
]


@pytest.mark.parametrize(("rgb", "yuv"), KNOWN)
def test_the_primaries_are_those_of_bt709(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    picture = picture_of(np.full((4, 6, 3), rgb, np.uint8))
    assert (picture.y[0, 0], picture.u[1, 2], picture.v[1, 2]) == yuv
    assert yuv_of("#{:02x}{:02x}{:02x}".format(*rgb)) == yuv


def test_chroma_is_the_mean_of_four_pixels() -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[0] = 255, 0, 0
    assert abs(int(picture_of(rgb).v[0, 0]) - (128 + 240) // 2) <= 1


def test_alpha_goes_along_untouched() -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[1, 2] = 255, 255, 255, 77
    cutout = cutout_of(rgba)
    assert cutout.alpha[1, 2] == 77
    assert cutout.alpha.sum() == 77
