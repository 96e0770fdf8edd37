"""One stream as it is received: from its packets to decoded pictures and sound, and how it is doing.

All in the receiver's event loop. Packets come from the bundle, go to a seat with a walled child and come back as
pictures and sound, which are handed out to the stage (`Outlet`). What does harm is named and rested: too much garbage,
or twice the packet that a child died of.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Protocol

import structlog

from live.errors import BadMedia, Unavailable
from live.messages.air import Trouble
from live.messages.packets import FLAG_KEY, Hello
from stage.air.bounds import slot_bytes
from stage.air.orders import NOT_KEPT, Opening, Word, WordKind
from stage.air.receiving.nursery import Nursery
from stage.air.receiving.seats import Seat
from stage.air.receiving.telling import Telling
from stage.air.segments import begin_segment, is_kept
from stage.air.slots import SLOTS, Slots
from stage.picture import CHANNELS

log = structlog.get_logger(__name__)

CONTAINERS = frozenset(("webm", "mp4"))
KEY_EVERY_S = 0.5
MOST_BAD, BAD_WITHIN_S = 8, 10.0
REST_S = 10.0
QUARANTINE_S = 30.0
MOST_SUSPECTED, SUSPECTED_S = 2, 120.0
"""So many deaths, none longer after the one before: it is the stream."""

MOST_SEGMENTS, SEGMENTS_WITHIN_S = 50, 25.0
"""A camera that is turned begins a new segment, and so does a recorder at each key picture that is asked for, which is
twice a second at most. Each is three files."""
MOST_FRAMES = 1 << 48
"""Of one segment: 180 years. A child in a stranger's hands may count further than is reckoned with."""
MOST_SENTENCE = 300
MOST_TOLD = 400


class Outlet(Protocol):
    """Where what was decoded goes: to the stage's side of one stream."""

    def show(self, word: Word, slots: Slots, segment: int) -> None:
        """A picture lies in a slot of `slots`, which is theirs from here on."""
        ...

    def play(self, word: Word, segment: int) -> None:
        """The word's body is sound."""
        ...


