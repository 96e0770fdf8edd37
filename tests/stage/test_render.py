"""The heart of the stage: what was shown and played live is rendered again offline, byte for byte.

Everything is real but the devices: sources with their decoder threads, typesetting, compositor, mixer, journal, side
log, and the pacer that runs a show. Each test plays a show with cues at odd moments, writes the journal that a hub
would have written, renders it, and compares every picture and every block.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import threading
import time
from pathlib import Path

import pytest
import soundfile

from live.clock import Clock, HandClock, ShowClock
from live.errors import NotFound
from live.journal import Journal
from live.messages import scene as messages
from live.messages.events import Cued, Entry, Event, RunEnded, RunStarted, ShowOpened, Taken
from live.messages.phones import Reactions
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
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox, PendingCue
from stage.program import ProgramFormat
from stage.reaction_feed import ReactionFeed
from stage.render import LocalMedia, opening_scene, play, read_runs, render
from stage.side_log import SideLog, read_side_log
from stage.sources.reactions import ReactionsSource
from stage.wings import Wings
from tests.stage.pieces import ADA, BO, LOOP, ONCE, PHOTO, SONG, STORY, make_pieces
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
        first = PROGRAM.picture_at_us(self.clock.now_us()) + 1
        self.events.append(
            RunStarted(run_id=self.run_id, first_picture=first, pictures_per_second=30, width_px=320, height_px=180)
        )
        self.pacer = Pacer(
            Engine(PROGRAM, self.scene, self.wings, LiveAsking(self.wings, PROGRAM, self.side_log)),
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

    def react(self, hearts: int = 0, applause: float = 0.0, lighters: int = 0) -> None:
        """The hall gives something back, as the hub tells it."""
        self.reactions.take(Reactions(at_us=0, hearts=hearts, applause=applause, lighters=lighters))

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


@pytest.fixture
def folder(tmp_path: Path, pieces: Path) -> Path:
    (tmp_path / "media").symlink_to(pieces)
    return tmp_path


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    media = tmp_path_factory.mktemp("media")
    make_pieces(media)
    return media


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


def test_a_show_with_every_kind_of_cue_is_rendered_to_the_same_bytes(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    first_act(show)
    second_act(show)
    show.end_run()
    show.write_journal()
    assert len(set(show.hall.pictures.values())) > 100
    assert len(set(show.hall.blocks.values())) > 200
    assert_same(show.hall, show.rendered())


def test_a_stage_killed_in_the_middle_goes_on_and_both_runs_are_rendered(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    first_act(show)
    show.give(Put(layer_id="layer-again", source=LOOP, credit=BO, transition="cut"))
    show.go(1)
    show.wait_ready()
    show.go(40)
    show.kill_run()
    show.hand.advance_us(1_234_567)
    show.start_run()
    show.go(3)
    show.wait_ready()
    show.go(12)
    second_act(show)
    show.end_run()
    show.write_journal()
    offline = show.rendered()
    # The journal cannot know when a killed run drew its last picture: its render may go on up to the next run.
    first_of_second = next(e.first_picture for e in reversed(show.events) if isinstance(e, RunStarted))
    last_live = max(n for n in show.hall.pictures if n < first_of_second)
    last_block = max(n for n in show.hall.blocks if n < PROGRAM.first_frame(first_of_second))
    offline.pictures = {n: p for n, p in offline.pictures.items() if not last_live < n < first_of_second}
    offline.blocks = {
        n: b for n, b in offline.blocks.items() if not last_block < n < PROGRAM.first_frame(first_of_second)
    }
    assert_same(show.hall, offline)


def test_late_pictures_and_a_starved_clip_are_rendered_as_they_were_shown(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-clip", source=LOOP, fade_ms=0), Put(layer_id="layer-photo", source=PHOTO))
    show.go(1)
    show.wait_ready()
    # The clock runs as fast as this machine draws, and in jumps: no decoder can follow.
    for pictures in (1, 30, 1, 17, 1, 1, 40, 5, 1, 12, 1, 1, 1):
        show.jump(pictures)
    show.end_run()
    show.write_journal()
    lines = (folder / "recordings" / f"{show.run_id}.side.jsonl").read_text()
    assert '"skipped"' in lines
    assert '"missed"' in lines
    assert '"lag":' in lines
    assert_same(show.hall, show.rendered())


def test_media_that_could_not_be_had_live_is_left_out_again(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    gone = PHOTO.__class__(contribution_id="photo-99", key="renditions/photo-99/still.jpg", width_px=4, height_px=4)
    show.give(Put(layer_id="layer-gone", source=gone), Put(layer_id="layer-text", source=STORY))
    show.go(2)
    show.wait_ready()
    show.go(20)
    show.end_run()
    show.write_journal()
    assert_same(show.hall, show.rendered())


def test_played_by_the_real_clock_with_both_threads(folder: Path) -> None:
    """The one test that takes real time: a second and a half of show."""
    show = Show(folder, ShowClock(time.time() - 100.0))
    pacer = show.start_run()
    reached = threading.Semaphore(0)
    first = pacer.next_picture
    marks = {first + 6, first + 17, first + 31, first + 45}
    show.give(Put(layer_id="layer-clip", source=LOOP, credit=ADA), Put(layer_id="strip-song", source=SONG))
    pacer._on_beat = lambda picture: reached.release() if picture in marks else None
    pacer.start()
    for cue in (
        Put(layer_id="layer-text", source=STORY, transition="crossfade", fade_ms=500),
        SetStrip(strip_id="strip-song", pan=0.8, gain_db=-4.0),
        Panic(on=True, fade_ms=300),
    ):
        assert reached.acquire(timeout=20)
        show.give(cue)
    assert reached.acquire(timeout=20)
    pacer.close()
    show.end_run()
    show.write_journal()
    assert_same(show.hall, show.rendered())


def test_the_command_prints_the_same_digests_twice_and_they_are_the_programs(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-text", source=STORY), Put(layer_id="strip-song", source=SONG))
    show.go(12)
    show.end_run()
    show.write_journal()

    def digests() -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            render(folder, None)
        return out.getvalue()

    printed = digests()
    assert printed == digests()
    expected = [f"picture {n} {hashlib.sha256(p).hexdigest()}" for n, p in show.hall.pictures.items()]
    expected += [f"block {n // 480} {hashlib.sha256(b).hexdigest()}" for n, b in show.hall.blocks.items()]
    assert sorted(printed.splitlines()) == sorted(expected)


def test_the_raw_files_are_as_long_as_the_show_though_pictures_were_skipped(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.go(3)
    show.jump(20)
    show.give(Put(layer_id="strip-song", source=SONG))
    show.go(2)
    show.jump(40)
    show.end_run()
    show.write_journal()
    render(folder, folder / "raw")
    pictures = (folder / "raw" / "program.yuv").read_bytes()
    sound, rate_hz = soundfile.read(folder / "raw" / "program.wav", dtype="float32", always_2d=True)
    size = PROGRAM.width * PROGRAM.height * 3 // 2
    numbers = range(min(show.hall.pictures), max(show.hall.pictures) + 1)
    assert len(pictures) == size * len(numbers)
    assert [pictures[i * size : (i + 1) * size] for i, n in enumerate(numbers) if n in show.hall.pictures] == list(
        show.hall.pictures.values()
    )
    assert abs(len(sound) / rate_hz - len(numbers) / 30) < 1 / 30


def test_a_folder_that_is_no_show_and_a_run_that_is_not_there_are_told(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"without a journal\.sqlite"):
        render(folder, None)
    show = HandShow(folder)
    show.start_run()
    show.end_run()
    show.write_journal()
    with pytest.raises(NotFound, match=r"it has \['run-00001'\]"):
        render(folder, None, run_id="run-99999")
