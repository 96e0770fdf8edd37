"""A job that reads no file: a child that tries to break out, and tells what it could. `/healthz` shows the answer."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from live.intake.job import Walls
from live.sandbox.walls import Confinement


def look_around(walls: Confinement) -> Walls:
    return Walls(
        no_new_privs=walls.no_new_privs,
        landlock=walls.landlock,
        seccomp=walls.seccomp,
        network=walls.network,
        user=walls.user,
        limits=walls.limits,
        leaks=tuple(name for name, attempt in ATTEMPTS if _succeeds(attempt)),
    )


def _read_a_system_file() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _list_the_root() -> None:
    os.listdir("/")


def _write_outside() -> None:
    path = f"/tmp/houselights-leak-{os.getpid()}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    os.unlink(path)  # another user's could not be opened again


def _connect() -> None:
    """To where the hub listens, as a file that phones home would. Refused by a listener means: it got there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
        try:
            line.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:
            return


def _send_a_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"leak", ("127.0.0.1", 9))


def _run_a_program() -> None:
    """Fails with ENOEXEC or ENOENT where it would have been allowed to."""
    try:
        os.execv("/dev/null/none", ["none"])
    except (FileNotFoundError, NotADirectoryError):
        return


def _signal_the_parent() -> None:
    os.kill(os.getppid(), 0)


ATTEMPTS: tuple[tuple[str, Callable[[], None]], ...] = (
    ("reads system files", _read_a_system_file),
    ("lists folders", _list_the_root),
    ("writes outside its folder", _write_outside),
    ("connects", _connect),
    ("sends datagrams", _send_a_datagram),
    ("runs programs", _run_a_program),
    ("signals the hub", _signal_the_parent),
)


def _succeeds(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
