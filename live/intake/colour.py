"""Photos of any colour profile → sRGB, the colours of a pixel in OpenCV's order, blue first.

An iPhone's are in Display P3, so that one has a way of its own by tables and one matrix, three times as quick as
the general one through LittleCMS and never further from it than one step of 256.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from contextlib import suppress

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ImageCms
from PIL.Image import Image as Photo

_SRGB = ImageCms.createProfile("sRGB")
_SRGB_COLOURANTS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
_P3_COLOURANTS = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
"""Red, green and blue as XYZ under D50, as profiles write them."""
_P3_TO_SRGB = np.array(
    [[1.0982737, -0.0786361, -0.0196376], [0.0, 1.0420570, -0.0420570], [0.0, -0.2249402, 1.2249402]], np.float32
)
"""Of light, blue first."""
_STRIP_ROWS = 32  # what is worked on stays in the cache
_BROKEN = (ImageCms.PyCMSError, OSError, ValueError, TypeError)

cv2.setNumThreads(1)


Bgr = npt.NDArray[np.uint8]
"""(height, width, 3): what OpenCV's decoders give and its encoders take, so that nothing is put in order twice."""


def to_srgb(photo: Photo, profile: bytes | None) -> Bgr:
    """`photo` is RGB or CMYK. A broken profile is taken for none, as players do."""
    if photo.mode == "RGB" and (convert := quick_way(profile)) is not None:
        return convert(_pixels(photo))
    if profile:
        with suppress(*_BROKEN):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(photo, source, _SRGB, outputMode="RGB")
            photo = converted if converted is not None else photo
    return _pixels(photo)


def quick_way(profile: bytes | None) -> Callable[[Bgr], Bgr] | None:
    """How RGB of this profile comes to sRGB, which may overwrite it; None where only LittleCMS knows."""
    if not profile:
        return _as_it_is
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except _BROKEN:
        return _as_it_is
    if _is(source, "sRGB", _SRGB_COLOURANTS):
        return _as_it_is
    return from_display_p3 if _is(source, "P3", _P3_COLOURANTS) else None


def from_display_p3(pixels: Bgr) -> Bgr:
    """Display P3 → sRGB in place: to light, through the matrix, back from light. Returns `pixels`."""
    for row in range(0, len(pixels), _STRIP_ROWS):
        strip = pixels[row : row + _STRIP_ROWS]
        cv2.LUT(cv2.transform(cv2.LUT(strip, _TO_LIGHT), _P3_TO_SRGB), _FROM_LIGHT, strip)
    return pixels


def _as_it_is(pixels: Bgr) -> Bgr:
    return pixels


def _pixels(photo: Photo) -> Bgr:
    return np.asarray(cv2.cvtColor(np.asarray(photo.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


def _is(profile: ImageCms.ImageCmsProfile, name: str, colourants: tuple[tuple[float, ...], ...]) -> bool:
    """By its name and by what it says that red, green and blue are."""
    facts = profile.profile
    found = (facts.red_colorant, facts.green_colorant, facts.blue_colorant)
    return name in (facts.profile_description or "") and all(
        colour is not None and math.dist(colour[0], meant) < 0.005
        for colour, meant in zip(found, colourants, strict=True)
    )


def _to_light() -> npt.NDArray[np.uint16]:
    x = np.arange(256) / 255
    return np.round(65535 * np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)).astype(np.uint16)


def _from_light() -> npt.NDArray[np.uint8]:
    x = np.arange(65536) / 65535
    return np.round(255 * np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)).astype(np.uint8)


_TO_LIGHT, _FROM_LIGHT = _to_light(), _from_light()
