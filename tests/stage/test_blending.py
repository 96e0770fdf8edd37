"""Cut-outs are kept as bands of ink: all of the ink, and little else."""

from __future__ import annotations

import numpy as np

from stage.blending import GAP_PX, ink
from stage.picture import Picture
from stage.placement import Box
from stage.ports import Cutout

WIDTH, HEIGHT = 200, 160


def cutout(*marks: tuple[int, int, int, int]) -> Cutout:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x, y, width, height in marks:
        alpha[y : y + height, x : x + width] = 255
    return Cutout(Picture.solid(WIDTH, HEIGHT, (235, 128, 128)), alpha)


def boxes(one: Cutout) -> list[Box]:
    return [band.box for band in ink(one, Box(0, 0, WIDTH, HEIGHT), WIDTH, HEIGHT)]


def test_nothing_drawn_is_no_band() -> None:
    assert boxes(cutout()) == []


def test_a_mark_is_a_band_of_its_size_on_even_pixels() -> None:
    assert boxes(cutout((31, 41, 10, 9))) == [Box(30, 40, 12, 10)]


def test_lines_far_apart_are_bands_of_their_own() -> None:
    assert boxes(cutout((10, 10, 50, 10), (100, 100, 20, 10))) == [Box(10, 10, 50, 10), Box(100, 100, 20, 10)]


def test_lines_close_together_are_one_band() -> None:
    assert boxes(cutout((10, 10, 50, 10), (20, 20 + GAP_PX // 2, 20, 10))) == [Box(10, 10, 50, 36)]
