"""Pictures and blocks: the only two shapes that media has inside the stage.

A picture is planar I420, BT.709, limited range: one contiguous uint8 buffer of height × 3/2 rows, of which the planes
are views. A block is float32 `(frames, 2)`, full scale ±1.0, at 48 000 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 48_000
BLOCK_FRAMES = 480
CHANNELS = 2

Plane: TypeAlias = npt.NDArray[np.uint8]
Block: TypeAlias = npt.NDArray[np.float32]

BLACK_Y, BLACK_UV = 16, 128
BEYOND_BYTES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One I420 picture. `data` is (height * 3 // 2, width) uint8, C-contiguous; width and height are even.

    Whoever is handed a picture may keep it and must not write to it.
    """

    data: Plane

    def __post_init__(self) -> None:
        rows, width = self.data.shape
        if rows % 3 or width % 2 or self.data.dtype != np.uint8 or not self.data.flags.c_contiguous:
            raise ValueError(
                f"expected a contiguous (height*3/2, width) uint8 buffer with even sides, got {self.data.shape} "
                f"{self.data.dtype}; use Picture.black(width, height) or from_planes"
            )

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    @property
    def height(self) -> int:
        return int(self.data.shape[0]) * 2 // 3

    @property
    def y(self) -> Plane:
        return self.data[: self.height]

    @property
    def u(self) -> Plane:
        h, w = self.height, self.width
        return self.data.reshape(-1)[h * w : h * w * 5 // 4].reshape(h // 2, w // 2)

    @property
    def v(self) -> Plane:
        h, w = self.height, self.width
        return self.data.reshape(-1)[h * w * 5 // 4 :].reshape(h // 2, w // 2)

    @classmethod
    def empty(cls, width: int, height: int) -> Picture:
        """Of undefined content, with a few bytes behind its end that scalers may read."""
        rows = height * 3 // 2
        return cls(np.empty(rows * width + BEYOND_BYTES, np.uint8)[: rows * width].reshape(rows, width))

    @classmethod
    def solid(cls, width: int, height: int, yuv: tuple[int, int, int]) -> Picture:
        picture = cls.empty(width, height)
        picture.y[:], picture.u[:], picture.v[:] = yuv
        return picture

    @classmethod
    def black(cls, width: int, height: int) -> Picture:
        return cls.solid(width, height, (BLACK_Y, BLACK_UV, BLACK_UV))


def silence(frames: int) -> Block:
    return np.zeros((frames, CHANNELS), np.float32)
