"""A walled child as a process: started with nothing of the stage's but one channel, ended when it will not end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

import stage
from live.sandbox.limits import Limits
from stage.air.orders import OrderKind, Task, order_head

LIMITS = Limits(memory_bytes=4 << 30, cpu_s=7 * 86_400, file_bytes=1 << 40, open_files=1024, threads=64)
FAREWELL_S = 5.0


class ChildProcess:
    """`channel` is the stage's end; its first word will be `READY`. The owner closes the channel, then calls `end`."""

    def __init__(self, *descriptors: int) -> None:
        """The descriptors go along with the first order and stay the caller's. Raises OSError."""
        self.channel, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _started(theirs.fileno())
        except OSError:
            self.channel.close()
            raise
        task = msgspec.json.encode(Task(limits=LIMITS))
        socket.send_fds(self.channel, [order_head(OrderKind.OPEN, 0, len(task)) + task], descriptors)

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, *, gently: bool = False) -> int:
        """Return its exit status. Gently it closes its files first and ends by itself."""
        if not gently:
            self._kill()
        try:
            status = self._process.wait(FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._kill()
            status = self._process.wait()
        return status

    def _kill(self) -> None:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self._process.pid, signal.SIGKILL)


def _started(channel_fd: int) -> subprocess.Popen[bytes]:
    folder_fd = _nowhere()
    try:
        return subprocess.Popen(
            (sys.executable, "-m", "stage.air.decoding.child", str(channel_fd), str(folder_fd)),
            pass_fds=(channel_fd, folder_fd),
            stdin=subprocess.DEVNULL,
            env=_bare_environment(),
            start_new_session=True,
        )
    finally:
        os.close(folder_fd)


def _nowhere() -> int:
    """Open a folder that is gone already: nothing can be put there, and a stage that is killed leaves none behind."""
    folder = tempfile.mkdtemp(prefix="houselights-air-")
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.rmdir(folder)


def _bare_environment() -> dict[str, str]:
    """Nothing of the stage's: no key, no home. Two arenas keep the address space small."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(stage.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",  # Apple's, which NumPy has there
        "MALLOC_ARENA_MAX": "2",
    }
