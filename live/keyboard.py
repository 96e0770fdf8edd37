"""Keys typed in the terminal that a show was started in, each at once and without Enter, by the names a window gives.

Only where standard input is this process's own terminal: a pipe, a service or a test run has none, and nothing
happens. The terminal is left as it was found, by `close` and while the process is suspended; Ctrl-C goes on working. In
the background it is neither read nor changed: whoever is in front has it.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

KEYS: Mapping[bytes, str] = {
    b"p": "p",
    b"P": "p",
    b"b": "b",
    b"B": "b",
    b"\x1b": "escape",
    b"\x1b[19~": "f8",
    b"\x1b[20~": "f9",
}
KEY = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)
"""What one key sends: a letter, or a sequence that begins with Esc."""
HELP = "keys in this terminal: P or Esc for PANIC, B for BLACKOUT; the same key takes it back"

HELD_S = 0.8
"""A key that comes again within so long is held down: terminals say no more of it, and begin to repeat after 0.7 s."""
PASTED_FROM = 4
"""Whoever types sends a letter or two at a time; so many at once were pasted, and nobody meant keys."""
LOOK_S = 0.25
ESCAPE_S = 0.05
"""Within so long after an Esc comes the rest of an arrow's or function key's name, over a network too."""
MOST = 4096
LEAVING = (signal.SIGTSTP, signal.SIGQUIT)
"""Ctrl-Z and Ctrl-\\: whoever has the terminal then finds it as it was."""
FLAGS, CHARACTERS = 3, 6
"""Of what termios tells."""


class Presses:
    """From what a terminal sends to keys pressed. Pure but for what it remembers of keys that are held."""

    def __init__(self) -> None:
        self._last_s: dict[str, float] = {}

    def taken(self, data: bytes, now_s: float) -> Iterator[str]:
        for key in _split(data):
            name = KEYS.get(key)
            if name is None:
                continue
            is_held = now_s - self._last_s.get(name, -HELD_S) < HELD_S
            self._last_s[name] = now_s
            if not is_held:
                yield name


def _split(data: bytes) -> list[bytes]:
    """The keys among what came at once. The B in an arrow's name is no BLACKOUT."""
    if len(set(data)) == 1:
        return [data[:1]]
    keys = KEY.findall(data)
    return keys if len(keys) < PASTED_FROM else []


class Keyboard:
    """`on_key` is called in a thread of its own. Start and close it in the main thread."""

    def __init__(self, on_key: Callable[[str], None]) -> None:
        self._on_key = on_key
        self._terminal = -1
        self._found: list[int | list[bytes | int]] | None = None
        """How the terminal was, while it is not."""
        self._changing = threading.RLock()
        self._is_away = False
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> bool:
        """Return whether there is a terminal; keys are heard from now on."""
        try:
            self._terminal = sys.stdin.fileno()
            os.tcgetpgrp(self._terminal)
        except (AttributeError, ValueError, OSError):  # closed, not a terminal, or not ours
            return False
        for number in LEAVING:
            signal.signal(number, self._give_way)
        self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        if self._thread is None:
            return
        self._closing.set()
        self._leave()
        self._thread.join(2 * LOOK_S)
        for number in LEAVING:
            signal.signal(number, signal.SIG_DFL)

    def _run(self) -> None:
        # Blocked, they cannot stop the show where it is put in the background between a look and a read.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        presses = Presses()
        while not self._closing.is_set():
            try:
                if not self._take():
                    self._closing.wait(LOOK_S)
                    continue
                data = self._read(LOOK_S)
                if data.endswith(b"\x1b"):
                    data += self._read(ESCAPE_S)
            except EOFError:
                return
            except (OSError, termios.error):  # put in the background meanwhile, or the terminal is gone
                self._closing.wait(LOOK_S)
                continue
            for name in presses.taken(data, time.monotonic()):
                self._press(name)

    def _press(self, name: str) -> None:
        try:
            self._on_key(name)
        except Exception:
            log.exception("a key failed", key=name)

    def _read(self, within_s: float) -> bytes:
        if not select.select([self._terminal], [], [], within_s)[0]:
            return b""
        data = os.read(self._terminal, MOST)
        if not data:
            raise EOFError
        return data

    def _take(self) -> bool:
        """Have the terminal give each key at once, if it is ours now; a shell may have set it back meanwhile."""
        with self._changing:
            if self._is_away or self._closing.is_set() or not self._is_in_front():
                return False
            now = termios.tcgetattr(self._terminal)
            if now[FLAGS] & termios.ICANON:
                self._found = termios.tcgetattr(self._terminal)
                now[FLAGS] &= ~(termios.ICANON | termios.ECHO)
                now[CHARACTERS][termios.VMIN], now[CHARACTERS][termios.VTIME] = 1, 0
                termios.tcsetattr(self._terminal, termios.TCSANOW, now)
        return True

    def _leave(self) -> None:
        with self._changing:
            found, self._found = self._found, None
            if found is None or not self._is_in_front():
                return
            try:
                termios.tcsetattr(self._terminal, termios.TCSANOW, found)
            except termios.error:
                log.warning("the terminal could not be set back; `stty sane` does it")

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:
            return False

    def _give_way(self, number: int, frame: FrameType | None) -> None:
        with self._changing:
            self._is_away = True
            self._leave()
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_kill(threading.get_ident(), number)
        signal.signal(number, self._give_way)  # suspended, it goes on here
        self._is_away = False
