"""The hub's side of the disposable children: orders one of the zygote, hears it out, ends it when it will not end.

One zygote process serves all jobs; should it die or hang, the next job starts another. A child has until it is silent
for `silence_s` of its own time (`live.pulse`), or `total_s` have gone by in all; then it is killed with its group. What
a child says is believed only as far as `job.Report` allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

import live
from live.errors import Unavailable
from live.intake.job import MAX_LINE_BYTES, MAX_REPORTS, Job, Report, Step
from live.pulse import Watch, pulse_of

log = structlog.get_logger(__name__)

_ZYGOTE_READY_S = 30.0
_FORK_WITHIN_S = 30.0
_FAREWELL_S = 5.0
_LOOKS_PER_SILENCE = 10
_FROM_THE_HEAP = f"glibc.malloc.mmap_threshold={1 << 30}:glibc.malloc.trim_threshold={1 << 30}"


class ChildLost(Exception):
    """A child ended without an answer; `how` says so for the log, `hung` tells a hang from a fall."""

    def __init__(self, how: str, *, hung: bool) -> None:
        super().__init__(how)
        self.hung = hung


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a child may be silent, by its own time, and how long it may take in all, by everybody's."""

    silence_s: float
    total_s: float


class Nursery:
    """Start with `async with`, or `start` and `close`; `run` may be called by several tasks at once."""

    def __init__(self) -> None:
        self._zygote: asyncio.subprocess.Process | None = None
        self._orders: socket.socket | None = None
        self._listening: asyncio.Task[None] | None = None
        self._forked: deque[asyncio.Future[int]] = deque()
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._ordering = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._is_ready = False
        self.zygotes_started = 0

    @property
    def zygote_pid(self) -> int | None:
        return self._zygote.pid if self._zygote is not None else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the zygote unless one runs; who gives up waiting leaves none. Raises Unavailable."""
        async with self._starting:
            if self._zygote is not None and self._zygote.returncode is None and self._orders is not None:
                return
            await self._dismiss()
            self._orders, theirs = socket.socketpair()
            with theirs:
                spawning = asyncio.create_task(_spawn(theirs))
                try:
                    self._zygote = await asyncio.shield(spawning)
                except asyncio.CancelledError:
                    self._zygote = await spawning  # half born it would be nobody's to end
                    await self._dismiss()
                    raise
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._listening = asyncio.create_task(self._listen(self._zygote, ready))
            try:
                async with asyncio.timeout(_ZYGOTE_READY_S):
                    await ready
            except (TimeoutError, ConnectionError):
                await self._dismiss()
                raise Unavailable("expected intake's process to start, it did not; see its words on stderr") from None
            except asyncio.CancelledError:
                await self._dismiss()
                raise
            self._is_ready = True
            self.zygotes_started += 1

    async def close(self) -> None:
        """End the zygote and every child of it."""
        async with self._starting:
            await self._dismiss()

    async def run(
        self, job: Job, original: Path, folder: Path, patience: Patience, on_step: Callable[[float], None]
    ) -> Report:
        """Do one job in a child of its own. Returns its last word (never a `Step`). Raises ChildLost, Unavailable."""
        await self.start()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = await self._order_child(theirs, original, folder)
        except BaseException:
            ours.close()  # and a child that comes all the same hears nothing and ends
            raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_LINE_BYTES)
        try:
            writer.write(msgspec.json.encode(job) + b"\n")
            async with asyncio.timeout(patience.total_s):
                answer = await self._hear_out(reader, pid, patience.silence_s, on_step)
        except TimeoutError:
            how = f"killed: silent for {patience.silence_s} s, or longer at it than {patience.total_s} s"
            raise ChildLost(how, hung=True) from None
        except (ValueError, msgspec.MsgspecError) as error:  # a line too long, or none of our words
            raise ChildLost(f"killed: it said what no child says ({error})", hung=False) from None
        finally:
            writer.close()
            status = await self._bury(pid)
        if answer is None and status is None:
            raise _orphaned()
        if answer is None:
            raise ChildLost(f"ended without a word, {_status_in_words(status)}", hung=False)
        return answer

    async def _order_child(self, channel: socket.socket, original: Path, folder: Path) -> int:
        original_fd = os.open(original, os.O_RDONLY | os.O_CLOEXEC)
        try:
            folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                async with self._ordering:
                    if self._orders is None:
                        raise _orphaned()
                    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
                    self._forked.append(answer)
                    socket.send_fds(self._orders, [b"F\n"], [channel.fileno(), original_fd, folder_fd])
                    try:
                        async with asyncio.timeout(_FORK_WITHIN_S):
                            return await answer
                    except TimeoutError:
                        self._end_zygote()
                        raise _orphaned() from None
            finally:
                os.close(folder_fd)
        finally:
            os.close(original_fd)

    async def _hear_out(
        self, reader: asyncio.StreamReader, pid: int, silence_s: float, on_step: Callable[[float], None]
    ) -> Report | None:
        """Return the child's last word, None when it closed its mouth without one. Raises TimeoutError."""
        watch = Watch(partial(pulse_of, pid), time.monotonic())
        for _ in range(MAX_REPORTS):
            line = await next_line(reader, watch, silence_s)
            if not line:
                return None
            report: Report = msgspec.json.decode(line, type=Report)
            if not isinstance(report, Step):
                return report
            on_step(report.fraction)
        raise ValueError(f"more than {MAX_REPORTS} reports")

    async def _bury(self, pid: int) -> int | None:
        """Kill what is left of the child and wait until it is gone, whatever happens to the task that asks."""
        ended = self._ended.get(pid)
        if ended is None:
            return None
        if not ended.done() and self._orders is not None:
            with contextlib.suppress(OSError):
                self._orders.send(f"K {pid}\n".encode("ascii"))
        try:
            async with asyncio.timeout(_FAREWELL_S):
                return await asyncio.shield(ended)
        except (TimeoutError, Unavailable):
            return None
        finally:
            self._ended.pop(pid, None)

    async def _listen(self, zygote: asyncio.subprocess.Process, ready: asyncio.Future[None]) -> None:
        assert zygote.stdout is not None
        while line := await zygote.stdout.readline():
            word, *numbers = line.decode("ascii").split()
            if word == "ready" and not ready.done():  # who asked for it may have given up
                ready.set_result(None)
            elif word == "forked":
                pid = int(numbers[0])
                self._ended[pid] = asyncio.get_running_loop().create_future()
                answer = self._forked.popleft()
                if not answer.done():
                    answer.set_result(pid)
            elif word == "ended" and (ended := self._ended.get(int(numbers[0]))) is not None and not ended.done():
                ended.set_result(int(numbers[1]))
        self._mourn(ready)

    def _mourn(self, ready: asyncio.Future[None]) -> None:
        """The zygote is gone, and by its own doing every child: nobody may wait for them."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        for waiting in (*self._forked, *self._ended.values()):
            if not waiting.done():
                waiting.set_exception(_orphaned())
                waiting.exception()  # may be nobody's to fetch
        self._forked.clear()
        if not ready.done():
            ready.set_exception(ConnectionError("the zygote closed its mouth before it was ready"))

    def _end_zygote(self) -> None:
        """It hangs, and would hold up every order behind this one."""
        log.warning("intake's process hangs and is ended", pid=self.zygote_pid)
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._zygote is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._zygote.pid, signal.SIGKILL)

    async def _dismiss(self) -> None:
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._zygote is not None:
            # One that is not ready has no children, and would notice only when it is. Not `asyncio.timeout`: where its
            # task is being cancelled, Python 3.11.2 (Debian 12) raises that instead, and the zygote would live on.
            end = asyncio.ensure_future(self._zygote.wait())
            if not (await asyncio.wait({end}, timeout=_FAREWELL_S if self._is_ready else 0))[0]:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._zygote.pid, signal.SIGKILL)
            await end
            self._zygote, self._is_ready = None, False
        if self._listening is not None:
            await self._listening
            self._listening = None


async def next_line(reader: asyncio.StreamReader, watch: Watch, silence_s: float) -> bytes:
    """Return a line with its end, or nothing at the stream's end.

    Raises TimeoutError where the child is silent for too long by its own time. A cancelled task is cancelled, even in
    the moment a line comes: `asyncio.wait_for` of Python 3.11 would return the line and go on.
    """
    while True:
        try:
            async with asyncio.timeout(silence_s / _LOOKS_PER_SILENCE):
                line = await reader.readline()
        except TimeoutError:
            if watch.silent_s(time.monotonic()) >= silence_s:
                raise
        else:
            watch.heard(time.monotonic())
            return line


async def _spawn(orders: socket.socket) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "live.intake.zygote"),
        stdin=orders.fileno(),
        stdout=asyncio.subprocess.PIPE,
        env=_bare_environment(),
        start_new_session=True,
    )


def _bare_environment() -> dict[str, str]:
    """Nothing of the hub's: no keys, no proxies, no home. Two arenas keep a threaded child's address space small.

    A child touches tens of megabytes for the first and only time: in large pages a photo takes a third less time. They
    are large all through where pictures too come from the heap, which is not given back before the child's end.
    """
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(live.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",  # Apple's, which NumPy has there
        "MALLOC_ARENA_MAX": "2",
        "GLIBC_TUNABLES": f"glibc.malloc.hugetlb=1:{_FROM_THE_HEAP}",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS: nothing of Apple's frameworks runs before the fork
    }


def _orphaned() -> Unavailable:
    return Unavailable("expected intake's process to live, it died; do the job again, which starts another")


def _status_in_words(status: int | None) -> str:
    if status is None:
        return "nobody saw how"
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
