"""Runs the mixer's shared resonators: a few second-order filters, both channels, one block at a time.

Python is too slow for a loop over frames and SciPy too slow to be called once a resonator, so the block is cut into
RUNS runs and the recursion becomes four matrix products: what each run gives by itself, what it adds to the states, the
states at the start of each run (a product too: a run's start depends on all runs before it), and what those give. The
states are modal (a pair of poles turns and shrinks, two real ones shrink apart): in float32 those of the direct forms
would drift with a 20 Hz pole, these do not. Knows nothing of strips or gains.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.strip import Bank, Numbers

RUN_FRAMES = 24
RUNS = BLOCK_FRAMES // RUN_FRAMES
INPUTS = 2
"""What a bank is fed: difference and level (see `stage.strip`)."""
STATES = 2

ONE_THREAD_PRODUCTS = 1 << 18
"""OpenBLAS wakes other threads above this many multiplications, which costs more than they bring: stay below."""

QUIET = 1e-20
"""States below this are set to zero: denormal numbers would cost a hundred times the work."""


class Resonators:
    """The banks in use and what they still ring with."""

    def __init__(self) -> None:
        self._banks: tuple[Bank, ...] = ()
        self._states = np.zeros((0, STATES, CHANNELS), np.float32)
        self._use(())

    @property
    def banks(self) -> tuple[Bank, ...]:
        return self._banks

    def use(self, banks: tuple[Bank, ...]) -> None:
        """Take these banks from the next `run` on; those that were in use ring on in their state, others are silent."""
        if banks != self._banks:
            kept = dict(zip(self._banks, self._states, strict=True))
            self._states = np.zeros((len(banks), STATES, CHANNELS), np.float32)
            for state, bank in zip(self._states, banks, strict=True):
                state[...] = kept.get(bank, 0.0)
            self._use(banks)

    def ringing(self) -> frozenset[Bank]:
        """The banks that are not silent yet."""
        return frozenset(bank for bank, state in zip(self._banks, self._states, strict=True) if state.any())

    def run(self, fed: Block) -> Block:
        """Filter one block and return the sum of all banks, (CHANNELS, BLOCK_FRAMES).

        `fed` is (CHANNELS, banks · INPUTS, BLOCK_FRAMES), for each bank its difference and its level.
        """
        count = len(self._banks)
        self._runs[...] = fed.reshape(CHANNELS, count, INPUTS, RUNS, RUN_FRAMES).transpose(0, 3, 1, 2, 4)
        np.matmul(self._by_group, self._alone, out=self._heard)
        np.matmul(self._by_bank, self._pushes, out=self._added)
        self._history[:, 0] = self._states
        self._history[:, 1:] = self._added_by_run
        starts = np.matmul(self._carried, self._history.reshape(count, -1, CHANNELS))
        starts = starts.reshape(count, RUNS + 1, STATES, CHANNELS)
        self._states = starts[:, RUNS] * (np.abs(starts[:, RUNS]) >= QUIET)
        rung = starts[:, :RUNS].transpose(3, 1, 0, 2).reshape(CHANNELS * RUNS, count * STATES)
        heard: Block = np.matmul(rung, self._rings) + self._heard.sum(axis=0)
        return heard.reshape(CHANNELS, BLOCK_FRAMES)

    def _use(self, banks: tuple[Bank, ...]) -> None:
        count, groups = len(banks), _groups(len(banks))
        an_input = INPUTS * RUN_FRAMES
        a_group = count // groups * an_input
        tables = [_tables(bank) for bank in banks]
        self._banks = banks
        self._runs = np.empty((CHANNELS, RUNS, count, INPUTS, RUN_FRAMES), np.float32)
        self._by_group = self._runs.reshape(CHANNELS * RUNS, groups, a_group).swapaxes(0, 1)
        self._by_bank = self._runs.reshape(CHANNELS * RUNS, count, an_input).swapaxes(0, 1)
        self._heard = np.empty((groups, CHANNELS * RUNS, RUN_FRAMES), np.float32)
        self._added = np.empty((count, CHANNELS * RUNS, STATES), np.float32)
        self._added_by_run = self._added.reshape(count, CHANNELS, RUNS, STATES).transpose(0, 2, 3, 1)
        self._history = np.empty((count, RUNS + 1, STATES, CHANNELS), np.float32)
        self._alone = np.array([one.alone for one in tables], np.float32).reshape(groups, a_group, RUN_FRAMES)
        self._pushes = np.array([one.pushes for one in tables], np.float32).reshape(count, an_input, STATES)
        self._carried = np.array([one.carried for one in tables], np.float32)
        self._rings = np.array([one.rings for one in tables], np.float32).reshape(count * STATES, RUN_FRAMES)


class Tables(NamedTuple):
    """A bank's recursion, written out for one run and for a block of runs."""

    alone: Numbers
    """What each input frame of a run is heard as within the run: (INPUTS · RUN_FRAMES, RUN_FRAMES)."""
    pushes: Numbers
    """What it adds to the state after the run: (INPUTS · RUN_FRAMES, STATES)."""
    carried: Numbers
    """From (state before the block, what each run adds) to the states at the start of each run and after the last."""
    rings: Numbers
    """What a state at the start of a run is heard as, frame by frame: (STATES, RUN_FRAMES)."""