class Reception:
    def __init__(self, stream_id: str, nursery: Nursery, folder: Path, outlet: Outlet) -> None:
        self.stream_id = stream_id
        self.trouble = ""
        self.late_sound = ""
        """Said of lip-sync, by whoever plays both (`stage.air.lips`)."""
        self.telling = Telling()
        self.rest_until_s = 0.0
        self.bad = 0
        self.wants_key = False
        self._nursery = nursery
        self._folder = folder
        self._outlet = outlet
        self._hello: Hello | None = None
        self._kinds: dict[int, bool] = {}
        self._containers: frozenset[int] = frozenset()
        self._is_container_begun = False
        self._seat: Seat | None = None
        self._segment = 0
        self._key_asked_s = 0.0
        self._bad_s: deque[float] = deque(maxlen=MOST_BAD)
        self._begun_s: deque[float] = deque(maxlen=MOST_SEGMENTS)
        self._is_refused = False
        """Nothing of it is shown now, for what it sends."""
        self._suspected = 0
        self._suspected_s = 0.0
        self._skipped = 0

    @property
    def skipped(self) -> int:
        return self._skipped + (self._seat.skipped if self._seat is not None else 0)

    def told(self) -> Trouble:
        """How it stands, for the host and the phone."""
        return Trouble(text=(self.trouble or self.late_sound)[:MOST_TOLD], is_shown=not self._is_refused)

    # from the bundle

    def begin(self, hello: Hello) -> None:
        """A publisher said what it sends: a new segment."""
        self._hello = hello
        self._kinds = {track.track: track.kind == "video" for track in hello.tracks}
        self._containers = frozenset(track.track for track in hello.tracks if track.codec in CONTAINERS)
        self._is_container_begun = False
        self._take_seat()

    def packet(self, message: bytes, now_us: int) -> None:
        if self._seat is None:
            return
        if message[0] in self._containers and message[1] & FLAG_KEY:
            self._begin_container()
        is_picture = self._kinds.get(message[0])
        if is_picture is not None:
            self._seat.put(message, now_us, is_picture=is_picture)

    def _begin_container(self) -> None:
        """A recorder was started again: what it writes is another file."""
        if self._is_container_begun:
            self._take_seat()
        self._is_container_begun = True

    def leave(self) -> None:
        """Nobody sends any more, or nobody wants it: the segment ends."""
        if self._seat is not None:
            self._skipped += self._seat.skipped
            self._seat.close()
            self._seat = None

    def is_resting(self, now_s: float) -> bool:
        return now_s < self.rest_until_s

    # from the seat

    def on_word(self, word: Word, slots: Slots) -> None:
        match word.kind:
            case WordKind.PICTURE:
                self._show(word, slots)
                self._goes_well()
            case WordKind.SOUND | WordKind.MORE_SOUND:
                self._play(word)
                if not any(self._kinds.values()):  # good sound beside pictures of garbage mends nothing
                    self._goes_well()
            case WordKind.BAD:
                self._count_bad(_sentence(word))
            case WordKind.REFUSED:
                self._rest(f"cannot be decoded: {_sentence(word)}", REST_S)
            case WordKind.NOT_KEPT:
                self.trouble = f"is not kept: {_sentence(word)}; make room on the disk"
                log.warning("a stream has trouble", stream=self.stream_id, trouble=self.trouble)
                self._segment = 0
            case WordKind.NOTHING if word.arrived_us:
                self._ask_key()
            case _:
                return

    def on_skipped(self) -> None:
        self._ask_key()

    def on_child_lost(self, *, suspected: bool) -> None:
        self._seat = None
        if suspected:
            now_s = time.monotonic()
            self._suspected = self._suspected + 1 if now_s - self._suspected_s < SUSPECTED_S else 1
            self._suspected_s = now_s
            log.warning("a decoding child was lost at a stream's packet", stream=self.stream_id)
        if self._suspected >= MOST_SUSPECTED:
            self._rest("is kept apart: what came broke the decoder twice", QUARANTINE_S)
            return
        self._take_seat()
        self._ask_key()

    def _take_seat(self) -> None:
        self.leave()
        assert self._hello is not None
        if self._begins_too_often():
            self._rest("begins anew all the time", QUARANTINE_S)
            return
        tracks = self._hello.tracks
        try:
            opening = Opening(tracks=tracks, slot_bytes=slot_bytes(tracks), slots=SLOTS)
            segment = begin_segment(self._folder, self._hello)
        except BadMedia as error:
            self._rest(f"cannot be shown: {error}", REST_S)
            return
        except OSError as error:
            self._rest(f"cannot be kept: {error}; make room on the disk", REST_S)
            return
        self._segment = segment.number
        if segment.trouble:
            self.trouble = f"is not kept: {segment.trouble}; make room"
            log.warning("a stream has trouble", stream=self.stream_id, trouble=self.trouble)
        try:
            self._seat = self._nursery.seat(opening, segment.files, self)
        except (Unavailable, OSError) as error:
            segment.close()
            self._rest(f"cannot be shown: {error}", REST_S)

    def _begins_too_often(self) -> bool:
        now_s = time.monotonic()
        self._begun_s.append(now_s)
        return len(self._begun_s) == MOST_SEGMENTS and now_s - self._begun_s[0] < SEGMENTS_WITHIN_S

    def _show(self, word: Word, slots: Slots) -> None:
        self._outlet.show(word, slots, 0 if word.index == NOT_KEPT else self._segment)

    def _play(self, word: Word) -> None:
        if len(word.body) % (4 * CHANNELS) == 0 and 0 <= word.first_frame < MOST_FRAMES:
            self._outlet.play(word, self._segment)

    def _goes_well(self) -> None:
        self._is_refused = False
        if self.trouble and is_kept(self._segment):
            self.trouble = ""

    def _count_bad(self, why: str) -> None:
        self.bad += 1
        now_s = time.monotonic()
        self._bad_s.append(now_s)
        if len(self._bad_s) == MOST_BAD and now_s - self._bad_s[0] < BAD_WITHIN_S:
            self._bad_s.clear()
            self._rest(f"sends no media: {why}", REST_S)
        else:
            self._ask_key()

    def _rest(self, why: str, rest_s: float) -> None:
        self.trouble = f"{why}; it is tried again by itself"
        self._is_refused = True
        self.rest_until_s = time.monotonic() + rest_s
        log.warning("a stream has trouble", stream=self.stream_id, trouble=self.trouble)
        self.leave()

    def _ask_key(self) -> None:
        now_s = time.monotonic()
        if now_s - self._key_asked_s >= KEY_EVERY_S:
            self._key_asked_s = now_s
            self.wants_key = True


def _sentence(word: Word) -> str:
    """What a child says goes to the console and into the log: no more of it than is read there."""
    text = word.body[:MOST_SENTENCE].decode(errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)
