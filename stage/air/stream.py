"""One live stream as the stage has it: its newest picture, its sound on the way to who plays it, and how it does.

`newest`, `next_expected_s`, `trouble` and the counts may be read by any thread; what the receiver reports comes in the
line's. Where sound plays much later than pictures come, these wait here for it (`stage.air.holding`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from stage.air.arrivals import Arrivals
from stage.air.chunk import SoundChunk
from stage.air.holding import Holding, Waiting
from stage.air.lips import Moment
from stage.air.reports import Report, StreamStanding
from stage.air.slots import MappedSlots
from stage.picture import Block
from stage.ports import LivePicture

if TYPE_CHECKING:
    from stage.air.playout import Playout

log = structlog.get_logger(__name__)

PACE_SHARE = 0.2
"""How much the newest distance between two pictures counts in what is expected."""
SILENT_S = 0.5
"""A longer pause says nothing of how fast pictures come."""
OVERDUE = 2.5
"""After so many times the usual distance nobody knows when the next picture comes."""

SoundSink = Callable[[SoundChunk], None]


def monotonic_us() -> int:
    return time.monotonic_ns() // 1000


class LiveStream:
    """`number` is what it is called by the receiver; `on_late` is told of late sound whenever that changed."""

    def __init__(
        self,
        stream_id: str,
        number: int,
        arrivals: Arrivals,
        on_late: Callable[[LiveStream], None],
        now_us: Callable[[], int] = monotonic_us,
    ) -> None:
        """`now_us` is monotonic."""
        self.stream_id = stream_id
        self.number = number
        self.newest: LivePicture | None = None
        """Of those that may be shown; who shows it asks to `let_out` first."""
        self.heard: Playout | None = None
        """Who plays its sound, where that is so."""
        self.first_picture = threading.Event()
        self.trouble = ""
        self.late_sound = ""
        """Said of lip-sync, by whoever plays both (`stage.air.lips`)."""
        self.beginnings = 0
        """How often pictures came after a pause, or with another segment."""
        self.pictures = self.skipped = self.bad = 0
        self._skipped_before = self._bad_before = 0
        self._arrivals = arrivals
        self._on_late = on_late
        self._now_us = now_us
        self._memory: MappedSlots | None = None
        self._lock = threading.Lock()
        self._sinks: tuple[SoundSink, ...] = ()
        self._interval_s = 0.0
        self._holding = Holding()
        self._waiting: Waiting[LivePicture] = Waiting()
        self._showing = threading.Lock()

    @property
    def held_us(self) -> int:
        """By how much pictures are shown later than they could be, for their sound."""
        return self._holding.held_us

    @property
    def held(self) -> int:
        """Pictures that had to wait."""
        return self._waiting.held

    @property
    def thinned(self) -> int:
        """Those of them that gave way."""
        return self._waiting.thinned

    def let_out(self) -> None:
        """Have `newest` be what is due by now. Any thread may call."""
        if self._waiting:
            with self._showing:
                self.newest = self._waiting.take(self._now_us()) or self.newest

    def next_expected_s(self) -> float | None:
        """When the next picture is likely to come (monotonic); None where nobody can say."""
        newest, interval_s = self.newest, self._interval_s
        if self._waiting:  # what comes next will not be seen at once
            return None
        if newest is None or interval_s == 0.0 or self._now_us() / 1_000_000 - newest.arrived_s > OVERDUE * interval_s:
            return None
        return newest.arrived_s + interval_s

    def say_late(self, text: str) -> None:
        """Its sound is late by so much, or (empty) not any more. Any thread may call."""
        if text != self.late_sound:
            self.late_sound = text
            self._on_late(self)

    def add_sink(self, sink: SoundSink) -> None:
        """Hand every chunk of sound to `sink` from now on, in the line's thread. Any thread may call."""
        with self._lock:
            self._sinks = (*self._sinks, sink)

    def remove_sink(self, sink: SoundSink) -> None:
        with self._lock:
            self._sinks = tuple(one for one in self._sinks if one != sink)

    # from the receiver

    def begin_anew(self) -> None:
        """Another receiver counts from 0 and has other memory."""
        self._skipped_before, self._bad_before = self.skipped, self.bad
        self._memory = None

    def open(self, memory: MappedSlots) -> None:
        """Pictures lie there from here on."""
        self._memory = memory

    def show(self, report: Report) -> None:
        if self._memory is None:
            return
        picture = self._memory.picture(report.slot, report.width, report.height)
        now_us = self._now_us()
        now_s = now_us / 1_000_000
        self._note_pace(report.segment, now_s)
        self.pictures += 1
        newest = LivePicture(picture, report.segment, report.kept_index, self.pictures, now_s, report.captured_us)
        sound = None if self.heard is None else self.heard.heard(now_us)
        due_us = self._holding.due_us(Moment(report.captured_us, now_us, report.segment), sound)
        with self._showing:
            if due_us > now_us:
                self._waiting.put(newest, due_us)
                return
            self._waiting.drop()
            self.newest = newest
        self.first_picture.set()
        self._arrivals.arrived(self.stream_id)

    def _note_pace(self, segment: int, now_s: float) -> None:
        with self._showing:
            last = self._waiting.last if self._waiting else self.newest
        if last is not None and now_s - last.arrived_s < SILENT_S:
            distance_s = now_s - last.arrived_s
            self._interval_s += PACE_SHARE * (distance_s - self._interval_s) if self._interval_s else distance_s
        if last is None or last.segment != segment or now_s - last.arrived_s >= SILENT_S:
            self.beginnings += 1

    def play(self, report: Report, sound: Block) -> None:
        """`sound` is good during the call."""
        if not self._sinks:
            return
        chunk = SoundChunk(
            segment=report.segment, index=report.kept_index, first_frame=report.first_frame,
            captured_us=report.captured_us, arrived_us=report.arrived_us, sound=sound, concealed=report.concealed,
        )  # fmt: skip
        for sink in self._sinks:
            sink(chunk)

    def stand(self, standing: StreamStanding) -> None:
        self.trouble = standing.trouble
        self.skipped = self._skipped_before + standing.skipped
        self.bad = self._bad_before + standing.bad
