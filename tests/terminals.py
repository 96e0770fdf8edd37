"""A terminal for tests, real but for who looks at it: processes have it as their own, and its keys are typed here."""

from __future__ import annotations

import os
import select
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

WITHIN_S = 40.0
CTRL_C, CTRL_Z, CTRL_BACKSLASH = b"\x03", b"\x1a", b"\x1c"


class Terminal:
    """Runs one process in the foreground of a pseudo-terminal; its words and those of its children are read here."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: dict[str, str] | None = None) -> None:
        self._ours, self._theirs = os.openpty()
        self.before = self.settings()
        self.said = b""
        theirs = self._theirs
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            # Not unbuffered: a line and its end would be two writes, and others' words come in between.
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | (environment or {}),
            pass_fds=[theirs],
            preexec_fn=lambda: os.login_tty(theirs),
        )

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def settings(self) -> list[Any]:
        return termios.tcgetattr(self._theirs)

    @property
    def gives_each_key(self) -> bool:
        return not self.settings()[3] & termios.ICANON

    def wait_for(self, words: bytes, within_s: float = WITHIN_S) -> None:
        """Wait until these words were said, and forget all up to them."""
        until_s = time.monotonic() + within_s
        while words not in self.said:
            left_s = until_s - time.monotonic()
            assert left_s > 0 and select.select([self._ours], [], [], left_s)[0], (words, self.said.decode())  # noqa: PT018
            self.said += os.read(self._ours, 65536)
        self.said = self.said.partition(words)[2]

    def wait_until(self, claim: Callable[[], bool], within_s: float = WITHIN_S) -> None:
        """Read on until something is so."""
        until_s = time.monotonic() + within_s
        while not claim():
            assert time.monotonic() < until_s, self.said.decode()
            if select.select([self._ours], [], [], 0.02)[0]:
                self.said += os.read(self._ours, 65536)

    def wait_end(self, within_s: float = WITHIN_S) -> int:
        """Read on until the process ended; return its status."""
        self.wait_until(lambda: self.process.poll() is not None, within_s)
        return int(self.process.returncode)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)
