"""Scaling of I420 planes, the quickest way that looks right for each size. Colour is untouched.

Four ways, chosen by the sizes alone, so that the same picture always gives the same bytes:

- three columns for each one, two or four (360p and 720p whole in 1080p, and what fills an edge-to-edge grid): compiled
  loops (`stage.scaler_loops`), twice as quick as the next two;
- enlarging otherwise: swscale's fast bilinear, nearly twice as quick there as OpenCV's;
- reducing by less than half: OpenCV's bilinear. Four pictures of one size go through it as the four channels of one
  picture, which is a third quicker and gives the same bytes as one by one;
- reducing further: halved by averaging two by two until less than half remains, so that fine detail does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
import numpy.typing as npt

from stage.addresses import address
from stage.picture import Picture, Plane
from stage.placement import Box
from stage.scaler_loops import EACH, LANES, WHOLE, lane_for, loops, taps_for
from stage.swscale import Enlarger, available

Planes: TypeAlias = tuple[Plane, Plane, Plane]

MAX_KEPT = 32
CHANNELS_AT_ONCE = 4


def planes_of(picture: Picture) -> Planes:
    """All three planes as views (in one go: sixty-four small layers ask for theirs in every program picture)."""
    rows, width = picture.data.shape
    height = rows * 2 // 3
    luma, chroma = height * width, height * width // 4
    flat = picture.data.reshape(-1)
    u, v = flat[luma : luma + chroma], flat[luma + chroma :]
    return picture.data[:height], u.reshape(height // 2, width // 2), v.reshape(height // 2, width // 2)


def cropped(planes: Planes, box: Box) -> Planes:
    """The part of `planes` in `box` (even pixels), as views."""
    y, u, v = planes
    x, top, width, height = box.x, box.y, box.width, box.height
    if (height, width) == y.shape:
        return planes
    rows, columns = slice(top >> 1, (top + height) >> 1), slice(x >> 1, (x + width) >> 1)
    return y[top : top + height, x : x + width], u[rows, columns], v[rows, columns]


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Scale `crop` of `picture` to the size of `box` and put it there in `into`."""

    picture: Picture
    crop: Box
    into: Picture
    box: Box


class Scaler:
    """Scales many pictures at a time. Keeps only tables and scratch; for one thread at a time."""

    def __init__(self) -> None:
        self._to_thirds = loops().scale_to_thirds
        self._rows: dict[tuple[int, int], Rows] = {}
        self._taps: dict[tuple[int, int], tuple[npt.NDArray[np.int32], int]] = {}
        self._lanes = np.empty(0, np.uint8)
        self._enlargers: dict[tuple[int, int, int, int], Enlarger] = {}
        self._scratch: dict[tuple[int, int], Plane] = {}

    def scale(self, jobs: Sequence[Job]) -> None:
        alike: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[Planes, Planes]]] = {}
        for job in jobs:
            crop, width, height = job.crop, job.box.width, job.box.height
            if (each := _each(crop, width, height)) is not None:
                self._scale_to_thirds(job, each)
                continue
            planes, into = cropped(planes_of(job.picture), crop), cropped(planes_of(job.into), job.box)
            if width >= crop.width and height >= crop.height:
                if (width, height) != (crop.width, crop.height) and available():
                    self._enlarge(planes, into)
                    continue
            elif width * 2 <= crop.width and height * 2 <= crop.height:
                planes = halved(planes, into)
            if planes is into:
                continue
            if planes[0].shape == (height, width):
                copy(planes, into)
            else:
                alike.setdefault((planes[0].shape, (height, width)), []).append((planes, into))
        for group in alike.values():
            self._resize([(source[0], into[0]) for source, into in group])
            self._resize([(source[c], into[c]) for source, into in group for c in (1, 2)])

    def _scale_to_thirds(self, job: Job, each: int) -> None:
        picture, crop, into, box = job.picture.data, job.crop, job.into.data, job.box
        triples = box.width // 3
        lane = lane_for(each, triples)
        if len(self._lanes) < LANES * lane:
            self._lanes = np.empty(LANES * lane, np.uint8)
        self._to_thirds(
            address(picture), picture.shape[1], picture.shape[0] * 2 // 3, crop.x, crop.y,
            address(into), into.shape[1], into.shape[0] * 2 // 3, box.x, box.y,
            self._rows_between(crop.height, box.height).at, box.height, each, triples,
            self._taps_for(each, lane), address(self._lanes), lane,
        )  # fmt: skip

    def _taps_for(self, each: int, lane: int) -> int:
        """Where they lie."""
        if (each, lane) not in self._taps:
            if len(self._taps) >= MAX_KEPT:
                self._taps.clear()
            taps = taps_for(each, lane)
            self._taps[each, lane] = taps, taps.ctypes.data
        return self._taps[each, lane][1]

    def _rows_between(self, height: int, to_height: int) -> Rows:
        rows = self._rows.get((height, to_height))
        if rows is None:
            if len(self._rows) >= MAX_KEPT:
                self._rows.clear()
            rows = self._rows[height, to_height] = Rows(height, to_height)
        return rows

    def _enlarge(self, planes: Planes, into: Planes) -> None:
        (rows, columns), (height, width) = planes[0].shape, into[0].shape
        key = columns, rows, width, height
        enlarger = self._enlargers.get(key)
        if enlarger is None:
            if len(self._enlargers) >= MAX_KEPT:
                self._enlargers.clear()
            enlarger = self._enlargers[key] = Enlarger(*key)
        enlarger.scale(planes, into)

    def _resize(self, pairs: Sequence[tuple[Plane, Plane]]) -> None:
        """Bilinear, four planes at a time as channels of one picture; the rest singly. Both give the same bytes."""
        rows, columns = pairs[0][0].shape
        height, width = pairs[0][1].shape
        together = len(pairs) // CHANNELS_AT_ONCE * CHANNELS_AT_ONCE
        for start in range(0, together, CHANNELS_AT_ONCE):
            four = pairs[start : start + CHANNELS_AT_ONCE]
            source, scaled = self._interleaved(rows, columns), self._interleaved(height, width)
            cv2.merge([plane for plane, _ in four], dst=source)
            cv2.resize(source, (width, height), dst=scaled, interpolation=cv2.INTER_LINEAR)
            cv2.split(scaled, mv=[into for _, into in four])
        for plane, into in pairs[together:]:
            cv2.resize(plane, (width, height), dst=into, interpolation=cv2.INTER_LINEAR)

    def _interleaved(self, rows: int, columns: int) -> Plane:
        scratch = self._scratch.get((rows, columns))
        if scratch is None:
            if len(self._scratch) >= MAX_KEPT:
                self._scratch.clear()
            scratch = self._scratch[rows, columns] = np.empty((rows, columns, CHANNELS_AT_ONCE), np.uint8)
        return scratch