@lru_cache(maxsize=512)
def _tables(bank: Bank) -> Tables:
    step, entering, heard = _modal(bank)
    powers = [np.eye(STATES)]
    for _ in range(RUN_FRAMES):
        powers.append(powers[-1] @ step)
    rings = np.array([heard @ power for power in powers[:RUN_FRAMES]]).T
    alone = np.zeros((INPUTS, RUN_FRAMES, RUN_FRAMES))
    pushes = np.zeros((INPUTS, RUN_FRAMES, STATES))
    for which, passes in enumerate((1.0, bank.at_one - 1.0)):
        for frame in range(RUN_FRAMES):
            alone[which, frame, frame] = passes
            alone[which, frame, frame + 1 :] = entering[which] @ rings[:, : RUN_FRAMES - 1 - frame]
            pushes[which, frame] = powers[RUN_FRAMES - 1 - frame] @ entering[which]
    return Tables(alone.reshape(-1, RUN_FRAMES), pushes.reshape(-1, STATES), _carried(powers[RUN_FRAMES]), rings)


def _modal(bank: Bank) -> tuple[Numbers, Numbers, Numbers]:
    """One frame's step of the state, how each input enters it (INPUTS, STATES), and how it is heard.

    The transposed direct form II, in coordinates in which a pair of poles turns and two real ones stay apart.
    """
    middle, square = -bank.a1 / 2.0, bank.a1**2 / 4.0 - bank.a2
    root = math.sqrt(abs(square))
    if square < 0.0:
        step = np.array([[middle, root], [-root, middle]])
        modes = np.array([[1.0, 0.0], [-middle, root]])
    else:
        step = np.diag([middle + root, middle - root])
        modes = np.array([[1.0, 1.0], [root - middle, -root - middle]])
    difference = [-bank.a1 - 1.0, -bank.a2]
    level = [-bank.at_one * bank.a1, -bank.at_one * bank.a2]
    return step, np.linalg.solve(modes, np.array([difference, level]).T).T, modes[0]


def _carried(over_a_run: Numbers) -> Numbers:
    powers = [np.linalg.matrix_power(over_a_run, runs) for runs in range(RUNS + 1)]
    rows = [[powers[row - column] if column <= row else np.zeros((2, 2)) for column in range(RUNS + 1)]
            for row in range(RUNS + 1)]  # fmt: skip
    return np.block(rows)


def _groups(banks: int) -> int:
    """Into how many groups of as many banks they are cut so that no product is worth a second thread."""
    products = CHANNELS * RUNS * INPUTS * RUN_FRAMES * RUN_FRAMES
    fitting = (n for n in range(1, banks) if banks % n == 0 and banks // n * products <= ONE_THREAD_PRODUCTS)
    return next(fitting, max(1, banks))
