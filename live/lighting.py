"""What phones were cued to do: the fold of the cues, each phone's own part in one, and what its light looks like.

Pure. `cue_for` gives a phone its part (where it is on the way of a wave, which letters are its own); `screen_steps`
says what a screen would show, so that flashes can be counted before anything is asked. The phones draw by the same
rules (`web/src/phone/lights/envelope.ts`; a test holds the two together).
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import Literal

from live.flash_limits import Rgb, Step, rgb_of
from live.guests import sits_in
from live.messages.air import Group, Seat, Side
from live.messages.phones import (
    ColorWash,
    Off,
    PhoneCue,
    PhoneDeed,
    PhonesCued,
    PhoneSound,
    Torch,
    TorchPattern,
    Wave,
    Words,
)

KEPT = 32
"""Cues remembered: those that are shown, are still to come, or were shown a moment ago. The oldest of them give way,
counted; a hall that is given four a second for long does not get there."""
KEPT_AFTER_US = 5_000_000
"""How long a cue is remembered that is over, or whose place was taken: flashes are counted over what was just shown."""
BLEND_US = 300_000
"""How long what was shown before takes to go where the new cue has no fade of its own."""
WORDS_FADE_US = 300_000
LEAST_SWELL_US = 400_000
"""Half the width of a wave's crest, at least."""
BLACK: Rgb = (0.0, 0.0, 0.0)
LAMP: Rgb = (255.0, 255.0, 255.0)

FLIPS_MS: Mapping[TorchPattern, tuple[int, ...]] = {
    "steady": (1000, 0),
    "slow": (1000, 1000),
    "heartbeat": (150, 200, 150, 900),
}
"""On, off, on, off, … and again from the start."""

Channel = Literal["screen", "lamp", "sound"]
Point = tuple[int, float]
"""Microseconds since the cue began, and how much of its colour is shown."""

_SIDES = {"left": 0.12, "centre": 0.5, "right": 0.88}


class Lighting:
    """The cues that may still matter, in the order they were given. Part of the state, folded from the journal."""

    def __init__(self) -> None:
        self.cues: tuple[PhonesCued, ...] = ()
        self.gave_way = 0
        """Cues forgotten that still mattered, for want of room."""

    def fold(self, event: PhonesCued, at_us: int) -> None:
        if isinstance(event.what, Off):
            # Everything before it is over, what was yet to come included.
            self.cues = tuple(cue for cue in self.cues if cue.at_us <= event.at_us)
        recent = [cue for cue in self.cues if over_us(cue, self.cues) + KEPT_AFTER_US > at_us]
        self.cues = (*recent, event)[-KEPT:]
        self.gave_way += len(recent) + 1 - len(self.cues)

    def running(self, now_us: int, seat: Seat = Seat()) -> tuple[PhonesCued, ...]:  # noqa: B008  # immutable
        """Those that a phone which comes in now, at `seat`, should still do."""
        own = [cue for cue in self.cues if sits_in(seat, cue.group)]
        begun = [cue for cue in sorted(own, key=lambda cue: cue.at_us) if cue.at_us <= now_us]
        newest = {channel_of(cue.what): cue for cue in begun}
        off_us = newest[None].at_us if None in newest else -1
        return tuple(
            cue
            for cue in own
            if ends_us(cue) > now_us
            and (cue.at_us > now_us or (cue is newest[channel_of(cue.what)] and cue.at_us >= off_us))
        )


def ends_us(cue: PhonesCued) -> int:
    match cue.what:
        case Off():
            return cue.at_us + BLEND_US
        case Torch(duration_ms=duration_ms) | PhoneSound(duration_ms=duration_ms):
            return cue.at_us + duration_ms * 1000
        case what:
            return cue.at_us + envelope(what, 1.0)[-1][0]


def over_us(cue: PhonesCued, cues: Sequence[PhonesCued]) -> int:
    """When nobody is shown a cue any more: its end, or a newer one of its kind for the same people or for all."""
    after = (other for other in cues if other.at_us > cue.at_us and other.group in (cue.group, Group()))
    taken = (other for other in after if channel_of(other.what) in (channel_of(cue.what), None))
    return min((ends_us(cue), *(other.at_us + blend_us(other.what) for other in taken)))


