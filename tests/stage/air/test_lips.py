"""A flash and a pulse that happened together, through a scripted line: how far apart they are in the program."""

from __future__ import annotations

import numpy as np
import pytest

from stage.air.lips import LOOKS, MOST_BEHIND_US, Lips, Moment, behind_us, trouble
from stage.air.playout import Playout
from stage.picture import BLOCK_FRAMES, silence
from tests.signals import read_pulses, tone
from tests.stage.air.scripted_sound import chunks

YEAR_US = 365 * 24 * 3600 * 1_000_000
FLASH_MS, PULSE_MS = 2000, 2000


@pytest.mark.parametrize("clock_us", [0, YEAR_US, -YEAR_US])
@pytest.mark.parametrize("stall_ms", [2.0, 150.0])
def test_what_is_told_of_lip_sync_is_what_is_heard(clock_us: int, stall_ms: float) -> None:
    """Flash and pulse at 2 s; pictures take 12 ms. Told just before it is heard, to within a block."""
    sound = silence(3 * 48_000)
    sound[PULSE_MS * 48 : PULSE_MS * 48 + 240] = tone(2000.0, 0.005, peak=0.5)
    arriving = chunks(sound, 10, lambda index: stall_ms if index == 150 else 2.0, captured_from_us=clock_us)
    flash = Moment(captured_us=FLASH_MS * 1000 + clock_us, given_us=FLASH_MS * 1000 + 12_000)
    playout, heard, told, at = Playout(), [], 0, 0
    for block in range(260):
        while at < len(arriving) and arriving[at].arrived_us <= block * 10_000:
            playout.put(arriving[at])
            at += 1
        heard.append(playout.read(block * BLOCK_FRAMES)[0])
        if block == 200 and playout.playing_us is not None:
            told = behind_us(Moment(playout.playing_us, block * 10_000), flash)
    pulse_us = read_pulses(np.concatenate(heard))[0] * 1_000_000 // 48_000
    assert told == pytest.approx(pulse_us - flash.given_us, abs=10_000)
    assert (trouble(told) is None) == (stall_ms < 100.0)


def test_it_is_said_where_it_would_be_noticed() -> None:
    assert trouble(MOST_BEHIND_US) is None
    assert "81 ms behind" in str(trouble(81_000))
    assert trouble(-200_000) is None


def test_nobody_is_sent_nearer_where_most_are_late() -> None:
    """And a person reads it by their name as well as of their stream: no "its"."""
    sentences = [
        str(trouble(135_000, held_us, is_common=is_common)) for held_us in (0, 60_000) for is_common in (False, True)
    ]
    assert ["come nearer" in one for one in sentences] == [True, False, True, False]
    assert ["cannot keep up" in one for one in sentences] == [False, True, False, True]
    assert {"is heard 135 ms " in one for one in sentences} == {True}
    assert not any("its" in one.split() for one in sentences)


def said(lips: Lips, *behind_ms: int) -> list[str]:
    picture = Moment(captured_us=YEAR_US, given_us=0)
    looks = [lips.look(Moment(captured_us=YEAR_US - ms * 1000, given_us=0), picture) for ms in behind_ms]
    return [trouble(late_us) or "" for late_us in looks]


def test_one_late_picture_says_nothing_and_a_line_that_stays_late_does() -> None:
    assert said(Lips(), 150, 150, 10, 150, 150, 150) == [""] * 6
    late = said(Lips(), *(150,) * LOOKS, 160, 140)
    assert late[:3] == ["", "", ""]
    assert {"150 ms" in sentence for sentence in late[3:]} == {True}, "it is not said anew for every millisecond"


def test_without_both_and_with_clocks_that_are_not_one_nothing_is_said() -> None:
    lips = Lips()
    assert said(lips, *(200,) * LOOKS)[-1]
    assert lips.look(None, Moment(0, 0)) == 0
    assert said(lips, 200, 200) == ["", ""], "it is looked at anew"
    assert said(Lips(), *(YEAR_US // 1000,) * 8) == [""] * 8
    assert said(Lips(), *(1348,) * 8) == [""] * 8, "no sound waits so long: its stamps stood still for that"
    assert said(Lips(), *(500,) * 8)[-1]


def test_only_looks_at_one_stretch_count_together() -> None:
    """A gap in either track, or sound of another segment than the picture's: what was seen before says nothing."""
    lips = Lips()

    def say(looks: int, *, sound: tuple[int, int], picture: tuple[int, int]) -> str:
        heard, seen = Moment(YEAR_US - 348_000, 0, *sound), Moment(YEAR_US, 0, *picture)
        return trouble([lips.look(heard, seen) for _ in range(looks)][-1]) or ""

    assert say(LOOKS - 1, sound=(1, 1), picture=(1, 1)) == ""
    assert say(LOOKS - 1, sound=(1, 2), picture=(1, 1)) == "", "the sound had a gap"
    assert say(LOOKS - 1, sound=(1, 2), picture=(1, 2)) == "", "the picture had one"
    assert say(2 * LOOKS, sound=(1, 2), picture=(2, 3)) == "", "they are of two segments"
    assert say(LOOKS - 1, sound=(2, 3), picture=(2, 3)) == ""
    assert "348 ms" in say(1, sound=(2, 3), picture=(2, 3)), "it stays late"
