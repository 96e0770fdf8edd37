"""Weighs strips and adds them up: from their blocks to the few rows that the sum and the shared resonators are fed.

Lays the strips' blocks side by side for the loops of `stage.mixer_loops` and keeps the weights as those want them.
Knows nothing of filters; what a row is for is the mixer's business.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from stage.mixer_loops import STRIPS, loops
from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.strip import Numbers

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

GLIDE = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
"""From just after the last block's value to the new one."""

SAMPLES = BLOCK_FRAMES * CHANNELS
LINE_BYTES = 64
BLOCK_BYTES = SAMPLES * np.dtype(np.float32).itemsize


class Bus:
    """The strips that sound and their weights: row 0 is the sum itself, then those of the banks.

    `weights` is (rows, CHANNELS, strips) float32.
    """

    def __init__(self, strip_ids: list[str], weights: Block) -> None:
        self.strip_ids = strip_ids
        self._loops = loops()
        self._joined = b""
        self._apart = aligned((CHANNELS, STRIPS, BLOCK_FRAMES))
        self.set_weights(weights)

    def set_weights(self, weights: Block) -> None:
        self.weights = weights
        rows, strips = len(weights), len(self.strip_ids)
        groups = -(-strips // STRIPS)
        padded = np.zeros((rows, CHANNELS, groups * STRIPS), np.float32)
        padded[..., :strips] = weights
        four_as_one = padded.view(np.complex128)  # NumPy moves one number in a fifth of the time of four
        self._weights = np.ascontiguousarray(four_as_one.transpose(2, 1, 0))
        self._turns = _turns(padded)
        self._rows = aligned((rows, CHANNELS, BLOCK_FRAMES))
        places = self._weights, self._turns, self._apart, self._rows
        at_weights, at_turns, at_apart, at_rows = (place.ctypes.data for place in places)
        self._places = at_weights, at_turns, rows // 2, at_apart, at_rows

    def gather(self, blocks: Sequence[Block]) -> None:
        """Take the strips' blocks, in the order of `strip_ids`. Each is (BLOCK_FRAMES, CHANNELS) float32."""
        self._joined = b""  # what it was is near at hand: let its memory be taken again
        # join lays them side by side in a quarter of the time that NumPy takes for one after the other
        joined = b"".join(cast("Sequence[Buffer]", blocks))
        if len(joined) != len(self.strip_ids) * BLOCK_BYTES:
            raise ValueError(f"expected {len(self.strip_ids)} blocks of {BLOCK_BYTES} bytes, got {len(joined)} bytes")
        self._joined = joined

    def mix(self) -> Block:
        """What was gathered, weighed and added up: (rows, CHANNELS, BLOCK_FRAMES), which stay until the next call."""
        self._loops.weigh(self._joined, len(self._joined) // BLOCK_BYTES, *self._places)
        return self._rows

    def glide(self, after: Bus) -> Block:
        """Mix on the way from these weights to those of another bus for the same strips, which takes the sound too."""
        after._joined = self._joined
        before_rows, after_rows = self.mix(), after.mix()
        return before_rows + (after_rows - before_rows) * GLIDE

    def peaks(self) -> Numbers:
        """The highest of each gathered block, whichever side it is on."""
        peaks = np.zeros(len(self.strip_ids), np.float32)
        if self._joined:
            self._loops.find_peaks(self._joined, len(peaks), peaks.ctypes.data)
        return peaks.astype(np.float64)

    def last_frames(self) -> Block:
        """The last frame of each gathered block: (strips, CHANNELS)."""
        return np.ndarray((len(self.strip_ids), SAMPLES), np.float32, self._joined)[:, -CHANNELS:]


def aligned(shape: tuple[int, ...]) -> Block:
    """Zeros that start where a cache line does: reaching over two lines costs machine code an eighth of its time."""
    raw = np.zeros(4 * math.prod(shape) + LINE_BYTES, np.uint8)
    first = -raw.ctypes.data % LINE_BYTES
    return raw[first : first + 4 * math.prod(shape)].view(np.float32).reshape(shape)


def _turns(padded: Block) -> npt.NDArray[np.int32]:
    """How many banks each group of strips feeds, and which: (groups, 1 + banks), of which the others come last."""
    banks = len(padded) // 2
    feeds = (padded[1:] != 0.0).view(np.uint32)  # the four of a group as one number
    feeding = feeds.reshape(banks, 2 * CHANNELS, feeds.shape[-1]).any(axis=1).T
    return np.column_stack([feeding.sum(axis=1), np.argsort(~feeding, axis=1, kind="stable")]).astype(np.int32)


def arranged(columns: Numbers) -> list[int]:
    """The strips, given what each sends to each row, in such an order that those which feed the same last rows lie
    together: rows that none of STRIPS neighbours feeds are passed over."""
    rows, strips = columns.shape
    last = np.zeros(strips, np.intp)
    for row in range(1, rows):
        last[columns[row] != 0.0] = row
    return [int(index) for index in np.argsort(last, kind="stable")]
