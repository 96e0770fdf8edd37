"""Mixes all strips into the program's sound, one block at a time: gain, pan, equaliser, sum, master.

Data runs one way: `StripInput`s in, one block out; the sum may pass ±1.0, `stage.limiter` comes after. A strip's gain,
pan and equaliser are all weights on the same few rows (straight to the sum, and into the shared resonators), so that
mixing is one matrix product over all strips and a change of anything is a straight glide of weights over one block:
no change can click. Deterministic: the same inputs in the same order give the same bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from live.messages.scene import Equaliser
from stage.picture import BLOCK_FRAMES, CHANNELS, Block, silence
from stage.resonators import INPUTS, ONE_THREAD_PRODUCTS, Resonators
from stage.strip import Bank, Numbers, Weights, weights

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

GLIDE = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
"""From just after the last block's value to the new one."""

DENSE_ROWS = 25
"""Rows that are weighed over all strips: the sum itself and twelve banks."""
CLUSTER_ROWS = 32

SAMPLE_BYTES = 4
LITTLE_UINT64 = np.dtype("<u8")
BEYOND = bytes(SAMPLE_BYTES)
"""Behind the last frame, where eight bytes are read from its second channel on."""

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
    heights: Numbers


class Rows(NamedTuple):
    """What the weighed strips add up to: straight to the sum, (CHANNELS, frames), and into the banks' inputs."""

    steady: Block | None
    fed: Block


class Desk:
    """The strips that sound and their weights: row 0 is the sum itself, then INPUTS rows for each bank.

    `weights` is (CHANNELS, rows, strips) float32.
    """

    def __init__(self, strip_ids: list[str], weights: Block) -> None:
        self.strip_ids = strip_ids
        self.set_weights(weights)
        self._sound = np.zeros((CHANNELS, len(strip_ids), BLOCK_FRAMES), np.float32)

    def set_weights(self, weights: Block) -> None:
        self.weights = weights
        self._straight = 1 if weights[:, 0].any() else 0
        """Where every strip has a low cut nothing goes straight to the sum."""
        self._product = Product(weights[:, 1 - self._straight :])

    def gather(self, blocks: Sequence[Block]) -> None:
        """Take the strips' blocks, in the order of `strip_ids`, and lay their channels apart."""
        # join lays them side by side in a quarter of the time that NumPy takes for one after the other
        joined = b"".join((*cast("Sequence[Buffer]", blocks), BEYOND))
        # cutting eight bytes down to the lower four, of this channel, is twice as quick as a copy with strides
        strips, a_frame = len(blocks), CHANNELS * SAMPLE_BYTES
        steps = SAMPLE_BYTES, BLOCK_FRAMES * a_frame, a_frame
        apart = np.ndarray((CHANNELS, strips, BLOCK_FRAMES), LITTLE_UINT64, joined, 0, steps)
        np.copyto(self._sound.view(np.uint32), apart, casting="unsafe")

    def peaks(self) -> Numbers:
        """The highest of each gathered block, whichever side it is on."""
        highest = np.maximum(self._sound.max(axis=2), -self._sound.min(axis=2)).max(axis=0)
        return np.asarray(highest, np.float64)

    def last_frames(self) -> Block:
        """The last frame of each gathered block: (strips, CHANNELS)."""
        return self._sound[:, :, -1].T.copy()

    def mix(self) -> Rows:
        rows = self._product.of(self._sound)
        return Rows(rows[:, 0] if self._straight else None, rows[:, self._straight :])

    def glide(self, after: Block) -> Rows:
        """Mix on the way from the desk's own weights to others."""
        change = Product(after - self.weights).of(self._sound)
        rows = Product(self.weights).of(self._sound) + change * GLIDE
        return Rows(rows[:, 0], rows[:, 1:])


class Product:
    """Weights times sound. Most strips feed the first rows; the many low cuts behind them are fed by a strip or two.

    Those are taken CLUSTER_ROWS at a time with the strips that feed them, which lie together (see `Mixer`).
    """

    def __init__(self, weights: Block) -> None:
        _, rows, _ = weights.shape
        self._weighed = np.zeros((CHANNELS, rows, BLOCK_FRAMES), np.float32)
        self._pieces: list[tuple[slice, Block, Block]] = []
        edges = [0, *range(min(DENSE_ROWS, rows), rows, CLUSTER_ROWS), rows]
        for first, end in pairwise(edges):
            feeding = np.flatnonzero(weights[:, first:end].any(axis=(0, 1)))
            if feeding.size:
                strips = slice(int(feeding[0]), int(feeding[-1]) + 1)
                piece = np.ascontiguousarray(weights[:, None, first:end, strips])
                into = _cut(self._weighed[:, first:end], _parts(piece[0].size))
                self._pieces.append((strips, piece, into))

    def of(self, sound: Block) -> Block:
        """(CHANNELS, strips, frames) to (CHANNELS, rows, frames), which stay until the next call."""
        for strips, piece, into in self._pieces:
            np.matmul(piece, _cut(sound[:, strips], into.shape[1]), out=into)
        return self._weighed


