"""The guard of all live microphones: blocks in, blocks out, levelled, gated, and kept from howling.

A howl that is found is cut out by a notch, and its microphone turned down a little besides. Whether it was one shows at
once: with the loop broken it dies at the microphone too; a whistle goes on, and its notch is lifted again. Where too
many howl at once, or one in too many places, they are turned down instead. One thread, block after block; rows are
microphones, in the order in which they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from stage.air.stretch import SILENT
from stage.guard.hearing import STEREO_FRAMES, Hearing, is_covered, level_at_db, seated
from stage.guard.howl import HowlDetector
from stage.guard.levelling import BLOCKS_PER_S, MOST_UP_DB, Levelling, Numbers
from stage.guard.notches import Notches
from stage.picture import BLOCK_FRAMES, CHANNELS, Block

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

MOST_MICROPHONES = 512
MOST_NOTCHED = 16
"""More at once are turned down instead: a notch costs as much as a dozen microphones without."""

BACK_DB, BACK_FURTHER_DB, MOST_BACK_DB = 6.0, 12.0, 30.0
"""Taken off by a howl that was cut out, besides the gain of its loop if it is known; and where no notch is left."""
FORWARD_DB_PER_S, PARDONED_DB_PER_S = 1.0, 30.0
"""How fast a microphone comes back, and one that was no howl."""
JUDGED_AFTER_BLOCKS = 40
FALLEN_DB = 8.0
"""A howl whose notch broke the loop has fallen by so much after 400 ms, however long the way back."""
GROWN_DB = 6.0
LIFTED_AFTER_BLOCKS = round(20.0 * BLOCKS_PER_S)
BELIEVED_BLOCKS = round(3.0 * BLOCKS_PER_S)
TOLD_FOR_BLOCKS = round(10.0 * BLOCKS_PER_S)
SAME_HZ = 25.0

RAMP = np.arange(1, BLOCK_FRAMES + 1, dtype=np.float32) / np.float32(BLOCK_FRAMES)
_STEREO_RAMP = np.repeat(RAMP, CHANNELS)


@dataclass(slots=True)
class _Cut:
    """A notch on trial until `judged`, how loud the howl was when it was put in, and what else was taken off."""

    hz: float
    level_db: float
    back_db: float
    since: int
    judged: bool = False


@dataclass(slots=True)
class _Whistle:
    """What looked like a howl and was none; it is believed `until` a block, unless it grows."""

    hz: float
    level_db: float
    until: int


class GuardRack:
    """`howls` counts what was found, `lifted` those that were none; `shut_out` is how many have no place now.

    Beside `guard`, everything may be read by any thread.
    """

    def __init__(self) -> None:
        self.howling: tuple[str, ...] = ()
        """Who howled a moment ago. Whoever whistled is not among them: a look later tells the two from each other."""
        self.howls = self.lifted = self.shut_out = 0
        self._asked: tuple[str, ...] = ()
        self._ids: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._block = 0
        self._levelling = Levelling()
        self._hearing = Hearing()
        self._detector = HowlDetector()
        self._gains = np.zeros(0)
        self._back_db, self._pardoned_db = np.zeros(0), np.zeros(0)
        self._notches: dict[str, Notches] = {}
        self._cuts: dict[str, list[_Cut]] = {}
        self._believed: dict[str, list[_Whistle]] = {}
        self._howled: dict[str, int] = {}

    def guard(self, ids: Sequence[str], blocks: Sequence[Block], shares: Numbers) -> tuple[list[Block], Numbers]:
        """Return the guarded blocks, which nobody may write to, and each one's power where it is open.

        `shares` are linear gains besides the guard's own (the choir's). Those past MOST_MICROPHONES are silent.
        """
        ids = tuple(ids)
        if ids != self._asked:
            self._seat(ids)
        count = len(self._ids)
        self._block += 1
        sound = np.frombuffer(b"".join(cast("Sequence[Buffer]", blocks[:count])), np.float32)
        sound = sound.reshape(count, STEREO_FRAMES)  # NumPy is slow where the last axis is short
        self._watch(sound)
        if self._howled:
            self._tell_howling()
        if self._notches:
            sound = self._notched(sound)
        power = np.einsum("ij,ij->i", sound, sound).astype(np.float64) / STEREO_FRAMES
        gains = self._levelling.gains(power, MOST_UP_DB - self._back_db) * self._back_gains()
        heard = power * np.square(gains) * self._levelling.is_open()
        guarded = self._turned_to(sound, gains * shares[:count])
        if self.shut_out:
            guarded += [SILENT] * self.shut_out
            heard = np.concatenate((heard, np.zeros(self.shut_out)))
        return guarded, heard

    @property
    def is_idle(self) -> bool:
        """Nobody is here, and nobody has just left."""
        return not self._ids

    def cuts_hz(self, strip_id: str) -> tuple[float, ...]:
        """Where a microphone is notched now."""
        return self._notches[strip_id].cuts_hz if strip_id in self._notches else ()

    def trouble(self) -> str | None:
        """A sentence where somebody has no place."""
        if not self.shut_out:
            return None
        return (
            f"expected at most {MOST_MICROPHONES} microphones on stage, got {MOST_MICROPHONES + self.shut_out}: "
            f"the last {self.shut_out} are silent; take some off"
        )

    # who is where

    def _seat(self, ids: tuple[str, ...]) -> None:
        """Who came first has a place; whoever finds none is silent until one is free."""
        self._asked = ids
        self.shut_out = max(0, len(ids) - MOST_MICROPHONES)
        ids = ids[:MOST_MICROPHONES]
        came_from = np.array([self._places.get(strip_id, -1) for strip_id in ids], np.intp)
        for gone in self._places.keys() - set(ids):
            for kept in (self._notches, self._cuts, self._believed, self._howled):
                kept.pop(gone, None)
        self._ids, self._places = ids, {strip_id: place for place, strip_id in enumerate(ids)}
        self._levelling.seat(came_from)
        self._hearing.seat(came_from)
        self._detector.seat(came_from)
        self._gains, self._back_db, self._pardoned_db = (
            seated(one, came_from) for one in (self._gains, self._back_db, self._pardoned_db)
        )

    # how loud

    def _turned_to(self, sound: Block, gains: Numbers) -> list[Block]:
        """Turn each microphone from where it was to its gain; those that stay shut cost nothing."""
        before, self._gains = self._gains, gains
        blocks = [SILENT] * len(gains)
        heard = np.maximum(before, gains).nonzero()[0]
        if not heard.size:
            return blocks
        if heard.size < len(gains):
            sound, before, gains = sound[heard], before[heard], gains[heard]
        turned = (gains - before)[:, None].astype(np.float32) * _STEREO_RAMP
        turned += before[:, None].astype(np.float32)
        turned *= sound
        for place, block in zip(heard.tolist(), turned.reshape(-1, BLOCK_FRAMES, CHANNELS), strict=True):
            blocks[place] = block
        return blocks

    def _back_gains(self) -> Numbers | float:
        if not self._back_db.any():
            return 1.0
        back_db = self._back_db
        pardoned_db = np.minimum(self._pardoned_db, PARDONED_DB_PER_S / BLOCKS_PER_S)
        self._pardoned_db = self._pardoned_db - pardoned_db
        self._back_db = np.maximum(0.0, back_db - FORWARD_DB_PER_S / BLOCKS_PER_S - pardoned_db)
        return np.asarray(10.0 ** (-back_db / 20.0))

    # howls

    def _watch(self, sound: Block) -> None:
        self._hearing.hear(sound)
        turn = self._detector.turn(self._block, self._levelling.is_open())
        if not turn.size:
            return
        power = self._hearing.spectra(turn)
        howls = self._detector.howling(turn, power)
        looked_at = [self._ids[place] for place in turn.tolist()]
        if self._cuts:
            for index, strip_id in enumerate(looked_at):
                if strip_id in self._cuts:
                    self._judge(strip_id, power[index])
        for index, hz, step_db in zip(*(one.tolist() for one in howls), strict=True):
            self._answer(looked_at[index], hz, step_db, power[index])

    def _answer(self, strip_id: str, hz: float, step_db: float, power: Block) -> None:
        """Cut a howl out, or turn its microphone down where that does not help."""
        if self._is_believed(strip_id, hz, power):
            return
        cuts = self._cuts.get(strip_id, [])
        same = next((cut for cut in cuts if abs(hz - cut.hz) < SAME_HZ), None)
        if same is not None and not same.judged:
            return
        self.howls += 1
        self._howled[strip_id] = self._block
        if same is None and (strip_id in self._notches or len(self._notches) < MOST_NOTCHED):
            notches = self._notches.setdefault(strip_id, Notches())
            if notches.cut(hz):
                back_db = BACK_DB + step_db
                self._cuts[strip_id] = [*cuts, _Cut(hz, level_at_db(power, hz), back_db, self._block)]
                self._turn_back(strip_id, back_db)
                return
        self._turn_back(strip_id, BACK_FURTHER_DB)

    def _tell_howling(self) -> None:
        self._howled = {strip_id: at for strip_id, at in self._howled.items() if self._block - at < TOLD_FOR_BLOCKS}
        self.howling = tuple(i for i, at in self._howled.items() if self._block - at > JUDGED_AFTER_BLOCKS)

    def _turn_back(self, strip_id: str, by_db: float) -> None:
        place = self._places[strip_id]
        self._back_db[place] = min(MOST_BACK_DB, self._back_db[place] + by_db)

    def _is_believed(self, strip_id: str, hz: float, power: Block) -> bool:
        """Whether this was found to be no howl a while ago, and has not grown since: a whistle that goes on."""
        known = [one for one in self._believed.get(strip_id, []) if one.until > self._block]
        self._believed[strip_id] = known
        level_db = level_at_db(power, hz)
        found = next((one for one in known if abs(hz - one.hz) < SAME_HZ and level_db < one.level_db + GROWN_DB), None)
        if found is not None:
            found.until = self._block + BELIEVED_BLOCKS
        return found is not None

    def _judge(self, strip_id: str, power: Block) -> None:
        """Lift the cuts that cut no howl, and those that have done their work."""
        for cut in list(self._cuts[strip_id]):
            age = self._block - cut.since
            if not cut.judged and age >= JUDGED_AFTER_BLOCKS:
                has_fallen = level_at_db(power, cut.hz) <= cut.level_db - FALLEN_DB
                if not has_fallen and age < LIFTED_AFTER_BLOCKS and is_covered(power, cut.hz):
                    continue  # somebody talks over it: a later look will tell
                cut.judged = True
                if not has_fallen:
                    self.lifted += 1
                    self._howled.pop(strip_id, None)
                    self._pardoned_db[self._places[strip_id]] += cut.back_db
                    whistle = _Whistle(cut.hz, level_at_db(power, cut.hz), self._block + BELIEVED_BLOCKS)
                    self._believed.setdefault(strip_id, []).append(whistle)
                    self._lift(strip_id, cut)
            elif age >= LIFTED_AFTER_BLOCKS:
                self._lift(strip_id, cut)

    def _lift(self, strip_id: str, cut: _Cut) -> None:
        self._cuts[strip_id].remove(cut)
        if not self._cuts[strip_id]:
            del self._cuts[strip_id]
        self._notches[strip_id].lift(cut.hz)

    def _notched(self, sound: Block) -> Block:
        sound = sound.copy()
        for strip_id, notches in list(self._notches.items()):
            heard = sound[self._places[strip_id]]
            heard[:] = notches.run(heard.reshape(BLOCK_FRAMES, CHANNELS)).ravel()
            if notches.is_idle:
                del self._notches[strip_id]
        return sound
