"""Single taps become counts, an applause meter, a tempo and lighters; a few odd ones do not spoil it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from live.messages.phones import ReactionKind
from live.reactions import Tally, tempo

S = 1_000_000


def test_counts_are_of_the_time_since_they_were_told_last() -> None:
    tally = Tally()
    kinds: tuple[ReactionKind, ...] = ("hand", "heart", "heart", "clap", "tap")
    for kind in kinds:
        tally.take("ana", kind, S)
    told = tally.told(S, here=2)
    assert (told.hands, told.hearts, told.claps, told.taps, told.people, told.here) == (1, 2, 1, 1, 1, 2)
    assert tally.told(S + 100_000, here=2).hearts == 0


def clap(tally: Tally, people: int, here: int, per_s: float, seconds: float = 3.0) -> tuple[int, float]:
    """Have people clap, told ten times a second; return when they ended and the meter then."""
    claps_us = [S + round(beat / per_s * S) for beat in range(round(per_s * seconds))]
    level = 0.0
    for now_us in range(S, S + round(seconds * S), 100_000):
        while claps_us and claps_us[0] <= now_us:
            at_us = claps_us.pop(0)
            for person in range(people):
                tally.take(f"person-{person}", "clap", at_us)
        level = tally.told(now_us, here).applause
    return now_us, level


def applause(people: int, here: int, per_s: float = 4.0) -> float:
    return clap(Tally(), people, here, per_s)[1]


def test_applause_is_relative_to_how_many_are_here() -> None:
    assert applause(people=10, here=10) > 0.95
    assert applause(people=5, here=10) == pytest.approx(0.5, abs=0.03)
    assert applause(people=1, here=100) == pytest.approx(0.01, abs=0.003)


def test_one_wild_thumb_is_worth_one_person() -> None:
    assert applause(people=1, here=10, per_s=9.0) == pytest.approx(0.1, abs=0.01)


def test_hearts_and_hands_are_levels_of_how_many_send_them() -> None:
    tally = Tally()
    for person in range(4):
        tally.take(f"person-{person}", "heart", S)
    for turn in range(9):
        tally.take("wild thumb", "hand", S - turn * 100_000)
    told = tally.told(S + 100_000, here=20)
    assert (told.heart_level, told.hand_level) == (0.4, 0.1), "one wild thumb is one of twenty"
    later = tally.told(S + 1_100_000, here=20)
    assert (later.heart_level, later.hand_level) == (0.0, 0.0)
    for person in range(40):
        tally.take(f"person-{person}", "heart", 4 * S)
    assert tally.told(4 * S, here=20).heart_level == 1.0
    assert tally.told(4 * S, here=0).heart_level == 1.0


def test_the_level_of_lighters_is_the_share_that_is_held_up() -> None:
    tally = Tally()
    for person in range(5):
        tally.take(f"person-{person}", "lighter", S)
    assert tally.told(2 * S, here=20).lighter_level == 0.25
    assert tally.told(9 * S, here=20).lighter_level == 0.0


def test_applause_falls_when_it_ends_and_then_all_is_quiet() -> None:
    tally = Tally()
    end_us, _ = clap(tally, 10, 10, 4.0)
    levels = [tally.told(end_us + step * 100_000, here=10).applause for step in range(1, 110)]
    assert all(later <= earlier + 0.02 for earlier, later in pairwise(levels))
    assert levels[-1] == 0.0
    assert tally.is_quiet


def test_lighters_are_held_as_long_as_they_are_told_again() -> None:
    tally = Tally()
    tally.take("ana", "lighter", S)
    tally.take("bo", "lighter", 3 * S)
    assert tally.told(3 * S, here=2).lighters == 2
    assert tally.told(5 * S, here=2).lighters == 1
    assert tally.told(8 * S, here=2).lighters == 0


def taps(bpm: float, people: int, rng: random.Random, jitter_us: float = 25_000, beats: int = 12) -> list[list[int]]:
    period_us = 60e6 / bpm
    return [[round(2 * S + i * period_us + rng.gauss(0, jitter_us)) for i in range(beats)] for _ in range(people)]


@pytest.mark.parametrize("bpm", [62.0, 97.5, 120.0, 174.0])
def test_the_hall_taps_a_tempo_and_its_phase(bpm: float) -> None:
    crowd = taps(bpm, 20, random.Random(3))
    now_us = max(max(person) for person in crowd)
    found = tempo(crowd, now_us)
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.01)
    assert found.confidence > 0.7
    period_us = 60e6 / bpm
    off_us = (found.beat_us - 2 * S + period_us / 2) % period_us - period_us / 2
    assert abs(off_us) < 30_000
    assert 0 <= now_us - found.beat_us <= period_us


def test_who_taps_half_as_often_or_at_random_is_outvoted() -> None:
    rng = random.Random(4)
    crowd = taps(120.0, 12, rng) + taps(60.0, 4, rng, beats=6)
    crowd += [sorted(rng.randint(2 * S, 8 * S) for _ in range(10)) for _ in range(4)]
    found = tempo(crowd, 8 * S)
    assert found is not None
    assert found.bpm == pytest.approx(120.0, rel=0.02)


def test_random_taps_give_no_confidence() -> None:
    rng = random.Random(5)
    crowd = [sorted(rng.randint(2 * S, 8 * S) for _ in range(10)) for _ in range(20)]
    found = tempo(crowd, 8 * S)
    assert found is None or found.confidence < 0.3


def test_a_few_taps_are_no_tempo_yet() -> None:
    assert tempo([[S, S + 500_000]], 2 * S) is None
    assert tempo([], S) is None


def test_what_is_remembered_of_people_is_bounded() -> None:
    tally = Tally(people=10)
    for person in range(50):
        tally.take(f"person-{person}", "lighter", S)
    assert tally.told(S, here=50).people == 10
