"""Weighs strips and adds them up: from their blocks to the few rows that the sum and the shared resonators are fed.

One matrix product over all strips. Sound stays as it comes, left and right in turn: it is weighed once where both sides
of every strip weigh alike, otherwise once for each side, of which the other half is left aside; to lay the sides apart
first would take longer than that. Knows nothing of filters; what a row is for is the mixer's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.strip import Numbers

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

GLIDE = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
"""From just after the last block's value to the new one."""

SAMPLES = BLOCK_FRAMES * CHANNELS
SAMPLE_BYTES = 4

DENSE_ROWS = 17
"""So many rows, the sum and eight banks, are weighed over all strips."""
DENSE_SHARE = 16
"""And where there are more, those that more than one in so many strips feeds; the rest by clusters."""
CLUSTER_ROWS = 16

ONE_THREAD_PRODUCTS = 1 << 18
"""OpenBLAS wakes other threads above this many multiplications, which costs more than they bring: stay below."""


class Piece(NamedTuple):
    """Some rows of the product, and the strips that feed them: cut into parts that are each work for one thread."""

    weights: Block
    first_strip: int
    rows: Block
    """(parts, rows, samples of a part): where they go."""


class Bus:
    """The strips that sound and their weights: row 0 is the sum itself, then those of the banks.

    `weights` is (rows, CHANNELS, strips) float32.
    """

    def __init__(self, strip_ids: list[str], weights: Block) -> None:
        self.strip_ids = strip_ids
        self._joined = b""
        self.set_weights(weights)

    def set_weights(self, weights: Block) -> None:
        self.weights = weights
        self.is_straight = bool(weights[0].any())
        """Where every strip has a low cut nothing goes straight to the sum: row 0 is silent."""
        rows, strips = len(weights), len(self.strip_ids)
        sides = 1 if (weights[:, 0] == weights[:, 1]).all() else CHANNELS
        weighed = np.zeros((rows * sides, SAMPLES), np.float32)
        self._pieces = list(_pieces(weights[:, :sides].reshape(rows * sides, strips), weighed, sides))
        by_side = weighed.reshape(rows, sides, BLOCK_FRAMES, CHANNELS)
        self._rows = by_side[:, 0] if sides == 1 else np.einsum("rcfc->rfc", by_side)

    def gather(self, blocks: Sequence[Block]) -> None:
        """Take the strips' blocks, in the order of `strip_ids`."""
        self._joined = b""  # what it was is near at hand: let its memory be taken again
        # join lays them side by side in a quarter of the time that NumPy takes for one after the other
        self._joined = b"".join(cast("Sequence[Buffer]", blocks))

    def mix(self) -> Block:
        """What was gathered, weighed and added up: (rows, BLOCK_FRAMES, CHANNELS), which stay until the next call."""
        for weights, first_strip, rows in self._pieces:
            parts, _, samples = rows.shape
            shape, begin = (parts, weights.shape[1], samples), first_strip * SAMPLES * SAMPLE_BYTES
            steps = (samples * SAMPLE_BYTES, SAMPLES * SAMPLE_BYTES, SAMPLE_BYTES)
            np.matmul(weights, np.ndarray(shape, np.float32, self._joined, begin, steps), out=rows)
        return self._rows

    def glide(self, after: Bus) -> Block:
        """Mix on the way from these weights to those of another bus for the same strips, which takes the sound too."""
        after._joined = self._joined
        before_rows, after_rows = self.mix(), after.mix()
        return before_rows + (after_rows - before_rows) * GLIDE[:, None]

    def peaks(self) -> Numbers:
        """The highest of each gathered block, whichever side it is on."""
        sound = self._sound()
        return np.asarray(np.maximum(sound.max(axis=1), -sound.min(axis=1)), np.float64)

    def last_frames(self) -> Block:
        """The last frame of each gathered block: (strips, CHANNELS)."""
        return self._sound()[:, -CHANNELS:]

    def _sound(self) -> Block:
        return np.ndarray((len(self.strip_ids), SAMPLES), np.float32, self._joined)


def _pieces(weights: Block, weighed: Block, sides: int) -> Iterator[Piece]:
    """Where every strip has a low cut nothing goes straight to the sum. Many strips feed the first rows; many different
    low cuts behind them are fed by a strip or two each: those are taken CLUSTER_ROWS at a time with the strips that
    feed them, which lie together (see `arranged`)."""
    rows, strips = weights.shape
    first_row = 0 if weights[:sides].any() else sides
    dense_end = rows if rows <= DENSE_ROWS * sides else max(first_row, _dense_end(weights))
    if strips and first_row < dense_end:
        yield _piece(weights[first_row:dense_end], 0, weighed[first_row:dense_end])
    for first in range(dense_end, rows, CLUSTER_ROWS * sides):
        cluster = weights[first : first + CLUSTER_ROWS * sides]
        feeding = np.flatnonzero(cluster.any(axis=0))
        if feeding.size:
            first_strip = int(feeding[0])
            strips_of = cluster[:, first_strip : int(feeding[-1]) + 1]
            yield _piece(strips_of, first_strip, weighed[first : first + len(cluster)])


def _piece(weights: Block, first_strip: int, rows: Block) -> Piece:
    by_part = rows.reshape(len(rows), _parts(weights.size), -1).swapaxes(0, 1)
    return Piece(np.ascontiguousarray(weights), first_strip, by_part)


def _dense_end(weights: Block) -> int:
    feeding = np.count_nonzero(weights, axis=1)
    dense = np.flatnonzero(feeding * DENSE_SHARE > weights.shape[1])
    return int(dense[-1]) + 1 if dense.size else 0


def arranged(columns: Numbers) -> list[int]:
    """The strips, given what each sends to each row, in such an order that those which feed the same cluster lie
    together."""
    rows, strips = columns.shape
    last = np.zeros(strips, np.intp)
    for row in range(DENSE_ROWS, rows):
        last[columns[row] != 0.0] = row
    return [int(index) for index in np.argsort(last, kind="stable")]


@lru_cache(maxsize=1024)
def _parts(products_a_sample: int) -> int:
    """Into how many equal parts a block is cut so that no matrix product is worth a second thread."""
    whole = products_a_sample * SAMPLES
    parts = range(1, SAMPLES)
    return next((n for n in parts if SAMPLES % n == 0 and whole // n <= ONE_THREAD_PRODUCTS), SAMPLES)
