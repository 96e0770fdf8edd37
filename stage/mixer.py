"""Mixes all strips into the program's sound, one block at a time: gain, pan, equaliser, sum, master.

Data runs one way: settings and blocks of strips in, one block out; the sum may pass ±1.0, `stage.limiter` comes after.
A strip's gain, pan and equaliser are all weights on the same few rows (straight to the sum, and into the shared
resonators), so that mixing is weighing all strips (`stage.bus`), and a change of anything is a straight glide of
weights over one block: no change can click. Deterministic: the same inputs in the same order give the same bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from live.messages.scene import Equaliser
from stage.bus import GLIDE, Bus, arranged
from stage.picture import BLOCK_FRAMES, CHANNELS, Block
from stage.resonators import INPUTS, Resonators
from stage.strip import Bank, Numbers, Weights, weights

FLAT = Equaliser()


class StripSetting(NamedTuple):
    """How one strip is set: linear gain (0 where muted), pan −1…+1, equaliser."""

    strip_id: str
    gain: float
    pan: float = 0.0
    equaliser: Equaliser = FLAT


class Peaks(NamedTuple):
    """What meters want to know of strips: linear, 0 for one that is silent or muted."""

    strip_ids: tuple[str, ...]
    heights: Numbers


class Sent(NamedTuple):
    """What the strips that sound send to which row, but for gain and pan: while only those change it stays."""

    equalisers: list[Equaliser]
    banks: tuple[Bank, ...]
    unfed: frozenset[Bank]
    """Of these banks, those that only ring on."""
    columns: Numbers
    """(rows, strips)"""
    order: list[int]
    """In which the bus takes the strips."""


class Mixer:
    """Holds what glides and what rings: the bus as the last block left it, with its sound, and the resonators."""

    def __init__(self) -> None:
        self._resonators = Resonators()
        self._settings: Sequence[StripSetting] = ()
        self._strip_ids: tuple[str, ...] = ()
        self._gains = np.zeros(0)
        self._bus = Bus([], np.zeros((1, 0, CHANNELS), np.float32))
        self._sent = _sent([], ())
        self._unfed: frozenset[Bank] = frozenset()
        self._master_gain: float | None = None

    def mix(self, settings: Sequence[StripSetting], blocks: Sequence[Block], master_gain: float) -> Block:
        """Return the sum, (BLOCK_FRAMES, CHANNELS) float32. Each block is of the strip whose setting is in its place.

        All weights glide from where the last block left them; a strip that was not there was silent. One that has gone
        without being faded out is led from its last frame down to silence. Ids must differ from each other. Settings
        that stay are quickest told by being the same object, which nobody writes to.
        """
        if settings is self._settings or settings == self._settings:
            self._bus.gather(blocks)
            rows = self._bus.mix()
        else:
            rows = self._glide(settings, blocks)
            self._settings = settings
        mixed = self._at_master(rows, master_gain)
        if self._unfed:
            self._drop_silent_banks()
        return mixed

    def peaks(self) -> Peaks:
        """How high each strip went in the block that was mixed last, behind its gain and before its equaliser."""
        heights: Numbers = np.zeros(len(self._strip_ids))
        heights[self._bus.positions] = self._bus.peaks() * self._gains
        return Peaks(self._strip_ids, heights)

    @property
    def strips_in_use(self) -> int:
        """How many strips are not silent."""
        return len(self._bus.strip_ids)

    @property
    def banks_in_use(self) -> int:
        """How many shared resonators run."""
        return len(self._resonators.banks)

    def _glide(self, settings: Sequence[StripSetting], blocks: Sequence[Block]) -> Block:
        """Weigh this block on the way from the bus's weights to those of `settings`, and leave the bus there."""
        before, after = self._bus, self._take(settings)
        banks, unfed = self._sent.banks, self._sent.unfed
        sounds = dict(zip(before.strip_ids, before.last_frames(), strict=True))
        sounds |= dict(zip(self._strip_ids, blocks, strict=True))
        strip_ids = after.strip_ids + [strip_id for strip_id in before.strip_ids if strip_id not in after.strip_ids]
        start = _spread(before, strip_ids, _rows_of(self._resonators.banks, banks), len(after.weights))
        end = _spread(after, strip_ids, list(range(len(after.weights))), len(after.weights))
        start.expect(len(strip_ids), range(len(strip_ids)))
        start.gather([_held(sounds[strip_id]) for strip_id in strip_ids])
        rows = start.glide(end)
        if end is not after:
            after.go_on_from(end)
        self._bus = after
        self._resonators.use(banks)
        self._unfed = unfed
        return rows

    def _take(self, settings: Sequence[StripSetting]) -> Bus:
        """The bus for these settings, with those strips alone that sound."""
        sounding = [position for position, strip in enumerate(settings) if strip.gain]
        strips = [settings[position] for position in sounding]
        equalisers = [strip.equaliser for strip in strips]
        if equalisers != self._sent.equalisers or self._resonators.banks != self._sent.banks:
            self._sent = _sent(equalisers, self._resonators.banks)
        order = self._sent.order
        self._gains = np.array([strips[i].gain for i in order])
        self._strip_ids = tuple(strip.strip_id for strip in settings)
        gains = np.array([pan_gains(strip.pan) for strip in strips]).reshape(-1, CHANNELS)
        gains *= np.array([strip.gain for strip in strips])[:, None]
        weights = (self._sent.columns[..., None] * gains)[:, order]
        strip_ids = [strips[i].strip_id for i in order]
        bus = Bus(strip_ids, np.asarray(weights, np.float32))
        bus.expect(len(settings), [sounding[i] for i in order])
        return bus

    def _drop_silent_banks(self) -> None:
        """Let go of banks that no strip feeds, as soon as they have rung out."""
        banks = self._resonators.banks
        ringing = self._resonators.ringing()
        kept = [index for index, bank in enumerate(banks) if bank not in self._unfed or bank in ringing]
        if len(kept) < len(banks):
            still = tuple(banks[index] for index in kept)
            self._bus.set_weights(self._bus.weights[_rows_of(still, banks)])
            self._resonators.use(still)
            self._unfed &= ringing

    def _at_master(self, rows: Block, gain: float) -> Block:
        """What goes straight to the sum and what the resonators make of their rows, in memory of its own."""
        before, self._master_gain = self._master_gain, gain
        if before is None or gain == before:
            return self._resonators.run(rows, gain).copy()
        return self._resonators.run(rows) * (before + (gain - before) * GLIDE)


