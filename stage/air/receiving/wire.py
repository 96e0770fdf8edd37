"""One end of a channel between processes, in an event loop: bytes go out when they can, words come whole.

At the other end is a walled child, or the stage.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, takewhile
from typing import Generic, Protocol, TypeVar

from stage.air.orders import Broken

READ_BYTES = 1 << 16
MOST_TOGETHER = 64


W = TypeVar("W")
W_co = TypeVar("W_co", covariant=True)


class Reader(Protocol[W_co]):
    def feed(self, data: bytes) -> Iterable[W_co]:
        """Raises Broken."""
        ...


class Wire(Generic[W]):
    """`on_ended` is called once, by the loop, with what went wrong. What waits is bounded by whoever orders."""

    def __init__(
        self,
        channel: socket.socket,
        reader: Reader[W],
        on_word: Callable[[W], None],
        on_ended: Callable[[str], None],
    ) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._on_word = on_word
        self._on_ended = on_ended
        self._reader = reader
        self._waiting: deque[tuple[memoryview, tuple[int, ...]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._awaits_room = False
        self._loop.add_reader(channel, self._read)

    @property
    def waiting(self) -> int:
        """How many sends have not gone out whole."""
        return len(self._waiting)

    def send(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        """The descriptors go along and are closed here."""
        if not self._is_open:
            _close_all(descriptors)
            return
        self._waiting.append((memoryview(data), tuple(descriptors)))
        if len(self._waiting) == 1:  # what is sent in the same turn of the loop goes out together
            self._loop.call_soon(self._write)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._channel)
            self._loop.remove_writer(self._channel)
            for _, descriptors in self._waiting:
                _close_all(descriptors)
            self._waiting.clear()
            self._channel.close()

    def _write(self) -> None:
        if not self._is_open:
            return
        try:
            while self._waiting:
                data, descriptors = self._waiting[0]
                if descriptors:
                    sent = socket.send_fds(self._channel, [data], descriptors)
                    _close_all(descriptors)
                    self._waiting[0] = data, ()
                else:
                    sent = self._channel.sendmsg(self._together())
                self._sent(sent)
        except BlockingIOError:
            if not self._awaits_room:
                self._awaits_room = True
                self._loop.add_writer(self._channel, self._write)
            return
        except OSError as error:
            # Not at once: who sends now is in the middle of taking the seat that it would be told is lost.
            self._loop.call_soon(self._end, str(error))
            return
        if self._awaits_room:
            self._awaits_room = False
            self._loop.remove_writer(self._channel)

    def _together(self) -> list[memoryview]:
        """What waits, up to the next descriptors."""
        plain = takewhile(lambda one: not one[1], self._waiting)
        return [data for data, _ in islice(plain, MOST_TOGETHER)]

    def _sent(self, count: int) -> None:
        while self._waiting and count >= len(self._waiting[0][0]):
            count -= len(self._waiting.popleft()[0])
            if not count:
                return
        if count:
            self._waiting[0] = self._waiting[0][0][count:], ()

    def _read(self) -> None:
        try:
            data = self._channel.recv(READ_BYTES)
            words = self._reader.feed(data)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(str(error))
            return
        except Broken as error:
            self._end(f"it said what none of ours says: {error}")
            return
        if not data:
            self._end("it ended")
            return
        for word in words:
            self._on_word(word)

    def _end(self, why: str) -> None:
        if self._is_open:
            self.close()
            self._on_ended(why)


def _close_all(descriptors: Sequence[int]) -> None:
    for one in descriptors:
        os.close(one)
