"""Rates are what came between two looks, whatever came before."""

from __future__ import annotations

from collections import Counter

from live.messages.air import Trouble
from live.stream_health import NOTHING_COMES, Healths, Look, trouble_of


def look(bytes_in: int, pictures_in: int = 0, *, is_live: bool = True, lost: int = 0) -> Look:
    counts = Counter(bytes_in=bytes_in, pictures_in=pictures_in, lost=lost)
    return Look("stream-1", counts, is_live, has_picture=pictures_in > 0)


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


def test_that_nothing_comes_is_said_before_what_the_stage_finds_wrong() -> None:
    garbage = Trouble(text="sends no media", is_shown=False)
    assert trouble_of(garbage, 1_000_000, 4_100_000) == NOTHING_COMES
    assert trouble_of(garbage, 1_000_000, 3_900_000) == "sends no media"
    assert trouble_of(None, None, 9_000_000) == ""
