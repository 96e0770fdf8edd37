"""Flashes and pulses of the same moments, through a line that brings sound late: how far apart the hall has them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from stage.air.arrivals import Arrivals
from stage.air.holding import BEGIN_US, LEFT_US, MOST_HELD_US, MOST_WAITING, Holding, Waiting
from stage.air.lips import MOST_BELIEVED_US, Moment
from stage.air.playout import Playout
from stage.air.reports import Report, ReportKind
from stage.air.slots import MappedSlots, Slots
from stage.air.stream import LiveStream
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, silence
from tests.signals import read_pulses, tone
from tests.stage.air.scripted_sound import Delay, chunks

PICTURE_US = 33_333
TRANSIT_US = 12_000
SECONDS, SETTLED_S = 12, 5
YEAR_US = 365 * 24 * 3600 * 1_000_000


def stalling(stall_ms: float) -> Delay:
    """Every 40th packet comes late, and what is behind it waits."""
    return lambda index: stall_ms if index % 40 == 0 else 2.0


@dataclass(frozen=True)
class Seen:
    behind_ms: list[float]
    """By how much each pulse is heard after the picture of its moment is shown first, from SETTLED_S on."""
    ages_ms: list[float]
    """How old each picture was that was shown, at every one of the program's."""
    held: int


