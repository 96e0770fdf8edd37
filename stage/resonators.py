"""Runs the mixer's shared resonators: a few second-order filters, both channels, one block at a time.

Python is too slow for a loop over frames and SciPy too slow to be called once a resonator, so the block is cut into
RUNS runs and the recursion becomes a few operations on all banks at once. One product gives what each run is heard as
by itself and what it adds to the modes, another what the modes that a run begins with are heard as. Between them the
modes are carried from run to run by a running sum: a mode only turns and shrinks, so all that was added is told by what
it would have been at the block's beginning. In float64, where no pole comes near the limits (the quickest, of the
treble, shrinks to 1e-184 over a block). Knows nothing of strips or gains.
"""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.strip import Bank, Numbers

RUN_FRAMES = 12
RUNS = BLOCK_FRAMES // RUN_FRAMES
INPUTS = 2
"""What a bank is fed: difference and level (see `stage.strip`)."""

GROUP_BANKS = 8
"""Banks that share their products. Most of what these multiply is nought where there are more, and OpenBLAS would wake
other threads for them (see `stage.bus`)."""

QUIET = 1e-20
"""Modes below this have rung out."""

Modes: TypeAlias = npt.NDArray[np.complex128]


class Resonators:
    """The banks in use and what they still ring with."""

    def __init__(self) -> None:
        self._use((), {})

    @property
    def banks(self) -> tuple[Bank, ...]:
        return self._banks

    def use(self, banks: tuple[Bank, ...]) -> None:
        """Take these banks from the next `run` on; those that were in use ring on, others are silent."""
        if banks != self._banks:
            self._use(banks, self._rung())

    def ringing(self) -> frozenset[Bank]:
        """The banks that are not silent yet."""
        loud = np.abs(self._carrying.kept) > QUIET
        return frozenset(bank for bank, modes in self._modes.items() if loud[:, modes].any())

    def run(self, fed: Block) -> Block:
        """Filter one block and return the sum of all banks, (BLOCK_FRAMES, CHANNELS).

        `fed` has for each bank two such rows, its difference and its level.
        """
        for group in self._groups:
            group.run(fed)
        first, *others = (group.heard for group in self._groups)
        heard = self._carrying.run()
        for other in others:
            heard += other
        mixed = np.empty((RUNS, RUN_FRAMES, CHANNELS), np.float32)
        np.add(heard, first, out=mixed.transpose(2, 0, 1))
        return mixed.reshape(BLOCK_FRAMES, CHANNELS)

    def _rung(self) -> dict[Bank, Modes]:
        """What each bank rings with at the end of the last block: (CHANNELS, its modes)."""
        return {bank: self._carrying.kept[:, modes] for bank, modes in self._modes.items()}

    def _use(self, banks: tuple[Bank, ...], rung: Mapping[Bank, Modes]) -> None:
        tables = [_tables(bank) for bank in banks]
        edges = [0, *accumulate(one.modes for one in tables)]
        self._banks = banks
        self._modes = {bank: slice(*ends) for bank, ends in zip(banks, pairwise(edges), strict=True)}
        self._carrying = Carrying(tables)
        for bank, modes in self._rung().items():
            modes[...] = rung.get(bank, 0.0)
        self._groups = [
            Group(tables[first:end], first * INPUTS, self._carrying, slice(edges[first], edges[end]))
            for first in range(0, len(banks), GROUP_BANKS)
            for end in (min(first + GROUP_BANKS, len(banks)),)
        ]


class Carrying:
    """The modes of all banks, carried from run to run."""

    def __init__(self, tables: Sequence[Tables]) -> None:
        modes = sum(one.modes for one in tables)
        self.back = np.concatenate([np.zeros((RUNS, 0)), *(one.back for one in tables)], axis=1)
        """By how much more what a run adds to a mode would have been at the block's beginning."""
        self._forth = np.concatenate([np.zeros((RUNS + 1, 0)), *(one.forth for one in tables)], axis=1)
        self._heard = np.concatenate([np.zeros((0, RUN_FRAMES)), *(one.rings for one in tables)]).astype(np.float32)

        told = np.zeros((CHANNELS, RUNS + 1, modes), np.complex128)
        self._told, self.kept, self.added = told, told[:, 0], told[:, 1:]
        """From block to block; and what each run adds, as told at the beginning."""
        self._modes = np.empty_like(told)
        self._ends = self._modes[:, RUNS]
        self._starts = np.empty(told.shape, np.complex64)
        self._rings = self._starts[:, :RUNS].view(np.float32)

    def run(self) -> Block:
        """Return what the modes with which each run begins are heard as: (CHANNELS, RUNS, RUN_FRAMES)."""
        np.add.accumulate(self._told, axis=1, out=self._modes)
        np.multiply(self._modes, self._forth, out=self._modes)
        np.copyto(self.kept, self._ends)
        np.copyto(self._starts, self._modes, casting="same_kind")
        heard: Block = np.matmul(self._rings, self._heard)
        return heard


