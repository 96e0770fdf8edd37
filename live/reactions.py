"""From single taps to what the hall feels: counts, the applause meter, the tempo that is tapped along, lighters held.

Pure, with show time handed in. What comes in is bounded by device (`live.crowd`), what is kept is bounded by person;
whoever was not heard for some seconds is forgotten.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from live.messages.phones import ReactionKind, Reactions, Tempo

PEOPLE = 20_000
"""How many are remembered at most; the longest unheard give way."""
CLAPS_OVER_US = 1_500_000
FULL_CLAPS_PER_S = 3.0
RISE_US, FALL_US = 200_000, 900_000
"""How fast the applause meter follows: time constants up and down."""
STEP_US = 200_000
"""What lies between two tellings, at most: after a quiet time nothing was told at all."""
RECENT_US, FULL_SHARE = 1_000_000, 0.5
"""Hearts and hands are at their full level when so many of those who are here sent one so recently."""
LIGHTER_HELD_US = 3_500_000
TAPS_OVER_US = 8_000_000
TAPS_KEPT = 24
LEAST_INTERVAL_US, MOST_INTERVAL_US = 250_000, 1_500_000
"""40 to 240 a minute."""
NEAR, NEAR_US = 0.16, 120_000
"""Intervals within this share of each other, or this time, count as the same: people tap 25 ms early or late."""
TEMPO_EVERY_US = 500_000
TAPPERS = 120
"""The tempo is reckoned twice a second, from those who tapped last: a hall agrees with a hundred of its people."""
INTERVALS_FOR_SURE = 12
LEAST_INTERVALS = 4
QUIET_APPLAUSE = 0.005
NEVER = -(10**12)
"""Long before every show."""


@dataclass(slots=True)
class _Person:
    heard_us: int
    claps: deque[int] = field(default_factory=lambda: deque(maxlen=16))
    taps: deque[int] = field(default_factory=lambda: deque(maxlen=TAPS_KEPT))
    lighter_us: int | None = None
    heart_us: int = NEVER
    hand_us: int = NEVER


class Tally:
    """Takes reactions one by one, gives what they come to: `take`, and `told` some times a second."""

    def __init__(self, people: int = PEOPLE) -> None:
        self._most = people
        self._people: OrderedDict[str, _Person] = OrderedDict()
        self._counts: Counter[ReactionKind] = Counter()
        self._applause = 0.0
        self._told_us: int | None = None
        self._tempo: Tempo | None = None
        self._tempo_us = -TEMPO_EVERY_US

    def take(self, person_id: str, kind: ReactionKind, at_us: int) -> None:
        person = self._people.setdefault(person_id, _Person(at_us))
        self._people.move_to_end(person_id)
        if len(self._people) > self._most:
            self._people.popitem(last=False)
        person.heard_us = at_us
        self._counts[kind] += 1
        if kind == "clap":
            person.claps.append(at_us)
        elif kind == "tap":
            person.taps.append(at_us)
        elif kind == "lighter":
            person.lighter_us = at_us
        elif kind == "heart":
            person.heart_us = at_us
        else:
            person.hand_us = at_us

    def told(self, now_us: int, here: int) -> Reactions:
        """What the hall does now, `here` being how many are in it; counts begin anew."""
        self._forget(now_us)
        self._applause = self._followed(now_us, self._clapping(now_us, here))
        counts, self._counts = self._counts, Counter()
        since_us = now_us - RECENT_US
        hearts = sum(person.heart_us > since_us for person in self._people.values())
        hands = sum(person.hand_us > since_us for person in self._people.values())
        lighters = sum(self._holds(person, now_us) for person in self._people.values())
        self._told_us = now_us
        return Reactions(
            at_us=now_us,
            hands=counts["hand"],
            hearts=counts["heart"],
            claps=counts["clap"],
            taps=counts["tap"],
            applause=round(self._applause, 4),
            lighters=lighters,
            heart_level=_level(hearts, here * FULL_SHARE),
            hand_level=_level(hands, here * FULL_SHARE),
            lighter_level=_level(lighters, here),
            people=len(self._people),
            here=here,
            tempo=self._tempo_now(now_us),
        )

    @property
    def is_quiet(self) -> bool:
        """Nothing would be told that was not told before."""
        return not self._people and not self._counts and self._applause < QUIET_APPLAUSE

    def _clapping(self, now_us: int, here: int) -> float:
        """The share of the hall that claps, each by how hard, at most as often as one can."""
        rates = (
            sum(now_us - at_us <= CLAPS_OVER_US for at_us in person.claps) * 1e6 / CLAPS_OVER_US
            for person in self._people.values()
        )
        return min(1.0, sum(min(1.0, rate / FULL_CLAPS_PER_S) for rate in rates) / max(1, here))

    def _followed(self, now_us: int, target: float) -> float:
        since_us = STEP_US if self._told_us is None else min(STEP_US, now_us - self._told_us)
        constant = RISE_US if target > self._applause else FALL_US
        level = target + (self._applause - target) * math.exp(-since_us / constant)
        return 0.0 if target == 0.0 and level < QUIET_APPLAUSE else level

    def _holds(self, person: _Person, now_us: int) -> bool:
        return person.lighter_us is not None and now_us - person.lighter_us <= LIGHTER_HELD_US

    def _tempo_now(self, now_us: int) -> Tempo | None:
        if now_us - self._tempo_us >= TEMPO_EVERY_US:
            tapping = islice((person.taps for person in reversed(self._people.values()) if person.taps), TAPPERS)
            self._tempo, self._tempo_us = tempo(list(tapping), now_us), now_us
        return self._tempo

    def _forget(self, now_us: int) -> None:
        while self._people:
            person_id, person = next(iter(self._people.items()))
            if now_us - person.heard_us <= TAPS_OVER_US:
                return
            del self._people[person_id]


def _level(people: int, of: float) -> float:
    return round(min(1.0, people / max(1.0, of)), 4)


def tempo(taps_of_people: Iterable[Sequence[int]], now_us: int) -> Tempo | None:
    """The beat that most intervals between a person's taps agree on; None while too few do.

    People who tap every other beat, or twice in one, are few enough to be outvoted. The most common interval says which
    runs of taps keep the beat; the longer such a run, the better its ends tell the period. How closely all taps fall
    together on it says how sure it is.
    """
    recent = [[at_us for at_us in taps if 0 <= now_us - at_us <= TAPS_OVER_US] for taps in taps_of_people]
    intervals = sorted(
        later - earlier
        for taps in recent
        for earlier, later in pairwise(taps)
        if LEAST_INTERVAL_US <= later - earlier <= MOST_INTERVAL_US
    )
    if len(intervals) < LEAST_INTERVALS:
        return None
    near = _most_common(intervals)
    period_us = _period_us(recent, near[0], near[-1])
    phase_us, together = _phase([at_us for taps in recent for at_us in taps], period_us, now_us)
    agreed = len(near) / len(intervals)
    confidence = agreed * together * min(1.0, len(near) / INTERVALS_FOR_SURE)
    return Tempo(bpm=round(60e6 / period_us, 2), confidence=round(confidence, 3), beat_us=round(phase_us))


def _most_common(intervals: Sequence[int]) -> Sequence[int]:
    """The longest run of sorted intervals that lie together as closely as people tap."""
    best, first = intervals[:1], 0
    for last, longest in enumerate(intervals):
        while longest - intervals[first] > max(NEAR_US, intervals[first] * NEAR):
            first += 1
        if last - first + 1 > len(best):
            best = intervals[first : last + 1]
    return best


def _period_us(taps_of_people: Iterable[Sequence[int]], least_us: int, most_us: int) -> float:
    """The period of all runs of taps whose intervals lie in [least, most]; a run of n intervals counts n² times, as
    the unevenness of its first and last tap spreads over all of it."""
    spans = beats = 0
    for taps in taps_of_people:
        run: list[int] = []
        for at_us in taps:
            if run and not least_us <= at_us - run[-1] <= most_us:
                spans, beats = spans + (run[-1] - run[0]) * (len(run) - 1), beats + (len(run) - 1) ** 2
                run = []
            run.append(at_us)
        if run:
            spans, beats = spans + (run[-1] - run[0]) * (len(run) - 1), beats + (len(run) - 1) ** 2
    return spans / beats


def _phase(taps: Sequence[int], period_us: float, now_us: int) -> tuple[float, float]:
    """The newest beat at or before now, and how closely taps fall together on beats, 0…1. Newer taps count more."""
    x = y = total = 0.0
    for at_us in taps:
        age_us = now_us - at_us
        worth = math.exp(-age_us / (TAPS_OVER_US / 2))
        angle = math.tau * (age_us % period_us) / period_us
        x, y, total = x + worth * math.cos(angle), y + worth * math.sin(angle), total + worth
    behind_us = (math.atan2(y, x) % math.tau) / math.tau * period_us
    return now_us - behind_us, math.hypot(x, y) / total if total else 0.0
