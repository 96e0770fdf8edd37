"""Plays what was decided: from one `Take` a block and the sound it is taken from to that block. Live and offline alike.

A take says which frames a block is made of; everything else (crossfades, what is guessed where nothing came, how sound
comes back) follows from the takes and the sound alone, so that the same takes give the same bytes. The side log keeps
the takes that are not as `expected`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stage.air.stretch import HISTORY_FRAMES, Extension, faded_into, shifted
from stage.picture import BLOCK_FRAMES, Block, silence


class Take(NamedTuple):
    """`frames` of a segment, from `first_frame` on, become one block.

    BLOCK_FRAMES: as they are. More: some are cut out; fewer: some are repeated. 0: nothing came, `first_frame` waits.
    """

    segment: int
    first_frame: int
    frames: int


NOTHING = Take(0, 0, 0)
"""The first take of every source: what was played before is forgotten, so that a replay may begin here."""

Fetch = Callable[[int, int, int], Block]
"""The sound of a segment, from a frame on, so many frames."""


def expected(last: Take) -> Take:
    """What follows by itself: the next frames, or still nothing."""
    if last.frames == 0:
        return last
    return Take(last.segment, last.first_frame + last.frames, BLOCK_FRAMES)


LISTEN_AGAIN_BLOCKS = 25
"""A sound that stutters is searched for its period four times a second at most: a machine that falls behind with a
choir must not fall further behind for it."""
_ENDED = Extension(silence(0))
"""Nothing to go on with: silence, however long."""


class Player:
    """Holds the last blocks that it gave, which nobody may change, and how the sound goes on while nothing comes."""

    def __init__(self) -> None:
        self._given: deque[Block] = deque(maxlen=HISTORY_FRAMES // BLOCK_FRAMES)
        self._going_on: Extension | None = _ENDED
        self._next = (NOTHING.segment, NOTHING.first_frame)
        self._period = 0
        self._period_known_for = 0
        """Blocks for which the period that was found last is believed."""

    def play(self, take: Take, fetch: Fetch) -> Block:
        segment, first, frames = take
        if frames == BLOCK_FRAMES and self._going_on is None and self._next == (segment, first):
            block = fetch(segment, first, frames)
            self.follow(block)
            return block
        if take == NOTHING:
            self._forget()
        block = self._came(take, fetch) if frames else self._went_on()
        self._given.append(block)
        self._period_known_for -= 1
        return block

    def follow(self, block: Block) -> None:
        """Take the block of frames that comes next by itself, after one that came: what `play` would find out."""
        segment, first = self._next
        self._next = (segment, first + BLOCK_FRAMES)
        self._given.append(block)
        self._period_known_for -= 1

    def _forget(self) -> None:
        self._given.clear()
        self._going_on = _ENDED
        self._period_known_for = 0

    def _came(self, take: Take, fetch: Fetch) -> Block:
        segment, first, frames = take
        sound = _taken(segment, first, frames, fetch)
        if self._going_on is not None or self._next != (segment, first):
            sound = faded_into(self._went_on(), sound)
            self._going_on = None
        self._next = (segment, first + frames)
        return sound

    def _went_on(self) -> Block:
        if self._going_on is None:
            is_known = self._period_known_for > 0
            self._going_on = Extension(np.concatenate(self._given), self._period if is_known else 0)
            if not is_known:
                self._period, self._period_known_for = self._going_on.period, LISTEN_AGAIN_BLOCKS
        return self._going_on.take(BLOCK_FRAMES)


def _taken(segment: int, first: int, frames: int, fetch: Fetch) -> Block:
    if frames == BLOCK_FRAMES:
        return fetch(segment, first, BLOCK_FRAMES)
    lag = frames - BLOCK_FRAMES
    begin = first + min(0, lag)
    return shifted(fetch(segment, begin, BLOCK_FRAMES + abs(lag)), first - begin, lag)
