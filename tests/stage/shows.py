"""Shows for tests of the render: played by a stage, journaled as a hub would have, with cues at odd moments."""

from __future__ import annotations

import asyncio
from pathlib import Path

from live.clock import Clock, HandClock
from live.journal import Journal
from live.messages import scene as messages
from live.messages.events import Cued, Entry, Event, RunEnded, RunStarted, ShowOpened, Taken
from live.messages.phones import Reactions, Tempo
from live.messages.scene import (
    Arrange,
    Blackout,
    Clear,
    Cue,
    Equaliser,
    Panic,
    Put,
    Rect,
    Remove,
    Scene,
    SetLayer,
    SetMaster,
    SetSlate,
    SetStrip,
    ShowCredits,
    Slate,
    SolidSource,
)
from live.scene import apply
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.following.hall import Hall
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox, PendingCue
from stage.program import ProgramFormat
from stage.reaction_feed import ReactionFeed
from stage.render import LocalMedia, opening_scene, play, read_runs
from stage.side_log import SideLog, read_side_log
from stage.sources.reactions import ReactionsSource
from stage.wings import Wings
from tests.stage.pieces import ADA, BO, LOOP, ONCE, PHOTO, SONG, STORY
from tests.stage.players import Keeper

PROGRAM = ProgramFormat(320, 180, 30)
OPENED = ShowOpened(
    show_id="show-0001", title="Tonight", opened_at_s=0.0, pictures_per_second=30, width_px=320, height_px=180
)


