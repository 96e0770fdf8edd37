"""One run of the stage, from start to stop: the wiring of link, engine, pacer, outputs and memory.

Data runs one way: hub → feed → pacer → outputs; what was taken goes back to the hub and into the cue sheet. A run
begins when it is known where the show stands: from the cue sheet of a run just killed, else from the hub, else, where
the hub does not answer, from an older sheet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from msgspec.structs import replace

from live.errors import Unavailable
from live.messages.acts import EndRecording, EndRun, StartRecording, StartRun, TakeCue
from live.messages.ids import new_id
from live.messages.scene import Blackout, Cue, Panic, Scene, SetSlate
from live.messages.views import Levels, Welcome
from stage.air.air import Air
from stage.air.shredding import Shredding
from stage.apart.output import File
from stage.asking import LiveAsking
from stage.cue_sheet import Act, CueSheet, Standing, forget_cue_sheet, read_cue_sheet
from stage.engine import Engine
from stage.following.hall import Hall
from stage.hub_line import HubLine
from stage.journal_feed import JournalFeed
from stage.media_cache import MediaCache
from stage.options import Options
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox, PendingCue
from stage.ports import PictureSource
from stage.program import ProgramFormat
from stage.rack import Rack, open_broadcast, open_rack
from stage.reaction_feed import ReactionFeed
from stage.side_log import SideLog
from stage.stage_clock import StageClock
from stage.wings import Wings

log = structlog.get_logger(__name__)

ALONE_AFTER_S = 5.0
"""A stage with an old memory waits this long for the hub, then goes on alone."""
SETTLE_WITHIN_S = 0.5
"""The first picture waits this long for the slate and what else is on stage; the rest comes when it is there."""
LOOK_EVERY_S = 0.1
LEVELS_PER_S = 10

PANIC_KEYS = frozenset({"p", "escape", "f9"})
BLACKOUT_KEYS = frozenset({"b", "f8"})


class StageRun:
    """`run` returns when `stop` was called (any thread) or the show turned out to be another one.

    `on_open` is called when all that the first picture needs is there.
    """

    def __init__(self, options: Options, on_open: Callable[[], None] = lambda: None) -> None:
        self.run_id = new_id()
        self._on_open = on_open
        self._recording: tuple[str, File] | None = None
        """The id and file of what was told last."""
        self._options = options
        self._stopping = threading.Event()
        self._remembered = read_cue_sheet(options.folder)
        self._shredding = Shredding(options.folder / "streams")
        self._feed = JournalFeed(self._remembered, self._shredding.shred)
        self._inbox = CueInbox()
        self._sheet = CueSheet(options.folder)
        self._clock = StageClock(self._remembered.opened_at_s if self._remembered else None)
        self._reactions = ReactionFeed()
        self._line = HubLine(
            options.hub_url,
            options.hub_address().newest_token,
            self._clock,
            on_welcome=self._feed.welcome,
            on_entries=self._feed.entries,
            on_reactions=self._reactions.take,
        )
        local = options.folder / "media" if (options.folder / "journal.sqlite").exists() else None
        self._media = MediaCache(options.folder / "cache", options.hub_address(), local=local)
        self._is_alone = False
        self._slated: Welcome | None = None
        self._pacer: Pacer | None = None
        self._pressing = threading.Lock()
        self._pressed: dict[str, None] = {}
        """What keys asked for before there was a program."""
        self._air: Air | None = None

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        try:
            self._await_show()
            if not self._stopping.is_set():
                self._perform()
        finally:
            self._line.close()
            self._sheet.close()
            self._shredding.done()

    def _await_show(self) -> None:
        """Wait until it is known where the show stands; sets `_is_alone` where an earlier run knows and not the hub."""
        if self._remembered is not None and self._remembered.is_fresh(time.time()):
            self._is_alone = True  # and the line is made later: on screen first
            return
        self._line.start()
        started_s = time.monotonic()
        while not self._stopping.is_set():
            if self._feed.caught_up.wait(0.02) and self._clock.is_synchronised:
                return
            if self._remembered is not None and time.monotonic() - started_s > ALONE_AFTER_S:
                self._is_alone = True
                return

    def _perform(self) -> None:
        scene = self._opening()
        program = ProgramFormat(self._options.width, self._options.height, scene.pictures_per_second)
        air = self._air = Air(self._options.hub_address(), self._options.folder / "streams", self._clock.now_us)
        side_log = SideLog(self._options.folder / "recordings" / f"{self.run_id}.side.jsonl")

        def reactions(layer_id: str) -> PictureSource:
            from stage.sources.reactions import ReactionsSource  # a stage without them need not load it

            return ReactionsSource(layer_id, program, feed=self._reactions, notes=side_log)

        wings = Wings(lambda part: open_part(part, self._media, program, air, reactions))
        asking = LiveAsking(wings, program, side_log, air.arrivals)
        hall = Hall(program, feed=self._reactions, notes=side_log)
        engine = Engine(program, scene, wings, asking, hall)
        engine.foresee(program.picture_at_us(self._clock.now_us()))  # sources begin to prepare while the outputs open
        rack = open_rack(self._options, program, self.run_id, self.press)
        wings.wait(SETTLE_WITHIN_S)
        first_picture = program.picture_at_us(self._clock.now_us()) + 1
        pacer = Pacer(
            engine,
            self._clock,
            rack.outputs,
            side_log,
            first_picture=first_picture,
            inbox=self._inbox,
            on_taken=self._taken,
            on_beat=lambda picture: self._tell_levels(picture, rack),
            await_live=asking.await_live,
        )
        self._press_what_waited(pacer)
        self._announce(program, first_picture)
        self._on_open()
        pacer.start()
        self._line.start()
        open_broadcast(rack, self._options, program)
        try:
            while not self._stopping.wait(LOOK_EVERY_S):
                if pacer.failed.is_set():
                    raise Unavailable("expected the program to go on, got the fault above; the stage is started again")
                self._meet_hub()
                self._renew_slate(pacer)
                if self._feed.guests_expected.is_set():
                    air.warm()
                self._note_recording(rack)
                self._sheet.touch()
        finally:
            pacer.close()
            self._tell(EndRun(run_id=self.run_id, last_picture=pacer.next_picture - 1))
            self._end_recording(pacer.next_picture - 1)
            rack.close()
            wings.close()
            air.close()
            side_log.close()

    # where the show stands

    def _opening(self) -> Scene:
        """Return the scene to begin with; cues that nobody took go to the inbox, at once or once the hub is met."""
        if self._is_alone and self._remembered is not None:
            self._feed.begin_alone(self._inbox.give)
            self._sheet.go_on()
            return self._remembered.scene
        opening = self._feed.begin(self._inbox.give)
        self._begin_sheet(opening.scene)
        self._line.open_up(opening.untold)
        return opening.scene

    def _begin_sheet(self, scene: Scene) -> None:
        show_id, opened_at_s = self._feed.show_id, self._feed.opened_at_s
        assert show_id is not None
        assert opened_at_s is not None
        self._sheet.begin(Standing(show_id=show_id, opened_at_s=opened_at_s, scene=scene))

    def _meet_hub(self) -> None:
        """Once the hub is heard after a start alone: take what was missed and tell what it lacks."""
        if not self._is_alone or not self._feed.caught_up.is_set():
            return
        self._is_alone = False
        if self._remembered is not None and self._feed.show_id != self._remembered.show_id:
            log.warning("the hub runs another show than the stage remembers: starting afresh")
            forget_cue_sheet(self._options.folder)
            self.stop()
            return
        self._line.open_up(self._feed.give_missed())

    def _renew_slate(self, pacer: Pacer) -> None:
        """At every new word of welcome: the slate says how to join as the hub is reached now."""
        welcome = self._feed.last_welcome
        if welcome is None or welcome is self._slated or self._is_alone or pacer.pending:
            return
        self._slated = welcome
        now = pacer.scene.slate
        slate = replace(now, title=welcome.title, join_url=welcome.join_url, code=welcome.code)
        if slate != now:
            self._give_own(SetSlate(slate=slate))

    # telling

    def _announce(self, program: ProgramFormat, first_picture: int) -> None:
        self._tell(
            StartRun(
                run_id=self.run_id,
                first_picture=first_picture,
                pictures_per_second=program.pictures_per_second,
                width_px=program.width,
                height_px=program.height,
            )
        )

    def _note_recording(self, rack: Rack) -> None:
        """Tell what is recorded into: a recording whose process died goes on in another file."""
        file = rack.recording
        if file is None or (self._recording is not None and self._recording[1] == file):
            return
        self._end_recording(file.first_picture - 1)
        self._recording = new_id(), file
        self._tell(
            StartRecording(
                recording_id=self._recording[0],
                run_id=self.run_id,
                path=f"recordings/{Path(file.path).name}",
                first_picture=file.first_picture,
            )
        )

    def _end_recording(self, last_picture: int) -> None:
        if self._recording is not None:
            self._tell(EndRecording(recording_id=self._recording[0], last_picture=last_picture))
            self._recording = None

    def _taken(self, pending: PendingCue, picture: int) -> None:
        """In the beat's thread: remember and tell that a cue took effect."""
        act = TakeCue(cue_id=pending.cue_id, run_id=self.run_id, picture=picture, cue=pending.cue)
        self._sheet.add(act)
        self._line.act(act if pending.own else replace(act, cue=None))

    def _tell(self, act: Act) -> None:
        self._sheet.add(act)
        self._line.act(act)

    def _tell_levels(self, picture: int, rack: Rack) -> None:
        """In the beat's thread, once a picture; sends some of them."""
        pacer = self._pacer
        if pacer is None or picture % max(1, pacer.engine.program.pictures_per_second // LEVELS_PER_S):
            return
        reading = pacer.engine.desk.meters.read()
        desk, wings = pacer.engine.desk, pacer.engine.wings
        troubles = (*wings.troubles(), *desk.troubles(), *(self._air.troubles() if self._air else ()))
        self._line.send_levels(
            Levels(
                picture=picture,
                master_peak_db=reading.master_peak_db,
                master_rms_db=reading.master_rms_db,
                strips=reading.strips,
                late_pictures=pacer.late_pictures,
                pictures=pacer.pictures,
                outputs={**rack.states(), **({"media": troubles[0]} if troubles else {})},
                counts=dict(self._air.look(time.monotonic())) if self._air else {},
            )
        )

    # the stage's own keys

    def press(self, name: str) -> None:
        """PANIC and BLACKOUT at the stage machine, hub or not. Called in the window's thread and the keyboard's."""
        kind = "panic" if name.lower() in PANIC_KEYS else "blackout" if name.lower() in BLACKOUT_KEYS else None
        with self._pressing:
            if kind is None:
                return
            if self._pacer is None:
                # Once each, however often somebody presses who sees nothing happen.
                self._pressed.setdefault(kind)
                log.info("a key came before the program is there: it counts from its first picture", key=name)
                return
            self._press(self._pacer, kind)

    def _press_what_waited(self, pacer: Pacer) -> None:
        with self._pressing:
            self._pacer = pacer
            for kind in self._pressed:
                self._press(pacer, kind)
            self._pressed.clear()

    def _press(self, pacer: Pacer, kind: str) -> None:
        if kind == "panic":
            on = pacer.scene.panic.end < 1.0
            self._give_own(Panic(on=on))
            log.info("PANIC by a key here", on=on)
        else:
            on = not pacer.scene.blackout
            self._give_own(Blackout(on=on))
            log.info("BLACKOUT by a key here", on=on)

    def _give_own(self, cue: Cue) -> None:
        cue_id = new_id()
        self._feed.own(cue_id)
        self._inbox.give(cue_id, cue, own=True)
