"""The pacer with a clock moved by hand: what is due is done, in order, and lateness costs pictures only."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from live.clock import US_PER_S, HandClock
from live.messages.scene import Blackout, Clear, Cue, Panic, Put, Remove, Scene
from live.scene import apply
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.pacing import Pacer
from stage.parts import SlatePart, wanted
from stage.pending import CueInbox, PendingCue
from stage.program import ProgramFormat
from stage.side_log import Given, Missed, Rested, Shown, Skipped
from stage.wings import Wings
from tests.stage.players import FIRST_LUMA, HEIGHT, SLATE_LUMA, WIDTH, Company, Counter, Keeper, Notebook, sound, text

RATE = 30
PROGRAM = ProgramFormat(WIDTH, HEIGHT, RATE)


@dataclass
class House:
    """A whole stage but for real media and devices. `now` is the picture that was done last."""

    company: Company = field(default_factory=Company)
    clock: HandClock = field(default_factory=HandClock)
    keeper: Keeper = field(default_factory=Keeper)
    notebook: Notebook = field(default_factory=Notebook)
    inbox: CueInbox = field(default_factory=CueInbox)
    taken: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wings = Wings(self.company.open)
        scene = Scene(pictures_per_second=RATE)
        engine = Engine(PROGRAM, scene, self.wings, LiveAsking(self.wings, PROGRAM, self.notebook))
        self.pacer = Pacer(
            engine,
            self.clock,
            [self.keeper],
            self.notebook,
            first_picture=0,
            inbox=self.inbox,
            on_taken=self.on_taken,
        )
        self.ready(scene)

    def on_taken(self, pending: PendingCue, picture: int) -> None:
        self.taken.append((pending.cue_id, picture))

    def ready(self, scene: Scene) -> None:
        """Wait until all parts of a scene are prepared."""
        self.wings.call(wanted(scene, 0), 0)
        self.wings.wait(20.0)

    def give(self, *cues: Cue) -> None:
        for cue in cues:
            self.inbox.give(f"cue-{len(self.taken) + len(self.inbox):05}", cue)

    def put(self, layer_id: str, *, fade_ms: int = 0) -> Counter:
        """Give a cue for a picture layer whose source is prepared already."""
        cue = Put(layer_id=layer_id, source=text(layer_id), fade_ms=fade_ms)
        counter = self.company.counters.setdefault(layer_id, Counter())
        if counter.may_prepare.is_set():
            self.wings.call([part for part in wanted(_with(cue), 0) if not isinstance(part, SlatePart)], 0)
            self.ready(_with(cue))
        self.give(cue)
        return counter

    def to(self, picture: int) -> None:
        """Move the clock picture by picture up to `picture`, beating and painting each."""
        for number in range(self.pacer.next_picture, picture + 1):
            self.beat_to(number)
            self.pacer.paint()

    def beat_to(self, picture: int) -> None:
        self.clock.advance_us(PROGRAM.picture_time_us(picture) - self.clock.now_us())
        self.pacer.beat()


def _with(cue: Put) -> Scene:
    return apply(Scene(pictures_per_second=RATE), cue, 0)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.wings.close()


def test_every_picture_and_block_is_given_once_and_in_step(house: House) -> None:
    house.to(RATE)
    assert list(house.keeper.pictures) == list(range(RATE + 1))
    house.pacer.close()
    assert list(house.keeper.blocks) == [480 * k for k in range(PROGRAM.blocks(RATE).stop)]
    assert (house.pacer.pictures, house.pacer.late_pictures) == (RATE + 1, 0)


def test_the_slate_stands_while_nothing_is_there(house: House) -> None:
    house.to(1)
    assert house.keeper.luma(1) == SLATE_LUMA


def test_a_cue_takes_effect_with_the_next_picture_and_is_reported(house: House) -> None:
    house.to(9)
    house.put("layer-aa")
    house.to(12)
    assert house.taken == [("cue-00000", 10)]
    assert [house.keeper.luma(n) for n in (9, 10, 11, 12)] == [SLATE_LUMA, FIRST_LUMA, FIRST_LUMA + 1, FIRST_LUMA + 2]


def test_a_cue_waits_for_its_source_but_not_for_ever(house: House) -> None:
    counter = house.company.counters["layer-aa"] = Counter()
    counter.may_prepare.clear()
    house.to(0)
    house.put("layer-aa")
    house.to(90)
    assert house.taken == []
    house.to(91)
    assert house.taken == [("cue-00000", 91)]
    assert house.keeper.luma(91) == 16
    counter.may_prepare.set()
    house.ready(house.pacer.scene)
    house.to(95)
    assert house.keeper.luma(95) == FIRST_LUMA + 4
    assert house.notebook.lines == [
        Shown(picture=91, layers={"layer-aa": None}),
        Shown(picture=92, layers={}),
    ]


def test_panic_does_not_wait_behind_a_source(house: House) -> None:
    house.company.counters["layer-aa"] = counter = Counter()
    counter.may_prepare.clear()
    house.put("layer-aa")
    house.give(Panic(on=True, fade_ms=0))
    house.to(0)
    assert [cue_id for cue_id, _ in house.taken] == ["cue-00001"]
    counter.may_prepare.set()


def test_a_picture_that_comes_too_late_is_skipped_and_sound_goes_on(house: House) -> None:
    house.beat_to(4)
    house.pacer.paint()
    assert list(house.keeper.pictures) == [3, 4]
    assert house.pacer.late_pictures == 3
    assert house.notebook.lines == [Skipped(picture=0), Skipped(picture=1), Skipped(picture=2)]
    assert len(house.keeper.blocks) == PROGRAM.blocks(4).start


def test_a_block_is_mixed_when_it_begins_and_not_with_its_picture(house: House) -> None:
    """What a guest says until then is in it."""
    house.to(3)
    assert list(house.keeper.blocks) == [480 * k for k in range(11)]
    for block in range(11, 14):
        house.clock.advance_us(block * 10_000 - 1 - house.clock.now_us())
        house.pacer.beat()
        assert len(house.keeper.blocks) == block
        house.clock.advance_us(1)
        house.pacer.beat()
        assert len(house.keeper.blocks) == block + 1


def test_a_machine_that_stood_still_goes_on_from_now(house: House) -> None:
    house.to(9)
    house.clock.advance_us(10 * US_PER_S)
    house.pacer.beat()
    house.pacer.paint()
    assert house.notebook.lines == [Missed(first_picture=10, last_picture=308)]
    assert max(house.keeper.pictures) == 309
    assert house.pacer.late_pictures == 299


def test_a_starved_clip_shows_its_newest_picture_and_the_side_log_says_which(house: House) -> None:
    counter = house.put("layer-aa")
    house.to(5)
    counter.reaches = 5
    house.to(7)
    counter.reaches = None
    house.to(8)
    assert [house.keeper.luma(n) - FIRST_LUMA for n in (5, 6, 7, 8)] == [5, 5, 5, 8]
    assert house.notebook.lines == [
        Shown(picture=6, layers={"layer-aa": Given(lag=1)}),
        Shown(picture=7, layers={"layer-aa": Given(lag=2)}),
        Shown(picture=8, layers={}),
    ]


def test_a_source_that_breaks_keeps_its_last_picture_then_goes_gently(house: House) -> None:
    counter = house.put("layer-aa")
    house.to(3)
    counter.breaks_at = 4
    house.to(60)
    lumas = [house.keeper.luma(n) for n in range(3, 61)]
    assert lumas[:31] == [FIRST_LUMA + 3] * 31
    fading = lumas[31:46]
    assert fading == sorted(fading, reverse=True)
    assert len(set(fading)) > 5
    assert lumas[46:] == [16] * len(lumas[46:])


def test_a_strip_whose_sound_is_not_there_rests_and_is_noted(house: House) -> None:
    cue = Put(layer_id="strip-aa", source=sound("strip-aa"), fade_ms=0)
    house.ready(_with(cue))
    house.company.ramps["strip-aa"].rests = range(480, 1440)
    house.give(cue)
    house.to(1)
    assert house.notebook.lines == [Rested(block=1, strips=("strip-aa",)), Rested(block=3, strips=())]


def test_blackout_is_black_and_silent_from_the_very_next_picture(house: House) -> None:
    house.put("layer-aa")
    house.to(5)
    house.give(Blackout(on=True))
    house.to(6)
    assert (house.keeper.luma(5), house.keeper.luma(6)) == (FIRST_LUMA + 5, 16)


def test_stage_and_slate_cross_softly(house: House) -> None:
    house.put("layer-aa")
    house.to(5)
    house.give(Clear(fade_ms=1000))
    house.to(40)
    lumas = [house.keeper.luma(n) for n in range(6, 41)]
    assert lumas[-1] == SLATE_LUMA
    assert max(abs(a - b) for a, b in itertools.pairwise(lumas)) <= 5


def test_panic_fades_to_the_slate_over_everything(house: House) -> None:
    house.put("layer-aa")
    house.to(5)
    house.give(Panic(on=True, fade_ms=200))
    house.to(20)
    assert house.keeper.luma(12) == SLATE_LUMA
    house.give(Panic(on=False, fade_ms=0))
    house.to(21)
    assert house.keeper.luma(21) == FIRST_LUMA + 21


def test_an_output_that_raises_costs_only_itself(house: House) -> None:
    def refuse(number: int) -> None:
        raise OSError("gone")

    house.pacer._outputs = [Keeper(on_picture=refuse), house.keeper]
    house.to(2)
    assert list(house.keeper.pictures) == [0, 1, 2]


def test_both_threads_run_by_the_clock_and_stop(house: House) -> None:
    """The real threads, with the hand-moved clock: `close` returns once what waits is drawn."""
    drawn = threading.Event()
    house.keeper._on_picture = lambda number: drawn.set() if number >= 3 else None
    house.pacer.start()
    house.clock.advance_us(PROGRAM.picture_time_us(1))
    house.clock.advance_us(PROGRAM.picture_time_us(3) - house.clock.now_us())
    assert drawn.wait(5)
    house.pacer.close()
    assert max(house.keeper.pictures) == 3
    assert list(house.keeper.blocks) == [480 * k for k in range(PROGRAM.blocks(3).stop)]


def test_removing_what_never_came_on_leaves_nothing_behind(house: House) -> None:
    house.company.counters["layer-aa"] = counter = Counter()
    counter.may_prepare.clear()
    house.put("layer-aa")
    house.give(Remove(layer_ids=("layer-aa",), fade_ms=0))
    house.to(0)
    assert [cue_id for cue_id, _ in house.taken] == ["cue-00000", "cue-00001"]
    assert house.pacer.scene.layers == ()
    counter.may_prepare.set()


@pytest.mark.parametrize("broken", ["beat", "painter"])
def test_a_fault_of_our_own_is_known_at_once(broken: str) -> None:
    """A program that stands still in silence is worse than a stage that starts again."""

    def fault(*_: object) -> None:
        raise ZeroDivisionError(broken)

    house = House()
    house.pacer.beat()
    if broken == "beat":
        house.pacer._on_beat = fault
    else:
        house.pacer._await_live = fault
    house.clock.advance_us(1_500_000 // RATE)
    house.pacer.start()
    assert house.pacer.failed.wait(30.0)
    house.pacer.close()


def test_what_the_beat_hands_over_while_it_is_closed_is_drawn(house: House) -> None:
    """It may be catching up when the painter has nothing left and goes: those pictures are in the run as any others."""
    painters: list[threading.Thread] = []
    is_known = threading.Event()

    def outlast_the_painter(picture: int) -> None:
        assert is_known.wait(20.0)
        painters[0].join(20.0)

    pacer = Pacer(
        house.pacer.engine, house.clock, [house.keeper], house.notebook, first_picture=0, inbox=house.inbox,
        on_taken=house.on_taken, on_beat=outlast_the_painter,
    )  # fmt: skip
    house.clock.advance_us(PROGRAM.picture_time_us(2))
    pacer.start()
    painters += [thread for thread in threading.enumerate() if thread.name == "painter"]
    is_known.set()
    pacer.close()
    assert pacer.next_picture == 3
    assert list(house.keeper.pictures) == [0, 1, 2]
    assert house.notebook.lines == []
