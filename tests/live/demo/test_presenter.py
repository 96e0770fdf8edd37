"""The made-up host invites by turn, no more than a laptop carries, and brings on who had a moment to get ready."""

from __future__ import annotations

from live.demo.presenter import MOST_LIVE, MOST_ON_AIR, READY_US, to_bring, to_invite
from live.messages.air import GuestState, GuestView


def guest(number: int, state: GuestState, *, since_us: int = 0, gone: bool = False) -> GuestView:
    return GuestView(
        person_id=f"person-{number:03}", name="Ren", stream_id=None if state == "asking" else f"stream-{number:03}",
        wants="both", gathering="solo", state=state, number=number if state == "asking" else 0, since_us=since_us,
        gone=gone,
    )  # fmt: skip


def test_who_raised_a_hand_first_is_asked_first_and_only_so_many() -> None:
    hands = [guest(number, "asking") for number in (5, 2, 9, 4)]
    assert to_invite(hands) == ("person-002", "person-004", "person-005")
    assert to_invite([*hands, guest(20, "invited"), guest(21, "on_air")]) == ("person-002",)
    assert to_invite([*hands, *(guest(20 + n, "on_air") for n in range(MOST_LIVE + 1))]) == ()


def test_who_left_takes_no_place_and_is_not_asked() -> None:
    left = [guest(1, "asking", gone=True), *(guest(20 + n, "on_air", gone=True) for n in range(MOST_LIVE))]
    assert to_invite(left) == ()
    assert to_invite([*left, guest(2, "asking")]) == ("person-002",)


def test_who_waits_longest_comes_on_once_they_had_a_moment() -> None:
    now_us = 100_000_000
    ready = [guest(n, "getting_ready", since_us=now_us - READY_US - n) for n in range(MOST_ON_AIR + 1)]
    fresh = guest(9, "getting_ready", since_us=now_us - READY_US + 1)
    assert to_bring([*ready, fresh, guest(8, "called")], now_us) == ("stream-002", "stream-001")
    assert to_bring([fresh, guest(7, "getting_ready", gone=True)], now_us) == ()