def pan_gains(pan: float) -> tuple[float, float]:
    """Equal power, 1 in the middle: left² + right² is 2 everywhere. A stereo strip is balanced, not folded."""
    if pan == 0.0:
        return 1.0, 1.0  # to the last digit: what is alike on both sides is weighed once
    angle = (pan + 1.0) * math.pi / 4.0
    return math.sqrt(2.0) * math.cos(angle), math.sqrt(2.0) * math.sin(angle)


def _sent(equalisers: list[Equaliser], running: tuple[Bank, ...]) -> Sent:
    """To the banks that run already and to new ones: those that most strips feed come first."""
    fed = Counter(bank for equaliser in equalisers for bank, _, _ in weights(equaliser).banks)
    feeding = Counter(dict.fromkeys(running, 0))
    feeding.update(fed)
    banks = tuple(bank for bank, _ in feeding.most_common())
    places = {bank: 1 + index * INPUTS for index, bank in enumerate(banks)}
    rows = 1 + len(banks) * INPUTS
    columns = np.array([_column(weights(equaliser), places, rows) for equaliser in equalisers]).reshape(-1, rows).T
    return Sent(equalisers, banks, frozenset(banks) - fed.keys(), columns, arranged(columns))


def _column(sent: Weights, places: dict[Bank, int], rows: int) -> Numbers:
    column = np.zeros(rows)
    column[0] = sent.steady
    for bank, difference, level in sent.banks:
        column[places[bank]], column[places[bank] + 1] = difference, level
    return column


def _held(sound: Block) -> Block:
    """A block as it is; of a strip that has none any more, its last frame."""
    return sound if sound.ndim == 2 else np.tile(sound, (BLOCK_FRAMES, 1))


def _spread(bus: Bus, strip_ids: list[str], rows: list[int], rows_in_all: int) -> Bus:
    """The same weights among these strips and in these rows, nothing in others."""
    if bus.strip_ids == strip_ids and rows == list(range(rows_in_all)):
        return bus
    places = {strip_id: place for place, strip_id in enumerate(strip_ids)}
    weights = np.zeros((rows_in_all, len(strip_ids), CHANNELS), np.float32)
    weights[np.ix_(rows, [places[strip_id] for strip_id in bus.strip_ids])] = bus.weights
    return Bus(strip_ids, weights)


def _rows_of(some: tuple[Bank, ...], banks: tuple[Bank, ...]) -> list[int]:
    """In which rows of a bus with `banks` the sum and `some` of the banks are."""
    places = {bank: 1 + index * INPUTS for index, bank in enumerate(banks)}
    return [0, *(places[bank] + row for bank in some for row in range(INPUTS))]
