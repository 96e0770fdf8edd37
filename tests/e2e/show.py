"""A whole show for tests: `houselights show` with its hub and stage as the processes they are, on a free port.

What happens is waited for where it is said: in the links printed at start, in what the hub tells its host, and in the
journal on disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from live.journal import Journal
from live.messages.events import Entry
from live.messages.views import Changes, StageView
from tests.web.hall import Host, Hub

ROOT = Path(__file__).parents[2]
WITHIN_S = 40.0


def sized(width: int, height: int) -> tuple[str, ...]:
    """Options of a show whose program has this size."""
    return "--size", f"{width}x{height}", "--no-window", "--no-speaker"


SMALL = sized(640, 360)
"""As large as one guest's pictures: a larger one keeps this machine busy and proves no more."""


class Show(Hub):
    """The supervisor and its two children. `url`, `code`, `host_key` and the journal are those of any hub."""

    def __init__(self, folder: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self._options = options or SMALL
        self._environment = environment or {}
        super().__init__(folder)

    def start(self) -> None:
        """Return when the hub is open; the stage starts then."""
        self._log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        command = [sys.executable, "-m", "live", "show", "--folder", str(self.folder), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *self._options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._log,
            stdin=subprocess.DEVNULL,
            env=os.environ
            | {"PYTHONUNBUFFERED": "1", "SDL_VIDEODRIVER": "dummy"}
            # Not the authority of whoever runs the tests.
            | {"HOUSELIGHTS_HOME": str(self.folder.parent / "home")}
            | self._environment,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if b"Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"the show did not open; its words:\n{self.log()}")
        self._draining = threading.Thread(target=_drain, args=(self._process.stdout,), daemon=True)
        self._draining.start()

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def kill(self) -> None:
        """Pull the plug: supervisor, hub and stage at once."""
        for process in [psutil.Process(self._process.pid), *self._children()]:
            process.kill()
        super().kill()

    def kill_supervisor(self) -> None:
        """Kill it alone, and return when both its children have ended; fail where they do not."""
        left = self._children()
        super().kill()
        _, alive = psutil.wait_procs(left, WITHIN_S)
        for process in alive:
            process.kill()
        assert alive == [], f"nobody stops these any more; the show says:\n{self.log()}"

    def child(self, name: str) -> psutil.Process:
        """Return the running process `live hub` or `stage run`."""
        found = [process for process in self._children() if name in process.cmdline()[1:4]]
        assert len(found) == 1, f"expected one process of {name}, got {found}; the show says:\n{self.log()}"
        return found[0]

    def kill_child(self, name: str) -> None:
        process = self.child(name)
        process.kill()
        process.wait(WITHIN_S)

    def _children(self) -> list[psutil.Process]:
        children: list[psutil.Process] = psutil.Process(self._process.pid).children()
        return children

    def entries(self) -> list[Entry]:
        """Everything that is in the journal now."""
        journal = Journal.open(self.folder)
        try:
            return list(journal.read())
        finally:
            journal.close()


class Console(Host):
    """The host of a show that has a stage: also knows what the stage says, and how often the hub said welcome."""

    def __init__(self, show: Hub) -> None:
        self.stage: StageView | None = None
        super().__init__(show)

    def _take(self, changes: Changes) -> None:
        with self._news:
            self.stage = changes.stage or self.stage
            super()._take(changes)

    def wait_stage(self, claim: Callable[[StageView], bool]) -> StageView:
        """Wait until what the stage last said fits."""
        with self._news:
            fits = self._news.wait_for(lambda: self.stage is not None and claim(self.stage), WITHIN_S)
            assert fits, f"the stage last said {self.stage}"
            assert self.stage is not None
            return self.stage


@contextmanager
def open_show(folder: Path, *options: str) -> Iterator[Show]:
    show = Show(folder, *options)
    try:
        yield show
    finally:
        show.stop()


def _drain(stream: IO[bytes]) -> None:
    with stream:
        for _ in stream:
            pass
