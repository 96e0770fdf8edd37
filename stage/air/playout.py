"""The jitter buffer of one microphone, on the show's clock: sound is put as it comes and read in even blocks.

What came is kept on the decoder's own line of frames. At every read it is noted how far the newest frame is ahead of
the clock; what nearly all reads of the last seconds had is what may be relied on, and the reading place is led there by
cutting out or repeating a few milliseconds (`stage.air.stretch`). That one rule covers the network's jitter, packets of
any length, our own lateness and the drift between two crystals, and needs nobody's clock: what a phone says of its time
serves lip-sync only. `read` never waits, not for `put` either, and never clicks; each block's `Take` tells what it was
made of.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stage.air.chunk import SoundChunk
from stage.air.lips import Moment
from stage.air.player import NOTHING, Player, Take
from stage.air.stretch import LEAST_LAG, MOST_LAG, best_lag
from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ, Block, silence

MS = SAMPLE_RATE_HZ // 1000
US_PER_FRAME = 1_000_000 / SAMPLE_RATE_HZ

KEPT_FRAMES = 750 * MS
PAST_FRAMES = 2 * BLOCK_FRAMES
"""Kept behind the reading place: what a repetition goes back to."""
MOST_AT_ONCE = 500 * MS
MOST_DELAY = 250 * MS
MOST_WAITING = MOST_DELAY + BLOCK_FRAMES
"""What lies further back than this is left out."""
FIRST_CUSHION = 15 * MS
MARGIN = 4 * MS
"""Kept above what nearly all reads could rely on."""
SLACK = 3 * MS
"""So much too much is left alone."""

READS_SEEN = 300
FEWEST_SEEN = 30
SHARE_LATE = 0.01
"""The 1 % most starved of the last 3 s of reads are not waited for."""
LOOK_EVERY = 20
GONE_READS = 25
"""After 250 ms without a packet the stream has stalled; what was learnt of it no longer holds."""
STUTTERS, FORGIVEN_EVERY = 8, 20
"""Who broke off so often, less once for each 20 reads, stutters: they go on only with `STUTTER_CUSHION` and a packet in
hand. Few long pauses are heard less than many short ones, and cost a machine that cannot follow less as well."""
STUTTER_CUSHION = 80 * MS
LOUDEST_POWER = 1.01

ALIKE_ENOUGH = 0.7
MOST_TRIES = 10


class Came(NamedTuple):
    """What came until now, told by the receiving thread all at once: neither thread waits for the other.

    `kept` is never written to where somebody may read: what is added comes behind `head`, what is moved up is moved to
    memory of its own.
    """

    turn: int
    """Counts lines of frames: another segment, or what comes after a hole."""
    segment: int
    kept: Block
    base: int
    """The frame that `kept` begins with."""
    head: int
    """The frame after the newest."""
    packet_first: int = 0
    packet_us: int | None = None
    """The newest packet's first frame, and when the phone took it; None: there was none yet."""


