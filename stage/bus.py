"""Weighs strips and adds them up: from their blocks to the few rows that the sum and the shared resonators are fed.

Tells the loops of `stage.bus_loops` where the strips' blocks lie (their sound is read there and not copied) and keeps
the weights as those want them. Knows nothing of filters; what a row is for is the mixer's business.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stage.addresses import address, aligned
from stage.bus_loops import STRIPS, loops
from stage.machine_code import arguments
from stage.picture import BLOCK_FRAMES, CHANNELS, Block, silence
from stage.strip import Numbers

_RAMP = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
GLIDE: Block = np.repeat(_RAMP[:, None], CHANNELS, axis=1)
"""From just after the last block's value to the new one. Of both sides: NumPy is slow where it has but one for two."""

ITEMS = tuple.__basicsize__
"""Where in a tuple its items begin."""

_SILENCE = silence(BLOCK_FRAMES)
_SILENCE_AT = address(_SILENCE)
_KNOWN = id(np.ndarray), id(np.dtype(np.float32))


class Bus:
    """The strips that sound and their weights: row 0 is the sum itself, then those of the banks.

    `weights` is (rows, strips, CHANNELS) float32.
    """

    def __init__(self, strip_ids: list[str], weights: Block) -> None:
        self.strip_ids = strip_ids
        self._loops = loops()
        self._blocks: tuple[Block, ...] = ()
        places = -(-len(strip_ids) // STRIPS) * STRIPS
        self._lie_at = np.full(places, _SILENCE_AT, np.int64)
        self._peaks = np.zeros(places, np.float32)
        self._lasts = np.zeros((places, CHANNELS), np.float32)
        self._missing = ctypes.c_int64()
        self._table_at, self._heard_at = self._lie_at.ctypes.data, (address(self._peaks), address(self._lasts))
        self.expect(len(strip_ids), range(len(strip_ids)))
        self.set_weights(weights)

    def set_weights(self, weights: Block) -> None:
        self.weights = weights
        rows, places = len(weights), len(self._lie_at)
        padded = np.zeros((rows, places, CHANNELS), np.float32)
        padded[:, : len(self.strip_ids)] = weights
        sides_as_one = padded.view(np.complex64).reshape(rows, -1, STRIPS)
        self._weights = np.ascontiguousarray(sides_as_one.transpose(1, 0, 2))
        self._turns = _turns(padded)
        self._rows = aligned((rows, BLOCK_FRAMES, CHANNELS), np.float32)
        at_weights, at_turns, at_rows = self._weights.ctypes.data, self._turns.ctypes.data, address(self._rows)
        groups, banks = places // STRIPS, rows // 2
        self._weighing = arguments(self._table_at, groups, at_weights, at_turns, banks, at_rows, *self._heard_at)
        self._weighing_at = ctypes.addressof(self._weighing)

    def expect(self, blocks: int, positions: Sequence[int]) -> None:
        """From now on so many blocks come, and those of these strips are at these positions."""
        self._expected, self.positions = blocks, np.array(positions, np.int32)
        found = self._table_at, ctypes.addressof(self._missing)
        self._finding = arguments(0, self.positions.ctypes.data, len(self.strip_ids), *_KNOWN, *found)
        self._finding_at = ctypes.addressof(self._finding)

    def gather(self, blocks: Sequence[Block]) -> None:
        """Take the strips' blocks, until the next. Each is (BLOCK_FRAMES, CHANNELS) float32; nobody may write to it
        before it is mixed."""
        blocks = tuple(blocks)
        if len(blocks) != self._expected:
            raise ValueError(f"expected {self._expected} blocks, got {len(blocks)}")
        self._finding[0] = id(blocks) + ITEMS
        self._loops.find(self._finding_at)
        if self._missing.value:
            self._lie_at[:] = _SILENCE_AT  # should a block be refused
            blocks = tuple(_plain(blocks[position]) for position in self.positions)
            self._lie_at[: len(blocks)] = [address(block) for block in blocks]
        self._blocks = blocks  # held: the loops know only where they lie

    def mix(self) -> Block:
        """What was gathered, weighed and added up: (rows, BLOCK_FRAMES, CHANNELS), which stay until the next call."""
        self._loops.weigh(self._weighing_at)
        return self._rows

    def glide(self, after: Bus) -> Block:
        """Mix on the way from these weights to those of another bus for the same strips, which takes the sound too."""
        after._blocks = self._blocks
        after._lie_at[:] = self._lie_at
        before_rows, after_rows = self.mix(), after.mix()
        return before_rows + (after_rows - before_rows) * GLIDE

    def go_on_from(self, other: Bus) -> None:
        """Have mixed what `other` has, which mixed strips besides, behind these."""
        strips = len(self.strip_ids)
        self._peaks[:strips], self._lasts[:strips] = other._peaks[:strips], other._lasts[:strips]

    def peaks(self) -> Numbers:
        """The highest of each block that was mixed, whichever side it is on."""
        return self._peaks[: len(self.strip_ids)].astype(np.float64)

    def last_frames(self) -> Block:
        """The last frame of each block that was mixed: (strips, CHANNELS)."""
        return self._lasts[: len(self.strip_ids)].copy()


def _plain(block: Block) -> Block:
    """A block as the loops read it."""
    if block.shape != (BLOCK_FRAMES, CHANNELS) or block.dtype != np.float32:
        raise ValueError(f"expected ({BLOCK_FRAMES}, {CHANNELS}) float32, got {block.shape} {block.dtype}")
    return np.ascontiguousarray(block, np.float32)


def _turns(weights: Block) -> npt.NDArray[np.int32]:
    """Whether each group of strips feeds row 0, how many banks, and which: (groups, 2 + banks), of which the others
    come last."""
    rows = len(weights)
    feeds = (weights != 0.0).reshape(rows, -1).view(np.uint64)  # the eight of a group as one number
    feeding = feeds[1:].reshape(rows // 2, 2, feeds.shape[1]).any(axis=1).T
    which = np.argsort(~feeding, axis=1, kind="stable")
    return np.column_stack([feeds[0] != 0, feeding.sum(axis=1), which]).astype(np.int32)


def arranged(columns: Numbers) -> list[int]:
    """The strips, given what each sends to each row, in such an order that those which feed the same rows lie together:
    rows that none of STRIPS neighbours feeds are passed over."""
    feeds = np.ascontiguousarray((columns != 0.0).T)
    return sorted(range(len(feeds)), key=[one.tobytes() for one in feeds].__getitem__)