# each phone's own part


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """The rows and the seat numbers that people told, each once, in order; the numbers by the side they were told for.

    A place is one's turn among these, not a share of the largest: halls count each side from 1, or on through all of
    them, or odd here and even there, and one joker in seat 999 would press all others together.
    """

    rows: tuple[int, ...] = ()
    numbers: Mapping[Side, tuple[int, ...]] = field(default_factory=dict)


def seating(seats: Mapping[str, Seat]) -> Seating:
    numbers: dict[Side, set[int]] = {}
    for seat in seats.values():
        numbers.setdefault(seat.side, set()).add(seat.number)
    return Seating(
        rows=tuple(sorted({seat.row for seat in seats.values()} - {0})),
        numbers={side: tuple(sorted(told - {0})) for side, told in numbers.items()},
    )


def cue_for(cue: PhonesCued, person_id: str, seat: Seat, turn: int, hall: Seating) -> PhoneCue | None:
    """The cue as one phone is told it, `turn` being its own when words are dealt out; None: it is not for it."""
    if not sits_in(seat, cue.group):
        return None
    what = cue.what
    place = (row_place if _goes_by_rows(what) else side_place)(person_id, seat, hall)
    share = share_of(what.text, turn) if isinstance(what, Words) else ""
    return PhoneCue(cue_id=cue.cue_id, at_us=cue.at_us, what=what, place=round(place, 4), share=share)


def turns(people: Iterable[str], seats: Mapping[str, Seat]) -> dict[str, int]:
    """Everybody's turn when words are dealt out: as one reads the hall, row by row, from the left to the right."""

    def reading(person_id: str) -> tuple[int, float, int, str]:
        seat = seats.get(person_id, Seat())
        return seat.row or 1000, _SIDES.get(seat.side, 2.0), seat.number, person_id

    return {person_id: turn for turn, person_id in enumerate(sorted(people, key=reading))}


def share_of(text: str, index: int) -> str:
    words = text.split()
    parts = words if len(words) > 1 else list("".join(words))
    return parts[index % len(parts)] if parts else ""


def side_place(person_id: str, seat: Seat, hall: Seating) -> float:
    """0 left … 1 right. Within a side people are spread by their seat, or by lot: a wave is not three jumps.

    Seat numbers are taken to rise from the left to the right. Who told a number and no side is put in order over the
    whole breadth, among those who did the same.
    """
    within = _in_order(seat.number, hall.numbers.get(seat.side, ()))
    if within is None:
        within = _lot(person_id)
    return _SIDES[seat.side] + (within - 0.5) * 0.24 if seat.side else within


def row_place(person_id: str, seat: Seat, hall: Seating) -> float:
    """0 nearest to the stage … 1 in the last row that anybody told."""
    within = _in_order(seat.row, hall.rows)
    return _lot(person_id) if within is None else within


def _in_order(number: int, told: Sequence[int]) -> float | None:
    """0 the least of those told … 1 the largest; None: not said, or nobody to be before or behind."""
    if not number or len(told) < 2:
        return None
    return min(1.0, bisect_left(told, number) / (len(told) - 1))


def _lot(person_id: str) -> float:
    return zlib.crc32(person_id.encode()) / 0xFFFFFFFF


def _goes_by_rows(what: PhoneDeed) -> bool:
    return isinstance(what, Wave) and what.across == "rows"


# what it looks like


def channel_of(what: PhoneDeed) -> Channel | None:
    """What of a phone a cue takes; None: all of it."""
    match what:
        case Torch():
            return "lamp"
        case PhoneSound():
            return "sound"
        case Off():
            return None
        case _:
            return "screen"