class Playout:
    """`put` belongs to the receiving thread, `read` to the mixing one; the counters may be read by any."""

    def __init__(self) -> None:
        self.starved_blocks = 0
        self.stretches = 0
        self.skips = 0
        self.beginnings = 0
        """How often sound came after nothing: another segment, a hole, or a stall."""
        self.refused = 0
        self._came = self._met = Came(0, NOTHING.segment, silence(KEPT_FRAMES), 0, 0)
        """As told, and as the reader has taken note of it."""
        self._turn = self._place = 0
        """Where is read. Set together, `_place` first: whoever sees the turn sees its place."""
        self._player = Player()
        self._heads = np.zeros(READS_SEEN, np.int64)
        self._reads = 0
        self._reads_since_put = 0
        self._starving = GONE_READS
        self._breaks = 0
        self._excess = 0
        self._rested = 0
        self._tries = 0
        self._began = False
        self._calm_until = 0
        """Up to this read nothing is to be decided, as long as enough waits."""
        self.goes_on = False
        """Whether the block that was read last simply follows the one before."""
        self.last = NOTHING

    # what comes in

    def put(self, chunk: SoundChunk) -> None:
        """Take what a packet gave. What cannot be sound, or comes twice, is refused and counted."""
        sound, first = chunk.sound, chunk.first_frame
        frames = len(sound)
        power = float(np.vdot(sound, sound))
        turn, segment, kept, base, head, _, _ = self._came
        is_sound = 0 < frames <= MOST_AT_ONCE and power < LOUDEST_POWER * frames * CHANNELS
        if not is_sound or (chunk.segment == segment and first < head):
            self.refused += 1
            return
        if chunk.segment != segment or first > head:  # another line of frames, or a hole in this one
            turn, segment, kept, base, head = turn + 1, chunk.segment, np.empty_like(kept), first, first
        if head - base + frames > KEPT_FRAMES:
            kept, base = self._moved_up(turn, kept, base, head, frames)
        kept[head - base : head - base + frames] = sound
        self._came = Came(turn, segment, kept, base, head + frames, first, chunk.captured_us)

    def _moved_up(self, turn: int, kept: Block, base: int, head: int, frames: int) -> tuple[Block, int]:
        """Room for so many frames, in other memory: blocks that were read are views of this one."""
        read_from = self._place - PAST_FRAMES if self._turn == turn else base
        keep_from = max(read_from, head + frames - KEPT_FRAMES, base)
        moved = np.empty_like(kept)
        moved[: head - keep_from] = kept[keep_from - base : head - base]
        return moved, keep_from

    # what goes out

    def read(self, clock_frame: int) -> tuple[Block, Take]:
        """Return the block that begins at `clock_frame` of any even clock, and what it was made of.

        Nobody may write to the block.
        """
        came = self._came
        if came is not self._met:
            self._meet(came)
        self._reads_since_put += 1
        if self._reads_since_put <= GONE_READS:
            self._heads[self._reads % READS_SEEN] = came.head - clock_frame
            self._reads += 1
        place = self._place
        self.goes_on = self._reads < self._calm_until and BLOCK_FRAMES <= came.head - place <= MOST_WAITING
        if self.goes_on:  # nearly always
            at = place - came.base
            block = came.kept[at : at + BLOCK_FRAMES]
            self._player.follow(block)
            take = Take(came.segment, place, BLOCK_FRAMES)
            self._rested += 1
        else:
            take = self._decide(clock_frame)
            block = self._player.play(take, self._fetch)
            is_calm = take.frames == BLOCK_FRAMES and not self._breaks and -LEAST_LAG < self._excess < SLACK
            self._calm_until = self._reads - self._reads % LOOK_EVERY + LOOK_EVERY if is_calm else 0
        self._place += take.frames
        self.last = take
        return block, take

    def _meet(self, came: Came) -> None:
        if self._reads_since_put >= GONE_READS:
            self._reads = 0
        self._reads_since_put = 0
        self._met = came
        if came.turn != self._turn:
            self._calm_until = 0
            self._place, self._turn = came.base, came.turn
            self._reads = 0
            self._starving = GONE_READS
        elif self._place < came.base:
            self._calm_until = 0
            self._place = came.base
            self.skips += self._starving < GONE_READS

    def _fetch(self, segment: int, first: int, frames: int) -> Block:
        at = first - self._met.base
        return self._met.kept[at : at + frames]

    def _decide(self, clock_frame: int) -> Take:
        if not self._began:
            self._began = True
            return NOTHING
        waiting = self._met.head - self._place
        if self._starving >= GONE_READS and not self._come_back(waiting):
            return self._nothing()
        if waiting > MOST_WAITING:
            self._skip_to(BLOCK_FRAMES + FIRST_CUSHION)
        elif waiting < BLOCK_FRAMES or (self._starving and waiting < self._needed()):
            self._breaks += not self._starving
            self._starving += 1
            self.starved_blocks += 1
            return self._nothing()
        self._starving = 0
        if self._breaks and self._reads % FORGIVEN_EVERY == 0:
            self._breaks -= 1
        if self._reads % LOOK_EVERY == 0:
            self._look(clock_frame)
        self._rested += 1
        lag = 0 if -LEAST_LAG < self._excess < SLACK else self._lag()
        return Take(self._met.segment, self._place, BLOCK_FRAMES + lag)

    def _needed(self) -> int:
        """What must wait for one who broke off to go on."""
        return STUTTER_CUSHION + self._met.head - self._met.packet_first if self._breaks > STUTTERS else BLOCK_FRAMES

    def _nothing(self) -> Take:
        last = self.last
        if last.frames == 0 and last.first_frame == self._place and last.segment == self._met.segment:
            return last
        return Take(self._met.segment, self._place, 0)

    def _come_back(self, waiting: int) -> bool:
        """Whether enough has come to begin, or to begin anew; then what is older than need be is left out."""
        if waiting < BLOCK_FRAMES + FIRST_CUSHION:
            return False
        self._place = self._met.head - BLOCK_FRAMES - FIRST_CUSHION
        self._excess = 0
        self.beginnings += 1
        return True

    def _skip_to(self, waiting: int) -> None:
        self._place = self._met.head - waiting
        self.skips += 1

    def _look(self, clock_frame: int) -> None:
        """Reckon how many frames too many wait (or, negative, too few), by what the last reads could rely on."""
        seen = min(self._reads, READS_SEEN)
        if seen < FEWEST_SEEN:
            self._excess = 0
            return
        late = int(SHARE_LATE * seen)
        reliable = int(np.partition(self._heads[:seen], late)[late])
        self._excess = reliable - (self._place - clock_frame) - BLOCK_FRAMES - MARGIN

    def _lag(self) -> int:
        """How many frames to cut out (positive) or repeat (negative) now, where the sound lets one."""
        excess = self._excess
        if self._rested < _rest(excess):
            return 0
        if excess > 0:
            least, most = LEAST_LAG, min(MOST_LAG, excess, self._met.head - self._place - BLOCK_FRAMES)
        else:
            least, most = max(-MOST_LAG, self._met.base - self._place), -LEAST_LAG
        if most < least:
            return 0
        lag, alike = best_lag(self._around(least, most), max(0, -least), least, most)
        self._tries += 1
        if alike < ALIKE_ENOUGH and self._tries < MOST_TRIES:
            return 0
        self._rested = self._tries = 0
        self._excess -= lag
        self.stretches += 1
        return lag

    def _around(self, least: int, most: int) -> Block:
        at = self._place - self._met.base
        return self._met.kept[at + min(0, least) : at + BLOCK_FRAMES + max(0, most)]

    # how it stands

    @property
    def delay_us(self) -> int:
        """How much sound waits between what came last and what is played next."""
        return round((self._came.head - self._place) * US_PER_FRAME)

    @property
    def playing_us(self) -> int | None:
        """The phone's time at which the block that was read last was taken; None before there was one."""
        came, last = self._came, self.last
        if came.packet_us is None or last.frames == 0 or last.segment != came.segment:
            return None
        return came.packet_us - round((came.packet_first - last.first_frame) * US_PER_FRAME)

    def heard(self, now_us: int) -> Moment | None:
        """What is heard now; None where nothing is."""
        playing_us = self.playing_us
        return None if playing_us is None else Moment(playing_us, now_us, self.last.segment, self.beginnings)


def _rest(excess: int) -> int:
    """Blocks between two cuts: a little too much is cut slowly, much quickly, too little is mended at once."""
    if excess < 0:
        return 5
    if excess > 60 * MS:
        return 2
    return 10 if excess > 20 * MS else 25
