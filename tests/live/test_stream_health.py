"""Rates are what came between two looks, whatever came before."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from live.messages.air import Trouble
from live.stream_health import ALL_STALL, CALM_US, NOTHING_COMES, STALLS, STALLS_AGAIN, Healths, Look, trouble_of


def look(bytes_in: int, pictures_in: int = 0, *, is_live: bool = True, lost: int = 0, stalls: int = 0) -> Look:
    counts = Counter(bytes_in=bytes_in, pictures_in=pictures_in, lost=lost, stalls=stalls)
    return Look("stream-1", counts, is_live, has_picture=pictures_in > 0)


def troubles(stalled_s: list[float], until_s: float) -> list[str]:
    """Look twice a second at a stream that stalled at those times; return what is said at each."""
    healths, said = Healths(), []
    for half in range(round(2 * until_s) + 1):
        stalls = len([one for one in stalled_s if one <= half / 2])
        said += [
            health.trouble for health in healths.look([look(0, stalls=stalls)], 1_000_000 + half * 500_000).streams
        ]
    return said


def test_a_rate_is_of_the_time_between_two_looks() -> None:
    healths = Healths()
    assert healths.look([look(1_000_000, 300)], 1_000_000).streams == ()
    (health,) = healths.look([look(1_050_000, 315, lost=3)], 1_500_000).streams
    assert (health.kbits_per_s, health.pictures_per_s, health.dropped, health.kind) == (800, 30, 3, "video")


def test_a_stream_that_broke_off_is_told_once_more() -> None:
    healths = Healths()
    healths.look([look(1000)], 1_000_000)
    (health,) = healths.look([], 1_500_000).streams
    assert (health.is_live, health.kind, health.kbits_per_s) == (False, "sound", 0)
    assert healths.look([], 2_000_000).streams == ()


def test_a_stream_counted_afresh_has_no_rate_below_nothing() -> None:
    healths = Healths()
    healths.look([look(1_000_000)], 1_000_000)
    (health,) = healths.look([look(500)], 1_500_000).streams
    assert health.kbits_per_s == 0


def test_two_looks_at_once_are_one() -> None:
    healths = Healths()
    healths.look([look(0)], 1_000_000)
    assert healths.look([look(9_000)], 1_000_010).streams == ()
    (health,) = healths.look([look(125_000)], 2_000_000).streams
    assert health.kbits_per_s == 1000


def test_what_is_worst_is_said() -> None:
    garbage, late = Trouble(text="sends no media", is_shown=False), Trouble(text="has its sound late")

    def said(told: Trouble | None, nothing_since_us: int | None, *, is_uneven: bool = False) -> str:
        one = Look("stream-1", Counter(), True, True, told=told, nothing_since_us=nothing_since_us)
        return trouble_of(one, 4_100_000, is_uneven=is_uneven)

    assert said(garbage, 1_000_000, is_uneven=True) == NOTHING_COMES
    assert said(garbage, 1_200_000, is_uneven=True) == "sends no media"
    assert said(late, 1_200_000, is_uneven=True) == STALLS_AGAIN
    assert said(late, 1_200_000) == "has its sound late"
    assert said(None, None) == ""


@pytest.mark.parametrize("every_s", [1.0, 2.0, 5.0, 7.0])
def test_who_stalls_again_and_again_is_said_once_and_for_as_long_as_it_lasts(every_s: float) -> None:
    stalled_s = [1.0 + count * every_s for count in range(12)]
    said = troubles(stalled_s, stalled_s[-1] + 20.0)
    assert [pair for pair in pairwise(said) if pair[0] != pair[1]] == [("", STALLS_AGAIN), (STALLS_AGAIN, "")]
    assert said.index(STALLS_AGAIN) <= 2 * (stalled_s[2] + 0.5)
    assert said[round(2 * stalled_s[-1])] == STALLS_AGAIN
    assert said[-1] == ""


class Air:
    """Streams that are looked at twice a second; some of them have stalled since."""

    def __init__(self) -> None:
        self.healths = Healths()
        self._stalls: Counter[str] = Counter()
        self._now_us = 0

    def look(self, streams: str, stalling: str = "") -> dict[str, str]:
        self._now_us += 500_000
        self._stalls.update(stalling)
        looks = [Look(one, Counter(stalls=self._stalls[one]), True, True) for one in streams]
        return {health.stream_id: health.trouble for health in self.healths.look(looks, self._now_us).streams}

    def stall(self, streams: str, stalling: str) -> dict[str, str]:
        """Three times, and say what is told then."""
        self.look(streams)
        return [self.look(streams, stalling) for _ in range(STALLS)][-1]


@pytest.mark.parametrize(
    ("streams", "stalling", "is_common"),
    [("a", "a", False), ("ab", "a", False), ("ab", "ab", True), ("abc", "ab", False), ("abc", "abc", True),
     ("abcde", "abc", True), ("abcdef", "abc", False), ("abcdef", "abcd", True)],
)  # fmt: skip
def test_where_most_stall_at_once_no_guest_is_to_come_nearer(streams: str, stalling: str, *, is_common: bool) -> None:
    air = Air()
    words = ALL_STALL if is_common else STALLS_AGAIN
    assert air.stall(streams, stalling) == {one: words if one in stalling else "" for one in streams}
    assert {one: air.healths.is_uneven(one) for one in streams} == {
        one: one in stalling and not is_common for one in streams
    }, "the phones are told only where their own lines are to blame"


def test_who_is_the_last_to_be_calm_is_not_blamed_and_who_stalls_on_alone_is() -> None:
    air = Air()
    air.stall("abc", "abc")
    told = [air.look("abc", "a" if look % 4 == 0 else "")["a"] for look in range(80)]
    assert [told[0], told[-1]] == [ALL_STALL, STALLS_AGAIN]
    assert len([pair for pair in pairwise(told) if pair[0] != pair[1]]) == 1
    air.stall("abc", "abc")
    calm = [air.look("abc", "a" if look == 4 else "")["a"] for look in range(40)]
    assert set(calm) == {ALL_STALL, ""}


def test_a_stall_now_and_then_is_not_said() -> None:
    assert set(troubles([5.0, 6.0, 30.0, 31.0], 50.0)) == {""}
    assert set(troubles([count * (CALM_US / 1e6 + 1.0) for count in range(1, 6)], 70.0)) == {""}