class Rows:
    """Between which rows of a part those of a target lie, luma and chroma, as `scale_to_thirds` wants it."""

    def __init__(self, height: int, to_height: int) -> None:
        self._table = np.concatenate([_between(height, to_height), _between(height // 2, to_height // 2)])
        self.at = self._table.ctypes.data


def _between(height: int, to_height: int) -> npt.NDArray[np.int32]:
    """Pixels are squares whose middles lie over each other's; beyond the outermost middles rows are as at the edge."""
    middles = ((2 * np.arange(to_height) + 1) * height * WHOLE + to_height) // (2 * to_height) - WHOLE // 2
    middles = middles.clip(0, (height - 1) * WHOLE)
    above = np.minimum(middles // WHOLE, height - 2)
    return np.concatenate([above, middles - above * WHOLE]).astype(np.int32)


def _each(crop: Box, width: int, height: int) -> int | None:
    """For how many columns of `crop` there are three, in chroma too; None: not a whole number that the loop knows."""
    each = 3 * crop.width // width
    fits = each in EACH and each * width == 3 * crop.width and width % 6 == 0
    return each if fits and crop.height >= 4 and 2 * height > crop.height else None


def copy(planes: Planes, into: Planes) -> None:
    for target, plane in zip(into, planes, strict=True):
        np.copyto(target, plane)


def halved(planes: Planes, into: Planes) -> Planes:
    """Average two by two as long as both sides stay at least those of `into` and even.

    Where that gives the very size of `into`, it was written there and is `into` itself.
    """
    height, width = into[0].shape
    rows, columns = planes[0].shape
    while rows >= 2 * height and columns >= 2 * width and rows % 4 == 0 and columns % 4 == 0:
        rows, columns = rows // 2, columns // 2
        if (rows, columns) == (height, width):
            for plane, target in zip(planes, into, strict=True):
                _half(plane, target)
            return into
        y, u, v = planes
        planes = _half(y), _half(u), _half(v)
    return planes


def resized(plane: Plane, width: int, height: int, way: int) -> Plane:
    """`cv2.resize`, which makes uint8 of uint8 though its stubs do not say so."""
    return cast(Plane, cv2.resize(plane, (width, height), interpolation=way))


def _half(plane: Plane, into: Plane | None = None) -> Plane:
    rows, columns = plane.shape
    size = columns // 2, rows // 2
    return cast(Plane, cv2.resize(plane, size, dst=into, interpolation=cv2.INTER_AREA))
