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

ROW = CHANNELS * BLOCK_FRAMES
STRIPS = 4
"""Weighed at a time: what a row has so far is fetched and put back once for so many."""
SIDE = STRIPS * BLOCK_FRAMES
RUNG = 2
"""Banks at a time: one alone would have the CPU wait for each frame's result, more would not find registers."""

QUIET, ABSURD = 1e-20, 1e15
"""What rings more quietly has rung out: denormal numbers, which silence would end in for ever, cost many CPUs a hundred
times the work. What rings louder, or is no number, comes from a broken source: it is forgotten with the block that it
broke.
"""

MAGNITUDE = np.int32(0x7FFFFFFF)
"""A float without its sign."""

Floats: TypeAlias = MutableSequence[np.float32]
Bits: TypeAlias = MutableSequence[np.int32]
Indices: TypeAlias = MutableSequence[int]
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
                Loop(weigh, ("sound", "count", "floats", "integers", "count", "floats", "floats")),
                Loop(ring, ("floats", "count", "numbers", "numbers", "numbers", "floats")),
                Loop(find_peaks, ("sound bits", "count", "integers")),
            ],
            sources=[here, Path(picture.__file__)],
            folders=[here.parent / "__pycache__", user_folder()],
        )
    )


def weigh(sound: Floats, strips: int, weights: Floats, turns: Indices, banks: int, apart: Floats, fed: Floats) -> None:
    """Weigh strips and add them up: to row 0, and to the two of each bank.

    `weights` is (groups of STRIPS strips, channels, rows, STRIPS), with zeros for what is missing of the last group.
    `turns` is (groups, 1 + banks): how many banks the group feeds, and which; others cost nothing. Three are taken at a
    time, as many as a strip feeds. `apart` is (channels, STRIPS, frames), and holds nothing from call to call.
    """
    rows = 1 + 2 * banks
    for place in range(rows * ROW):
        fed[place] = np.float32(0.0)
    for first in range(0, strips, STRIPS):
        for strip in range(first, first + STRIPS):
            lane, at = (strip - first) * BLOCK_FRAMES, strip * ROW
            if strip < strips:
                for frame in range(BLOCK_FRAMES):
                    apart[lane + frame] = sound[at + 2 * frame]
                    apart[SIDE + lane + frame] = sound[at + 2 * frame + 1]
            else:
                for frame in range(BLOCK_FRAMES):
                    apart[lane + frame] = apart[SIDE + lane + frame] = np.float32(0.0)
        turn = first // STRIPS * (1 + banks)
        after = turn + 1 + turns[turn]
        alone = after - turns[turn] % 3
        for channel in range(CHANNELS):
            at, to = (first * CHANNELS + channel * STRIPS) * rows, channel * BLOCK_FRAMES
            x = channel * SIDE
            y, z, w = x + BLOCK_FRAMES, x + 2 * BLOCK_FRAMES, x + 3 * BLOCK_FRAMES
            a, b, c, d = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
            if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:
                for i in range(BLOCK_FRAMES):
                    fed[to + i] += (a * apart[x + i] + b * apart[y + i]) + (c * apart[z + i] + d * apart[w + i])
            for place in range(turn + 1, alone, 3):
                one, two, three = 1 + 2 * turns[place], 1 + 2 * turns[place + 1], 1 + 2 * turns[place + 2]
                k, m, n = at + one * STRIPS, at + two * STRIPS, at + three * STRIPS
                a0, a1, a2, a3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
                b0, b1, b2, b3 = weights[k + 4], weights[k + 5], weights[k + 6], weights[k + 7]
                c0, c1, c2, c3 = weights[m], weights[m + 1], weights[m + 2], weights[m + 3]
                d0, d1, d2, d3 = weights[m + 4], weights[m + 5], weights[m + 6], weights[m + 7]
                e0, e1, e2, e3 = weights[n], weights[n + 1], weights[n + 2], weights[n + 3]
                f0, f1, f2, f3 = weights[n + 4], weights[n + 5], weights[n + 6], weights[n + 7]
                k, m, n = to + one * ROW, to + two * ROW, to + three * ROW
                for i in range(BLOCK_FRAMES):
                    p, q, r, s = apart[x + i], apart[y + i], apart[z + i], apart[w + i]
                    fed[k + i] += (a0 * p + a1 * q) + (a2 * r + a3 * s)
                    fed[k + ROW + i] += (b0 * p + b1 * q) + (b2 * r + b3 * s)
                    fed[m + i] += (c0 * p + c1 * q) + (c2 * r + c3 * s)
                    fed[m + ROW + i] += (d0 * p + d1 * q) + (d2 * r + d3 * s)
                    fed[n + i] += (e0 * p + e1 * q) + (e2 * r + e3 * s)
                    fed[n + ROW + i] += (f0 * p + f1 * q) + (f2 * r + f3 * s)
            for place in range(alone, after):
                one = 1 + 2 * turns[place]
                k = at + one * STRIPS
                a0, a1, a2, a3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
                b0, b1, b2, b3 = weights[k + 4], weights[k + 5], weights[k + 6], weights[k + 7]
                k = to + one * ROW
                for i in range(BLOCK_FRAMES):
                    p, q, r, s = apart[x + i], apart[y + i], apart[z + i], apart[w + i]
                    fed[k + i] += (a0 * p + a1 * q) + (a2 * r + a3 * s)
                    fed[k + ROW + i] += (b0 * p + b1 * q) + (b2 * r + b3 * s)


