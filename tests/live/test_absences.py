"""Who is away, judged from for how long nothing came: soon, together, and without a dance."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from live.absences import APART_US, AWAY_US, GATHER_US, UNHEARD_US, Absences
from stage.air.presence import GO_S, HOLD_S

LOOK_US = 200_000
S = 1_000_000

Sends = Callable[[int], bool]
"""Whether a guest sends at a time."""


class Hall:
    """Guests, and a stage that takes each cue at once; `moves` are when it was told whom to be away."""

    def __init__(self, guests: Mapping[str, Sends], away: frozenset[str] = frozenset()) -> None:
        self.absences = Absences()
        self._guests = guests
        self._heard = dict.fromkeys(guests, 0)
        self.now_us = 0
        self.away = away
        self.moves: list[tuple[int, frozenset[str]]] = []

    def until(self, end_us: int) -> Hall:
        while self.now_us < end_us:
            self.now_us += LOOK_US
            for name, sends in self._guests.items():
                self._heard[name] = self.now_us if sends(self.now_us) else self._heard[name]
            silent_us = {name: self.now_us - heard_us if heard_us else None for name, heard_us in self._heard.items()}
            away = self.absences.look(silent_us, self.away, self.now_us)
            if away is not None:
                self.away = away
                self.moves.append((self.now_us, away))
        return self


def hall_of(**guests: Sends) -> Hall:
    return Hall(guests)


def always(_: int) -> bool:
    return True


def never(_: int) -> bool:
    return False


def but_between(first_us: int, last_us: int) -> Sends:
    return lambda now_us: not first_us < now_us <= last_us


def blinking(on_us: int, off_us: int) -> Sends:
    """There and away again and again, from ten seconds on."""
    return lambda now_us: now_us < 10 * S or (now_us - 10 * S) % (on_us + off_us) >= off_us


def test_who_sends_nothing_is_away_within_three_seconds_and_back_within_two() -> None:
    hall = hall_of(ana=but_between(10 * S, 30 * S), bo=always).until(60 * S)
    [(gone_us, gone), (back_us, back)] = hall.moves
    assert (gone, back) == (frozenset({"ana"}), frozenset())
    assert 12 * S <= gone_us <= 13 * S
    assert 30 * S < back_us <= 32 * S


def test_nobody_is_away_before_the_stage_has_faded_their_picture_out() -> None:
    assert (HOLD_S + GO_S) * S < AWAY_US


def test_a_gap_that_the_stage_bridges_moves_nothing() -> None:
    assert not hall_of(ana=but_between(10 * S, 11_800_000), bo=always).until(30 * S).moves


def test_many_who_leave_nearly_at_once_make_one_move_each_way() -> None:
    others = {f"guest{n}": but_between(10 * S + n * 40_000, 20 * S + n * 40_000) for n in range(10)}
    hall = hall_of(ana=always, **others).until(40 * S)
    assert [away for _, away in hall.moves] == [frozenset(others), frozenset()]


def test_moves_keep_apart() -> None:
    others = {f"guest{n}": but_between(10 * S + n * 700_000, 20 * S + n * 900_000) for n in range(10)}
    hall = hall_of(ana=always, **others).until(60 * S)
    times = [at_us for at_us, _ in hall.moves]
    assert min(b - a for a, b in itertools.pairwise(times)) >= APART_US
    assert hall.away == set()
    assert len(times) < 16


def test_who_blinks_stays_out_after_two_tries_and_is_back_when_it_is_over() -> None:
    blinks = blinking(3 * S, 3 * S)
    hall = hall_of(ana=lambda now_us: now_us > 120 * S or blinks(now_us), bo=always).until(120 * S)
    assert len(hall.moves) <= 5, "two ways and the last one out"
    assert hall.away == {"ana"}
    hall.until(160 * S)
    assert hall.away == set()


def test_a_hall_of_blinkers_does_not_dance() -> None:
    guests = {f"guest{n}": blinking(3 * S, (3 + n % 3) * S) for n in range(8)}
    hall = hall_of(ana=always, **guests).until(300 * S)
    assert len(hall.moves) <= 14
    assert len([at_us for at_us, _ in hall.moves if at_us > 60 * S]) <= 4


def test_what_was_long_ago_is_forgiven() -> None:
    def sends(now_us: int) -> bool:
        return not (10 * S < now_us <= 20 * S or 30 * S < now_us <= 40 * S or 120 * S < now_us <= 130 * S)

    hall = hall_of(ana=sends, bo=always).until(200 * S)
    backs = [at_us for at_us, away in hall.moves if not away]
    first, second, last = (back_us - over_s * S for back_us, over_s in zip(backs, (20, 40, 130), strict=True))
    assert first == last < second


def test_a_packet_now_and_then_is_no_return() -> None:
    hall = hall_of(ana=lambda now_us: now_us < 10 * S or now_us % (3 * S) == 0, bo=always).until(60 * S)
    assert [away for _, away in hall.moves] == [{"ana"}]


def test_who_was_not_heard_of_yet_has_time_to_come() -> None:
    """A hub that was restarted in a full mosaic: lines come back one after the other."""
    hall = hall_of(ana=lambda now_us: now_us > 4 * S, bo=lambda now_us: now_us > 5 * S, cy=never).until(20 * S)
    [(at_us, away)] = hall.moves
    assert away == {"cy"}
    assert UNHEARD_US <= at_us <= UNHEARD_US + GATHER_US + 2 * LOOK_US


def test_a_new_hub_takes_over_who_is_away() -> None:
    assert not Hall({"ana": never, "bo": always}, away=frozenset({"ana"})).until(30 * S).moves
    late = Hall({"ana": lambda now_us: now_us > 8 * S, "bo": always}, away=frozenset({"ana"}))
    [(_, away)] = late.until(30 * S).moves
    assert away == set()


def test_a_change_that_takes_itself_back_in_time_is_no_move() -> None:
    """The last one out is back before the others could follow."""
    hall = hall_of(ana=but_between(10 * S, 30 * S), bo=but_between(13 * S, 14 * S)).until(20 * S)
    assert [away for _, away in hall.moves] == [{"ana"}]
    for now_s in range(20, 30):
        assert hall.absences.look({"bo": 0}, hall.away, now_s * S) is None, "who left for good is nobody to be back"
