"""Runs the mixer's shared resonators: a few second-order filters, both channels, one block at a time.

Holds which banks there are and what rings in them; the recursion itself is that of `stage.resonator_loops`. Knows
nothing of strips or gains.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from weakref import ref

import numpy as np

from stage.addresses import address, aligned
from stage.machine_code import arguments
from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.resonator_loops import RUNG, loop
from stage.strip import Bank, Numbers

INPUTS = 2
"""What a bank is fed: difference and level (see `stage.strip`)."""
STATES = 2


class Resonators:
    """The banks in use and what they still ring with."""

    def __init__(self) -> None:
        self._ring = loop()
        self._heard = aligned((1 + RUNG, BLOCK_FRAMES, CHANNELS), np.float64)
        self._mixed = aligned((BLOCK_FRAMES, CHANNELS), np.float32)
        self._gain = ctypes.c_double()
        self._fed: Callable[[], Block | None] = _nothing
        self._use((), np.zeros((0, STATES, CHANNELS)))

    @property
    def banks(self) -> tuple[Bank, ...]:
        return self._banks

    def use(self, banks: tuple[Bank, ...]) -> None:
        """Take these banks from the next `run` on; those that were in use ring on, others are silent."""
        if banks != self._banks:
            states = np.zeros((len(banks), STATES, CHANNELS))
            rung = dict(zip(self._banks, self._states, strict=True))
            for place, bank in enumerate(banks):
                states[place] = rung.get(bank, 0.0)
            self._use(banks, states)

    def ringing(self) -> frozenset[Bank]:
        """The banks that are not silent yet."""
        return frozenset(bank for bank, states in zip(self._banks, self._states, strict=True) if states.any())

    def run(self, fed: Block, gain: float = 1.0) -> Block:
        """Filter one block and return the sum of all banks and of row 0 times `gain`, (BLOCK_FRAMES, CHANNELS), which
        stays until the next call.

        `fed` is (rows, BLOCK_FRAMES, CHANNELS), contiguous: row 0 passes as it is, then each bank has two, its
        difference and its level.
        """
        if fed is not self._fed():
            self._feed_from(fed)
        self._gain.value = gain
        self._ring(self._ringing_at)
        return self._mixed

    def _feed_from(self, fed: Block) -> None:
        """Check these rows and where they lie: once for all blocks that come in the same memory."""
        expected = (1 + INPUTS * len(self._banks), BLOCK_FRAMES, CHANNELS)
        if fed.shape != expected or fed.dtype != np.float32 or not fed.flags.c_contiguous:
            raise ValueError(f"expected contiguous float32 rows {expected}, got {fed.shape} {fed.dtype}")
        self._fed = ref(fed)  # not held: rows of a glide are large, and gone with the block
        self._ringing = arguments(address(fed), len(self._banks), *self._places)
        self._ringing_at = ctypes.addressof(self._ringing)

    def _use(self, banks: tuple[Bank, ...], states: Numbers) -> None:
        self._banks = banks
        places_in_all = -(-len(banks) // RUNG) * RUNG
        self._poles = np.zeros((places_in_all, 2, CHANNELS))
        self._poles[: len(banks)] = np.array([(-bank.a1, -bank.a2) for bank in banks]).reshape(-1, 2, 1)
        self._ring_on = np.zeros((places_in_all, STATES, CHANNELS))
        self._ring_on[: len(banks)] = states
        self._states = self._ring_on[: len(banks)]
        gain_at = ctypes.addressof(self._gain)
        poles_at, states_at, heard_at = (array.ctypes.data for array in (self._poles, self._ring_on, self._heard))
        self._places = poles_at, states_at, gain_at, heard_at, address(self._mixed)
        self._fed = _nothing


def _nothing() -> None:
    """What a reference says whose array is gone."""
