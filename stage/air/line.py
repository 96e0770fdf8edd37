"""The line to the live streams: says which are wanted, hears the receiver, and starts another should it be gone.

Streams are wanted by parts of the scene (any thread) and let go when nobody wants them; the receiver follows them for
some seconds more. One thread hears it. A receiver that dies or hangs costs pictures and sound for about a second: the
next one is told what is wanted.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec
import structlog

from live.pulse import Watch, pulse_of
from live.urgency import SOON, be_urgent
from stage.air.arrivals import Arrivals
from stage.air.orders import Broken
from stage.air.reports import (
    MAX_NUMBER,
    Begin,
    Clock,
    Late,
    LetGo,
    Report,
    ReportKind,
    ReportReader,
    Standing,
    Want,
    Wish,
    write_wish,
)
from stage.air.slots import MappedSlots
from stage.air.sound_ring import MappedSoundRing, ring_memory
from stage.air.stream import LiveStream
from stage.hub_address import HubAddress
from stage.side_process import SideProcess

log = structlog.get_logger(__name__)

RESTART_S = 0.5
HUNG_AFTER_S = 5.0
"""By its own time (`live.pulse`): one that goes short of the processor is not hung."""
LOOK_EVERY_S = 0.5
CLOSE_WITHIN_S = 10.0
READ_BYTES = 1 << 16
MOST_DESCRIPTORS = 64
WORTH_SAYING_US = 200
"""By how much the show's clock must have been corrected."""


