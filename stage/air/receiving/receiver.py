"""Receives live streams for the stage: `python -m stage.air.receiving.receiver CHANNEL RING`, a process of its own.

Beat and painter share one interpreter's lock with whatever else the stage does, and each of their larger calls gives it
away: a line that is busy all the time holds them up at every one. So all that is many times a second for each guest
happens here: the bundle from the hub, what goes to the walled children and what comes back. The stage is told of
pictures and sound, which lie in memory that both share. When the channel ends, because the stage closed or is gone,
what is being written is finished.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import uvloop

from live.logs import start_logging
from live.urgency import SOON, be_patient, be_urgent
from stage.air.orders import Word
from stage.air.receiving.nursery import Nursery
from stage.air.receiving.reception import Reception
from stage.air.receiving.wire import Wire
from stage.air.reports import (
    Begin,
    Clock,
    Late,
    LetGo,
    Report,
    ReportKind,
    Standing,
    StreamStanding,
    Want,
    Wish,
    WishReader,
    write_report,
)
from stage.air.segments import number_unkept
from stage.air.slots import Slots
from stage.air.sound_ring import SoundRing
from stage.picture import CHANNELS

if TYPE_CHECKING:
    from stage.air.receiving.bundle import Bundle

LINGER_S = 3.0
"""How long a stream that nobody wants is still received: it may come back at once."""
STANDING_EVERY_S = 0.1
MOST_WAITING = 4096
"""Reports on their way to a stage that does not listen: a second of a full hall. Then pictures and sound are left
out."""
FRAME_BYTES = 4 * CHANNELS

URGENT_UP_TO = 4
"""So few streams are a duet: each is to be on stage at once, whatever else the machine does. With a full hall the
receiver would wake for every packet by itself and keep the decoders that it feeds from their work.
"""


class Following:
    """One stream on its way to the stage: the reception's `Outlet`."""

    def __init__(self, number: int, receiver: Receiver) -> None:
        self.number = number
        self.is_wanted = True
        self._receiver = receiver
        self._shown: Slots | None = None

    def show(self, word: Word, slots: Slots, segment: int) -> None:
        if self._receiver.is_crowded():
            slots.give_back(word.slot)
            return
        if slots is not self._shown:
            self._shown = slots
            opened = Report(ReportKind.OPENED, self.number, slot=len(slots), size=slots.slot_bytes)
            self._receiver.report(opened, (os.dup(slots.descriptor),))
        slots.lend(word.slot)
        self._receiver.report(
            Report(
                ReportKind.PICTURE, self.number, word.slot, word.width, word.height,
                segment=segment, kept_index=word.index, captured_us=word.captured_us,
            )
        )  # fmt: skip

    def play(self, word: Word, segment: int) -> None:
        if self._receiver.is_crowded():
            return
        position = self._receiver.ring.write(word.body)
        if position is not None:
            self._receiver.report(
                Report(
                    ReportKind.SOUND, self.number, size=len(word.body) // FRAME_BYTES, concealed=word.concealed,
                    segment=segment, kept_index=word.index, first_frame=word.first_frame, captured_us=word.captured_us,
                    arrived_us=word.arrived_us, position=position,
                )
            )  # fmt: skip