def envelope(what: PhoneDeed, place: float) -> tuple[Point, ...]:
    """How much of a cue's own colour a screen at `place` shows; straight lines between the points, nothing after."""
    match what:
        case ColorWash(fade_ms=fade_ms, hold_ms=hold_ms):
            return _held(fade_ms * 1000, hold_ms * 1000)
        case Words(hold_ms=hold_ms):
            return _held(WORDS_FADE_US, hold_ms * 1000)
        case Wave(duration_ms=duration_ms):
            half = max(LEAST_SWELL_US, duration_ms * 1000 // 6)
            crest = half + round(duration_ms * 1000 * place)
            return (crest - half, 0.0), (crest, 1.0), (crest + half, 0.0)
        case _:
            return ((0, 0.0),)


def _held(fade_us: int, hold_us: int) -> tuple[Point, ...]:
    return (0, 0.0), (fade_us, 1.0), (fade_us + hold_us, 1.0), (2 * fade_us + hold_us, 0.0)


def blend_us(what: PhoneDeed) -> int:
    """How long what was shown before takes to give way."""
    return what.fade_ms * 1000 if isinstance(what, ColorWash) else BLEND_US


def color_of(what: PhoneDeed) -> Rgb:
    return rgb_of(what.color) if isinstance(what, ColorWash | Wave | Words) else BLACK


def shown(what: PhoneDeed, before: Rgb, place: float, since_us: int) -> Rgb:
    """What a screen shows `since_us` after a cue began, `before` being what it showed then."""
    own = weight(envelope(what, place), since_us)
    blend = blend_us(what)
    rest = max(0.0, 1.0 - since_us / blend) if blend else 0.0
    red, green, blue = (
        min(255.0, was * rest + new * own) for was, new in zip(before, color_of(what), strict=True)
    )  # fmt: skip
    return red, green, blue


def weight(points: Sequence[Point], at_us: int) -> float:
    if at_us < points[0][0]:
        return 0.0
    for (start_us, start), (end_us, end) in pairwise(points):
        if at_us < end_us:
            return start + (end - start) * (at_us - start_us) / (end_us - start_us)
    return points[-1][1]


def screen_steps(cues: Iterable[PhonesCued], place: float) -> list[Step]:
    """What a screen at `place` shows while these cues follow each other, each until the next one begins."""
    ordered = sorted((cue for cue in cues if channel_of(cue.what) in ("screen", None)), key=lambda cue: cue.at_us)
    steps = [Step(cue.at_us, BLACK) for cue in ordered[:1]]
    before = BLACK
    for cue, following in zip_longest(ordered, ordered[1:]):
        until_us = None if following is None else following.at_us - cue.at_us
        steps += (
            Step(cue.at_us + since_us, shown(cue.what, before, place, since_us))
            for since_us in _moments(cue.what, place, until_us)
        )
        if until_us is not None:
            before = shown(cue.what, before, place, until_us)
    return steps


def lamp_steps(cues: Iterable[PhonesCued]) -> list[Step]:
    """What the lamp of a phone does while these cues follow each other."""
    ordered = sorted((cue for cue in cues if channel_of(cue.what) in ("lamp", None)), key=lambda cue: cue.at_us)
    steps = [Step(cue.at_us, BLACK) for cue in ordered[:1]]
    for cue, following in zip_longest(ordered, ordered[1:]):
        end_us = ends_us(cue) if following is None else min(ends_us(cue), following.at_us)
        flips = FLIPS_MS[cue.what.pattern] if isinstance(cue.what, Torch) else ()
        at_us, turn = cue.at_us, 0
        while flips and at_us < end_us:
            steps.append(Step(at_us, BLACK if turn % 2 else LAMP))
            at_us += flips[turn % len(flips)] * 1000
            turn += 1
        steps.append(Step(end_us, BLACK))
    return steps


def _moments(what: PhoneDeed, place: float, until_us: int | None) -> list[int]:
    """The moments at which a cue's light may turn, and one between each two."""
    ends = {0, blend_us(what), *(at_us for at_us, _ in envelope(what, place))}
    if until_us is not None:
        ends = {at_us for at_us in ends if at_us < until_us} | {until_us}
    ordered = sorted(ends)
    between = [(first + second) // 2 for first, second in pairwise(ordered)]
    return sorted({*ordered, *between})
