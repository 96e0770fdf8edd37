"""Mixes all strips into the program's sound, one block at a time: equaliser, gain, pan, sum, master.

Data runs one way: `StripInput`s in, one block out; the sum may pass ±1.0, `stage.limiter` comes after. A gain glides
over one block. Where an equaliser changes, the strip sounds twice for a block: through the old one on its way down, and
through the new one, which takes over what rings in the old, on its way up. So no change can click. The arrays are those
of `stage.bus`, the loops those of `stage.compiled`. Deterministic: on one machine the same inputs in the same order
give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from live.messages.scene import Equaliser
from stage.bus import OFF, Bus, Gains, Rings, Voice
from stage.compiled import GLIDE
from stage.picture import BLOCK_FRAMES, Block
from stage.strip import Filter, designed, has_low_cut

FLAT = Equaliser()


class StripInput(NamedTuple):
    """One strip's sound for one block and how it is set: linear gain (0 where muted), pan −1…+1, equaliser."""

    strip_id: str
    block: Block
    gain: float
    pan: float = 0.0
    equaliser: Equaliser = FLAT


class Peaks(NamedTuple):
    """What meters want to know of strips: linear, 0 for one that is silent or muted."""

    strip_ids: tuple[str, ...]
    heights: npt.NDArray[np.float64]


class Mixer:
    """Holds what glides and what rings: the bus of the strips that sound, as the last block left it."""

    def __init__(self) -> None:
        self._settings: list[tuple[object, ...]] = []
        self._strip_ids: tuple[str, ...] = ()
        self._gains = np.zeros(0)
        self._bus = Bus([])
        self._positions: list[int] = []
        """Of the bus's voices among the inputs."""
        self._heard, self._heard_at = self._bus, self._positions
        """The bus that mixed the last block, and where its voices are among the inputs; gone ones behind the last."""
        self._master_gain: float | None = None

    def mix(self, inputs: Sequence[StripInput], master_gain: float) -> Block:
        """Return the sum, (BLOCK_FRAMES, CHANNELS) float32.

        All gains glide from where the last block left them; a strip that was not there was silent. One that has gone
        without being faded out is led from its last frame down to silence. Ids must differ from each other.
        """
        strip_ids, blocks, *settings = zip(*inputs, strict=True) if inputs else ((), ())
        if [strip_ids, *settings] == self._settings:
            mixed = self._bus.mix([blocks[position] for position in self._positions])
            self._heard, self._heard_at = self._bus, self._positions
        else:
            mixed = self._change(inputs)
            self._settings, self._strip_ids = [strip_ids, *settings], strip_ids
            self._gains = np.array([strip.gain for strip in inputs])
        return self._at_master(mixed, master_gain)

    def peaks(self) -> Peaks:
        """How high each strip went in the block that was mixed last, behind its gain and before its equaliser."""
        heights = np.zeros(len(self._strip_ids) + 1)
        heights[self._heard_at] = self._heard.peaks()
        return Peaks(self._strip_ids, heights[:-1] * self._gains)

    @property
    def strips_in_use(self) -> int:
        """How many strips are not silent."""
        return len(self._bus.voices)

    def _change(self, inputs: Sequence[StripInput]) -> Block:
        """Mix this block on the way from the settings before to those of `inputs`, and leave the bus there."""
        last_frames = self._heard.last_frames()
        positions = {strip.strip_id: position for position, strip in enumerate(inputs)}
        passing = Bus(list(_passing(self._bus.ringing(), inputs)))
        ids = [voice.strip_id for voice in passing.voices]
        mixed = passing.mix([inputs[positions[i]].block if i in positions else _held(last_frames[i]) for i in ids])
        self._heard, self._heard_at = passing, [positions.get(i, len(inputs)) for i in ids]
        self._bus = passing.settled()
        self._positions = [positions[voice.strip_id] for voice in self._bus.voices]
        return mixed

    def _at_master(self, mixed: Block, gain: float) -> Block:
        if self._master_gain is not None and gain != self._master_gain:
            mixed *= (self._master_gain + (gain - self._master_gain) * GLIDE)[:, None]
        elif gain != 1.0:
            mixed *= np.float32(gain)
        self._master_gain = gain
        return mixed


def pan_gains(pan: float) -> Gains:
    """Equal power, 1 in the middle: left² + right² is 2 everywhere. A stereo strip is balanced, not folded."""
    angle = (pan + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)


def _passing(ringing: Sequence[Voice], inputs: Sequence[StripInput]) -> Iterator[Voice]:
    """The voices that lead from those of the last block to `inputs`."""
    before = {voice.strip_id: voice for voice in ringing}
    for strip_id, _, gain, pan, equaliser in inputs:
        old = before.get(strip_id)
        left, right = pan_gains(pan)
        new = Voice(strip_id, designed(equaliser), OFF, (gain * left, gain * right))
        if old is None:
            if gain:
                yield new
        elif not gain:
            yield old._replace(after=OFF)
        elif old.filter == new.filter:
            yield old._replace(after=new.after)
        else:
            yield old._replace(after=OFF)
            yield new._replace(rings=_taken_over(old, new.filter))
    present = {strip.strip_id for strip in inputs}
    for strip_id, old in before.items():
        if strip_id not in present:
            yield old._replace(after=OFF)


def _taken_over(old: Voice, new: Filter | None) -> Rings | None:
    """What rings in a new filter: a low cut that is off is a wire only as long as nothing rings in it."""
    if old.rings is None or new is None:
        return None
    rings = old.rings.copy()
    if not has_low_cut(new):
        rings[:2] = 0.0
    return rings


def _held(frame: Block) -> Block:
    return np.tile(frame, (BLOCK_FRAMES, 1))
