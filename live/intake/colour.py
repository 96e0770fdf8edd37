"""Photos of any colour profile → sRGB.

An iPhone's are in Display P3, so that one has a way of its own by tables and one matrix, three times as quick as
the general one through LittleCMS and never further from it than one step of 256.
"""

from __future__ import annotations

import io
import math
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
    [[1.2249402, -0.2249402, 0.0], [-0.0420570, 1.0420570, 0.0], [-0.0196376, -0.0786361, 1.0982737]], np.float32
)
_STRIP_ROWS = 32  # what is worked on stays in the cache

cv2.setNumThreads(1)


Rgb = npt.NDArray[np.uint8]
"""(height, width, 3)."""


def to_srgb(photo: Photo, profile: bytes | None) -> Rgb:
    """`photo` is RGB or CMYK. A broken profile is taken for none, as players do."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if photo.mode == "RGB" and _is(source, "sRGB", _SRGB_COLOURANTS):
                return np.asarray(photo)
            if photo.mode == "RGB" and _is(source, "P3", _P3_COLOURANTS):
                return from_display_p3(np.asarray(photo))
            converted = ImageCms.profileToProfile(photo, source, _SRGB, outputMode="RGB")
            return np.asarray(converted if converted is not None else photo.convert("RGB"))
    return np.asarray(photo if photo.mode == "RGB" else photo.convert("RGB"))


def from_display_p3(pixels: Rgb) -> Rgb:
    """Display P3 → sRGB: to light, through the matrix, back from light."""
    converted = np.empty(pixels.shape, np.uint8)
    for row in range(0, len(pixels), _STRIP_ROWS):
        light = cv2.transform(cv2.LUT(pixels[row : row + _STRIP_ROWS], _TO_LIGHT), _P3_TO_SRGB)
        cv2.LUT(light, _FROM_LIGHT, converted[row : row + _STRIP_ROWS])
    return converted


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
