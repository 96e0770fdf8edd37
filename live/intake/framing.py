"""Brings decoded pictures into the one shape that a clip has: upright, inside 1280×720 (held upright: 720×1280), I420
in BT.709, limited range, HDR brought to it by `tone`.

What has that shape goes through untouched; what is several times as large is brought near it first (`planes`). A phone
that is turned while it records may change size in the middle: the clip keeps its first size, later pictures are fitted
into it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

import av
from av.filter import Graph

from live.intake.planes import shrunk, whole_factor
from live.intake.tone import HLG, PQ, Tone

MOST_PX = (1280, 720)
_BT709, _LIMITED, _FULL = 1, 1, 2
_BT601, _BT601_US = 5, 6
_BT2020 = 9
_MATRICES = {_BT709: "bt709", _BT601: "bt601", _BT2020: "bt2020"}
_HD_FROM_LINES = 720
_MICROSECOND = Fraction(1, 1_000_000)

_TURNS: dict[tuple[int, int, int, int], tuple[str, ...]] = {
    (1, 0, 0, 1): (),
    (0, 1, -1, 0): ("transpose=clock",),
    (-1, 0, 0, -1): ("hflip", "vflip"),
    (0, -1, 1, 0): ("transpose=cclock",),
    (-1, 0, 0, 1): ("hflip",),
    (1, 0, 0, -1): ("vflip",),
    (0, 1, 1, 0): ("transpose=cclock_flip",),
    (0, -1, -1, 0): ("transpose=clock_flip",),
}
"""The signs of a display matrix (a, b, c, d) → the filters that do it."""


@dataclass(frozen=True, slots=True)
class Look:
    """All of a decoded picture that decides how it is brought into shape."""

    width: int
    height: int
    pix_fmt: str
    full_range: bool
    matrix: int
    aspect: tuple[int, int]
    turn: tuple[str, ...]
    transfer: int

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (HLG, PQ)

    @property
    def lies_down(self) -> bool:
        """Stored with its sides swapped."""
        return any(step.startswith("transpose") for step in self.turn)


class Framing:
    """Made with the first picture, which settles the clip's size."""

    def __init__(
        self, first: av.VideoFrame, aspect: tuple[int, int] = (1, 1), within: tuple[int, int] = MOST_PX
    ) -> None:
        """`aspect` is that of one pixel, across to down; `within` is for one held across."""
        self._aspect = aspect
        upright = _upright_size(self._look_of(first))
        # A phone held upright gets as many pixels as one held across.
        self.width, self.height = fitted(*upright, within=within if upright[0] >= upright[1] else within[::-1])
        self._look: Look | None = None
        self._shrinks_by = 1
        self._graph: Graph | None = None
        self._tone: Tone | None = None

    def shape(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the picture in the clip's shape; it may be the same object."""
        look = self._look_of(frame)
        is_new = look != self._look
        if is_new:
            self._look, self._shrinks_by = look, self._whole_factor(look)
        if self._shrinks_by > 1:
            frame = shrunk(frame, self._shrinks_by)
        if is_new:
            self._graph = self._graph_for(replace(look, width=frame.width, height=frame.height), frame)
            self._tone = Tone(look.transfer) if look.is_hdr else None
        if self._graph is not None:
            self._graph.vpush(frame)
            frame = self._graph.vpull()
        return frame if self._tone is None else self._tone.to_bt709(frame)

    def _whole_factor(self, look: Look) -> int:
        """By how much a picture of this look is made smaller before all else."""
        if look.pix_fmt != "yuv420p":
            return 1
        inside = fitted(*_upright_size(look), within=(self.width, self.height))
        return whole_factor((look.width, look.height), inside[::-1] if look.lies_down else inside)

    def _graph_for(self, look: Look, frame: av.VideoFrame) -> Graph | None:
        size = (look.width, look.height)
        plain = look.pix_fmt == "yuv420p" and not look.full_range and look.matrix == _BT709 and not look.turn
        if plain and size == (self.width, self.height) and look.aspect[0] == look.aspect[1]:
            return None
        inside = fitted(*_upright_size(look), within=(self.width, self.height))
        scaled = inside[::-1] if look.lies_down else inside
        matrix, span = _MATRICES[look.matrix], "pc" if look.full_range else "tv"
        came_as = f"in_color_matrix={matrix}:in_range={span}"
        goes_as = f"out_color_matrix={matrix if look.is_hdr else 'bt709'}:out_range=tv"
        steps = [
            f"scale={scaled[0]}:{scaled[1]}:flags=bilinear:{came_as}:{goes_as}",
            "format=yuv420p",
            *look.turn,
        ]
        if inside != (self.width, self.height):
            steps.append(f"pad={self.width}:{self.height}:-1:-1")
        return _chain(frame, [*steps, "setsar=1"])

    def _look_of(self, frame: av.VideoFrame) -> Look:
        return Look(
            frame.width,
            frame.height,
            frame.format.name.replace("yuvj", "yuv"),
            int(frame.color_range) == _FULL or frame.format.name.startswith("yuvj"),
            _matrix_of(frame),
            self._aspect,
            _turn_of(frame),
            int(frame.color_trc),
        )


def _matrix_of(frame: av.VideoFrame) -> int:
    """As it says; HDR is BT.2020's; what says nothing is told by its size, as players do."""
    matrix = int(frame.colorspace)
    if matrix == _BT2020 or int(frame.color_trc) in (HLG, PQ):
        return _BT2020
    if matrix in (_BT601, _BT601_US):
        return _BT601
    is_hd = matrix == _BT709 or min(frame.width, frame.height) >= _HD_FROM_LINES
    return _BT709 if is_hd else _BT601


def fitted(width: int, height: int, within: tuple[int, int] = MOST_PX) -> tuple[int, int]:
    """The largest even size of this shape that is no larger than it is and lies within."""
    scale = min(1.0, within[0] / width, within[1] / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _upright_size(look: Look) -> tuple[int, int]:
    across, down = look.aspect
    width = look.width * across / down
    wide, high = (width, look.height) if width >= look.width else (look.width, look.height * down / across)
    return (round(high), round(wide)) if look.lies_down else (round(wide), round(high))


def _turn_of(frame: av.VideoFrame) -> tuple[str, ...]:
    """The filters for a picture's display matrix: nine integers, of which four say how it is turned."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return ()
    a, b, _, c, d = struct.unpack_from("<5i", cast(bytes, data))
    size = math.hypot(a, b) or 1.0
    return _TURNS.get((round(a / size), round(b / size), round(c / size), round(d / size)), ())


def _chain(frame: av.VideoFrame, steps: list[str]) -> Graph:
    graph = Graph()
    last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or _MICROSECOND
    )
    for step in (*steps, "buffersink"):
        name, _, arguments = step.partition("=")
        following = graph.add(name, arguments or None)
        last.link_to(following)
        last = following
    graph.configure()
    return graph
