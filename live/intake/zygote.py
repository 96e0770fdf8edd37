"""The process that the hub's disposable children are forked from: `python -m live.intake.zygote`.

It has imported all that a child needs, so that a child is there in milliseconds, and it never opens a stranger's file
itself. It has one thread, or forking would not be safe. Orders come over its standard input, a Unix socket:

    F  with three descriptors (the job's socket, the original, the job's folder): fork a child, answer `forked PID`
    K PID  kill that child with all its group

and `ended PID STATUS` is said whenever one is gone. With the hub gone (the socket closes) it kills them all and ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable

from live.intake.child import do_job, preload

DESCRIPTORS_PER_JOB = 3


def main() -> None:
    preload()
    threads = _threads()
    if threads > 1:
        sys.exit(f"expected one thread before forking, got {threads}: a library started one when it was imported")
    gc.freeze()
    with contextlib.suppress(BrokenPipeError):  # the hub is gone, and nobody left to tell
        _Zygote(socket.socket(fileno=os.dup(0)), do_job).serve()


class _Zygote:
    def __init__(self, orders: socket.socket, do_job: Callable[[int, int, int], None]) -> None:
        self._orders = orders
        self._do_job = do_job
        self._children: set[int] = set()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._woken, False)

    def serve(self) -> None:
        signal.set_wakeup_fd(self._waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the hub decides
        selector = selectors.DefaultSelector()
        selector.register(self._orders, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        _say("ready")
        try:
            while True:
                for key, _ in selector.select():
                    if key.fileobj == self._woken:
                        self._bury()
                    elif not self._take_orders():
                        return
        finally:
            for pid in self._children:
                _kill(pid)

    def _take_orders(self) -> bool:
        """False when the hub is gone. Orders end in a newline; the hub sends the next `F` only after the answer."""
        data, descriptors, _, _ = socket.recv_fds(self._orders, 4096, DESCRIPTORS_PER_JOB)
        for order in data.decode("ascii").splitlines():
            if order == "F":
                self._fork(*descriptors)
            elif order.startswith("K ") and int(order[2:]) in self._children:
                _kill(int(order[2:]))
        for descriptor in descriptors:
            os.close(descriptor)
        return bool(data)

    def _fork(self, channel: int, original: int, folder: int) -> None:
        pid = os.fork()
        if pid == 0:
            _become_child(self._do_job, channel, original, folder)
        self._children.add(pid)
        _say(f"forked {pid}")

    def _bury(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._children.discard(pid)
            _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _become_child(do_job: Callable[[int, int, int], None], channel: int, original: int, folder: int) -> None:
    """Keep nothing of the zygote's but the three descriptors, do the job, end. Never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        kept = sorted((channel, original, folder))
        for first, last in zip([2, *kept], [*kept, 4096], strict=True):
            os.closerange(first + 1, last)
        do_job(channel, original, folder)
    finally:
        os._exit(0)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # it may not have its group yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _say(line: str) -> None:
    os.write(1, line.encode("ascii") + b"\n")


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


if __name__ == "__main__":
    main()
