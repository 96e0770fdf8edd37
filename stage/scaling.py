"""Scaling of I420 planes, the quickest way that looks right for each size. Colour is untouched.

Three ways, chosen by the sizes alone, so that the same picture always gives the same bytes:

- enlarging: swscale's fast bilinear, nearly twice as quick there as OpenCV's;
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

from stage.picture import Picture, Plane
from stage.placement import Box
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
    """Scale `crop` of `picture` into the planes `into`, to whatever size they have."""

    picture: Picture
    crop: Box
    into: Planes


class Scaler:
    """Scales many pictures at a time. Keeps only swscale's tables and scratch; for one thread at a time."""

    def __init__(self) -> None:
        self._enlargers: dict[tuple[int, int, int, int], Enlarger] = {}
        self._scratch: dict[tuple[int, int], Plane] = {}

    def scale(self, jobs: Sequence[Job]) -> None:
        alike: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[Planes, Planes]]] = {}
        for job in jobs:
            planes = cropped(planes_of(job.picture), job.crop)
            height, width = job.into[0].shape
            if width >= job.crop.width and height >= job.crop.height:
                if (width, height) != (job.crop.width, job.crop.height) and available():
                    self._enlarge(planes, job.into)
                    continue
            elif width * 2 <= job.crop.width and height * 2 <= job.crop.height:
                planes = halved(planes, job.into)
            if planes is job.into:
                continue
            if planes[0].shape == (height, width):
                copy(planes, job.into)
            else:
                alike.setdefault((planes[0].shape, (height, width)), []).append((planes, job.into))
        for group in alike.values():
            self._resize([(source[0], into[0]) for source, into in group])
            self._resize([(source[c], into[c]) for source, into in group for c in (1, 2)])

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
