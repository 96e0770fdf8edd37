"""Mixes all strips into the program's sound, one block at a time: gain, pan, equaliser, sum, master.

Data runs one way: `StripInput`s in, one block out; the sum may pass ±1.0, `stage.limiter` comes after. A strip's gain,
pan and equaliser are all weights on the same few rows (straight to the sum, and into the shared resonators), so that
mixing is one matrix product over all strips and a change of anything is a straight glide of weights over one block:
no change can click. Deterministic: the same inputs in the same order give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from live.messages.scene import Equaliser
from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.resonators import INPUTS, ONE_THREAD_PRODUCTS, Resonators
from stage.strip import Bank, Numbers, Weights, weights

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

GLIDE = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
"""From just after the last block's value to the new one."""

FLAT = Equaliser()


class StripInput(NamedTuple):
    """One strip's sound for one block and how it is set: linear gain (0 where muted), pan −1…+1, equaliser."""

    strip_id: str
    block: Block
    gain: float
    pan: float = 0.0
    equaliser: Equaliser = FLAT


class Desk:
    """The strips that sound and their weights: rows 0 is the sum itself, then INPUTS rows for each bank.

    `weights` is (CHANNELS, rows, strips) float32.
    """

    def __init__(self, strip_ids: list[str], weights: Block) -> None:
        self.strip_ids = strip_ids
        self.weights = weights
        self._sound = np.empty((CHANNELS, len(strip_ids), BLOCK_FRAMES), np.float32)

    def gather(self, blocks: Sequence[Block]) -> None:
        """Take the strips' blocks, in the order of `strip_ids`."""
        # join copies them side by side in half the time that NumPy's concatenate takes
        side_by_side = np.frombuffer(b"".join(cast("Sequence[Buffer]", blocks)), np.float32)
        self._sound.reshape(CHANNELS, -1)[...] = side_by_side.reshape(-1, CHANNELS).T

    def last_frames(self) -> Block:
        """The last frame of each gathered block: (strips, CHANNELS)."""
        return self._sound[:, :, -1].T.copy()

    def rows(self, weights: Block) -> Block:
        """Weigh the gathered sound: (CHANNELS, rows, BLOCK_FRAMES)."""
        _, rows, strips = weights.shape
        if not strips:
            return np.zeros((CHANNELS, rows, BLOCK_FRAMES), np.float32)
        parts = _parts(rows * strips)
        sound = self._sound.reshape(CHANNELS, strips, parts, -1).swapaxes(1, 2)
        weighed = np.empty((CHANNELS, rows, parts, BLOCK_FRAMES // parts), np.float32)
        np.matmul(weights[:, None], sound, out=weighed.swapaxes(1, 2))
        return weighed.reshape(CHANNELS, rows, BLOCK_FRAMES)


class Mixer:
    """Holds what glides and what rings: the desk as the last block left it, last frames, and the resonators."""

    def __init__(self) -> None:
        self._resonators = Resonators()
        self._settings: list[tuple[object, ...]] = []
        self._positions: list[int] = []
        self._desk = Desk([], np.zeros((CHANNELS, 1, 0), np.float32))
        self._unfed: frozenset[Bank] = frozenset()
        self._master_gain: float | None = None

    def mix(self, inputs: Sequence[StripInput], master_gain: float) -> Block:
        """Return the sum, (BLOCK_FRAMES, CHANNELS) float32.

        All weights glide from where the last block left them; a strip that was not there was silent. One that has gone
        without being faded out is led from its last frame down to silence. Ids must differ from each other.
        """
        strip_ids, blocks, *settings = zip(*inputs, strict=True) if inputs else ((), ())
        if [strip_ids, *settings] != self._settings:
            rows = self._glide(inputs)
            self._settings = [strip_ids, *settings]
        else:
            self._desk.gather([blocks[position] for position in self._positions])
            rows = self._desk.rows(self._desk.weights)
        mixed = np.empty((BLOCK_FRAMES, CHANNELS), np.float32)
        if self._resonators.banks:
            mixed.T[...] = rows[:, 0] + self._resonators.run(rows[:, 1:])
            if self._unfed:
                self._drop_silent_banks()
        else:
            mixed.T[...] = rows[:, 0]
        return self._at_master(mixed, master_gain)

    @property
    def strips_in_use(self) -> int:
        """How many strips are not silent."""
        return len(self._desk.strip_ids)

    @property
    def banks_in_use(self) -> int:
        """How many shared resonators run."""
        return len(self._resonators.banks)

    def _glide(self, inputs: Sequence[StripInput]) -> Block:
        """Mix this block on the way from the desk's weights to those of `inputs`, and leave the desk there."""
        banks = self._banks_for(inputs)
        self._resonators.use(banks)
        order = {strip.strip_id: index for index, strip in enumerate(inputs)}
        last_frames = zip(self._desk.strip_ids, self._desk.last_frames(), strict=True)
        gone = [(strip_id, frame) for strip_id, frame in last_frames if strip_id not in order]
        order |= {strip_id: len(inputs) + index for index, (strip_id, _) in enumerate(gone)}
        before = np.zeros((CHANNELS, 1 + len(banks) * INPUTS, len(order)), np.float32)
        after = np.zeros_like(before)
        was_at = [order[strip_id] for strip_id in self._desk.strip_ids]
        before[:, : self._desk.weights.shape[1], was_at] = self._desk.weights
        after[:, :, : len(inputs)] = _weights_of(inputs, banks)

        passing = Desk(list(order), before)
        passing.gather([strip.block for strip in inputs] + [_held(frame) for _, frame in gone])
        rows = passing.rows(before) + passing.rows(after - before) * GLIDE
        self._positions = [i for i in range(len(inputs)) if after[:, :, i].any()]
        self._desk = Desk([inputs[i].strip_id for i in self._positions], after[:, :, self._positions])
        self._desk.gather([inputs[i].block for i in self._positions])
        fed = np.abs(after[:, 1:]).max(axis=(0, 2), initial=0.0).reshape(-1, INPUTS).max(axis=1) > 0.0
        self._unfed = frozenset(bank for bank, is_fed in zip(banks, fed, strict=True) if not is_fed)
        return rows

    def _banks_for(self, inputs: Sequence[StripInput]) -> tuple[Bank, ...]:
        """Those that run already, in their order (so that the desk's rows stay where they are), then new ones."""
        wanted = {bank: None for strip in inputs if strip.gain for bank, _, _ in weights(strip.equaliser).banks}
        return (*self._resonators.banks, *(bank for bank in wanted if bank not in self._resonators.banks))

    def _drop_silent_banks(self) -> None:
        """Let go of banks that no strip feeds, as soon as they have rung out."""
        banks = self._resonators.banks
        ringing = self._resonators.ringing()
        kept = [index for index, bank in enumerate(banks) if bank not in self._unfed or bank in ringing]
        if len(kept) < len(banks):
            rows = [0, *(1 + index * INPUTS + row for index in kept for row in range(INPUTS))]
            self._desk.weights = np.ascontiguousarray(self._desk.weights[:, rows])
            self._resonators.use(tuple(banks[index] for index in kept))
            self._unfed &= ringing

    def _at_master(self, mixed: Block, gain: float) -> Block:
        if self._master_gain is not None and gain != self._master_gain:
            mixed *= (self._master_gain + (gain - self._master_gain) * GLIDE)[:, None]
        elif gain != 1.0:
            mixed *= np.float32(gain)
        self._master_gain = gain
        return mixed


def pan_gains(pan: float) -> tuple[float, float]:
    """Equal power, 1 in the middle: left² + right² is 2 everywhere. A stereo strip is balanced, not folded."""
    angle = (pan + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)


def _weights_of(inputs: Sequence[StripInput], banks: tuple[Bank, ...]) -> Block:
    """(CHANNELS, rows, strips): gain × pan × what the equaliser sends to each row."""
    gains = np.array(
        [(gain * left, gain * right) for _, _, gain, pan, _ in inputs for left, right in (pan_gains(pan),)]
    )
    places = {bank: 1 + index * INPUTS for index, bank in enumerate(banks)}
    rows = 1 + len(banks) * INPUTS
    columns = {strip.equaliser: _column(weights(strip.equaliser), places, rows) for strip in inputs if strip.gain}
    silent = np.zeros(rows)
    sent = np.array([columns[strip.equaliser] if strip.gain else silent for strip in inputs])
    weighed = gains.reshape(-1, CHANNELS, 1) * sent.reshape(-1, 1, rows)
    return np.asarray(weighed.transpose(1, 2, 0), np.float32)


def _column(sent: Weights, places: dict[Bank, int], rows: int) -> Numbers:
    column = np.zeros(rows)
    column[0] = sent.direct
    for bank, difference, level in sent.banks:
        column[places[bank]], column[places[bank] + 1] = difference, level
    return column


def _held(frame: Block) -> Block:
    return np.tile(frame, (BLOCK_FRAMES, 1))


def _parts(products_a_frame: int) -> int:
    """Into how many equal parts a block is cut so that no matrix product is worth a second thread."""
    parts = range(1, BLOCK_FRAMES + 1)
    whole = products_a_frame * BLOCK_FRAMES
    return next((n for n in parts if BLOCK_FRAMES % n == 0 and whole // n <= ONE_THREAD_PRODUCTS), BLOCK_FRAMES)
