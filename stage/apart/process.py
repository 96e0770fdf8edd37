"""A host's process and the channel to it, as the stage has them: no word that goes down is waited for."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

import stage
from stage.apart.words import Broken, Kind, Reader, Task, Word, write

READ_BYTES = 1 << 12
SEND_BUFFER_BYTES = 1 << 20
"""Asked for; what the system gives holds some tenths of a second of sound, and more is no use to anybody."""


class HostProcess:
    """`send` may be called by any thread, `words` and `end` by one."""

    def __init__(self, task: Task, ring_descriptor: int) -> None:
        """Raises OSError."""
        self._channel, theirs = socket.socketpair()
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        try:
            with theirs:
                self._process = _started(theirs.fileno(), ring_descriptor)
        except OSError:
            self._channel.close()
            raise
        self._lock = threading.Lock()
        self._unsent = b""
        self.send(write(Kind.TASK, body=msgspec.json.encode(task)))

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, word: bytes) -> bool:
        """Send a word; False where the host does not read, or is gone, and the word is left out."""
        with self._lock:
            try:
                if self._unsent:
                    self._unsent = self._unsent[self._send(self._unsent) :]
                if not self._unsent:
                    self._unsent = word[self._send(word) :]
                    return True
            except OSError:  # full, or gone: whoever reads the words hears of that
                pass
            return False

    def words(self) -> Iterator[Word]:
        """What the host says, until it has ended or says what no host says."""
        reader = Reader()
        with contextlib.suppress(OSError, Broken):
            while data := self._channel.recv(READ_BYTES):
                yield from reader.feed(data)

    def hang_up(self) -> None:
        """Have it finish what it was given, and end."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        self._process.kill()

    def end(self, within_s: float) -> int:
        """Wait until the process is gone, killed if need be, and return its exit status."""
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._channel.close()
        return status

    def _send(self, data: bytes) -> int:
        return self._channel.send(data, socket.MSG_DONTWAIT)


def _started(channel: int, ring: int) -> subprocess.Popen[bytes]:
    root = str(Path(stage.__file__).resolve().parent.parent)
    return subprocess.Popen(
        (sys.executable, "-m", "stage.apart.host", str(channel), str(ring)),
        pass_fds=(channel, ring),
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,  # Ctrl+C is for the stage, which lets the output finish
    )
