"""Every kind of colours that phones send, against the definition reckoned in full."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from stage.air.decoding.recolouring import BT601, BT709, Recolouring
from stage.picture import Plane

HEIGHT, WIDTH = 18, 46
Values = npt.NDArray[np.float64]


def defined(y: Plane, u: Plane, v: Plane, is_709: bool, is_full: bool) -> list[Values]:
    """Through RGB, where each sample of colour covers four of brightness."""
    matrix = BT709 if is_709 else BT601
    bright = y / 255.0 if is_full else (y - 16.0) / 219.0
    cb, cr = ((plane.repeat(2, 0).repeat(2, 1) - 128.0) / (255.0 if is_full else 224.0) for plane in (u, v))
    red = bright + 2.0 * (1.0 - matrix.red) * cr
    blue = bright + 2.0 * (1.0 - matrix.blue) * cb
    green = (bright - matrix.red * red - matrix.blue * blue) / matrix.green
    luma = BT709.red * red + BT709.green * green + BT709.blue * blue
    chroma = (blue - luma) / (2.0 * (1.0 - BT709.blue)), (red - luma) / (2.0 * (1.0 - BT709.red))
    return [16.0 + 219.0 * luma, *(128.0 + 224.0 * plane[::2, ::2] for plane in chroma)]


@pytest.mark.parametrize("is_709", [True, False])
@pytest.mark.parametrize("is_full", [True, False])
def test_colours_are_the_defined_ones_and_what_no_screen_shows_is_clipped(is_709: bool, is_full: bool) -> None:
    """Decoders leave room behind each row; the stage does not."""
    random = np.random.default_rng(7)
    y = random.integers(0, 256, (HEIGHT, WIDTH + 18), np.uint8)[:, :WIDTH]
    u, v = random.integers(0, 256, (2, HEIGHT // 2, WIDTH // 2 + 9), np.uint8)[:, :, : WIDTH // 2]
    into = tuple(np.zeros(plane.shape, np.uint8) for plane in (y, u, v))
    Recolouring(is_709=is_709, is_full=is_full).apply((y, u, v), (into[0], into[1], into[2]))
    for plane, expected in zip(into, defined(y, u, v, is_709, is_full), strict=True):
        assert np.abs(plane - np.clip(expected, 0.0, 255.0)).max() <= 1.0
