"""Where a plane or a block lies in memory, for machine code called by hand, and memory that lies well for it.

NumPy's `.ctypes` and `__array_interface__` make a description of the whole array in Python and throw it away, which for
six planes a layer costs as much as scaling a small one. Its `__array_struct__` is the same, made in C.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from stage.picture import Block, Plane

LINE_BYTES = 64
Number = TypeVar("Number", bound=np.generic)


class ArrayInterface(ctypes.Structure):
    """What `__array_struct__` holds (NumPy's `PyArrayInterface`)."""

    _fields_ = (
        ("two", ctypes.c_int),
        ("dimensions", ctypes.c_int),
        ("kind", ctypes.c_char),
        ("item_bytes", ctypes.c_int),
        ("flags", ctypes.c_int),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
        ("description", ctypes.c_void_p),
    )


_content = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def address(media: Plane | Block) -> int:
    """Of its first pixel or sample. It says nothing about how long the memory lasts: hold the array."""
    capsule = media.__array_struct__  # it owns what it points to, so it is held until that is read
    first: int = ArrayInterface.from_address(_content(capsule, None)).data
    return first


def aligned(shape: tuple[int, ...], of: type[Number]) -> npt.NDArray[Number]:
    """Zeros that start where a cache line does: reaching over two lines costs machine code an eighth of its time."""
    size = np.dtype(of).itemsize * math.prod(shape)
    raw: npt.NDArray[Any] = np.zeros(size + LINE_BYTES, np.uint8)
    first = -raw.ctypes.data % LINE_BYTES
    return raw[first : first + size].view(of).reshape(shape)