class Mixer:
    """Holds what glides and what rings: the desk as the last block left it, last frames, and the resonators."""

    def __init__(self) -> None:
        self._resonators = Resonators()
        self._settings: list[tuple[object, ...]] = []
        self._strip_ids: tuple[str, ...] = ()
        self._positions: list[int] = []
        self._gains = np.zeros(0)
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
            self._strip_ids = strip_ids
            self._gains = np.array([inputs[position].gain for position in self._positions])
        else:
            self._desk.gather([blocks[position] for position in self._positions])
            rows = self._desk.mix()
        return self._at_master(self._sum(rows), master_gain)

    def peaks(self) -> Peaks:
        """How high each strip went in the block that was mixed last, behind its gain and before its equaliser."""
        heights = np.zeros(len(self._strip_ids))
        if self._positions:
            heights[self._positions] = self._desk.peaks() * self._gains
        return Peaks(self._strip_ids, heights)

    @property
    def strips_in_use(self) -> int:
        """How many strips are not silent."""
        return len(self._desk.strip_ids)

    @property
    def banks_in_use(self) -> int:
        """How many shared resonators run."""
        return len(self._resonators.banks)

    def _sum(self, rows: Rows) -> Block:
        mixed = silence(BLOCK_FRAMES)
        if rows.steady is not None:
            mixed.T[...] = rows.steady
        if self._resonators.banks:
            mixed.T[...] += self._resonators.run(rows.fed)
            if self._unfed:
                self._drop_silent_banks()
        return mixed

    def _glide(self, inputs: Sequence[StripInput]) -> Rows:
        """Mix this block on the way from the desk's weights to those of `inputs`, and leave the desk there."""
        banks = self._banks_for(inputs)
        after = _weights_of(inputs, banks)
        arranged = _by_last_row(after)
        present = [inputs[i] for i in arranged]
        order = {strip.strip_id: index for index, strip in enumerate(present)}
        last_frames = zip(self._desk.strip_ids, self._desk.last_frames(), strict=True)
        gone = [(strip_id, frame) for strip_id, frame in last_frames if strip_id not in order]
        order |= {strip_id: len(inputs) + index for index, (strip_id, _) in enumerate(gone)}
        before = np.zeros((*after.shape[:2], len(order)), np.float32)
        was_at = [order[strip_id] for strip_id in self._desk.strip_ids]
        before[np.ix_(range(CHANNELS), _rows_of(self._resonators.banks, banks), was_at)] = self._desk.weights
        after = np.concatenate((after[:, :, arranged], np.zeros((*after.shape[:2], len(gone)), np.float32)), axis=2)

        passing = Desk(list(order), before)
        passing.gather([strip.block for strip in present] + [_held(frame) for _, frame in gone])
        rows = passing.glide(after)
        sounding = np.flatnonzero(after.any(axis=(0, 1)))
        self._positions = [arranged[i] for i in sounding]
        self._desk = Desk([inputs[position].strip_id for position in self._positions], after[:, :, sounding])
        self._desk.gather([inputs[position].block for position in self._positions])
        self._resonators.use(banks)
        fed = {bank for strip in inputs if strip.gain for bank, _, _ in weights(strip.equaliser).banks}
        self._unfed = frozenset(banks) - fed
        return rows

    def _banks_for(self, inputs: Sequence[StripInput]) -> tuple[Bank, ...]:
        """Those that run already and new ones: those that most strips feed come first."""
        sent = (bank for strip in inputs if strip.gain for bank, _, _ in weights(strip.equaliser).banks)
        feeding = Counter(dict.fromkeys(self._resonators.banks, 0))
        feeding.update(sent)
        return tuple(bank for bank, _ in feeding.most_common())

    def _drop_silent_banks(self) -> None:
        """Let go of banks that no strip feeds, as soon as they have rung out."""
        banks = self._resonators.banks
        ringing = self._resonators.ringing()
        kept = [index for index, bank in enumerate(banks) if bank not in self._unfed or bank in ringing]
        if len(kept) < len(banks):
            still = tuple(banks[index] for index in kept)
            self._desk.set_weights(self._desk.weights[:, _rows_of(still, banks)])
            self._resonators.use(still)
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
    column[0] = sent.steady
    for bank, difference, level in sent.banks:
        column[places[bank]], column[places[bank] + 1] = difference, level
    return column


def _held(frame: Block) -> Block:
    return np.tile(frame, (BLOCK_FRAMES, 1))


def _rows_of(some: tuple[Bank, ...], banks: tuple[Bank, ...]) -> list[int]:
    """In which rows of a desk with `banks` the sum and `some` of the banks are."""
    places = {bank: 1 + index * INPUTS for index, bank in enumerate(banks)}
    return [0, *(places[bank] + row for bank in some for row in range(INPUTS))]


def _by_last_row(weights: Block) -> list[int]:
    """The strips in such an order that those which feed the same of the last rows lie together."""
    _, rows, strips = weights.shape
    last = np.zeros(strips, np.intp)
    for row in range(rows):
        last[weights[:, row].any(axis=0)] = row
    return [int(index) for index in np.argsort(last, kind="stable")]


def _cut(rows: Block, parts: int) -> Block:
    """(CHANNELS, rows, frames) as (CHANNELS, parts, rows, frames of a part)."""
    return rows.reshape(*rows.shape[:2], parts, -1).swapaxes(1, 2)


def _parts(products_a_frame: int) -> int:
    """Into how many equal parts a block is cut so that no matrix product is worth a second thread."""
    parts = range(1, BLOCK_FRAMES)
    whole = products_a_frame * BLOCK_FRAMES
    return next((n for n in parts if BLOCK_FRAMES % n == 0 and whole // n <= ONE_THREAD_PRODUCTS), BLOCK_FRAMES)