class Show:
    """A show folder, what its hub journals, and the stage's runs in it. `hall` keeps what the hall saw and heard."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.hall = Keeper()
        self.reactions = ReactionFeed()
        self.events: list[Event] = [OPENED]
        self.scene = Scene(pictures_per_second=30)
        self._cues = 0
        self._run_number = 0

    def start_run(self) -> Pacer:
        self._run_number += 1
        self.run_id = f"run-{self._run_number:05}"
        self.side_log = SideLog(self.folder / "recordings" / f"{self.run_id}.side.jsonl")
        media, notes = LocalMedia(self.folder / "media"), self.side_log

        def column(layer_id: str) -> ReactionsSource:
            return ReactionsSource(layer_id, PROGRAM, feed=self.reactions, notes=notes)

        self.wings = Wings(lambda part: open_part(part, media, PROGRAM, reactions=column))
        self.inbox = CueInbox()
        hall = Hall(PROGRAM, feed=self.reactions, notes=notes)
        first = PROGRAM.picture_at_us(self.clock.now_us()) + 1
        self.events.append(
            RunStarted(run_id=self.run_id, first_picture=first, pictures_per_second=30, width_px=320, height_px=180)
        )
        engine = Engine(PROGRAM, self.scene, self.wings, LiveAsking(self.wings, PROGRAM, self.side_log), hall)
        engine.foresee(first - 20)  # as a stage does while its outputs open
        self.pacer = Pacer(
            engine,
            self.clock,
            [self.hall],
            self.side_log,
            first_picture=first,
            inbox=self.inbox,
            on_taken=self._taken,
        )
        return self.pacer

    def kill_run(self) -> None:
        """End the run without a word to the hub. What was handed to the side log is on disk, as after a real kill."""
        self.pacer.close()
        self.wings.close()
        self.side_log.close()

    def end_run(self) -> None:
        self.kill_run()
        self.events.append(RunEnded(run_id=self.run_id, last_picture=self.pacer.next_picture - 1))

    def react(
        self,
        hearts: int = 0,
        applause: float = 0.0,
        lighters: int = 0,
        heart_level: float = 0.0,
        tempo: Tempo | None = None,
    ) -> None:
        """The hall gives something back, as the hub tells it."""
        self.reactions.take(
            Reactions(
                at_us=self.clock.now_us(),
                hearts=hearts,
                applause=applause,
                lighters=lighters,
                heart_level=heart_level,
                tempo=tempo,
            )
        )

    def give(self, *cues: Cue) -> None:
        for cue in cues:
            self._cues += 1
            self.inbox.give(f"cue-{self._cues:05}", cue)

    def _taken(self, pending: PendingCue, picture: int) -> None:
        self.scene = apply(self.scene, pending.cue, picture)
        self.events.append(Cued(cue_id=pending.cue_id, cue=pending.cue, by="host"))
        self.events.append(Taken(cue_id=pending.cue_id, run_id=self.run_id, picture=picture))

    def write_journal(self) -> None:
        async def write() -> None:
            journal = Journal.open(self.folder)
            journal.start()
            now_us = self.clock.now_us()
            await journal.append([Entry(offset=n, at_us=now_us, event=event) for n, event in enumerate(self.events, 1)])
            journal.close()

        asyncio.run(write())

    def rendered(self) -> Keeper:
        """Every run of the journal, rendered by the same steps as the command."""
        keeper = Keeper()
        journal = Journal.open(self.folder)
        runs = read_runs(journal.read())
        journal.close()
        for run in runs:
            record = read_side_log(self.folder / "recordings" / f"{run.run_id}.side.jsonl")
            play(run, opening_scene(runs, run), LocalMedia(self.folder / "media"), record, keeper)
        return keeper


class HandShow(Show):
    """A show whose clock is moved by hand, picture by picture."""

    def __init__(self, folder: Path) -> None:
        self.hand = HandClock(7_777_777)
        super().__init__(folder, self.hand)

    def go(self, pictures: int) -> None:
        for _ in range(pictures):
            self.jump(1)

    def jump(self, pictures: int) -> None:
        """Move the clock at once: the pictures between come late."""
        due_us = PROGRAM.picture_time_us(self.pacer.next_picture + pictures - 1)
        self.hand.advance_us(due_us - self.hand.now_us())
        self.pacer.beat()
        self.pacer.paint()

    def wait_ready(self) -> None:
        """Let the pool prepare all that was called for."""
        self.wings.wait(20.0)


def assert_same(live: Keeper, offline: Keeper) -> None:
    assert offline.pictures.keys() == live.pictures.keys()
    assert offline.blocks.keys() == live.blocks.keys()
    assert [n for n in live.pictures if live.pictures[n] != offline.pictures[n]] == []
    assert [n for n in live.blocks if live.blocks[n] != offline.blocks[n]] == []


COLUMN = Rect(x=0.84, y=0.05, width=0.14, height=0.9)


def first_act(show: HandShow) -> None:
    """Cues of every kind at odd moments."""
    show.give(SetSlate(slate=Slate(title="Open stage", prompt="What do you hear?", code="ABCD")))
    show.go(5)
    show.wait_ready()
    show.react(hearts=5)  # before there is a column for it: nobody sees it
    show.give(Put(layer_id="layer-photo", source=PHOTO, credit=ADA, fade_ms=170))
    show.give(Put(layer_id="layer-react", source=messages.ReactionsSource(), fade_ms=200, place=COLUMN))
    show.give(Put(layer_id="layer-clip", source=LOOP, credit=BO, fade_ms=400))
    show.go(1)
    show.wait_ready()
    show.react(hearts=3, lighters=7)
    show.go(3)
    show.react(applause=0.7)
    show.react(hearts=1, applause=0.4)
    show.go(8)
    show.give(SetStrip(strip_id="layer-clip", pan=-0.7), SetStrip(strip_id="layer-clip", gain_db=-7.5))
    show.go(3)
    show.give(Put(layer_id="strip-song", source=SONG, credit=ADA), SetMaster(gain_db=-3.0))
    show.go(1)
    show.wait_ready()
    show.give(Put(layer_id="layer-text", source=STORY, place=Rect(x=0.1, y=0.6, width=0.8, height=0.3)))
    show.go(9)
    show.give(SetLayer(layer_id="layer-photo", ken_burns=True, fit="cover"))
    show.react(hearts=9, applause=0.9)
    show.jump(3)  # two pictures too late to be drawn, one of them the first with these hearts
    show.wait_ready()
    show.go(3)
    show.give(SetStrip(strip_id="strip-song", equaliser=Equaliser(low_cut_hz=120.0, bass_db=4.0, mid_db=-3.0)))
    show.give(Panic(on=True, fade_ms=233))
    show.go(13)
    show.give(Panic(on=False, fade_ms=100), SetStrip(strip_id="layer-clip", mute=True))
    show.go(6)
    show.give(Put(layer_id="layer-once", source=ONCE, transition="crossfade", fade_ms=600))
    show.go(2)
    show.wait_ready()
    show.go(17)


def second_act(show: HandShow) -> None:
    show.give(Put(layer_id="layer-solid", source=SolidSource(color="#336699"), fade_ms=300), ShowCredits(on=False))
    show.give(Arrange(layer_ids=("layer-solid",)), SetLayer(layer_id="layer-solid", opacity=0.6))
    show.go(8)
    show.give(Blackout(on=True))
    show.go(3)
    show.give(Blackout(on=False), Remove(layer_ids=("layer-solid",), fade_ms=250))
    show.give(Put(layer_id="layer-loop", source=LOOP, credit=ADA, transition="cut"), ShowCredits(on=True))
    show.give(Put(layer_id="layer-react", source=messages.ReactionsSource(), fade_ms=0, place=COLUMN))
    show.go(1)
    show.wait_ready()
    show.go(20)
    show.react(hearts=2)
    show.go(30)
    show.give(Clear(fade_ms=350))
    show.go(15)
