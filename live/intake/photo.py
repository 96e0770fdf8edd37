"""Photos: any of the phones' formats → an upright sRGB JPEG without metadata, and a thumbnail.

Of a photo that was cut short, the part that arrived is kept when it is worth showing.
"""

from __future__ import annotations

import io
import math
from contextlib import suppress

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError
from PIL.Image import Image as Photo

from live.errors import BadMedia
from live.intake.job import RENDITION_FILES, Made
from live.intake.original import OriginalFile
from live.intake.sniff import JPEG, Format

STILL_PX = 4096
THUMBNAIL_PX = 480
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 210_000_000
"""JPEG is decoded at a half or a quarter when it is this big, and phones do make 200 MP."""
_WORTH_SHOWING = 0.25
_QUALITY, _THUMBNAIL_QUALITY = 88, 80
_SRGB = ImageCms.createProfile("sRGB")
_SRGB_COLOURANTS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))  # XYZ under D50
_ORIENTATION = 0x0112

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # we look at the header ourselves, and say it in our words


def open_picture(fd: int, form: Format) -> Photo:
    """Open with just the reader that was sniffed, header only; refuses bombs. Raises BadMedia."""
    try:
        picture = Image.open(io.BufferedReader(OriginalFile(fd), 1 << 18), formats=(form.reader,))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, RuntimeError):
        raise BadMedia(
            f"expected {form.name} that is whole, got one that cannot be opened; send another copy of it"
        ) from None
    width, height = picture.size
    most = MAX_JPEG_PIXELS if form is JPEG else MAX_PIXELS
    if width * height > most:
        raise BadMedia(
            f"expected a picture of at most {most // 1_000_000} megapixels, got {width} × {height}; send a smaller one"
        )
    return picture


def make_photo(fd: int, form: Format) -> Made:
    """Write `still` and `thumbnail` into the current folder."""
    photo = open_picture(fd, form)
    orientation = _orientation_of(photo)
    still = upright_srgb(_decoded(photo, fd, form), orientation)
    if max(still.size) > STILL_PX:
        still.thumbnail((STILL_PX, STILL_PX), Image.Resampling.BICUBIC, reducing_gap=1.5)
    still.save(RENDITION_FILES["still"][0], "JPEG", quality=_QUALITY)
    write_thumbnail(still)
    return Made(width_px=still.width, height_px=still.height)


def write_thumbnail(picture: Photo) -> None:
    """`picture` is RGB and is not changed."""
    small = picture.copy() if max(picture.size) <= THUMBNAIL_PX else _reduced(picture)
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BILINEAR)
    small.save(RENDITION_FILES["thumbnail"][0], "JPEG", quality=_THUMBNAIL_QUALITY)


def _reduced(picture: Photo) -> Photo:
    """A whole fraction of it by plain averaging, still at least the thumbnail's size: much quicker than resampling."""
    return picture.reduce(max(1, max(picture.size) // (2 * THUMBNAIL_PX)))


def upright_srgb(photo: Photo, orientation: int) -> Photo:
    """Return it as RGB in sRGB, the way round it was taken, with nothing left beside the pixels."""
    rgb = _to_srgb(photo)
    turned = _TURNS.get(orientation)
    rgb = rgb if turned is None else rgb.transpose(turned)
    rgb.info = {}
    return rgb


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what brings it upright."""


def _orientation_of(photo: Photo) -> int:
    """HEIC's own turn is applied by its reader, which then takes the EXIF one out."""
    with suppress(Exception):  # broken EXIF of a good photo: any reader may raise anything
        return int(photo.getexif().get(_ORIENTATION, 1))
    return 1


def _decoded(photo: Photo, fd: int, form: Format) -> Photo:
    if form is JPEG:
        photo.draft(None, (STILL_PX, STILL_PX))
    try:
        photo.load()
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError):
        return _what_arrived(fd, form)
    return photo


def _what_arrived(fd: int, form: Format) -> Photo:
    """Decode a broken photo as far as it goes, and keep the rows that came."""
    photo = open_picture(fd, form)
    if form is JPEG:
        photo.draft(None, (STILL_PX, STILL_PX))
    share = 0.0
    with suppress(OSError, ValueError, SyntaxError, EOFError, RuntimeError):
        ImageFile.LOAD_TRUNCATED_IMAGES = True  # this process ends with this photo
        photo.load()
        share = _share_of_rows(photo)
    if share < _WORTH_SHOWING:
        raise BadMedia(f"expected {form.name} that is whole, got only its beginning; send it again")
    return photo.crop((0, 0, photo.width, max(1, int(photo.height * share))))


def _share_of_rows(photo: Photo) -> float:
    """How much from the top is more than the one colour that decoders fill with what never came."""
    rows = np.asarray(photo.convert("L")).astype(np.int16)
    spread = rows.max(axis=1) - rows.min(axis=1)
    filled = np.flatnonzero((spread > 2) | (np.abs(rows[:, 0] - rows[-1, 0]) > 2))
    return float((filled[-1] + 1) / len(rows)) if len(filled) else 0.0


def _to_srgb(photo: Photo) -> Photo:
    profile = photo.info.get("icc_profile")
    photo = _on_white(photo)
    if profile and photo.mode in ("RGB", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if photo.mode == "RGB" and _is_srgb(source):
                return photo
            converted = ImageCms.profileToProfile(photo, source, _SRGB, outputMode="RGB")
            return converted if converted is not None else photo
    return photo if photo.mode == "RGB" else photo.convert("RGB")


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """By its name and by what it says that red, green and blue are: converting costs more than decoding."""
    facts = profile.profile
    if "sRGB" not in (facts.profile_description or ""):
        return False
    found = (facts.red_colorant, facts.green_colorant, facts.blue_colorant)
    return all(
        colour is not None and math.dist(colour[0], meant) < 0.005
        for colour, meant in zip(found, _SRGB_COLOURANTS, strict=True)
    )


def _on_white(photo: Photo) -> Photo:
    """Flatten transparency on white, as phones show it; 16-bit greys come down to 8."""
    if photo.mode.startswith("I;16") or photo.mode == "I":
        return Image.fromarray((np.asarray(photo).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if photo.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in photo.info:
        with_alpha = photo.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return photo if photo.mode in ("RGB", "CMYK") else photo.convert("RGB")


def open_upright(photo: Photo) -> Photo:
    """For animations: the current picture as plain RGB, EXIF turn applied."""
    return upright_srgb(ImageOps.exif_transpose(photo), 1)
