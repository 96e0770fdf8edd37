"""One live stream as the stage has it: its newest picture, its sound on the way to who plays it, and how it does.

`newest`, `next_expected_s`, `trouble` and the counts may be read by any thread; what the receiver reports comes in the
line's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from stage.air.arrivals import Arrivals
from stage.air.chunk import SoundChunk
from stage.air.reports import Report, StreamStanding
from stage.air.slots import MappedSlots
from stage.picture import Block
from stage.ports import LivePicture

log = structlog.get_logger(__name__)

PACE_SHARE = 0.2
"""How much the newest distance between two pictures counts in what is expected."""
SILENT_S = 0.5
"""A longer pause says nothing of how fast pictures come."""
OVERDUE = 2.5
"""After so many times the usual distance nobody knows when the next picture comes."""

SoundSink = Callable[[SoundChunk], None]


class LiveStream:
    """`number` is what it is called by the receiver; `on_late` is told of late sound whenever that changed."""

    def __init__(self, stream_id: str, number: int, arrivals: Arrivals, on_late: Callable[[LiveStream], None]) -> None:
        self.stream_id = stream_id
        self.number = number
        self.newest: LivePicture | None = None
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
        self._memory: MappedSlots | None = None
        self._lock = threading.Lock()
        self._sinks: tuple[SoundSink, ...] = ()
        self._interval_s = 0.0

    def next_expected_s(self) -> float | None:
        """When the next picture is likely to come (monotonic); None where nobody can say."""
        newest, interval_s = self.newest, self._interval_s
        if newest is None or interval_s == 0.0 or time.monotonic() - newest.arrived_s > OVERDUE * interval_s:
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
        now_s = time.monotonic()
        last = self.newest
        if last is not None and now_s - last.arrived_s < SILENT_S:
            distance_s = now_s - last.arrived_s
            self._interval_s += PACE_SHARE * (distance_s - self._interval_s) if self._interval_s else distance_s
        if last is None or last.segment != report.segment or now_s - last.arrived_s >= SILENT_S:
            self.beginnings += 1
        self.pictures += 1
        self.newest = LivePicture(picture, report.segment, report.kept_index, self.pictures, now_s, report.captured_us)
        self.first_picture.set()
        self._arrivals.arrived(self.stream_id)

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
