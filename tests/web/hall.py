"""A small hall for page tests: a real hub in a process of its own, a host and a stage who speak the real protocol."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from live.journal import Journal
from live.link import Link
from live.messages.acts import GiveCue, Judge, PutOnStage, SetPrompt, Share, StartRun, TakeCue
from live.messages.base import Tagged
from live.messages.events import ContributionReceived, Cued, Entry, Verdict
from live.messages.ids import new_id
from live.messages.scene import Clear
from live.messages.views import Ack, Changes, ContributionView, Entries

E = TypeVar("E")

ROOT = Path(__file__).parents[2]
WITHIN_S = 30.0


class Hub:
    """`houselights hub` on a free port; may be killed and started again, on the same port and folder."""

    def __init__(self, folder: Path, *more: str) -> None:
        """`more` are further options of the command."""
        self.folder = folder
        self._more = more
        self.port = _free_port()
        self._forgotten = 0
        self.start()

    def start(self) -> None:
        """Return when the hub is open."""
        command = [sys.executable, "-m", "live", "hub", "--folder", str(self.folder), "--port", str(self.port)]
        command += self._more
        self._log = (self.folder.parent / "hub.log").open("ab")
        # Its own home: not what this machine's owner measured with the doctor, nor their authority.
        environment = {"PYTHONUNBUFFERED": "1", "HOUSELIGHTS_HOME": str(self.folder.parent / "home")}
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self._log, env=os.environ | environment
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._log.write(line)
            if b"Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"the hub did not open; its words are in {self._log.name}")
        # Whatever it says from here on must not fill the pipe.
        self._draining = threading.Thread(target=_drain, args=(self._process.stdout,), daemon=True)
        self._draining.start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """As the power cord would."""
        self._process.kill()
        self._bury()

    def become_another_show(self) -> None:
        """Go on with an empty folder at the same address, as the next evening would."""
        self.folder = self.folder.with_name("another_show")
        self._forgotten = 0

    def stop(self) -> None:
        self._process.terminate()
        self._bury()

    def _bury(self) -> None:
        self._process.wait(WITHIN_S)
        self._draining.join(WITHIN_S)
        self._log.close()

    def journaled(self, kind: type[E]) -> list[E]:
        """Every event of one kind that is in the journal since `forget_before`, in order."""
        return [entry.event for entry in self._entries() if isinstance(entry.event, kind)]

    def forget_before(self) -> None:
        """Count only what is journaled from here on."""
        self._forgotten = max((entry.offset for entry in self._entries()), default=self._forgotten)

    def contributions(self) -> frozenset[str]:
        """Every one there ever was, by id."""
        received = (entry.event for entry in self._entries(since=0) if isinstance(entry.event, ContributionReceived))
        return frozenset(event.contribution_id for event in received)

    def _entries(self, since: int | None = None) -> list[Entry]:
        journal = Journal.open(self.folder)
        try:
            return list(journal.read(self._forgotten if since is None else since))
        finally:
            journal.close()

    def original(self, contribution_id: str) -> bytes:
        """The bytes as the hub has them on disk."""
        return (self.folder / "media" / "originals" / contribution_id).read_bytes()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def code(self) -> str:
        return str(self._doors()["audience"]).rpartition("/")[2]

    @property
    def host_key(self) -> str:
        return str(self._doors()["host"]).rpartition("key=")[2]

    @property
    def stage_key(self) -> str:
        return str(self._doors()["stageKey"])

    def _doors(self) -> dict[str, object]:
        doors: dict[str, object] = json.loads((self.folder / "doors.json").read_text())
        return doors


class Host:
    """The host, without a console: asks what the console would ask, and knows what it would show of the new pieces."""

    def __init__(self, hub: Hub) -> None:
        self.contributions: dict[str, ContributionView] = {}
        # Of the journal, not of what the hub tells first: what it is writing down just then it tells a moment later.
        self._before = hub.contributions()
        self._is_told = False
        self._news = threading.Condition()
        self._link = Link(hub.url, "/host", hub.host_key)
        self._link.on_changes(self._take)
        self._link.start()
        with self._news:
            assert self._news.wait_for(lambda: self._is_told, WITHIN_S), "the hub told the host nothing"

    def ask(self, act: Tagged) -> Ack:
        ack = self._link.act(act).result(WITHIN_S)
        assert ack.ok, ack.problem
        return ack

    def set_prompt(self, text: str) -> None:
        self.ask(SetPrompt(prompt_id=new_id(), text=text))

    def judge(self, contribution_id: str, verdict: Verdict) -> None:
        self.ask(Judge(contribution_ids=(contribution_id,), verdict=verdict))

    def share(self, contribution_id: str) -> None:
        self.ask(Share(contribution_id=contribution_id, shared=True))

    def put_on_stage(self, contribution_id: str, *, alone: bool = False) -> None:
        self.ask(
            PutOnStage(
                contribution_id=contribution_id, layer_id=new_id(), transition="cut" if alone else "add", fade_ms=0
            )
        )

    def clear_stage(self) -> None:
        self.ask(GiveCue(cue_id=new_id(), cue=Clear(fade_ms=0)))

    def wait_until(self, claim: Callable[[dict[str, ContributionView]], bool]) -> dict[str, ContributionView]:
        """Wait until what the host knows fits."""
        with self._news:
            assert self._news.wait_for(lambda: claim(self.contributions), WITHIN_S), self.contributions
            return dict(self.contributions)

    def wait_for(self, count: int) -> list[ContributionView]:
        """Wait for `count` contributions, oldest first; more than that is an error."""
        found = self.wait_until(lambda known: len(known) >= count)
        assert len(found) == count, f"expected {count} contributions, got {found}"
        return sorted(found.values(), key=lambda one: one.at_us)

    def wait_ready(self, contribution_id: str) -> ContributionView:
        """Wait until intake has made something of it that can be shown."""
        found = self.wait_until(lambda known: known[contribution_id].state != "preparing")[contribution_id]
        assert found.state == "ready", found.reason
        return found

    def close(self) -> None:
        self._link.close()

    def _take(self, changes: Changes) -> None:
        with self._news:
            told = {one.contribution_id: one for one in changes.contributions}
            self.contributions |= {key: one for key, one in told.items() if key not in self._before}
            self._is_told = True
            self._news.notify_all()


class Stage:
    """A stage without pictures: takes every cue at once, as the engine would at its next picture."""

    def __init__(self, hub: Hub) -> None:
        self._link = Link(hub.url, "/stage", hub.stage_key)
        self._run_id = new_id()
        self._picture = 30
        self._link.on_entries(self._take)
        self._link.start()
        run = StartRun(run_id=self._run_id, first_picture=0, pictures_per_second=30, width_px=1280, height_px=720)
        assert self._link.act(run).result(WITHIN_S).ok

    def close(self) -> None:
        self._link.close()

    def _take(self, entries: Entries) -> None:
        for entry in entries.entries:
            if isinstance(entry.event, Cued):
                self._picture += 1
                self._link.act(TakeCue(cue_id=entry.event.cue_id, run_id=self._run_id, picture=self._picture))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _drain(stream: IO[bytes]) -> None:
    with stream:
        for _ in stream:
            pass
