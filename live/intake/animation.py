"""Animated GIF and WebP → `clip` and `thumbnail`, played through once.

Of a GIF that was cut short, the pictures that arrived are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import av
import numpy as np
from PIL import Image
from PIL.Image import Image as Photo

from live.errors import BadMedia
from live.intake.cadence import PICTURES_PER_SECOND, Cadence
from live.intake.clip_file import ClipWriter
from live.intake.colour import Bgr
from live.intake.framing import Framing, fitted
from live.intake.job import MAX_DURATION_US, Made
from live.intake.photo import BROKEN, open_upright, write_thumbnail

_USUAL_MS, _QUICKEST_MS = 100, 20
"""Browsers take anything quicker than 20 ms for a mistake and show it for 100."""


def is_animated(picture: Photo) -> bool:
    """A file that ends where its second picture begins holds one picture: it is a photo."""
    with suppress(*BROKEN):
        return bool(getattr(picture, "is_animated", False))
    return False


def make_animation(picture: Photo, progress: Callable[[float], None]) -> Made:
    """Write a clip of `picture`'s pictures into the current folder."""
    cadence, writer, thumbnail, end_s = Cadence[av.VideoFrame](), None, None, 0.0
    size = fitted(*picture.size)
    pictures = _count(picture)
    for index, (image, shown_s) in enumerate(_pictures(picture, size, pictures)):
        if end_s * 1e6 > MAX_DURATION_US:
            raise BadMedia(
                f"expected at most {MAX_DURATION_US // 60_000_000} minutes, got a longer GIF; send a shorter one"
            )
        frame = _frame(image)
        if writer is None:
            writer, thumbnail = ClipWriter(*size, with_sound=False), image
        for slot, placed in cadence.put(frame, end_s):
            writer.put_picture(slot, placed)
        end_s += shown_s
        progress(index / pictures)
    if writer is None or thumbnail is None:
        raise BadMedia("expected an animation, got one of which no picture can be decoded; send another copy")
    for slot, placed in cadence.end(end_s):
        writer.put_picture(slot, placed)
    writer.close()
    write_thumbnail(thumbnail)
    duration_us = writer.pictures * 1_000_000 // PICTURES_PER_SECOND
    return Made(width_px=size[0], height_px=size[1], duration_us=duration_us)


def _count(picture: Photo) -> int:
    """How many pictures begin in the file."""
    with suppress(*BROKEN):
        return int(getattr(picture, "n_frames", 1))
    return picture.tell() + 1  # it stands at the last one whose head arrived


def _pictures(picture: Photo, size: tuple[int, int], pictures: int) -> Iterator[tuple[Bgr, float]]:
    """Each picture in sRGB and how long it is shown; ends early where the file does."""
    for index in range(pictures):
        try:
            picture.seek(index)
            picture.load()
        except BROKEN:
            return
        duration_ms = picture.info.get("duration") or _USUAL_MS
        shown_s = (duration_ms if duration_ms >= _QUICKEST_MS else _USUAL_MS) / 1000
        image = Image.fromarray(open_upright(picture)).resize(size, Image.Resampling.BILINEAR)
        yield np.asarray(image), shown_s


def _frame(image: Bgr) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, "bgr24")
    return Framing(frame).shape(frame)
