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
