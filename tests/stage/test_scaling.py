"""Scaling by known pixels: the same bytes alone and in company, nothing written outside, brightness kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from stage.picture import Picture
from stage.placement import Box
from stage.scaling import Job, Scaler, cropped, planes_of

SIZES = [(64, 36), (48, 26), (30, 18), (16, 10), (128, 72), (96, 54), (66, 40), (130, 30), (192, 44)]
TO_THIRDS = [(640, 360, 960, 540), (320, 180, 240, 136), (36, 20, 108, 62), (1280, 720, 1920, 1080), (80, 4, 60, 6)]


def noise(width: int, height: int, seed: int) -> Picture:
    return Picture(np.random.default_rng(seed).integers(0, 256, (height * 3 // 2, width), dtype=np.uint8))


def scaled(pictures: list[Picture], width: int, height: int) -> list[Picture]:
    outs = [Picture.empty(width, height) for _ in pictures]
    jobs = [
        Job(p, Box(0, 0, p.width, p.height), out, Box(0, 0, width, height))
        for p, out in zip(pictures, outs, strict=True)
    ]
    Scaler().scale(jobs)
    return outs


@pytest.mark.parametrize("size", SIZES)
def test_in_company_and_alone_give_the_same_bytes(size: tuple[int, int]) -> None:
    """Live and offline may change different layers at one time."""
    pictures = [noise(64, 36, seed) for seed in range(7)]
    together = scaled(pictures, *size)
    for picture, out in zip(pictures, together, strict=True):
        assert np.array_equal(scaled([picture], *size)[0].data, out.data)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("left", [0, 2, 6, 16])
def test_nothing_is_written_beside_the_target(size: tuple[int, int], left: int) -> None:
    """swscale writes rows in steps of sixteen, a CPU's vectors are as wide: neighbours must not feel it."""
    width, height = size
    canvas = Picture.solid(220, 100, (7, 9, 11))
    box = Box(left, 4, width, height)
    Scaler().scale([Job(noise(64, 36, 1), Box(0, 0, 64, 36), canvas, box)])
    for plane, part, value in zip(planes_of(canvas), cropped(planes_of(canvas), box), (7, 9, 11), strict=True):
        outside = plane.size - part.size
        part[:] = value
        assert np.count_nonzero(plane == value) == outside + part.size


@pytest.mark.parametrize("size", SIZES)
def test_brightness_and_sides_are_kept(size: tuple[int, int]) -> None:
    picture = Picture.black(64, 36)
    picture.y[:, 32:] = 200
    out = scaled([picture], *size)[0]
    width = size[0]
    assert abs(float(out.y.mean()) - 108) <= 4
    assert np.all(out.y[:, : width // 2 - 2 - width // 64] == 16)
    assert np.all(out.y[:, width // 2 + 2 + width // 64 :] == 200)


@pytest.mark.parametrize("size", TO_THIRDS)
def test_three_columns_for_one_two_or_four_are_bilinear(size: tuple[int, int, int, int]) -> None:
    """A part of a picture, in a part of another: as exact arithmetic has it, but for rounding."""
    width, height, to_width, to_height = size
    picture, canvas = noise(width + 8, height + 4, 3), Picture.black(to_width + 6, to_height + 2)
    crop, box = Box(6, 2, width, height), Box(2, 2, to_width, to_height)
    Scaler().scale([Job(picture, crop, canvas, box)])
    for plane, made in zip(cropped(planes_of(picture), crop), cropped(planes_of(canvas), box), strict=True):
        rows, columns = (bilinear(*sides) for sides in zip(plane.shape, made.shape, strict=True))
        assert np.abs(rows @ plane @ columns.T - made).max() < 2


def bilinear(length: int, to_length: int) -> npt.NDArray[np.float64]:
    """How much of each pixel of a line is in each pixel of another: (to_length, length)."""
    at = ((np.arange(to_length) + 0.5) * length / to_length - 0.5).clip(0, length - 1)
    return np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(length)))


def test_a_fine_pattern_is_averaged_not_sampled() -> None:
    """A chequerboard brought to a quarter is grey; sampled, it would flicker as it moves."""
    picture = Picture.black(64, 64)
    picture.y[:] = np.indices((64, 64)).sum(axis=0) % 2 * 200
    out = scaled([picture], 16, 16)[0]
    assert np.abs(out.y.astype(int) - 100).max() <= 2
