"""The mixer's loops over samples, which `stage.machine_code` turns into machine code.

Plain Python over flat arrays, each in one order of operations that no compiler may change: every CPU gives the same
bytes. Sound is strip after strip, (frames, channels) each; the rows between the loops are (rows, channels, frames), so
that the compiler can take frames side by side in the CPU's vectors. Nothing here allocates, calls or can fail.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from stage import picture
from stage.machine_code import Call, Loop, load, user_folder
from stage.picture import BLOCK_FRAMES, CHANNELS

STRIPS = 4
"""Weighed at a time: what a row has so far is fetched and put back once for so many."""
SIDE = STRIPS * BLOCK_FRAMES

QUIET, ABSURD = 1e-20, 1e15
"""What rings more quietly has rung out: denormal numbers, which silence would end in for ever, cost many CPUs a hundred
times the work. What rings louder, or is no number, comes from a broken source: it is forgotten with the block that it
broke.
"""

MAGNITUDE = np.int32(0x7FFFFFFF)
"""A float without its sign."""

Floats: TypeAlias = MutableSequence[np.float32]
Bits: TypeAlias = MutableSequence[np.int32]
Numbers: TypeAlias = MutableSequence[np.float64]


class Loops(NamedTuple):
    """The functions below, as machine code."""

    weigh: Call
    ring: Call
    find_peaks: Call


@cache
def loops() -> Loops:
    """Load them; the first time on a machine compile them, which takes some seconds."""
    here = Path(__file__)
    return Loops(
        *load(
            [
                Loop(weigh, ("sound", "count", "floats", "count", "floats", "floats")),
                Loop(ring, ("floats", "count", "numbers", "numbers", "floats")),
                Loop(find_peaks, ("sound bits", "count", "integers")),
            ],
            sources=[here, Path(picture.__file__)],
            folders=[here.parent / "__pycache__", user_folder()],
        )
    )


def weigh(sound: Floats, strips: int, weights: Floats, rows: int, apart: Floats, fed: Floats) -> None:
    """Weigh strips and add them up to `rows` rows.

    `weights` is (rows, channels, strips), with zeros up to the next whole STRIPS strips; what is zero for all of those
    costs nothing. `apart` is (channels, STRIPS, frames), and holds nothing from call to call.
    """
    weighed = (strips + STRIPS - 1) // STRIPS * STRIPS
    for place in range(rows * CHANNELS * BLOCK_FRAMES):
        fed[place] = np.float32(0.0)
    for first in range(0, weighed, STRIPS):
        for one in range(STRIPS):
            lane, at = one * BLOCK_FRAMES, (first + one) * BLOCK_FRAMES * CHANNELS
            if first + one < strips:
                for frame in range(BLOCK_FRAMES):
                    apart[lane + frame] = sound[at + 2 * frame]
                    apart[SIDE + lane + frame] = sound[at + 2 * frame + 1]
            else:
                for frame in range(BLOCK_FRAMES):
                    apart[lane + frame] = apart[SIDE + lane + frame] = np.float32(0.0)
        for line in range(rows * CHANNELS):
            at = line * weighed + first
            a, b, c, d = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
            if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:
                x, to = line % CHANNELS * SIDE, line * BLOCK_FRAMES
                y, z, w = x + BLOCK_FRAMES, x + 2 * BLOCK_FRAMES, x + 3 * BLOCK_FRAMES
                for i in range(BLOCK_FRAMES):
                    fed[to + i] += (a * apart[x + i] + b * apart[y + i]) + (c * apart[z + i] + d * apart[w + i])


def ring(fed: Floats, banks: int, poles: Numbers, states: Numbers, mixed: Floats) -> None:
    """Put row 0 and what the banks make of theirs into `mixed`, (frames, channels).

    A bank is a second-order section in transposed direct form II, in float64, where 20 Hz is exact enough:
    (difference · (1 − z⁻¹) + level · (A(1) − A(z))) / A(z). `poles` is (banks, 2), a1 and a2 of A; `states` (banks,
    channels, 2). Both channels are in one pass, and what needs no result of the frame before stands by itself: the CPU
    does it while it waits for one.
    """
    for frame in range(BLOCK_FRAMES):
        mixed[2 * frame], mixed[2 * frame + 1] = fed[frame], fed[BLOCK_FRAMES + frame]
    for bank in range(banks):
        a1, a2 = poles[2 * bank], poles[2 * bank + 1]
        passes = a1 + a2
        left = (1 + 2 * bank) * CHANNELS * BLOCK_FRAMES
        right = left + BLOCK_FRAMES
        level = CHANNELS * BLOCK_FRAMES
        l1, l2 = states[4 * bank], states[4 * bank + 1]
        r1, r2 = states[4 * bank + 2], states[4 * bank + 3]
        for frame in range(BLOCK_FRAMES):
            difference, steady = np.float64(fed[left + frame]), np.float64(fed[left + level + frame])
            heard = difference + passes * steady + l1
            l1 = (l2 - difference - a1 * steady) - a1 * heard
            l2 = -a2 * steady - a2 * heard
            mixed[2 * frame] += np.float32(heard)
            difference, steady = np.float64(fed[right + frame]), np.float64(fed[right + level + frame])
            heard = difference + passes * steady + r1
            r1 = (r2 - difference - a1 * steady) - a1 * heard
            r2 = -a2 * steady - a2 * heard
            mixed[2 * frame + 1] += np.float32(heard)
        states[4 * bank], states[4 * bank + 1] = l1, l2
        states[4 * bank + 2], states[4 * bank + 3] = r1, r2
    for place in range(banks * CHANNELS * 2):
        if not QUIET <= abs(states[place]) <= ABSURD:
            states[place] = np.float64(0.0)


def find_peaks(sound: Bits, strips: int, peaks: Bits) -> None:
    """The highest of each strip, either side. Without their sign, floats are in the order of their bits as integers,
    which a CPU compares by the vector even where something may be no number."""
    for one in range(strips):
        highest = np.int32(0)
        first = one * BLOCK_FRAMES * CHANNELS
        for place in range(BLOCK_FRAMES * CHANNELS):
            height = sound[first + place] & MAGNITUDE
            if height > highest:
                highest = height
        peaks[one] = highest
