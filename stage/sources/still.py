"""A photo: its JPEG rendition becomes one I420 picture, no larger than the program can show; with Ken Burns it drifts.

The drift is a function of the position alone: a slow breath of zoom with a slow round of pan, drawn anew for each
picture at no more than `DRIFT_WIDTH` (the compositor enlarges it), which takes a few milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from live.errors import BadMedia
from stage.colour import picture_of
from stage.picture import BLACK_UV, BLACK_Y, Picture
from stage.program import ProgramFormat
from stage.scaling import planes_of

DRIFT_WIDTH, DRIFT_HEIGHT = 1280, 720
DRIFT_PERIOD_S = 48.0
ZOOM_LEAST, ZOOM_MOST = 1.02, 1.14


class StillSource:
    """`path` may block (it fetches the file) and is called once, by `prepare`."""

    def __init__(self, path: Callable[[], Path], program: ProgramFormat, *, ken_burns: bool) -> None:
        self._path = path
        self._program = program
        self._ken_burns = ken_burns
        self._picture = Picture.black(2, 2)
        self._drifted: tuple[int, Picture] | None = None
        self._position = 0

    def prepare(self) -> None:
        """Decode the photo. Raises BadMedia."""
        box = (self._program.width, self._program.height)
        if self._ken_burns:
            box = (round(DRIFT_WIDTH * ZOOM_MOST), round(DRIFT_HEIGHT * ZOOM_MOST))
        self._picture = load_still(self._path(), *box)

    def picture_at(self, position: int, *, exact: bool) -> Picture:
        self._position = position
        if not self._ken_burns:
            return self._picture
        if self._drifted is None or self._drifted[0] != position:
            self._drifted = position, drifted(self._picture, position / self._program.pictures_per_second)
        return self._drifted[1]

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        self._drifted = None


def load_still(path: Path, width: int, height: int) -> Picture:
    """Decode a photo, brought down to what still covers width × height; sides made even. Raises BadMedia."""
    try:
        with Image.open(path) as image:
            scale = min(1.0, max(width / image.width, height / image.height))
            size = max(2, round(image.width * scale)), max(2, round(image.height * scale))
            image.draft("RGB", size)
            rgb = image.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadMedia(f"expected a photo that Pillow can open, got {path.name}: {error}; prepare it again") from None
    if rgb.size != size:
        rgb = rgb.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    pixels = np.asarray(rgb)
    return picture_of(np.ascontiguousarray(pixels[: size[1] // 2 * 2, : size[0] // 2 * 2]))


def drifted(picture: Picture, at_s: float) -> Picture:
    """The photo as the camera sees it at a time, with its own aspect."""
    turn = 2 * math.pi * at_s / DRIFT_PERIOD_S
    zoom = ZOOM_LEAST + (ZOOM_MOST - ZOOM_LEAST) * (1 - math.cos(turn)) / 2
    scale = min(1.0, DRIFT_WIDTH / picture.width, DRIFT_HEIGHT / picture.height)
    out = Picture.empty(round(picture.width * scale / 2) * 2, round(picture.height * scale / 2) * 2)
    room = (1 - 1 / zoom) / 2
    centre = 0.5 + room * 0.8 * math.sin(turn / 2), 0.5 + room * 0.5 * math.sin(turn)
    for source, into, black in zip(planes_of(picture), planes_of(out), (BLACK_Y, BLACK_UV, BLACK_UV), strict=True):
        rows, columns = into.shape
        step = source.shape[1] / columns / zoom, source.shape[0] / rows / zoom
        corner = centre[0] * source.shape[1] - step[0] * columns / 2, centre[1] * source.shape[0] - step[1] * rows / 2
        view = np.array([[step[0], 0, corner[0] + step[0] / 2 - 0.5], [0, step[1], corner[1] + step[1] / 2 - 0.5]])
        cv2.warpAffine(
            source, view, (columns, rows), dst=into, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE, borderValue=black,
        )  # fmt: skip
    return out
