"""The stage's end of a child's channel, in the line's event loop: bytes go out when they can, words come in whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence

from stage.air.orders import Broken, Word, WordReader

READ_BYTES = 1 << 18


class Wire:
    """`on_ended` is called once, by the loop, with what went wrong. What waits is bounded by whoever orders."""

    def __init__(
        self, channel: socket.socket, on_word: Callable[[Word], None], on_ended: Callable[[str], None]
    ) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._on_word = on_word
        self._on_ended = on_ended
        self._reader = WordReader()
        self._waiting: deque[tuple[memoryview, tuple[int, ...]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._loop.add_reader(channel, self._read)

    def send(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        """The descriptors go along and are closed here."""
        if not self._is_open:
            _close_all(descriptors)
            return
        self._waiting.append((memoryview(data), tuple(descriptors)))
        if len(self._waiting) == 1:
            self._write()

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
        try:
            while self._waiting:
                data, descriptors = self._waiting[0]
                channel = self._channel
                sent = socket.send_fds(channel, [data], descriptors) if descriptors else channel.send(data)
                _close_all(descriptors)
                if sent < len(data):
                    self._waiting[0] = data[sent:], ()
                else:
                    self._waiting.popleft()
        except BlockingIOError:
            self._loop.add_writer(self._channel, self._write)
            return
        except OSError as error:
            # Not at once: who sends now is in the middle of taking the seat that it would be told is lost.
            self._loop.call_soon(self._end, str(error))
            return
        with contextlib.suppress(ValueError):
            self._loop.remove_writer(self._channel)

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
            self._end(f"it said what no child says: {error}")
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
