"""The guard of all live microphones: blocks in, blocks out, levelled, gated, and kept from howling.

A howl that is found is cut out by a notch, and its microphone turned down a little besides. Whether it was one shows at
once: with the loop broken it dies at the microphone too; a whistle goes on, and its notch is lifted again. Where too
many howl at once, or one in too many places, they are turned down instead. One thread, block after block; a microphone
keeps its row for as long as it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from stage.guard.howl import HowlDetector, level_at_db
from stage.guard.levelling import BLOCKS_PER_S, MOST_UP_DB, Levelling, Numbers
from stage.guard.notches import Notches
from stage.picture import BLOCK_FRAMES, CHANNELS, Block

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

MOST_MICROPHONES = 512
MOST_NOTCHED = 16
"""More at once are turned down instead: a notch costs as much as a dozen microphones without."""

BACK_DB, BACK_FURTHER_DB, MOST_BACK_DB = 3.0, 12.0, 30.0
"""Taken off by a howl that was cut out, and by one for which no notch is left."""
FORWARD_DB_PER_S = 1.0
JUDGED_AFTER_BLOCKS = 40
FALLEN_DB = 8.0
"""A howl whose notch broke the loop has fallen by so much after 400 ms, however long the way back."""
GROWN_DB = 6.0
LIFTED_AFTER_BLOCKS = round(20.0 * BLOCKS_PER_S)
BELIEVED_BLOCKS = round(3.0 * BLOCKS_PER_S)
SAME_HZ = 25.0

RAMP = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
_STEREO_RAMP = np.repeat(RAMP, CHANNELS)


@dataclass(slots=True)
class _Cut:
    """A notch on trial until `judged`, and how loud the howl was when it was put in."""

    hz: float
    level_db: float
    since: int
    judged: bool = False


@dataclass(slots=True)
class _Whistle:
    """What looked like a howl and was none; it is believed `until` a block, unless it grows."""

    hz: float
    level_db: float
    until: int


class GuardRack:
    """`howls` counts what was found, `lifted` those that were none."""

    def __init__(self) -> None:
        self.howls = self.lifted = 0
        self._rows: dict[str, int] = {}
        self._free = list(range(MOST_MICROPHONES - 1, -1, -1))
        self._ids: tuple[str, ...] = ()
        self._at = np.zeros(0, np.intp)
        self._block = 0
        self._levelling = Levelling(MOST_MICROPHONES)
        self._detector = HowlDetector(MOST_MICROPHONES)
        self._gains = np.zeros(MOST_MICROPHONES)
        self._back_db = np.zeros(MOST_MICROPHONES)
        self._notches: dict[int, Notches] = {}
        self._cuts: dict[int, list[_Cut]] = {}
        self._believed: dict[int, list[_Whistle]] = {}

    def guard(self, ids: Sequence[str], blocks: Sequence[Block], shares: Numbers) -> tuple[Block, Numbers]:
        """Return the guarded blocks, (microphones, BLOCK_FRAMES, CHANNELS), and each one's power where it is open.

        `shares` are linear gains besides the guard's own (the choir's). At most MOST_MICROPHONES.
        """
        ids = tuple(ids)
        if ids != self._ids:
            self._seat(ids)
        self._block += 1
        rows = self._at
        sound = np.frombuffer(b"".join(cast("Sequence[Buffer]", blocks)), np.float32)
        sound = sound.reshape(len(rows), BLOCK_FRAMES * CHANNELS)  # NumPy is slow where the last axis is short
        self._watch(sound[:, ::2] + sound[:, 1::2])
        if self._notches:
            sound = self._notched(sound)
        power = np.einsum("ij,ij->i", sound, sound).astype(np.float64) / sound.shape[1]
        gains = self._levelling.gains(rows, power, MOST_UP_DB - self._back_db[rows]) * self._back_gains(rows)
        heard = power * np.square(gains) * self._levelling.is_open(rows)
        gains = gains * shares
        before, self._gains[rows] = self._gains[rows], gains
        ramps = (gains - before)[:, None].astype(np.float32) * _STEREO_RAMP
        ramps += before[:, None].astype(np.float32)
        ramps *= sound
        return ramps.reshape(len(rows), BLOCK_FRAMES, CHANNELS), heard

    @property
    def is_idle(self) -> bool:
        """Nobody is here, and nobody has just left."""
        return not self._ids

    def cuts_hz(self, strip_id: str) -> tuple[float, ...]:
        """Where a microphone is notched now."""
        row = self._rows.get(strip_id)
        return self._notches[row].cuts_hz if row in self._notches else ()

    # who is where

    def _seat(self, ids: tuple[str, ...]) -> None:
        for strip_id in self._rows.keys() - set(ids):
            self._clear(self._rows[strip_id])
            self._free.append(self._rows.pop(strip_id))
        self._free.sort(reverse=True)  # the same rows again in a replay, whatever a set's order
        for strip_id in ids:
            if strip_id not in self._rows:
                self._rows[strip_id] = self._free.pop()
        self._ids = ids
        self._at = np.array([self._rows[strip_id] for strip_id in ids], np.intp)

    def _clear(self, row: int) -> None:
        self._levelling.clear(row)
        self._detector.clear(row)
        self._gains[row] = self._back_db[row] = 0.0
        for kept in (self._notches, self._cuts, self._believed):
            kept.pop(row, None)

    # howls

    def _watch(self, mono: Block) -> None:
        rows = self._at
        turn, power = self._detector.hear(rows, mono, self._levelling.is_open(rows))
        howling, at_hz = self._detector.howling(turn, power)
        spectra = {int(row): index for index, row in enumerate(turn)}
        for row in [row for row in spectra if row in self._cuts]:
            self._judge(row, power[spectra[row]])
        for row, hz in zip(howling.tolist(), at_hz.tolist(), strict=True):
            self._answer(row, hz, power[spectra[row]])

    def _answer(self, row: int, hz: float, power: Block) -> None:
        """Cut a howl out, or turn its microphone down where that does not help."""
        if self._is_believed(row, hz, power):
            return
        cuts = self._cuts.get(row, [])
        same = next((cut for cut in cuts if abs(hz - cut.hz) < SAME_HZ), None)
        if same is not None and not same.judged:
            return
        self.howls += 1
        if same is None and (row in self._notches or len(self._notches) < MOST_NOTCHED):
            notches = self._notches.setdefault(row, Notches())
            if notches.cut(hz):
                self._cuts[row] = [*cuts, _Cut(hz, level_at_db(power, hz), self._block)]
                self._back_db[row] = min(MOST_BACK_DB, self._back_db[row] + BACK_DB)
                return
        self._back_db[row] = min(MOST_BACK_DB, self._back_db[row] + BACK_FURTHER_DB)

    def _is_believed(self, row: int, hz: float, power: Block) -> bool:
        """Whether this was found to be no howl a while ago, and has not grown since: a whistle that goes on."""
        known = [one for one in self._believed.get(row, []) if one.until > self._block]
        self._believed[row] = known
        level_db = level_at_db(power, hz)
        found = next((one for one in known if abs(hz - one.hz) < SAME_HZ and level_db < one.level_db + GROWN_DB), None)
        if found is not None:
            found.until = self._block + BELIEVED_BLOCKS
        return found is not None

    def _judge(self, row: int, power: Block) -> None:
        """Lift the cuts that cut no howl, and those that have done their work."""
        for cut in list(self._cuts[row]):
            age = self._block - cut.since
            if not cut.judged and age >= JUDGED_AFTER_BLOCKS:
                cut.judged = True
                if level_at_db(power, cut.hz) > cut.level_db - FALLEN_DB:
                    self.lifted += 1
                    self._back_db[row] = max(0.0, self._back_db[row] - BACK_DB)
                    whistle = _Whistle(cut.hz, level_at_db(power, cut.hz), self._block + BELIEVED_BLOCKS)
                    self._believed.setdefault(row, []).append(whistle)
                    self._lift(row, cut)
            elif age >= LIFTED_AFTER_BLOCKS:
                self._lift(row, cut)

    def _lift(self, row: int, cut: _Cut) -> None:
        self._cuts[row].remove(cut)
        if not self._cuts[row]:
            del self._cuts[row]
        self._notches[row].lift(cut.hz)

    def _notched(self, sound: Block) -> Block:
        sound = sound.copy()
        places = {int(row): index for index, row in enumerate(self._at)}
        for row, notches in list(self._notches.items()):
            if row in places:
                sound[places[row]] = notches.run(sound[places[row]].reshape(BLOCK_FRAMES, CHANNELS)).ravel()
            if notches.is_idle:
                del self._notches[row]
        return sound

    def _back_gains(self, rows: np.typing.NDArray[np.intp]) -> Numbers:
        back_db = self._back_db[rows]
        self._back_db[rows] = np.maximum(0.0, back_db - FORWARD_DB_PER_S / BLOCKS_PER_S)
        return np.asarray(10.0 ** (-back_db / 20.0))
