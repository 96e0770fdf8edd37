"""Hosts one output: `python -m stage.apart.host CHANNEL RING`. Words come down the channel, pictures lie in the ring.

When the channel ends, because the stage closed the output or is gone, the output is closed: a recording is whole even
where the stage was killed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from live.logs import start_logging
from stage.apart.ring import MappedRing
from stage.apart.words import Broadcast, Kind, Reader, Record, Standing, Task, Word, write
from stage.picture import CHANNELS
from stage.ports import Output
from stage.program import ProgramFormat

READ_BYTES = 1 << 16
LOOK_EVERY_S = 0.1
RECORDER_NICENESS = 5
"""Where the processor does not suffice the program comes first, and what is recorded of it loses pictures. The stream
is watched as it goes: a nice one comes late wherever a browser is at work beside it.
"""


class Hosted(Output, Protocol):
    @property
    def wants_pictures(self) -> bool: ...

    @property
    def wants_sound(self) -> bool: ...


def open_output(task: Task) -> Hosted:
    """Open it once what it needs is loaded, which should not take long; a recorder's threads are nice from then on."""
    program = ProgramFormat(task.width, task.height, task.pictures_per_second)
    if isinstance(task.output, Record):
        from stage.outputs.recorder import RecorderOutput

        os.nice(RECORDER_NICENESS)
        return RecorderOutput(Path(task.output.path), program)
    from stage.outputs.broadcast import BroadcastOutput

    assert isinstance(task.output, Broadcast)
    return BroadcastOutput(task.output.hub, program)


class Host:
    def __init__(self, channel: socket.socket, ring: int, open_one: Callable[[Task], Hosted] = open_output) -> None:
        self.keys: deque[str] = deque()
        """Pressed, and not told yet. Any thread may add one."""
        self._open = open_one
        self._channel = channel
        self._ring_descriptor = ring
        self._reader = Reader()
        self._output: Hosted | None = None
        self._ring: MappedRing | None = None
        self._free: deque[int] = deque()
        self._told: Standing | None = None

    def serve(self) -> None:
        """Return when the stage has hung up and the output is closed."""
        while self._is_fed():
            self._tell()
        if self._output is not None:
            self._output.close()
            self._tell()

    def _is_fed(self) -> bool:
        """Wait a moment for what comes and pass it on; False at the end of the line."""
        readable, _, _ = select.select([self._channel], [], [], LOOK_EVERY_S)
        if not readable:
            return True
        try:
            data = self._channel.recv(READ_BYTES)
        except ConnectionError:
            return False
        for word in self._reader.feed(data):
            self._obey(word)
        return bool(data)

    def _obey(self, word: Word) -> None:
        if word.kind is Kind.TASK:
            task = msgspec.json.decode(word.body, type=Task)
            self._ring = MappedRing(self._ring_descriptor, task.width, task.height, task.places, self._free.append)
            self._output = self._open(task)
            gc.freeze()  # to look through all that the libraries made would hold up the encoder
            return
        assert self._output is not None
        assert self._ring is not None
        if word.kind is Kind.PICTURE:
            self._output.put_picture(word.number, self._ring.picture(word.place))
        elif word.kind is Kind.BLOCK:
            self._output.put_block(word.number, np.frombuffer(word.body, np.float32).reshape(-1, CHANNELS))

    def _tell(self) -> None:
        if self._output is None:
            return
        words = [write(Kind.FREE, place=self._free.popleft()) for _ in range(len(self._free))]
        standing = Standing(
            state=self._output.state,
            dropped=self._output.dropped,
            wants_pictures=self._output.wants_pictures,
            wants_sound=self._output.wants_sound,
        )
        if standing != self._told:
            self._told = standing
            words.append(write(Kind.STANDING, body=msgspec.json.encode(standing)))
        words += [write(Kind.KEY, body=self.keys.popleft().encode()) for _ in range(len(self.keys))]
        if words:
            with contextlib.suppress(ConnectionError):  # the stage is gone: the end of the line comes next
                self._channel.sendall(b"".join(words))


def main(channel: int, ring: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_logging()
    Host(socket.socket(fileno=channel), ring).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
