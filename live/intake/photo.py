"""Photos: any of the phones' formats → an upright sRGB JPEG without metadata, and a thumbnail.

Of a photo that was cut short, the part that arrived is kept when it is worth showing.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from contextlib import suppress
from mmap import PROT_READ, mmap

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageFile, ImageOps
from PIL.Image import Image as Photo

from live.errors import BadMedia
from live.intake.colour import Bgr, quick_way, to_srgb
from live.intake.job import RENDITION_FILES, Made
from live.intake.original import OriginalFile
from live.intake.sniff import JPEG, Format

STILL_PX = 1920
"""A photo is halved as long as its longer side stays at least this: 1920 to 3839 px, enough to fill the program, and
halving is the one thing that a JPEG decoder does for less than nothing (a 12-megapixel photo becomes 2016×1512)."""
THUMBNAIL_PX = 480
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 210_000_000
"""JPEG is decoded at a half or a quarter when it is this big, and phones do make 200 MP."""
_WORTH_SHOWING = 0.25
_ONE_COLOUR = 2  # steps of 256 between its darkest and its lightest pixel
_QUALITY, _THUMBNAIL_QUALITY = 88, 80
_ORIENTATION = 0x0112

BROKEN = (OSError, ValueError, SyntaxError, EOFError, RuntimeError, LookupError, TypeError, struct.error)
"""What readers raise at a file that is broken or ends early; not MemoryError, which has a sentence of its own."""

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # we look at the header ourselves, and say it in our words


def open_picture(fd: int, form: Format) -> Photo:
    """Open with just the reader that was sniffed, header only; refuses bombs. Raises BadMedia."""
    try:
        picture = Image.open(io.BufferedReader(OriginalFile(fd), 1 << 18), formats=(form.reader,))
    except BROKEN:
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
    still = _straight_from_jpeg(photo, fd) if form is JPEG else None
    if still is None:
        still = _small_srgb(_decoded(photo, fd, form))
    still = _turned(still, orientation)
    _write_jpeg(RENDITION_FILES["still"][0], still, _QUALITY)
    write_thumbnail(still)
    return Made(width_px=still.shape[1], height_px=still.shape[0])


def write_thumbnail(picture: Bgr) -> None:
    """`picture` is (height, width, 3) in sRGB and is not changed."""
    height, width, _ = picture.shape
    while max(height, width) >= 2 * THUMBNAIL_PX:  # the one size that is quick to average to
        height, width = max(1, height // 2), max(1, width // 2)
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    share = min(1.0, THUMBNAIL_PX / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    # what is less than twice as large has no pixel between two that this would miss
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    _write_jpeg(RENDITION_FILES["thumbnail"][0], small, _THUMBNAIL_QUALITY)


def _write_jpeg(name: str, picture: Bgr, quality: int) -> None:
    """Nothing but the pixels goes into the file."""
    cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tofile(name)


def _straight_from_jpeg(photo: Photo, fd: int) -> Bgr | None:
    """The usual photo without a detour: decoded at its size, in the order that it is encoded in. The pixels are the
    same as by Pillow, which copies them three times on the way.

    None where it takes more: another number of colours, an unusual profile, a photo that was cut short.
    """
    to_srgb, flags = quick_way(photo.info.get("icc_profile")), _DECODED_AT.get(_halvings(photo.size))
    if to_srgb is None or flags is None or photo.mode != "RGB":
        return None
    with suppress(cv2.error, OSError, ValueError):
        file = np.frombuffer(mmap(fd, 0, prot=PROT_READ), np.uint8)
        pixels = cv2.imdecode(file, flags | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is not None and not _may_have_ended_early(pixels):
            return to_srgb(np.asarray(pixels, np.uint8))
    return None


def _may_have_ended_early(pixels: np.ndarray) -> bool:
    """Decoders fill what never came with one colour."""
    return bool(np.ptp(pixels[-1], axis=0).max() <= _ONE_COLOUR)


_DECODED_AT = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _small_srgb(photo: Photo) -> Bgr:
    """Return it halved to size, in sRGB."""
    flat, share = _on_white(photo), _halvings(photo.size)
    return to_srgb(flat.reduce(share) if share > 1 else flat, photo.info.get("icc_profile"))


def _turned(pixels: Bgr, orientation: int) -> Bgr:
    turn = _TURNS.get(orientation)
    return pixels if turn is None else np.asarray(turn(pixels), np.uint8)


_TURNS: dict[int, Callable[[Bgr], np.ndarray]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
"""EXIF orientation → what brings it upright."""


def _orientation_of(photo: Photo) -> int:
    """HEIC's own turn is applied by its reader, which then takes the EXIF one out."""
    with suppress(Exception):  # broken EXIF of a good photo: any reader may raise anything
        return int(photo.getexif().get(_ORIENTATION, 1))
    return 1


def _decoded(photo: Photo, fd: int, form: Format) -> Photo:
    _decode_small(photo, form)
    try:
        photo.load()
    except BROKEN:
        return _what_arrived(fd, form)
    return photo


def _decode_small(photo: Photo, form: Format) -> None:
    """Have a JPEG decoded at a half, a quarter or an eighth at once."""
    if form is JPEG:
        share = min(8, _halvings(photo.size))
        photo.draft(None, (photo.width // share, photo.height // share))


def _halvings(size: tuple[int, int]) -> int:
    """The largest power of two that the longer side can be divided by and stay at `STILL_PX` or more."""
    return 1 << max(0, (max(size) // STILL_PX).bit_length() - 1)


def _what_arrived(fd: int, form: Format) -> Photo:
    """Decode a broken photo as far as it goes, and keep the rows that came."""
    photo = open_picture(fd, form)
    _decode_small(photo, form)
    share = 0.0
    with suppress(*BROKEN):
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
    filled = np.flatnonzero((spread > _ONE_COLOUR) | (np.abs(rows[:, 0] - rows[-1, 0]) > _ONE_COLOUR))
    return float((filled[-1] + 1) / len(rows)) if len(filled) else 0.0


def _on_white(photo: Photo) -> Photo:
    """Flatten transparency on white, as phones show it; 16-bit greys come down to 8."""
    if photo.mode.startswith("I;16") or photo.mode == "I":
        return Image.fromarray((np.asarray(photo).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if photo.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in photo.info:
        with_alpha = photo.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return photo if photo.mode in ("RGB", "CMYK") else photo.convert("RGB")


def open_upright(photo: Photo) -> Bgr:
    """For animations: the current picture, EXIF turn applied."""
    return _small_srgb(ImageOps.exif_transpose(photo))
