"""A host's process, and what it says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec

from stage.apart.words import Broken, Kind, Reader, Task, Word, write
from stage.side_process import SideProcess

READ_BYTES = 1 << 12


class HostProcess(SideProcess):
    """`words` may be called by one thread."""

    def __init__(self, module: str, task: Task, ring_descriptor: int) -> None:
        """Raises OSError."""
        super().__init__(module, ring_descriptor, write(Kind.TASK, body=msgspec.json.encode(task)))

    def words(self) -> Iterator[Word]:
        """What the host says, until it has ended or says what no host says."""
        reader = Reader()
        with contextlib.suppress(OSError, Broken):
            while data := self.channel.recv(READ_BYTES):
                yield from reader.feed(data)
