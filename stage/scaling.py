"""Scaling of I420 planes, the quickest way that looks right for each size. Pictures in, planes out, colour untouched.

Three ways, chosen by the sizes alone, so that the same picture always gives the same bytes:

- enlarging: swscale's fast bilinear, twice as quick there as OpenCV;
- reducing by less than half: OpenCV's bilinear. Four pictures of one size go through it as the four channels of one
  picture, which is a third quicker and gives the same bytes as one by one;
- reducing further: halved by averaging two by two until less than half remains, so that fine detail does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import av
import cv2
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation, VideoReformatter

from stage.picture import Picture, Plane
from stage.placement import Box

Planes: TypeAlias = tuple[Plane, Plane, Plane]

MAX_REFORMATTERS = 32
CHANNELS_AT_ONCE = 4


def planes_of(picture: Picture) -> Planes:
    return picture.y, picture.u, picture.v


def cropped(planes: Planes, box: Box) -> Planes:
    """The part of `planes` in `box` (even pixels), as views."""
    y, u, v = planes
    if box.x == 0 and box.y == 0 and (box.height, box.width) == y.shape:
        return planes
    top, left, bottom, right = box.y // 2, box.x // 2, box.bottom // 2, box.right // 2
    return y[box.y : box.bottom, box.x : box.right], u[top:bottom, left:right], v[top:bottom, left:right]


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Scale `crop` of `picture` to width × height."""

    picture: Picture
    crop: Box
    width: int
    height: int

    @property
    def whole(self) -> bool:
        return (self.crop.width, self.crop.height) == (self.picture.width, self.picture.height)


class Scaler:
    """Scales many pictures at a time. Keeps only swscale's tables and scratch; for one thread at a time."""

    def __init__(self) -> None:
        self._reformatters: dict[tuple[int, int, int, int], VideoReformatter] = {}
        self._scratch: dict[tuple[int, ...], Plane] = {}

    def scale(self, jobs: Sequence[Job]) -> list[Planes]:
        """Return the scaled planes, in order. They may be views of the source where nothing was to be done."""
        results: list[Planes | None] = [None] * len(jobs)
        alike: dict[tuple[int, int, int, int], list[tuple[int, Planes]]] = {}
        for i, job in enumerate(jobs):
            planes = cropped(planes_of(job.picture), job.crop)
            if (job.width, job.height) == (job.crop.width, job.crop.height):
                results[i] = planes
            elif job.width >= job.crop.width and job.height >= job.crop.height:
                results[i] = self._enlarge(job, planes)
            else:
                planes = halved(planes, job.width, job.height)
                rows, columns = planes[0].shape
                if (columns, rows) == (job.width, job.height):
                    results[i] = planes
                else:
                    alike.setdefault((columns, rows, job.width, job.height), []).append((i, planes))
        for (_, _, width, height), group in alike.items():
            for (i, _), scaled in zip(group, self._reduce([p for _, p in group], width, height), strict=True):
                results[i] = scaled
        return [planes for planes in results if planes is not None]

    def _enlarge(self, job: Job, planes: Planes) -> Planes:
        picture = job.picture if job.whole else packed(planes)
        key = picture.width, picture.height, job.width, job.height
        reformatter = self._reformatters.get(key)
        if reformatter is None:
            if len(self._reformatters) >= MAX_REFORMATTERS:
                self._reformatters.clear()
            reformatter = self._reformatters[key] = VideoReformatter()
        source = frame_of(picture)
        frame = reformatter.reformat(
            source, width=job.width, height=job.height, interpolation=Interpolation.FAST_BILINEAR, threads=1
        )
        y, u, v = (view(plane) for plane in frame.planes)
        return y, u, v

    def _reduce(self, group: Sequence[Planes], width: int, height: int) -> list[Planes]:
        luma = self._resize([y for y, _, _ in group], width, height)
        chroma = self._resize([c for _, u, v in group for c in (u, v)], width // 2, height // 2)
        return [(luma[i], chroma[2 * i], chroma[2 * i + 1]) for i in range(len(group))]

    def _resize(self, sources: Sequence[Plane], width: int, height: int) -> list[Plane]:
        """Bilinear, four planes at a time as channels of one picture; the rest singly. Both give the same bytes."""
        results = [np.empty((height, width), np.uint8) for _ in sources]
        together = len(sources) // CHANNELS_AT_ONCE * CHANNELS_AT_ONCE
        for start in range(0, together, CHANNELS_AT_ONCE):
            end = start + CHANNELS_AT_ONCE
            four = cv2.merge(sources[start:end], dst=self._four(*sources[start].shape))
            scaled = cv2.resize(four, (width, height), dst=self._four(height, width), interpolation=cv2.INTER_LINEAR)
            cv2.split(scaled, mv=results[start:end])
        for i in range(together, len(sources)):
            cv2.resize(sources[i], (width, height), dst=results[i], interpolation=cv2.INTER_LINEAR)
        return results

    def _four(self, rows: int, columns: int) -> Plane:
        """Scratch for four interleaved planes."""
        key = rows, columns, CHANNELS_AT_ONCE
        if key not in self._scratch:
            if len(self._scratch) >= MAX_REFORMATTERS:
                self._scratch.clear()
            self._scratch[key] = np.empty(key, np.uint8)
        return self._scratch[key]


def frame_of(picture: Picture) -> av.VideoFrame:
    """The picture as PyAV's frame, without a copy where that works: `from_numpy_buffer` (PyAV 18) takes a height of
    4n + 2 for 4n and puts the chroma in the wrong place."""
    make = av.VideoFrame.from_ndarray if picture.height % 4 else av.VideoFrame.from_numpy_buffer
    return make(picture.data, format="yuv420p")


def halved(planes: Planes, width: int, height: int) -> Planes:
    """Average two by two as long as both sides stay at least width × height and even."""
    rows, columns = planes[0].shape
    while rows >= 2 * height and columns >= 2 * width and rows % 4 == 0 and columns % 4 == 0:
        rows, columns = rows // 2, columns // 2
        y, u, v = planes
        planes = _half(y), _half(u), _half(v)
    return planes


def packed(planes: Planes) -> Picture:
    """Copy planes into one picture."""
    rows, columns = planes[0].shape
    picture = Picture.empty(columns, rows)
    for into, plane in zip(planes_of(picture), planes, strict=True):
        np.copyto(into, plane)
    return picture


def resized(plane: Plane, width: int, height: int, way: int) -> Plane:
    """`cv2.resize`, which makes uint8 of uint8 though its stubs do not say so."""
    return cast(Plane, cv2.resize(plane, (width, height), interpolation=way))


def _half(plane: Plane) -> Plane:
    rows, columns = plane.shape
    return resized(plane, columns // 2, rows // 2, cv2.INTER_AREA)


def view(plane: VideoPlane) -> Plane:
    """The pixels of a decoder's or scaler's plane without its padding; keeps the frame alive."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
