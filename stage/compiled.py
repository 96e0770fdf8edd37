"""The mixer's loops over frames: all that it does with single samples. `stage.machine_code` makes them quick.

They work on flat arrays with everything at a fixed place: only then does the compiler see that nothing overlaps, and
takes strips side by side in the CPU's vectors. A lane is one channel of a strip; sound is strip after strip, (frames,
channels) each. Nothing here allocates, calls or can fail.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from stage import picture, strip
from stage.machine_code import Call, Loop, load, user_folder
from stage.picture import BLOCK_FRAMES, CHANNELS
from stage.strip import BASS_HZ, MID_HZ, MID_POLE_Q, TREBLE_HZ, warped

STRIPS = 32
"""In a group, all lefts before all rights."""
LANES = STRIPS * CHANNELS

STATES = 6
"""Of low cut (two), bass, bell (two), treble."""
FILTER = 7
"""What `stage.strip` designs, in its order: four numbers of the low cut, then those of bass, bell and treble."""
GAIN, CHANGE = STATES + FILTER, STATES + FILTER + 1
"""The gain before the block, and by how much it changes until its end."""
ROWS = STATES + FILTER + 2

QUIET, ABSURD = np.float32(1e-15), np.float32(1e15)
"""States below are silence: denormal numbers would cost a hundred times the work. Above, or not a number: a broken
source, which must not be heard for longer than the block that it broke."""

PART_FRAMES = 16
"""Laid out lane by lane at a time: a part stays in the nearest cache."""

GLIDE = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
"""From just after the last block's value to the new one."""

_TWO = np.float32(2.0)
_BASS = warped(BASS_HZ) / (1.0 + warped(BASS_HZ))
_TREBLE = warped(TREBLE_HZ) / (1.0 + warped(TREBLE_HZ))
_MID = warped(MID_HZ)
_MID_KEPT = 1.0 / (1.0 + _MID * (_MID + 1.0 / MID_POLE_Q))
BASS_STEP, BASS_STEPS = np.float32(_BASS), np.float32(2.0 * _BASS)
TREBLE_STEPS = np.float32(2.0 * _TREBLE)
MID_KEPT, MID_TAKEN, MID_STEPS = np.float32(_MID_KEPT), np.float32(_MID * _MID_KEPT), np.float32(2.0 * _MID)

MAGNITUDE = np.int32(0x7FFFFFFF)
"""A float without its sign."""

Floats: TypeAlias = MutableSequence[np.float32]
Bits: TypeAlias = MutableSequence[np.int32]


class Loops(NamedTuple):
    """The functions below, as machine code."""

    add_plain: Call
    add_filtered: Call
    find_peaks: Call


@cache
def loops() -> Loops:
    """Load them; the first time on a machine compile them, which takes some seconds."""
    here = Path(__file__)
    compiled = load(
        [
            Loop(add_plain, ("sound", "count", "floats", "floats"), ("contract",)),
            Loop(
                add_filtered, ("sound", "count", "count", "floats", "floats", "floats"), ("contract", "reassoc", "nsz")
            ),
            Loop(find_peaks, ("sound bits", "count", "integers")),
        ],
        sources=[here, Path(picture.__file__), Path(strip.__file__)],
        folders=[here.parent / "__pycache__", user_folder()],
    )
    return Loops(*compiled)


def add_plain(sound: Floats, strips: int, gains: Floats, mixed: Floats) -> None:
    """Add strips as they are. `gains` has for each left and right before the block, and by how much they change."""
    for one in range(strips):
        left, right = gains[4 * one], gains[4 * one + 1]
        left_change, right_change = gains[4 * one + 2], gains[4 * one + 3]
        first = one * BLOCK_FRAMES * CHANNELS
        if left_change == 0.0 and right_change == 0.0:
            for frame in range(BLOCK_FRAMES):
                mixed[2 * frame] += left * sound[first + 2 * frame]
                mixed[2 * frame + 1] += right * sound[first + 2 * frame + 1]
        else:
            for frame in range(BLOCK_FRAMES):
                mixed[2 * frame] += (left + left_change * GLIDE[frame]) * sound[first + 2 * frame]
                mixed[2 * frame + 1] += (right + right_change * GLIDE[frame]) * sound[first + 2 * frame + 1]


def add_filtered(sound: Floats, first: int, strips: int, group: Floats, part: Floats, mixed: Floats) -> None:
    """Add at most STRIPS strips, from `first` on, through the filters of a group, which is ROWS rows of LANES.

    `part` holds PART_FRAMES rows of LANES, and nothing from call to call.
    """
    for place in range(PART_FRAMES * LANES):
        part[place] = np.float32(0.0)
    for begin in range(0, BLOCK_FRAMES, PART_FRAMES):
        for one in range(strips):
            for frame in range(PART_FRAMES):
                at = ((first + one) * BLOCK_FRAMES + begin + frame) * CHANNELS
                part[frame * LANES + one] = sound[at]
                part[frame * LANES + STRIPS + one] = sound[at + 1]
        for frame in range(PART_FRAMES):
            glide = GLIDE[begin + frame]
            for channel in range(CHANNELS):
                total = np.float32(0.0)
                for one in range(STRIPS):
                    lane = channel * STRIPS + one
                    x = part[frame * LANES + lane]
                    # low cut
                    band, low = group[lane], group[LANES + lane]
                    x = group[6 * LANES + lane] * (x - low) - group[7 * LANES + lane] * band
                    middle = band + group[8 * LANES + lane] * x
                    group[lane] = band + group[9 * LANES + lane] * x
                    group[LANES + lane] = low + group[9 * LANES + lane] * middle
                    # bass
                    low = group[2 * LANES + lane]
                    high = x - low
                    group[2 * LANES + lane] = low + BASS_STEPS * high
                    x += group[10 * LANES + lane] * (low + BASS_STEP * high)
                    # bell
                    band, low = group[3 * LANES + lane], group[4 * LANES + lane]
                    middle = MID_KEPT * band + MID_TAKEN * (x - low)
                    group[3 * LANES + lane] = _TWO * middle - band
                    group[4 * LANES + lane] = low + MID_STEPS * middle
                    x += group[11 * LANES + lane] * middle
                    # treble
                    low = group[5 * LANES + lane]
                    high = x - low
                    group[5 * LANES + lane] = low + TREBLE_STEPS * high
                    x += group[12 * LANES + lane] * high
                    total += (group[GAIN * LANES + lane] + group[CHANGE * LANES + lane] * glide) * x
                mixed[(begin + frame) * CHANNELS + channel] += total
    for place in range(STATES * LANES):
        if not QUIET <= abs(group[place]) <= ABSURD:
            group[place] = np.float32(0.0)


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
