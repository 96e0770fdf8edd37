"""The host's cues for the phones: scheduled ahead, and never so that they flash."""

from __future__ import annotations

import pytest

from live.errors import BadInput, TooMuch
from live.messages.ids import new_id
from live.messages.phones import ColorWash, CuePhones, Off, PhoneDeed, PhonesCued, PhoneSound, Torch, Words
from tests.live.decisions.desks import HOST, Table

WHITE, RED = "#ffffff", "#ff0000"
BLINK = ColorWash(color=WHITE, fade_ms=0, hold_ms=100)


@pytest.fixture
def table() -> Table:
    return Table()


def cue(what: PhoneDeed, lead_ms: int = 1500) -> CuePhones:
    return CuePhones(cue_id=new_id(), what=what, lead_ms=lead_ms)


def test_a_cue_is_due_by_its_lead_from_now(table: Table) -> None:
    events = table.do(HOST, cue(ColorWash(color="#ffb238"), lead_ms=2000))
    assert [type(event) for event in events] == [PhonesCued]
    assert isinstance(events[0], PhonesCued)
    assert events[0].at_us == table.now_us + 2_000_000


def test_three_blinks_in_a_second_are_done_and_the_fourth_is_refused(table: Table) -> None:
    for turn in range(3):
        table.do(HOST, cue(BLINK, 1500 + turn * 250))
    with pytest.raises(TooMuch, match="flashes") as refused:
        table.do(HOST, cue(BLINK, 1500 + 3 * 250))
    assert refused.value.retry_after_s == 1.0
    table.do(HOST, cue(BLINK, 1500 + 3 * 250 + 1000))


def test_full_red_may_not_blink_at_all(table: Table) -> None:
    table.do(HOST, cue(ColorWash(color=RED, fade_ms=0, hold_ms=100)))
    with pytest.raises(TooMuch, match="red"):
        table.do(HOST, cue(ColorWash(color=RED, fade_ms=0, hold_ms=100), 1500 + 500))


def test_a_lamp_is_counted_like_a_screen(table: Table) -> None:
    for turn in range(3):
        table.do(HOST, cue(Torch(pattern="steady", duration_ms=100), 1500 + turn * 200))
    with pytest.raises(TooMuch, match="flashes"):
        table.do(HOST, cue(Torch(pattern="steady", duration_ms=100), 1500 + 3 * 200))


def test_dark_is_always_obeyed(table: Table) -> None:
    for turn in range(3):
        table.do(HOST, cue(BLINK, 1500 + turn * 250))
    for _ in range(10):
        assert table.do(HOST, cue(Off()))


def test_sounds_do_not_flash(table: Table) -> None:
    for _ in range(20):
        assert table.do(HOST, cue(PhoneSound(tone="chime", duration_ms=100)))


def test_words_nobody_could_see_are_refused(table: Table) -> None:
    with pytest.raises(BadInput, match="words"):
        table.do(HOST, cue(Words(text=" \u202e\n")))
