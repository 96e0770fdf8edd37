"""An output that works in a process of its own, as the engine sees it: an `Output` like any other.

Pictures are copied to the shared ring, blocks go down the channel; neither waits. One thread hears what comes up. A
host that dies costs its output alone, for a second: a stream begins again, a recording goes on in another file.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog
from msgspec.structs import replace

from live.urgency import SOON, be_urgent
from stage.apart.process import HostProcess
from stage.apart.ring import Ring
from stage.apart.words import Broadcast, Hosted, Kind, Record, Standing, Task, Window, Word, write
from stage.picture import Block, Picture
from stage.program import ProgramFormat

log = structlog.get_logger()

RETRY_S = 1.0
MOST_LEFT_OUT = 0.001
LEFT_OUT = "{percent:.2g} % of the pictures left out: this machine is too busy; render the show to have them all"
ENDED = "recording ended: its process is gone ({reason}), {times} times in this run; restart the stage to record on"


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is with one kind of output. `places`: what its own feed holds, and a few on the way."""

    places: int
    first: Standing
    gone: str
    most_times: int
    """So often it is begun; what dies more often would die again."""
    close_within_s: float
    module: str = "stage.apart.host"


class File(NamedTuple):
    """A recording's file, and the first program picture in it."""

    path: str
    first_picture: int


TERMS: dict[type, Terms] = {
    Record: Terms(
        places=36,
        first=Standing(state="on", dropped=0, wants_pictures=True, wants_sound=True),
        gone="recording: its process is gone ({reason}); going on in another file by itself",
        most_times=9,
        close_within_s=20.0,
    ),
    Broadcast: Terms(
        places=12,
        first=Standing(state="program stream: starting", dropped=0, wants_pictures=False, wants_sound=False),
        gone="program stream: its process is gone ({reason}); starting it again by itself",
        most_times=sys.maxsize,
        close_within_s=7.0,
    ),
    Window: Terms(
        places=6,
        first=Standing(state="window: opening", dropped=0, wants_pictures=True, wants_sound=False),
        gone="window: its process is gone ({reason}); opening another by itself",
        most_times=sys.maxsize,
        close_within_s=7.0,
        module="stage.apart.window_host",
    ),
}


class ApartOutput:
    """`put_picture` may be called by one thread and `put_block` by another, everything else by any."""

    def __init__(
        self, name: str, hosted: Hosted, program: ProgramFormat, on_key: Callable[[str], None] | None = None
    ) -> None:
        """`on_key` is called in the thread that hears. Raises OSError where no memory or no process is to be had."""
        self.name = name
        self._on_key = on_key
        self._terms = TERMS[type(hosted)]
        self._hosted = hosted
        self._program = program
        self._times = 1
        self._first_picture: int | None = None
        self._standing = self._terms.first
        self._put_pictures = self._dropped_pictures = self._dropped_blocks = self._dropped_before = 0
        self._closing = threading.Event()
        self._ring = Ring(program.width, program.height, self._terms.places)
        try:
            self._process = HostProcess(self._terms.module, self._task(), self._ring.descriptor)
        except OSError:
            self._ring.close()
            raise
        self._thread = threading.Thread(target=self._keep, name=f"{name} apart", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._dropped_pictures + self._dropped_blocks + self._dropped_before + self._standing.dropped

    @property
    def state(self) -> str:
        """A recording that is on and leaves out more than a few pictures says so: what was not recorded is missed the
        day after, and can be rendered."""
        left_out = (self.dropped - self._dropped_blocks) / max(1, self._put_pictures)
        if isinstance(self._hosted, Record) and self._standing.state == "on" and left_out > MOST_LEFT_OUT:
            return LEFT_OUT.format(percent=100.0 * min(1.0, left_out))
        return self._standing.state

    @property
    def is_wanted(self) -> bool:
        """Whether it has a use for pictures now: a stream has none while nobody watches."""
        return self._standing.wants_pictures

    @property
    def file(self) -> File | None:
        """What is being recorded into; None before its first picture, and for a stream."""
        if not isinstance(self._hosted, Record) or self._first_picture is None:
            return None
        return File(numbered(self._hosted.path, self._times), self._first_picture)

    @property
    def free_places(self) -> int:
        """How many pictures could be put now."""
        return self._ring.free

    @property
    def pid(self) -> int:
        return self._process.pid

    def put_picture(self, number: int, picture: Picture) -> None:
        if not self._standing.wants_pictures:
            return
        self._put_pictures += 1
        place = self._ring.put(picture)
        if place is None:
            self._dropped_pictures += 1
        elif not self._process.send(write(Kind.PICTURE, place=place, number=number)):
            self._ring.freed(place)
            self._dropped_pictures += 1
        elif self._first_picture is None:
            self._first_picture = number

    def put_block(self, first_frame: int, block: Block) -> None:
        if not self._standing.wants_sound:
            return
        if not self._process.send(write(Kind.BLOCK, number=first_frame, body=block.tobytes())):
            self._dropped_blocks += 1

    def close(self) -> None:
        """Have it finish what it was given."""
        self._closing.set()
        self._process.hang_up()
        self._thread.join(self._terms.close_within_s)
        if self._thread.is_alive():
            self._process.kill()
            self._thread.join()
        self._ring.close()

    # the thread that hears

    def _keep(self) -> None:
        be_urgent(SOON)
        while True:
            for word in self._process.words():
                self._hear(word)
            status = self._process.end(self._terms.close_within_s)
            self._ring.free_all()
            if status != 0 or not self._closing.is_set():
                self._lose(f"status {status}")
            while True:
                if self._times >= self._terms.most_times or self._closing.wait(RETRY_S):
                    return
                if self._is_begun_again():
                    break

    def _hear(self, word: Word) -> None:
        if word.kind is Kind.FREE:
            self._ring.freed(word.place)
        elif word.kind is Kind.STANDING:
            self._standing = msgspec.json.decode(word.body, type=Standing)
        elif word.kind is Kind.KEY and self._on_key is not None:
            try:
                self._on_key(word.body.decode())
            except Exception:  # whatever a key does, the picture stays on
                log.exception("a key failed", output=self.name)

    def _lose(self, reason: str) -> None:
        log.warning("the process of an output is gone", output=self.name, reason=reason)
        self._dropped_before += self._standing.dropped
        sentence = self._terms.gone if self._times < self._terms.most_times else ENDED
        state = sentence.format(reason=reason, times=self._times)
        self._standing = Standing(state=state, dropped=0, wants_pictures=False, wants_sound=False)

    def _is_begun_again(self) -> bool:
        try:
            self._times += 1
            self._process = HostProcess(self._terms.module, self._task(), self._ring.descriptor)
        except OSError as error:
            self._standing = replace(self._standing, state=self._terms.gone.format(reason=error))
            return False
        self._first_picture = None
        if self._closing.is_set():  # it was asked while this one was being started
            self._process.hang_up()
        elif self._terms.first.wants_pictures:  # from its first picture on, before it has said so
            self._standing = self._terms.first
        return True

    def _task(self) -> Task:
        hosted, program = self._hosted, self._program
        if isinstance(hosted, Record):
            hosted = Record(path=numbered(hosted.path, self._times))
        return Task(
            output=hosted,
            width=program.width,
            height=program.height,
            pictures_per_second=program.pictures_per_second,
            places=self._terms.places,
        )


def numbered(path: str, times: int) -> str:
    """`show.mkv`, and when that broke off `show-2.mkv`."""
    file = Path(path)
    return path if times == 1 else str(file.with_stem(f"{file.stem}-{times}"))
