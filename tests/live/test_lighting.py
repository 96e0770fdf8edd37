"""Each phone gets its own part of a cue, and what a screen shows can be reckoned beforehand."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from live import lighting
from live.flash_limits import flashes, rgb_of
from live.lighting import Lighting, Seating, cue_for, lamp_steps, screen_steps, seating, share_of, shown, turns
from live.messages.air import Group, Seat
from live.messages.phones import (
    ColorWash,
    Off,
    PhoneDeed,
    PhonesCued,
    PhoneSound,
    Torch,
    TorchPattern,
    Wave,
    Words,
)

AMBER = "#ffb238"
S = 1_000_000


def cue(what: PhoneDeed, at_us: int = 10 * S, group: Group = Group(), name: str = "cue-0001") -> PhonesCued:  # noqa: B008
    return PhonesCued(cue_id=name, at_us=at_us, what=what, group=group, by="host")


def place(person_id: str, what: PhoneDeed, seats: dict[str, Seat]) -> float:
    part = cue_for(cue(what), person_id, seats.get(person_id, Seat()), 0, seating(seats))
    assert part is not None
    return part.place


def test_a_wave_goes_from_the_left_to_the_right() -> None:
    seats = {"ana": Seat(side="left"), "bo": Seat(side="centre"), "cy": Seat(side="right")}
    wave = Wave(color=AMBER)
    assert place("ana", wave, seats) < place("bo", wave, seats) < place("cy", wave, seats)


def test_within_a_side_a_wave_goes_by_the_number_of_the_seat() -> None:
    """By lot they would go the other way round."""
    wave = Wave(color=AMBER)
    nowhere = {"ana": Seat(side="left"), "bo": Seat(side="left")}
    first, last = sorted(nowhere, key=lambda name: place(name, wave, nowhere), reverse=True)
    seats = {first: Seat(side="left", number=1), last: Seat(side="left", number=20), "cy": Seat(side="centre")}
    assert place(first, wave, seats) < place(last, wave, seats) < place("cy", wave, seats)


@pytest.mark.parametrize("counted_from", [1, 27], ids=["each side from 1", "on through all sides"])
def test_a_side_is_crossed_evenly_however_the_hall_counts(counted_from: int) -> None:
    seats = {f"person-{i}": Seat(side="right", number=counted_from + i) for i in range(5)}
    places = [place(name, Wave(color=AMBER), seats) for name in seats]
    np.testing.assert_allclose(places, np.linspace(0.76, 1.0, 5), atol=1e-4)


def test_who_claims_seat_999_presses_nobody_together() -> None:
    seats = {f"person-{i}": Seat(side="left", number=1 + i, row=1 + i) for i in range(9)}
    joined = seats | {"joker": Seat(side="left", number=999, row=999)}
    for across in ("side", "rows"):
        wave = Wave(color=AMBER, across=across)
        before, after = ([place(name, wave, hall) for name in seats] for hall in (seats, joined))
        np.testing.assert_allclose(after, before, atol=0.12)


def test_numbers_without_a_side_go_over_the_whole_hall_and_one_alone_by_lot() -> None:
    wave = Wave(color=AMBER)
    seats = {"ana": Seat(number=30), "bo": Seat(number=2), "cy": Seat(number=14)}
    assert [place(name, wave, seats) for name in ("bo", "cy", "ana")] == [0.0, 0.5, 1.0]
    assert place("ana", wave, {"ana": Seat(number=30)}) == place("ana", wave, {})


def test_a_wave_over_rows_goes_from_the_stage_to_the_last_row_that_was_told() -> None:
    seats = {"ana": Seat(row=1), "bo": Seat(row=5), "cy": Seat(row=9)}
    wave = Wave(color=AMBER, across="rows")
    assert [place(name, wave, seats) for name in seats] == [0.0, 0.5, 1.0]


def test_who_said_nothing_sits_somewhere_and_stays_there() -> None:
    wave = Wave(color=AMBER)
    places = [place(f"person-{i}", wave, {}) for i in range(200)]
    assert places == [place(f"person-{i}", wave, {}) for i in range(200)]
    assert min(places) < 0.1
    assert max(places) > 0.9


def test_only_the_group_is_told() -> None:
    seats = {"ana": Seat(side="left"), "bo": Seat(side="right")}
    left = cue(ColorWash(color=AMBER), group=Group(side="left"))
    assert cue_for(left, "ana", seats["ana"], 0, Seating()) is not None
    assert cue_for(left, "bo", seats["bo"], 0, Seating()) is None
    assert cue_for(left, "somebody", Seat(), 0, Seating()) is None


def test_words_are_dealt_out_as_one_reads_the_hall() -> None:
    seats = {"ana": Seat(row=2, side="left"), "bo": Seat(row=1, side="right"), "cy": Seat(row=1, side="left")}
    order = turns(["ana", "bo", "cy", "dora"], seats)
    assert sorted(order, key=lambda name: order[name]) == ["cy", "bo", "ana", "dora"]
    assert [share_of("we are here", turn) for turn in range(4)] == ["we", "are", "here", "we"]
    assert [share_of("HOLA", turn) for turn in range(4)] == ["H", "O", "L", "A"]


def test_a_wash_comes_and_goes_over_its_fade() -> None:
    wash = ColorWash(color="#ffffff", fade_ms=1000, hold_ms=2000)
    black = (0.0, 0.0, 0.0)
    levels = [shown(wash, black, 0.5, at_us)[0] for at_us in (0, S // 2, S, 2 * S, 3 * S, 3 * S + S // 2, 4 * S)]
    assert levels == [0.0, 127.5, 255.0, 255.0, 255.0, 127.5, 0.0]


def test_one_wash_crosses_into_the_next_without_a_dark_moment() -> None:
    """Same colour again: nothing changes at all."""
    wash = ColorWash(color=AMBER, fade_ms=600)
    for since_us in range(0, 600_000, 50_000):
        assert shown(wash, rgb_of(AMBER), 0.5, since_us) == pytest.approx(rgb_of(AMBER))


def test_the_crest_of_a_wave_passes_each_place_at_its_time() -> None:
    wave = Wave(color="#ffffff", duration_ms=4000)
    crests = [
        max(range(0, 8 * S, 10_000), key=lambda at_us: shown(wave, (0, 0, 0), place, at_us)[0]) for place in (0, 0.5, 1)
    ]
    assert crests[1] - crests[0] == pytest.approx(2 * S, abs=20_000)
    assert crests[2] - crests[0] == pytest.approx(4 * S, abs=20_000)


@pytest.mark.parametrize("place", [0.0, 0.3, 1.0])
def test_no_single_cue_flashes(place: float) -> None:
    fastest = (
        ColorWash(color="#ffffff", fade_ms=0, hold_ms=100),
        Wave(color="#ffffff", duration_ms=1000),
        Words(text="hi", hold_ms=100),
    )
    for what in fastest:
        assert flashes(screen_steps([cue(what)], place)).are_safe, what
    for pattern in get_args(TorchPattern):
        assert flashes(lamp_steps([cue(Torch(pattern=pattern, duration_ms=20_000))])).are_safe, pattern


def test_quick_washes_one_after_the_other_are_seen_to_flash() -> None:
    wash = ColorWash(color="#ffffff", fade_ms=0, hold_ms=100)
    strobe = [cue(wash, at_us=10 * S + i * 200_000) for i in range(6)]
    assert flashes(screen_steps(strobe, 0.5)).general > 3


def test_off_ends_what_runs_and_what_was_yet_to_come() -> None:
    state = Lighting()
    state.fold(cue(ColorWash(color=AMBER), at_us=10 * S, name="wash-0001"), 9 * S)
    state.fold(cue(Wave(color=AMBER), at_us=30 * S, name="wave-0001"), 9 * S)
    assert [one.cue_id for one in state.running(11 * S)] == ["wash-0001", "wave-0001"]
    state.fold(cue(Off(), at_us=12 * S, name="off-00001"), 11 * S)
    assert [one.cue_id for one in state.running(11 * S + 1)] == ["wash-0001", "off-00001"]
    assert state.running(13 * S) == ()


def test_what_a_newer_cue_took_the_place_of_does_not_come_back() -> None:
    state = Lighting()
    state.fold(cue(ColorWash(color=AMBER, hold_ms=60_000), at_us=10 * S, name="wash-0001"), 9 * S)
    state.fold(cue(ColorWash(color=AMBER, hold_ms=100), at_us=12 * S, name="wash-0002"), 9 * S)
    assert [one.cue_id for one in state.running(11 * S)] == ["wash-0001", "wash-0002"]
    assert [one.cue_id for one in state.running(12 * S)] == ["wash-0002"]
    assert state.running(20 * S) == ()


def test_a_phone_that_comes_in_late_is_told_only_what_still_runs() -> None:
    state = Lighting()
    state.fold(cue(ColorWash(color=AMBER, fade_ms=500, hold_ms=2000), at_us=10 * S), 9 * S)
    state.fold(cue(PhoneSound(tone="rain", duration_ms=20_000), at_us=10 * S, name="rain-0001"), 9 * S)
    assert [one.cue_id for one in state.running(12 * S)] == ["cue-0001", "rain-0001"]
    assert [one.cue_id for one in state.running(14 * S)] == ["rain-0001"]


def test_what_is_remembered_is_bounded() -> None:
    state = Lighting()
    for i in range(100):
        state.fold(cue(ColorWash(color=AMBER, hold_ms=100_000), at_us=10 * S, name=f"wash-{i:04}"), 9 * S)
    assert len(state.cues) == lighting.KEPT
    assert state.gave_way == 100 - lighting.KEPT
    assert state.cues[-1].cue_id == "wash-0099"
    state.fold(cue(Wave(color=AMBER), at_us=1000 * S), 999 * S)
    assert len(state.cues) == 1


def test_what_still_shows_is_remembered_however_many_short_cues_follow() -> None:
    """Only what others took the place of is forgotten, so that a late phone finds the light of its hall."""
    state = Lighting()
    state.fold(cue(ColorWash(color=AMBER, hold_ms=120_000), at_us=10 * S, name="wash-0001"), 9 * S)
    for i in range(2 * lighting.KEPT):
        at_us = 10 * S + i * S
        state.fold(cue(Torch(pattern="slow", duration_ms=100_000), at_us=at_us, name=f"lamp-{i:04}"), at_us - S // 2)
    assert [one.cue_id for one in state.running(75 * S)] == ["wash-0001", "lamp-0063"]
    assert len(state.cues) < 10
    assert state.gave_way == 0


def test_another_groups_light_takes_nothing_from_who_comes_in_late() -> None:
    state = Lighting()
    left, right = Group(side="left"), Group(side="right")
    state.fold(cue(ColorWash(color=AMBER, hold_ms=60_000), at_us=10 * S, group=left, name="left-0001"), 9 * S)
    state.fold(cue(ColorWash(color=AMBER, hold_ms=60_000), at_us=11 * S, group=right, name="right-001"), 10 * S)
    state.fold(cue(PhoneSound(tone="rain", duration_ms=500), at_us=30 * S, name="rain-0001"), 29 * S)
    assert [one.cue_id for one in state.running(32 * S, Seat(side="left"))] == ["left-0001"]
    assert [one.cue_id for one in state.running(32 * S, Seat(side="right"))] == ["right-001"]
