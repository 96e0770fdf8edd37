"""Colours mean the same before and after."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from live.intake.colour import from_display_p3, to_srgb
from tests.media_files import display_p3_profile


def test_display_p3_comes_out_as_littlecms_has_it() -> None:
    """Every mixture of 17 steps of each colour, within one step of 256."""
    steps = np.linspace(0, 255, 17).astype(np.uint8)
    pixels = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, -1, 3)
    source = ImageCms.ImageCmsProfile(io.BytesIO(display_p3_profile()))
    theirs = ImageCms.profileToProfile(Image.fromarray(pixels), source, ImageCms.createProfile("sRGB"))
    assert theirs is not None
    ours = from_display_p3(np.ascontiguousarray(pixels[..., ::-1]))[..., ::-1]
    difference = ours.astype(int) - np.asarray(theirs).astype(int)
    assert np.abs(difference).max() <= 2
    assert np.abs(difference).mean() < 0.3


def test_grey_stays_grey() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    np.testing.assert_array_equal(from_display_p3(greys.copy()), greys)


def test_a_broken_profile_is_taken_for_none() -> None:
    photo = Image.new("RGB", (4, 4), (10, 20, 30))
    assert to_srgb(photo, b"no profile at all")[0, 0].tolist() == [30, 20, 10]


def test_what_is_srgb_is_not_touched() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(to_srgb(Image.fromarray(pixels), profile)[..., ::-1], pixels)