class Receiver:
    """In its event loop. `bundle` is given once it is loaded; what is wanted before waits for it."""

    def __init__(self, begin: Begin, channel: socket.socket, ring: SoundRing) -> None:
        self.ring = ring
        self.ended = asyncio.Event()
        self._folder = Path(begin.folder)
        self._offset_us = begin.offset_us
        self._left_out = 0
        self._nursery = Nursery(begin.children)
        self._bundle: Bundle | None = None
        self._followed: dict[int, tuple[Following, Reception]] = {}
        self._told: dict[int, StreamStanding] = {}
        self._wire = Wire(channel, WishReader(), self._hear, self._end)

    async def serve(self, begin: Begin) -> None:
        """Return when the stage has hung up and all is written."""
        self._nursery.start()
        from stage.air.receiving.bundle import Bundle  # this takes a while, in which the children load what they need
        from stage.hub_session import open_session

        gc.freeze()  # what the libraries made stays: the collector need not look at it again
        self._bundle = Bundle(begin.hub.url, self.now_us)
        for _, reception in self._followed.values():
            self._bundle.follow(reception)
        staying = [
            asyncio.create_task(self._bundle.stay_connected(partial(open_session, begin.hub))),
            asyncio.create_task(self._tell_now_and_then()),
        ]
        await self.ended.wait()
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
        for _, reception in self._followed.values():
            reception.leave()
        await self._nursery.close()

    def now_us(self) -> int:
        """Show time."""
        return time.monotonic_ns() // 1000 + self._offset_us

    # to the stage

    def is_crowded(self) -> bool:
        """Whether the stage does not listen: what would be reported now is left out, and counted here."""
        if self._wire.waiting < MOST_WAITING:
            return False
        self._left_out += 1
        return True

    def report(self, report: Report, descriptors: tuple[int, ...] = ()) -> None:
        """The descriptors are closed once they are sent."""
        self._wire.send(write_report(report), descriptors)

    async def _tell_now_and_then(self) -> None:
        while True:
            self._tell()
            await asyncio.sleep(STANDING_EVERY_S)

    def _tell(self) -> None:
        changed: list[StreamStanding] = []
        for number, (_, reception) in self._followed.items():
            now = StreamStanding(number=number, trouble=reception.trouble, skipped=reception.skipped, bad=reception.bad)
            if self._told.get(number) != now:
                self._told[number] = now
                changed.append(now)
        standing = msgspec.json.encode(
            Standing(
                streams=tuple(changed),
                children=tuple(self._nursery.pids),
                children_replaced=self._nursery.replaced,
                left_out=self._left_out + self.ring.refused,
            )
        )
        self.report(Report(ReportKind.STANDING, 0, size=len(standing), body=standing))

    # from the stage

    def _hear(self, wish: Wish) -> None:
        match wish:
            case Want(number=number, stream_id=stream_id):
                self._follow(number, stream_id)
            case LetGo(number=number) if number in self._followed:
                self._followed[number][0].is_wanted = False
                asyncio.get_running_loop().call_later(LINGER_S, self._forget, number)
            case Late(number=number, text=text) if number in self._followed:
                self._followed[number][1].late_sound = text
            case Clock(offset_us=offset_us):
                self._offset_us = offset_us
            case _:
                return

    def _follow(self, number: int, stream_id: str) -> None:
        if number in self._followed:
            self._followed[number][0].is_wanted = True
            return
        following = Following(number, self)
        reception = Reception(stream_id, self._nursery, self._folder, following)
        self._followed[number] = following, reception
        self._hurry()
        if self._bundle is not None:
            self._bundle.follow(reception)

    def _forget(self, number: int) -> None:
        following, reception = self._followed.get(number, (None, None))
        if following is None or reception is None or following.is_wanted:
            return
        del self._followed[number]
        self._hurry()
        self._told.pop(number, None)
        if self._bundle is not None:
            self._bundle.leave(reception)
        self.report(Report(ReportKind.GONE, number))

    def _hurry(self) -> None:
        if len(self._followed) <= URGENT_UP_TO:
            be_urgent(SOON)
        else:
            be_patient()

    def _end(self, _: str) -> None:
        self.ended.set()


async def receive(begin: Begin, channel: socket.socket, ring: int) -> None:
    number_unkept(begin.times)
    await Receiver(begin, channel, SoundRing(ring)).serve(begin)


def main(channel_fd: int, ring: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_logging()
    channel = socket.socket(fileno=channel_fd)
    with channel.makefile("rb", buffering=0) as lines:  # reads no further than the line's end
        line = lines.readline()
    if line:
        uvloop.run(receive(msgspec.json.decode(line, type=Begin), channel, ring))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
