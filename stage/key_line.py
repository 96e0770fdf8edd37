"""PANIC and BLACKOUT typed at the stage machine: in the stage's own terminal, or passed on by whoever started it.

Names of keys are those of the program window. The line of who passes them on is standard input, a name a line; its end
means that nobody is there any more.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from live.keyboard import HELP, Keyboard

log = structlog.get_logger(__name__)

MOST = 4096
STANDARD_INPUT = 0


@contextmanager
def heard_keys(on_key: Callable[[str], None], *, passed_on: bool) -> Iterator[None]:
    """Hear keys meanwhile; `on_key` is called in a thread of its own."""
    if passed_on:
        threading.Thread(target=_listen, args=(on_key,), name="keys", daemon=True).start()
        yield
        return
    keyboard = Keyboard(on_key)
    if keyboard.start():
        print(HELP, file=sys.stderr, flush=True)
    try:
        yield
    finally:
        keyboard.close()


def _listen(on_key: Callable[[str], None]) -> None:
    # Not by `sys.stdin`: at the end of the process a thread that waits in it holds its lock.
    rest = b""
    while data := os.read(STANDARD_INPUT, MOST):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            try:
                on_key(line.decode(errors="replace"))
            except Exception:  # whatever a key does, the next one is heard
                log.exception("a key failed", key=line)
