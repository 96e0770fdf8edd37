"""Everybody takes their own share of the machine, and what still fits is said honestly."""

from __future__ import annotations

from live.guests import Guest
from live.messages.air import Gathering, Wants
from live.slots import Slots

SLOTS = Slots(phones=4, tiles=16, microphones=100)


def guests(count: int, gathering: Gathering = "solo", wants: Wants = "both") -> list[Guest]:
    return [
        Guest(
            stream_id=f"stream-{number:03}",
            person_id=f"person-{number:03}",
            wants=wants,
            gathering=gathering,
            state="on_air",
            since_us=0,
        )
        for number in range(count)
    ]


def test_as_many_fit_as_were_measured_of_each_kind() -> None:
    assert SLOTS.have_room(guests(3), "solo", "both")
    assert not SLOTS.have_room(guests(4), "solo", "both")
    assert SLOTS.have_room(guests(15, "mosaic", "camera"), "mosaic", "camera")
    assert not SLOTS.have_room(guests(16, "mosaic", "camera"), "mosaic", "camera")
    assert SLOTS.have_room(guests(99, "choir", "microphone"), "choir", "microphone")
    assert not SLOTS.have_room(guests(100, "choir", "microphone"), "choir", "microphone")


def test_kinds_share_one_machine() -> None:
    present = [*guests(2), *guests(8, "mosaic", "camera")]
    assert not SLOTS.have_room(present, "choir", "microphone")
    limits = SLOTS.limits(guests(2))
    assert (limits.streams, limits.used, limits.more_tiles, limits.more_microphones) == (4, 2, 8, 50)


def test_a_machine_that_carries_none_lets_none_in() -> None:
    none = Slots(phones=0, tiles=0, microphones=0)
    assert not none.have_room([], "solo", "both")
    assert none.limits([]).streams == 0


CHOIR = Slots(phones=4, tiles=16, microphones=90, few_microphones=45)
"""Where a microphone with large packets costs half of one with small ones."""


def singers(count: int) -> list[Guest]:
    return guests(count, "choir", "microphone")


def test_microphones_are_counted_with_the_packets_that_the_hub_asks_of_so_many() -> None:
    """Up to forty send small packets, which cost more; from there on the whole choir sends large ones."""
    assert CHOIR.limits(singers(20)).streams - 20 == 2, "small ones: 20 of 45 are gone"
    assert CHOIR.limits(singers(60)).streams - 60 == 1, "large ones: 60 of 90 are gone"
    assert CHOIR.limits([]).more_microphones == 90
    assert CHOIR.limits(singers(41)).more_microphones == 49
    assert CHOIR.have_room(singers(89), "choir", "microphone")
    assert not CHOIR.have_room(singers(90), "choir", "microphone")


def test_a_choir_that_cannot_be_reached_one_by_one_is_not_promised() -> None:
    """Beside a phone only 33 fit with small packets: the forty-first never comes."""
    one_phone = guests(1)
    assert CHOIR.limits(one_phone).more_microphones == 33
    assert CHOIR.have_room([*one_phone, *singers(32)], "choir", "microphone")
    assert not CHOIR.have_room([*one_phone, *singers(33)], "choir", "microphone")


def test_whoever_has_a_microphone_on_counts_for_the_choir_as_for_the_hubs_hint() -> None:
    many = Slots(phones=100, tiles=100, microphones=400, few_microphones=100)
    assert many.limits(guests(40)).more_microphones == 240, "the first of them is the forty-first who sounds"
    assert many.limits(guests(40, wants="camera")).more_microphones == 240
    assert many.limits(guests(39)).more_microphones == 244