class Line:
    """`want` and `let_go` may be called by any thread. Thread and receiver start with the first stream,
    or `warm`."""

    def __init__(
        self,
        hub: HubAddress,
        folder: Path,
        now_us: Callable[[], int],
        arrivals: Arrivals,
        children: int | None,
    ) -> None:
        self.receivers_replaced = 0
        self.left_out = 0
        """Pictures and runs of sound that came while this side did not listen."""
        self.child_pids: tuple[int, ...] = ()
        self._begin = partial(Begin, hub=hub, folder=str(folder.resolve()), children=children)
        self._now_us = now_us
        self._arrivals = arrivals
        self._thread = threading.Thread(target=self._keep, name="air line", daemon=True)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._wanted: dict[str, int] = {}
        self._streams: dict[str, LiveStream] = {}
        self._by_number: dict[int, LiveStream] = {}
        self._numbers = itertools.cycle(range(MAX_NUMBER + 1))
        self._process: SideProcess | None = None
        self._wishes: deque[Wish] = deque()
        """Not said yet: a few for each stream, as a receiver that does not listen is ended."""
        self._descriptors: deque[int] = deque()
        self._offset_us = 0
        self._replaced_before = self._left_out_before = self._children_replaced = 0

    @property
    def streams(self) -> list[LiveStream]:
        return list(self._streams.values())

    @property
    def children_replaced(self) -> int:
        return self._replaced_before + self._children_replaced

    @property
    def pid(self) -> int | None:
        """The receiver's."""
        return self._process.pid if self._process is not None else None

    def warm(self) -> None:
        """Have the receiver start: guests are expected."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    def want(self, stream_id: str) -> LiveStream:
        """Have a stream received, until as many `let_go`s."""
        self.warm()
        with self._lock:
            wanted = self._wanted[stream_id] = self._wanted.get(stream_id, 0) + 1
            stream = self._streams.get(stream_id)
            if stream is None:
                number = next(one for one in self._numbers if one not in self._by_number)
                stream = LiveStream(stream_id, number, self._arrivals, self._tell_late)
                self._streams[stream_id] = self._by_number[number] = stream
            if wanted == 1:
                self._say(Want(number=stream.number, stream_id=stream_id))
            return stream

    def let_go(self, stream_id: str) -> None:
        with self._lock:
            self._wanted[stream_id] -= 1
            if self._wanted[stream_id] == 0:
                del self._wanted[stream_id]
                self._say(LetGo(number=self._streams[stream_id].number))

    def close(self) -> None:
        """Let all streams go; what is being written is finished."""
        self._closing.set()
        with self._lock:
            if self._thread.ident is None:
                return
            if self._process is not None:
                self._process.hang_up()
        self._thread.join(CLOSE_WITHIN_S)

    # to the receiver

    def _tell_late(self, stream: LiveStream) -> None:
        with self._lock:
            self._say(Late(number=stream.number, text=stream.late_sound))

    def _say(self, wish: Wish) -> None:
        """Under the lock. Waits for nobody: what cannot go out now goes with the next, or at the next look."""
        if self._process is not None:  # the next one is told all that counts
            self._wishes.append(wish)
            self._say_on()

    def _say_on(self) -> None:
        while self._process is not None and self._wishes and self._process.send(write_wish(self._wishes[0])):
            self._wishes.popleft()

    # the thread that hears

    def _keep(self) -> None:
        be_urgent(SOON)
        for times in itertools.count():
            try:
                process, ring = self._start(times)
            except OSError as error:
                log.error("no receiver of live streams can be started, trying again", reason=str(error))
            else:
                why = self._hear(process, ring)
                self._lose()
                status = process.end(CLOSE_WITHIN_S / 2)
                if not self._closing.is_set():
                    self.receivers_replaced += 1
                    log.warning("the receiver of live streams is gone, starting another", reason=why, status=status)
            if self._closing.wait(RESTART_S):
                return

    def _start(self, times: int) -> tuple[SideProcess, MappedSoundRing]:
        """Raises OSError."""
        memory = ring_memory()
        try:
            self._offset_us = self._offset_now_us()
            begin = self._begin(offset_us=self._offset_us, times=times)
            process = SideProcess("stage.air.receiving.receiver", memory, write_wish(begin))
            ring = MappedSoundRing(memory)
        finally:
            os.close(memory)
        with self._lock:
            self._process = process
            for stream_id, stream in list(self._streams.items()):
                if stream_id not in self._wanted:
                    del self._streams[stream_id], self._by_number[stream.number]
                    continue
                self._say(Want(number=stream.number, stream_id=stream_id))
                if stream.late_sound:
                    self._say(Late(number=stream.number, text=stream.late_sound))
            if self._closing.is_set():  # it was asked while this one was being started
                process.hang_up()
        return process, ring

    def _hear(self, process: SideProcess, ring: MappedSoundRing) -> str:
        """Take what the receiver reports until it is gone, and return why."""
        reader, watch = ReportReader(), Watch(partial(pulse_of, process.pid), time.monotonic())
        second = int(LOOK_EVERY_S), round(LOOK_EVERY_S % 1 * 1e6)
        process.channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", *second))
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(process.channel, READ_BYTES, MOST_DESCRIPTORS)
                self._descriptors.extend(descriptors)
                if not data:
                    return "it ended"
                self._take(reader.feed(data), ring)
                watch.heard(time.monotonic())
            except BlockingIOError:
                if watch.silent_s(time.monotonic()) > HUNG_AFTER_S:
                    process.kill()
                    return "it said nothing"
            except (OSError, Broken, ValueError, msgspec.MsgspecError) as error:
                process.kill()
                return str(error)

    def _take(self, reports: Iterable[Report], ring: MappedSoundRing) -> None:
        read_up_to = None
        for report in reports:
            stream = self._by_number.get(report.number)
            match report.kind:
                case ReportKind.SOUND:
                    read_up_to = report.position + report.size
                    if stream is not None:
                        stream.play(report, ring.read(report.position, report.size))
                case ReportKind.PICTURE if stream is not None:
                    stream.show(report)
                case ReportKind.OPENED:
                    self._open(report, stream)
                case ReportKind.STANDING:
                    self._stand(msgspec.json.decode(report.body, type=Standing))
                case ReportKind.GONE if stream is not None:
                    self._forget(stream)
        if read_up_to is not None:
            ring.done(read_up_to)

    def _open(self, report: Report, stream: LiveStream | None) -> None:
        descriptor = self._descriptors.popleft()
        try:
            if stream is not None:
                stream.open(MappedSlots(descriptor, report.size, report.slot))
        finally:
            os.close(descriptor)

    def _stand(self, standing: Standing) -> None:
        for one in standing.streams:
            stream = self._by_number.get(one.number)
            if stream is not None:
                stream.stand(one)
        self.child_pids, self._children_replaced = standing.children, standing.children_replaced
        self.left_out = self._left_out_before + standing.left_out
        offset_us = self._offset_now_us()
        with self._lock:
            if abs(offset_us - self._offset_us) > WORTH_SAYING_US:
                self._offset_us = offset_us
                self._say(Clock(offset_us=offset_us))
            self._say_on()

    def _forget(self, stream: LiveStream) -> None:
        with self._lock:
            if stream.stream_id not in self._wanted:  # or it is wanted again meanwhile
                del self._streams[stream.stream_id], self._by_number[stream.number]

    def _lose(self) -> None:
        """The receiver is gone: nothing of it holds any more but the pictures that are shown."""
        with self._lock:
            self._process = None
            self._wishes.clear()
        while self._descriptors:
            os.close(self._descriptors.popleft())
        self._replaced_before, self._children_replaced = self.children_replaced, 0
        self._left_out_before, self.child_pids = self.left_out, ()
        for stream in self.streams:
            stream.begin_anew()

    def _offset_now_us(self) -> int:
        return self._now_us() - time.monotonic_ns() // 1000
