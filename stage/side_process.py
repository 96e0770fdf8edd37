"""A process of ours that works beside the stage, and the channel to it: no word that goes down is waited for."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import stage

SEND_BUFFER_BYTES = 1 << 20
"""Asked for; what the system gives holds some tenths of a second of sound, and more is no use to anybody."""


class SideProcess:
    """`python -m MODULE CHANNEL SHARED`: `send` may be called by any thread, `end` by the one that reads `channel`."""

    def __init__(self, module: str, shared: int, first: bytes) -> None:
        """`shared` is the descriptor of what both see, and stays the caller's; `first` is said first.

        Raises OSError.
        """
        self.channel, theirs = socket.socketpair()
        self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        try:
            with theirs:
                self._process = _started(module, theirs.fileno(), shared)
        except OSError:
            self.channel.close()
            raise
        self._lock = threading.Lock()
        self._unsent = b""
        self.send(first)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, word: bytes) -> bool:
        """Send a word; False where the process does not read, or is gone, and the word is left out."""
        with self._lock:
            try:
                if self._unsent:
                    self._unsent = self._unsent[self._send(self._unsent) :]
                if not self._unsent:
                    self._unsent = word[self._send(word) :]
                    return True
            except OSError:  # full, or gone: whoever reads the channel hears of that
                pass
            return False

    def hang_up(self) -> None:
        """Have it finish what it was given, and end."""
        with contextlib.suppress(OSError):
            self.channel.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        self._process.kill()

    def end(self, within_s: float) -> int:
        """Wait until the process is gone, killed if need be, and return its exit status."""
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self.channel.close()
        return status

    def _send(self, data: bytes) -> int:
        return self.channel.send(data, socket.MSG_DONTWAIT)


def _started(module: str, channel: int, shared: int) -> subprocess.Popen[bytes]:
    root = str(Path(stage.__file__).resolve().parent.parent)
    return subprocess.Popen(
        (sys.executable, "-m", module, str(channel), str(shared)),
        pass_fds=(channel, shared),
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,  # Ctrl+C is for the stage, which lets it finish
    )