def through(delay: Delay, *, clock_us: int = 0, seconds: int = SECONDS, picture_late_us: int = TRANSIT_US) -> Seen:
    """A pulse at every second; pictures are quick, and sound is not."""
    sound = silence(seconds * SAMPLE_RATE_HZ)
    for second in range(1, seconds):
        sound[second * SAMPLE_RATE_HZ :][:240] = tone(2000.0, 0.005, peak=0.5)
    arriving = chunks(sound, 10, delay, captured_from_us=clock_us)
    playout, holding, waiting = Playout(), Holding(), Waiting[int]()
    heard, ages_ms = [], []
    shown: dict[int, int] = {}
    newest, coming = 0, 0
    for block in range(seconds * 100):
        now_us = block * 10_000
        while arriving and arriving[0].arrived_us <= now_us:
            playout.put(arriving.pop(0))
        heard.append(playout.read(block * BLOCK_FRAMES)[0])
        while coming * PICTURE_US + picture_late_us <= now_us:
            picture = Moment(coming * PICTURE_US + clock_us, now_us, segment=1)
            waiting.put(coming, holding.due_us(picture, playout.heard(now_us)))
            coming += 1
        newest = waiting.take(now_us) or newest
        shown.setdefault(newest, now_us)
        ages_ms.append((now_us - newest * PICTURE_US) / 1000)
    behind_ms = []
    for pulse in read_pulses(np.concatenate(heard)):
        heard_us = pulse * 1_000_000 // SAMPLE_RATE_HZ
        taken_us = round((heard_us - LEFT_US) / 1e6) * 1_000_000  # pulses are a second apart
        if taken_us >= SETTLED_S * 1_000_000:
            behind_ms.append((heard_us - shown[taken_us // PICTURE_US]) / 1000)
    assert len(behind_ms) >= seconds - SETTLED_S - 1
    return Seen(behind_ms, ages_ms, waiting.held)


@pytest.mark.parametrize("clock_us", [0, YEAR_US, -YEAR_US])
@pytest.mark.parametrize("stall_ms", [110.0, 150.0, 220.0])
def test_sound_that_must_be_late_is_heard_with_its_picture(stall_ms: float, clock_us: int) -> None:
    seen = through(stalling(stall_ms), clock_us=clock_us)
    assert max(seen.behind_ms) <= BEGIN_US / 1000
    assert min(seen.behind_ms) >= 0.0, "sound that is ahead is noticed sooner"


def test_on_a_good_line_every_picture_is_shown_when_it_comes() -> None:
    holding, playout = Holding(), Playout()
    arriving = chunks(silence(6 * SAMPLE_RATE_HZ), 10)
    for block in range(590):
        while arriving and arriving[0].arrived_us <= block * 10_000:
            playout.put(arriving.pop(0))
        playout.read(block * BLOCK_FRAMES)
        taken = Moment(block * 10_000 - TRANSIT_US, block * 10_000, segment=1)
        assert holding.due_us(taken, playout.heard(block * 10_000)) == block * 10_000
    assert holding.held_us == 0


def test_the_line_gets_worse_and_better_and_pictures_neither_freeze_nor_jump() -> None:
    """Bad between 3 and 9 s; in the end nothing waits any more."""
    seen = through(lambda index: 180.0 if 300 <= index < 900 and index % 40 == 0 else 2.0, seconds=20)
    moves_ms = [later - earlier for earlier, later in pairwise(seen.ages_ms[100:])]
    assert max(moves_ms) <= 10.0 + 0.01, "time only passes"
    assert min(moves_ms) >= -2 * PICTURE_US / 1000, "never is more than a picture left out"
    assert max(seen.ages_ms[600:900]) >= 120.0
    assert max(seen.ages_ms[-300:]) <= (TRANSIT_US + PICTURE_US) / 1000 + 10.0
    changes = [at for at, (one, other) in enumerate(pairwise(_is_held(seen))) if one != other]
    assert len(changes) <= 2, "it begins once and ends once"


def _is_held(seen: Seen) -> list[bool]:
    """In each half second: are pictures shown later than they come, all of them?"""
    return [min(seen.ages_ms[at : at + 50]) > TRANSIT_US / 1000 + 15.0 for at in range(100, len(seen.ages_ms), 50)]


def led(holding: Holding, behind_us: int, seconds: float, *, from_us: int = 0, segment: int = 1) -> int:
    """Feed it pictures that come 10 ms after they were taken and sound that is so much behind; return the last wait."""
    due_us = now_us = from_us
    for count in range(round(seconds * 30)):
        now_us = from_us + count * PICTURE_US
        picture = Moment(now_us - 10_000, now_us, segment)
        due_us = holding.due_us(picture, Moment(now_us - 10_000 - behind_us, now_us, segment))
    return due_us - now_us


@pytest.mark.parametrize(
    ("behind_us", "waits_us"),
    [
        (BEGIN_US - 1000, 0),
        (BEGIN_US + 20_000, BEGIN_US + 20_000 - LEFT_US),
        (500_000, MOST_HELD_US),
        (MOST_BELIEVED_US + 20_000, 0),
        (-200_000, 0),
    ],
)
def test_how_long_they_wait(behind_us: int, waits_us: int) -> None:
    assert led(Holding(), behind_us, 8.0) == pytest.approx(waits_us, abs=2000)


def test_near_the_bound_it_does_not_begin_and_end_again_and_again() -> None:
    holding = Holding()
    led(holding, BEGIN_US + 5000, 3.0)
    assert led(holding, BEGIN_US - 5000, 3.0, from_us=3_000_000) > 0, "begun, it goes on"
    assert led(holding, LEFT_US, 3.0, from_us=6_000_000) == 0
    assert led(holding, BEGIN_US - 5000, 3.0, from_us=9_000_000) == 0


def test_a_new_segment_and_a_guest_who_falls_silent_are_not_held_back() -> None:
    holding = Holding()
    assert led(holding, 200_000, 4.0) > 100_000
    assert led(holding, 200_000, 0.04, from_us=4_000_000, segment=2) == 0
    assert led(holding, 200_000, 4.0, from_us=4_100_000, segment=2) > 100_000
    dues_us = []
    for count in range(90):
        now_us = 8_200_000 + count * PICTURE_US
        dues_us.append(holding.due_us(Moment(now_us - 10_000, now_us, 2), None) - now_us)
    assert dues_us[20] > 100_000, "a pause in the line is no reason"
    assert dues_us[-1] == 0


def test_what_waits_is_bounded_and_counted() -> None:
    waiting = Waiting[int]()
    for one in range(15):  # 60 a second
        waiting.put(one, 250_000 + one * 16_667)
    assert (len(waiting), waiting.held, waiting.thinned) == (MOST_WAITING, 15, 15 - MOST_WAITING)
    assert waiting.last == 14
    left = [taken for at_us in range(0, 600_000, 8000) if (taken := waiting.take(at_us)) is not None]
    assert (left[0], left[-1]) == (0, 14)
    assert max(later - earlier for earlier, later in pairwise(left)) <= 3, "what is left is spread evenly"


class Camera:
    """A stream with a clock that is moved by hand; what is heard of it is always `behind_us` old."""

    def __init__(self) -> None:
        self.now_us = 0
        self.stream = LiveStream("guest-0001", 1, Arrivals(), lambda _: None, lambda: self.now_us)
        self.slots = Slots(slot_bytes=64 * 36 * 3 // 2)
        self.stream.open(MappedSlots(self.slots.descriptor, self.slots.slot_bytes))
        self._playout = self.stream.heard = Playout()
        self._arriving = chunks(silence(10 * SAMPLE_RATE_HZ), 10, stalling(200.0))

    def take(self, seconds: float) -> list[int]:
        """Film for so long at 25 pictures a second; return which picture was seen after each."""
        seen = []
        for block in range(self.now_us // 10_000, self.now_us // 10_000 + round(seconds * 100)):
            self.now_us = block * 10_000
            while self._arriving and self._arriving[0].arrived_us <= self.now_us:
                self._playout.put(self._arriving.pop(0))
            self._playout.read(block * BLOCK_FRAMES)
            if block % 4 == 0:
                seen.append(self.film())
        self.now_us += 10_000
        return seen

    def film(self, segment: int = 1) -> int:
        slot = self.slots.take()
        assert slot is not None, "held pictures leave room for others"
        self.slots.lend(slot)
        self.stream.show(Report(ReportKind.PICTURE, 1, slot, 64, 36, segment=segment, captured_us=self.now_us))
        self.stream.let_out()
        assert self.stream.newest is not None
        return self.stream.newest.serial


def test_a_streams_pictures_wait_until_they_are_due() -> None:
    camera = Camera()
    stream = camera.stream
    assert camera.take(0.4) == list(range(1, 11)), "at first each is seen at once"
    assert stream.next_expected_s() is not None
    seen = camera.take(8.0)
    assert stream.pictures - seen[-1] == pytest.approx(stream.held_us / 40_000, abs=1.0)
    assert stream.held_us >= 100_000
    assert stream.next_expected_s() is None, "it is not waited for"
    assert {later - earlier for earlier, later in pairwise(seen)} <= {0, 1}
    assert stream.thinned == 0
    assert camera.film(segment=2) == stream.pictures, "what comes anew is seen at once"
    assert stream.thinned > 0
