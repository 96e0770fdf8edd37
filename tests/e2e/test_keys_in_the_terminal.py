"""PANIC and BLACKOUT typed in the terminal of a show without a window, with the hub dead and after a killed stage."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from live.doorplate import read_doorplate
from live.journal import Journal
from live.messages.events import Cued, RunEnded, RunStarted
from live.messages.scene import Blackout, Cue, Panic
from live.settings import free_port
from tests.terminals import CTRL_C, Terminal

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
SMALL = ("--size", "640x360", "--no-window", "--no-speaker", "--no-record", "--no-broadcast")


class Evening:
    """A show in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = str(free_port("127.0.0.1", 0))
        command = [sys.executable, "-m", "live", "show", "--folder", str(folder), "--port", port, "--no-https", *SMALL]
        self.terminal = Terminal(command, ROOT, {"HOUSELIGHTS_HOME": str(folder.parent / "home")})

    def cues(self) -> list[Cue]:
        return [event.cue for event in self._events() if isinstance(event, Cued) and isinstance(event.cue, KEYS)]

    def runs(self) -> int:
        return sum(isinstance(event, RunStarted) for event in self._events())

    def is_over(self) -> bool:
        return isinstance(self._events()[-1], RunEnded)

    def hub(self) -> psutil.Process:
        plate = read_doorplate(self.folder / "doors.json")
        assert plate is not None
        return psutil.Process(plate.pid)

    def stage(self) -> psutil.Process:
        children = psutil.Process(self.terminal.process.pid).children()
        (found,) = [one for one in children if "stage" in one.cmdline()[1:4]]
        return found

    def close(self) -> None:
        for child in psutil.Process(self.terminal.process.pid).children(recursive=True) if self._runs() else []:
            child.kill()
        self.terminal.close()

    def _runs(self) -> bool:
        return self.terminal.process.poll() is None

    def _events(self) -> list[object]:
        journal = Journal.open(self.folder)
        try:
            return [entry.event for entry in journal.read()]
        finally:
            journal.close()


KEYS = (Panic, Blackout)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path / "show")
    yield evening
    evening.close()


def test_the_keys_work_with_the_hub_dead_and_after_a_kill_of_the_stage(evening: Evening) -> None:
    terminal = evening.terminal
    terminal.wait_for(b"Ctrl-C")
    terminal.wait_for(b"keys in this terminal: P or Esc for PANIC, B for BLACKOUT")
    terminal.wait_until(lambda: evening.runs() == 1)
    terminal.type(b"b")
    terminal.wait_until(lambda: evening.cues() == [Blackout(on=True)])

    evening.hub().send_signal(signal.SIGSTOP)
    terminal.said = b""
    terminal.type(b"p")
    terminal.wait_for(b"PANIC by a key here")
    assert evening.cues() == [Blackout(on=True)], "nobody but the stage can know"
    evening.hub().send_signal(signal.SIGCONT)
    terminal.wait_until(lambda: len(evening.cues()) == 2)

    evening.stage().kill()
    terminal.wait_until(lambda: evening.runs() == 2)
    assert terminal.gives_each_key
    terminal.type(b"P")
    terminal.wait_until(lambda: len(evening.cues()) == 3)
    assert [type(cue) for cue in evening.cues()] == [Blackout, Panic, Panic]
    assert [cue.on for cue in evening.cues() if isinstance(cue, KEYS)] == [True, True, False]

    # Pressed while there is no stage: it counts once, from the first picture of the next one.
    evening.stage().kill()
    terminal.wait_for(b"process ended")
    terminal.type(b"b")
    terminal.wait_until(lambda: len(evening.cues()) == 4)
    assert evening.cues()[-1] == Blackout(on=False)

    terminal.said = b""
    terminal.type(CTRL_C)
    terminal.wait_for(b"Closing the show")
    terminal.wait_for(b"stage render")
    assert terminal.wait_end() == 0
    assert terminal.settings() == terminal.before
    assert evening.is_over()