class Group:
    """A few banks side by side, run by run: what their rows are heard as within it, and what they add to the modes."""

    def __init__(self, tables: Sequence[Tables], first_row: int, carrying: Carrying, modes: slice) -> None:
        rows = len(tables) * INPUTS
        self._rows = slice(first_row, first_row + rows)
        self._by_run = rows, RUNS, RUN_FRAMES, CHANNELS
        self._runs = np.empty((CHANNELS, RUNS, rows * RUN_FRAMES), np.float32)
        self._inputs = self._runs.reshape(CHANNELS, RUNS, rows, RUN_FRAMES)
        self._by_itself = _by_itself(tables)
        self._given = np.empty((CHANNELS, RUNS, self._by_itself.shape[1]), np.float32)
        self.heard = self._given[..., :RUN_FRAMES]
        self._added = self._given[..., RUN_FRAMES:].view(np.complex64)
        self._back, self._told = carrying.back[:, modes], carrying.added[..., modes]

    def run(self, fed: Block) -> None:
        np.copyto(self._inputs, fed[self._rows].reshape(self._by_run).transpose(3, 1, 0, 2))
        np.matmul(self._runs, self._by_itself, out=self._given)
        np.multiply(self._added, self._back, out=self._told)


class Tables(NamedTuple):
    """A bank, written out. Its modes turn and shrink by their poles from frame to frame; heard is their real part."""

    modes: int
    hears: Numbers
    """What each input frame of a run is heard as within the run: (INPUTS, RUN_FRAMES, RUN_FRAMES)."""
    pushes: Numbers
    """What it adds to the modes after the run, real and imaginary: (INPUTS, RUN_FRAMES, 2 · modes)."""
    back: Modes
    """See `Carrying`: (RUNS, modes)."""
    forth: Modes
    """And back again: (RUNS + 1, modes)."""
    rings: Numbers
    """What modes at the start of a run are heard as, frame by frame: (2 · modes, RUN_FRAMES)."""


@lru_cache(maxsize=512)
def _tables(bank: Bank) -> Tables:
    poles, entering = _modal(bank)
    frames, runs = np.arange(RUN_FRAMES), np.arange(RUNS + 1)[:, None]
    turned = poles ** frames[:, None]
    pushes = entering[:, None] * turned[::-1]
    hears = np.zeros((INPUTS, RUN_FRAMES, RUN_FRAMES))
    tails = (entering @ turned.T).real
    for frame in frames:
        hears[:, frame, frame] = 1.0, bank.at_one - 1.0
        hears[:, frame, frame + 1 :] = tails[:, : RUN_FRAMES - 1 - frame]
    over_a_run = poles**RUN_FRAMES
    back, forth = over_a_run ** -runs[1:], over_a_run**runs
    return Tables(len(poles), hears, _floats(pushes), back, forth, _floats(turned.conj()).T)


def _modal(bank: Bank) -> tuple[Modes, Modes]:
    """Its poles, and what a frame of each input adds to each mode one frame later: (INPUTS, modes).

    By partial fractions, from factors: near 0 Hz differences of polynomials would lose their digits.
    """
    middle, root = -bank.a1 / 2.0, cmath.sqrt(bank.a1**2 / 4.0 - bank.a2)
    pair = np.array([middle + root, middle - root])
    entering = np.array([-pair * (1.0 - pair), bank.at_one * pair**2]) / np.array([2.0 * root, -2.0 * root])
    if root.imag:  # the other one is its mirror image
        return pair[:1], 2.0 * entering[:, :1]
    return pair, entering


def _by_itself(tables: Sequence[Tables]) -> Block:
    """From all rows of a run to what is heard within it and, behind that, what it adds to the modes after it."""
    modes = sum(one.modes for one in tables)
    table = np.zeros((len(tables), INPUTS, RUN_FRAMES, RUN_FRAMES + 2 * modes), np.float32)
    first = RUN_FRAMES
    for rows, one in zip(table, tables, strict=True):
        rows[..., :RUN_FRAMES] = one.hears
        rows[..., first : first + 2 * one.modes] = one.pushes
        first += 2 * one.modes
    return table.reshape(-1, RUN_FRAMES + 2 * modes)


def _floats(modes: Modes) -> Numbers:
    """Real and imaginary parts side by side."""
    return np.ascontiguousarray(modes).view(np.float64)
