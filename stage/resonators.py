"""Runs the mixer's shared resonators: a few second-order filters, both channels, one block at a time.

Python is too slow for a loop over frames and SciPy too slow to be called once a resonator, so the block is cut into
RUNS runs and the recursion becomes four matrix products: what each run gives by itself, what it adds to the states, the
states at the start of each run (a product too: a run's start depends on all runs before it), and what those give. The
states are float64: in float32 a 20 Hz resonator would drift. Knows nothing of strips or gains.
"""

from __future__ import annotations

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
        self._states = np.zeros((0, STATES, CHANNELS))
        self._use(())

    @property
    def banks(self) -> tuple[Bank, ...]:
        return self._banks

    def use(self, banks: tuple[Bank, ...]) -> None:
        """Take these banks from the next `run` on; those that were in use ring on in their state, others are silent."""
        if banks != self._banks:
            kept = dict(zip(self._banks, self._states, strict=True))
            silent = np.zeros((STATES, CHANNELS))
            self._states = np.array([kept.get(bank, silent) for bank in banks]).reshape(-1, STATES, CHANNELS)
            self._use(banks)

    def ringing(self) -> frozenset[Bank]:
        """The banks that are not silent yet."""
        return frozenset(bank for bank, state in zip(self._banks, self._states, strict=True) if state.any())

    def run(self, fed: Block) -> Numbers:
        """Filter one block and return the sum of all banks, (CHANNELS, BLOCK_FRAMES).

        `fed` is (CHANNELS, banks · INPUTS, BLOCK_FRAMES), for each bank its difference and its level.
        """
        count = len(self._banks)
        self._runs[...] = fed.reshape(CHANNELS, count, INPUTS, RUNS, RUN_FRAMES).transpose(0, 3, 1, 2, 4)
        alone = np.matmul(self._in_parts, self._alone).reshape(CHANNELS, RUNS, RUN_FRAMES)
        added = np.matmul(self._by_bank, self._pushes)
        self._pushed[:, 0] = self._states
        self._pushed[:, 1:] = added.transpose(0, 2, 3, 1)
        history = self._pushed.reshape(count, (RUNS + 1) * STATES, CHANNELS)
        starts = np.matmul(self._carried, history).reshape(count, RUNS + 1, STATES, CHANNELS)
        self._states = starts[:, RUNS].copy()
        self._states[np.abs(self._states) < QUIET] = 0.0
        rung = starts[:, :RUNS].transpose(3, 1, 0, 2).reshape(CHANNELS, RUNS, count * STATES)
        return np.asarray((np.matmul(rung, self._rings) + alone).reshape(CHANNELS, BLOCK_FRAMES))

    def _use(self, banks: tuple[Bank, ...]) -> None:
        count = len(banks)
        inputs = count * INPUTS * RUN_FRAMES
        self._banks = banks
        self._runs = np.empty((CHANNELS, RUNS, count, INPUTS, RUN_FRAMES), np.float32)
        self._in_parts = self._runs.reshape(CHANNELS, _parts(inputs), -1, inputs) if count else self._runs
        self._by_bank = self._runs.reshape(CHANNELS, RUNS, count, INPUTS * RUN_FRAMES).transpose(2, 0, 1, 3)
        self._pushed = np.empty((count, RUNS + 1, STATES, CHANNELS))
        self._carried = np.array([_carried(bank) for bank in banks])
        responses = [_responses(bank) for bank in banks]
        self._alone = np.array([alone for alone, _ in responses], np.float32).reshape(inputs, RUN_FRAMES)
        self._pushes = np.array([pushes for _, pushes in responses])[:, None]
        self._rings = np.array([_rings(bank) for bank in banks]).reshape(count * STATES, RUN_FRAMES)


def _parts(inputs: int) -> int:
    """Into how many parts the runs are cut so that no product is worth a second thread."""
    fitting = (n for n in range(1, RUNS) if RUNS % n == 0 and RUNS // n * inputs * RUN_FRAMES <= ONE_THREAD_PRODUCTS)
    return next(fitting, RUNS)


def _step(bank: Bank) -> Numbers:
    """The state matrix of the transposed direct form II."""
    return np.array([[-bank.a1, 1.0], [-bank.a2, 0.0]])


def _rings(bank: Bank) -> Numbers:
    """What a state at the start of a run is heard as, frame by frame: (STATES, RUN_FRAMES)."""
    step = _step(bank)
    return np.array([np.linalg.matrix_power(step, frame)[0] for frame in range(RUN_FRAMES)]).T


def _responses(bank: Bank) -> tuple[Numbers, Numbers]:
    """What each input frame of a run is heard as within the run, and what it adds to the state after it."""
    step, rings = _step(bank), _rings(bank)
    at_one = bank.at_one
    enters = np.array([[-bank.a1 - 1.0, -bank.a2], [-at_one * bank.a1, -at_one * bank.a2]])  # (INPUTS, STATES)
    alone = np.zeros((INPUTS, RUN_FRAMES, RUN_FRAMES))
    pushes = np.zeros((INPUTS, RUN_FRAMES, STATES))
    for which, passes in enumerate((1.0, at_one)):
        for frame in range(RUN_FRAMES):
            alone[which, frame, frame] = passes
            alone[which, frame, frame + 1 :] = enters[which] @ rings[:, : RUN_FRAMES - 1 - frame]
            pushes[which, frame] = np.linalg.matrix_power(step, RUN_FRAMES - 1 - frame) @ enters[which]
    return alone.reshape(-1, RUN_FRAMES), pushes.reshape(-1, STATES)


def _carried(bank: Bank) -> Numbers:
    """From (state before the block, what each run adds) to the states at the start of each run and after the last."""
    over_a_run = np.linalg.matrix_power(_step(bank), RUN_FRAMES)
    powers = [np.linalg.matrix_power(over_a_run, runs) for runs in range(RUNS + 1)]
    rows = [[powers[row - column] if column <= row else np.zeros((2, 2)) for column in range(RUNS + 1)]
            for row in range(RUNS + 1)]  # fmt: skip
    return np.block(rows)
