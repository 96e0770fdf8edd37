"""libswscale's scaler for I420, from planes to planes wherever they lie: the quickest way to enlarge a picture.

PyAV carries the library but lets it write only into frames of its own; copying those into place costs half as much as
the scaling itself. So the very library that PyAV has loaded is called here, by the three functions of it that have been
the same since 2008. Where it cannot be found (`available()` is False), the caller scales in another way.
"""

from __future__ import annotations

import ctypes
import weakref
from functools import cache
from pathlib import Path

import av
import numpy as np

from stage.addresses import address
from stage.picture import Plane

YUV420P = 0
"""AV_PIX_FMT_YUV420P."""
FAST_BILINEAR = 1
"""SWS_FAST_BILINEAR."""
PLANES = 4
WIDE = 16
"""swscale writes rows in chroma steps of eight: other widths would spill over into the neighbour."""

Pointers = ctypes.c_void_p * PLANES
Strides = ctypes.c_int * PLANES


@cache
def _library() -> ctypes.CDLL | None:
    """The libswscale that belongs to PyAV's wheel (Linux and macOS lay it in different places), or None."""
    package = Path(av.__file__).parent
    found = [
        *package.parent.glob("av.libs/libswscale*"),
        *package.glob(".dylibs/libswscale*"),
    ]
    if not found:
        return None
    library = ctypes.CDLL(str(found[0]))
    library.sws_getContext.restype = ctypes.c_void_p
    library.sws_getContext.argtypes = [*[ctypes.c_int] * 7, *[ctypes.c_void_p] * 3]
    library.sws_freeContext.restype = None
    library.sws_freeContext.argtypes = [ctypes.c_void_p]
    library.sws_scale.restype = ctypes.c_int
    library.sws_scale.argtypes = [ctypes.c_void_p, Pointers, Strides, ctypes.c_int, ctypes.c_int, Pointers, Strides]
    return library


def available() -> bool:
    return _library() is not None


class Enlarger:
    """Scales I420 pictures of one size to one other size, bilinear. For one thread at a time."""

    def __init__(self, width: int, height: int, to_width: int, to_height: int) -> None:
        library = _library()
        context = library and library.sws_getContext(
            width, height, YUV420P, to_width, to_height, YUV420P, FAST_BILINEAR, None, None, None
        )
        if library is None or not context:
            raise ValueError(
                f"expected sizes that libswscale can scale, got {width}×{height} to {to_width}×{to_height}"
            )
        self._height = height
        self._scratch: tuple[Plane, Plane, Plane] | None = None
        if to_width % WIDE:
            wide = -(-to_width // WIDE) * WIDE
            self._scratch = (
                np.empty((to_height, wide), np.uint8)[:, :to_width],
                np.empty((to_height // 2, wide // 2), np.uint8)[:, : to_width // 2],
                np.empty((to_height // 2, wide // 2), np.uint8)[:, : to_width // 2],
            )
        self._context = context
        self._scale = library.sws_scale
        weakref.finalize(self, library.sws_freeContext, context)

    def scale(self, source: tuple[Plane, Plane, Plane], into: tuple[Plane, Plane, Plane]) -> None:
        """Rows must be contiguous, of the sizes given; where the rows lie is free."""
        out = self._scratch or into
        self._scale(self._context, _pointers(source), _strides(source), 0, self._height, _pointers(out), _strides(out))
        if self._scratch is not None:
            for plane, scaled in zip(into, self._scratch, strict=True):
                np.copyto(plane, scaled)


def _pointers(planes: tuple[Plane, Plane, Plane]) -> ctypes.Array[ctypes.c_void_p]:
    y, u, v = planes
    return Pointers(address(y), address(u), address(v))


def _strides(planes: tuple[Plane, Plane, Plane]) -> ctypes.Array[ctypes.c_int]:
    y, u, v = planes
    return Strides(y.strides[0], u.strides[0], v.strides[0])
