"""The voices of a block, laid side by side for the loops of `stage.compiled`, and what rings in their filters.

A voice is one way of a strip into the sum: with or without a filter, from one gain to another. Plain voices come first,
then the filtered ones, STRIPS to a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from stage.compiled import CHANGE, FILTER, GAIN, LANES, PART_FRAMES, ROWS, STATES, STRIPS, loops
from stage.picture import BLOCK_FRAMES, CHANNELS, Block, silence
from stage.strip import Filter

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

Gains: TypeAlias = tuple[float, float]
"""Of the left and the right channel."""
OFF: Gains = (0.0, 0.0)
Rings: TypeAlias = npt.NDArray[np.float32]
"""A filter's states: (STATES, CHANNELS)."""


class Voice(NamedTuple):
    """`filter` is None for a flat equaliser; without `rings` the filter begins silent."""

    strip_id: str
    filter: Filter | None
    before: Gains
    after: Gains
    rings: Rings | None = None


class Bus:
    """Mixes its voices, block after block. Its gains glide in every block: `settled` for those after it."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        plain = [voice for voice in voices if voice.filter is None]
        filtered = [voice for voice in voices if voice.filter is not None]
        self.voices = plain + filtered
        """In the order in which their blocks are to come."""
        self._plain = np.ascontiguousarray(_gains(plain).transpose(1, 0, 2))
        self._groups = np.zeros((-(-len(filtered) // STRIPS), ROWS, CHANNELS, STRIPS), np.float32)
        for first, group in zip(range(0, len(filtered), STRIPS), self._groups, strict=True):
            _fill(group, filtered[first : first + STRIPS])
        self._part = np.zeros(PART_FRAMES * LANES, np.float32)
        self._sound = b""
        self._loops = loops()

    def mix(self, blocks: Sequence[Block]) -> Block:
        """Return the sum of the voices' blocks."""
        # join lays them side by side in a quarter of the time that NumPy takes for one after the other
        self._sound = sound = b"".join(cast("Sequence[Buffer]", blocks))
        mixed, plain = silence(BLOCK_FRAMES), len(self._plain)
        self._loops.add_plain(sound, plain, self._plain.ctypes.data, mixed.ctypes.data)
        for number, group in enumerate(self._groups):
            first = plain + number * STRIPS
            strips = min(STRIPS, len(self.voices) - first)
            self._loops.add_filtered(sound, first, strips, group.ctypes.data, self._part.ctypes.data, mixed.ctypes.data)
        return mixed

    def settled(self) -> Bus:
        """The bus of the blocks to come: those voices that are not off, at their new gains, with what rings now."""
        return Bus([voice._replace(before=voice.after) for voice in self.ringing() if voice.after != OFF])

    def ringing(self) -> list[Voice]:
        """The voices with what is in their filters now."""
        places = [divmod(number, STRIPS) for number in range(len(self.voices) - len(self._plain))]
        rings = [self._groups[group, :STATES, :, place].copy() for group, place in places]
        filtered = self.voices[len(self._plain) :]
        return self.voices[: len(self._plain)] + [
            voice._replace(rings=rung) for voice, rung in zip(filtered, rings, strict=True)
        ]

    def peaks(self) -> Block:
        """The highest of each voice's last block, either side, before its filter and its gain."""
        peaks = np.zeros(len(self.voices), np.float32)
        if self._sound:
            self._loops.find_peaks(self._sound, len(peaks), peaks.ctypes.data)
        return peaks

    def last_frames(self) -> dict[str, Block]:
        """Where each strip's sound stood at the end of the last block."""
        sound = np.frombuffer(self._sound, np.float32).reshape(-1, BLOCK_FRAMES, CHANNELS)
        return {voice.strip_id: frame for voice, frame in zip(self.voices, sound[:, -1], strict=bool(self._sound))}


def _gains(voices: Sequence[Voice]) -> Block:
    """Before, and the change: (2, voices, CHANNELS)."""
    ends = np.array([(voice.before, voice.after) for voice in voices], np.float32).reshape(-1, 2, CHANNELS)
    return np.stack((ends[:, 0], ends[:, 1] - ends[:, 0]))


def _fill(group: Block, voices: Sequence[Voice]) -> None:
    count = len(voices)
    group[STATES : STATES + FILTER, :, :count] = np.array([voice.filter for voice in voices]).T[:, None]
    group[[GAIN, CHANGE], :, :count] = _gains(voices).transpose(0, 2, 1)
    for place, voice in enumerate(voices):
        if voice.rings is not None:
            group[:STATES, :, place] = voice.rings