def ring(fed: Floats, banks: int, poles: Numbers, states: Numbers, heard: Numbers, mixed: Floats) -> None:
    """Add what the banks make of their rows to row 0 and put that into `mixed`, (frames, channels).

    A bank is a second-order section in float64, where 20 Hz is exact enough:
    (difference · (1 − z⁻¹) + level · (A(1) − A(z))) / A(z). `poles` is (banks, 2), a1 and a2 of A; `states` (banks,
    channels, 2), those of transposed direct form II. Within a block the numerator comes first, frames side by side, so
    that one frame waits for the last one for a product and a difference alone, and RUNG banks do so at a time. `heard`
    is (RUNG, channels, frames), and holds nothing from call to call.
    """
    for first in range(0, banks, RUNG):
        for line in range(RUNG * CHANNELS):
            bank, to = first + line // CHANNELS, line * BLOCK_FRAMES
            if bank < banks:
                a1, a2 = poles[2 * bank], poles[2 * bank + 1]
                d = (CHANNELS + 2 * CHANNELS * bank + line % CHANNELS) * BLOCK_FRAMES
                s = d + ROW
                for i in range(2, BLOCK_FRAMES):
                    step = np.float64(fed[d + i]) - np.float64(fed[d + i - 1])
                    level = np.float64(fed[s + i])
                    once, twice = np.float64(fed[s + i - 1]), np.float64(fed[s + i - 2])
                    heard[to + i] = (step + a1 * (level - once)) + a2 * (level - twice)
                state = (CHANNELS * bank + line % CHANNELS) * 2
                level, after = np.float64(fed[s]), np.float64(fed[s + 1])
                step = np.float64(fed[d + 1]) - np.float64(fed[d])
                heard[to] = (np.float64(fed[d]) + (a1 + a2) * level) + states[state]
                heard[to + 1] = ((step + a1 * (after - level)) + a2 * after) + states[state + 1]
            else:
                for i in range(BLOCK_FRAMES):
                    heard[to + i] = np.float64(0.0)
        a1, a2, b1, b2 = poles[2 * first], poles[2 * first + 1], np.float64(0.0), np.float64(0.0)
        if first + 1 < banks:
            b1, b2 = poles[2 * first + 2], poles[2 * first + 3]
        p1 = p2 = q1 = q2 = r1 = r2 = s1 = s2 = np.float64(0.0)
        for i in range(BLOCK_FRAMES):
            p1, p2 = (heard[i] - a2 * p2) - a1 * p1, p1
            q1, q2 = (heard[BLOCK_FRAMES + i] - a2 * q2) - a1 * q1, q1
            r1, r2 = (heard[2 * BLOCK_FRAMES + i] - b2 * r2) - b1 * r1, r1
            s1, s2 = (heard[3 * BLOCK_FRAMES + i] - b2 * s2) - b1 * s1, s1
            heard[i], heard[BLOCK_FRAMES + i] = p1, q1
            heard[2 * BLOCK_FRAMES + i], heard[3 * BLOCK_FRAMES + i] = r1, s1
        for i in range(ROW):
            fed[i] += np.float32(heard[i] + heard[ROW + i])
        for line in range(RUNG * CHANNELS):
            bank, last = first + line // CHANNELS, (line + 1) * BLOCK_FRAMES - 1
            if bank < banks:
                a1, a2 = poles[2 * bank], poles[2 * bank + 1]
                d = (CHANNELS + 2 * CHANNELS * bank + line % CHANNELS + 1) * BLOCK_FRAMES - 1
                s = d + ROW
                state = (CHANNELS * bank + line % CHANNELS) * 2
                once, twice = heard[last] + np.float64(fed[s]), heard[last - 1] + np.float64(fed[s - 1])
                states[state] = (-a2 * twice - np.float64(fed[d])) - a1 * once
                states[state + 1] = -a2 * once
    for frame in range(BLOCK_FRAMES):
        mixed[2 * frame], mixed[2 * frame + 1] = fed[frame], fed[BLOCK_FRAMES + frame]
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
