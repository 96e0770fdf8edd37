"""Whom the lower third names at which picture: all at once where they fit, else page after page, round and round.

Everyone stands in a queue. A page names those at its front, who then go to its end; who comes stands before those who
were named in this round, so that neither coming nor going begins the round anew. What a page says follows from the
scenes of the pictures that were decided and from nothing else: the render decides the same pictures.

`hear` belongs to the thread that decides scenes, `shown` to any. Pages are set ahead of their time, in the wings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from live.messages.scene import Credit, Scene
from stage.credit_lines import everyone, some, width_em
from stage.lower_third import PLATE_OPACITY, room_em
from stage.naming import named_below
from stage.parts import CreditsPart
from stage.program import ProgramFormat
from stage.still import Still

MOST_NAMED = 4
PAGE_S = 4.0
"""A page has some sixty letters at most, and subtitles reckon with fifteen to seventeen a second."""
TURN_S = 0.3
PLATE_SHOWS = 1.0 - PLATE_OPACITY / 255
"""Of what is behind it."""
KEPT = 16
"""Turns that a late painter may still ask for."""
ANONYMOUS = ""
"""In the queue: all who stay anonymous, counted on one page of each round, its last."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Where the roll stands. Who left keeps their place in the queue until it would be their turn."""

    queue: tuple[str, ...] = ()
    left: int = 0
    """So many at the queue's front are still to be named in this round."""
    page: tuple[str, ...] = ()
    line: str = ""
    turned: int = 0
    """The picture since which this page is shown."""


class Paging(NamedTuple):
    """How long a page is shown, and how wide it may be."""

    pictures: int
    room_em: float


class Page(NamedTuple):
    part: CreditsPart
    name: str
    level: float


class Turn(NamedTuple):
    """From `picture` on `line` is shown, after `before`; empty: nothing. `number` counts the turns."""

    picture: int
    line: str
    before: str
    number: int


NAMES = ("credits", "credits too")
"""In the side log and for the compositor, by turns: while one page goes and the next comes, both keep their ink."""


class CreditRoll:
    def __init__(self, program: ProgramFormat) -> None:
        self._paging = Paging(round(PAGE_S * program.pictures_per_second), room_em(program))
        self._turn_pictures = max(1, round(TURN_S * program.pictures_per_second))
        self._named_below = Still(named_below)
        self._people: Sequence[Credit] = ()
        self._roll = Roll()
        self._turns: tuple[Turn, ...] = ()
        """Replaced as a whole, never changed: the painter may look meanwhile."""
        self.parts: tuple[CreditsPart, ...] = ()
        """What is shown and what is next; the same object while neither changes."""

    def hear(self, scene: Scene, picture: int) -> None:
        """Take the scene of the next picture that is decided."""
        people = self._named_below(scene, picture)
        if people is self._people and not self._is_due(picture):
            return
        self._people = people
        before, self._roll = self._roll, heard(self._roll, people, picture, self._paging)
        if before.line != self._roll.line:
            number = self._turns[-1].number + 1 if self._turns else 0
            self._turns = (*self._turns[-KEPT:], Turn(picture, self._roll.line, before.line, number))
        following = heard(self._roll, people, self._roll.turned + self._paging.pictures, self._paging)
        lines = dict.fromkeys(line for line in (self._roll.line, following.line) if line)
        self.parts = tuple(CreditsPart(line) for line in lines)

    def after(self, scene: Scene, picture: int) -> frozenset[CreditsPart]:
        """What would be shown if this were the scene of the next picture."""
        line = heard(self._roll, named_below(scene, picture), picture, self._paging).line
        return frozenset([CreditsPart(line)] if line else ())

    def shown(self, picture: int) -> list[Page]:
        """The pages seen at a picture and how clearly, back to front: one, or while it turns, two."""
        index = bisect_right(self._turns, picture, key=lambda one: one.picture)
        if index == 0:
            return []
        turn = self._turns[index - 1]
        if not turn.line:
            return []
        now = CreditsPart(turn.line), NAMES[turn.number % 2]
        come = (picture - turn.picture + 1) / (self._turn_pictures + 1)
        if not turn.before or come >= 1.0:
            return [Page(*now, 1.0)]
        gone = CreditsPart(turn.before), NAMES[(turn.number + 1) % 2]
        return [Page(*gone, 1.0 - come), Page(*now, _over(come))]

    def _is_due(self, picture: int) -> bool:
        roll = self._roll
        is_turning = 0 < len(roll.page) < len(roll.queue)
        return is_turning and picture >= roll.turned + self._paging.pictures


def heard(roll: Roll, people: Sequence[Credit], picture: int, paging: Paging) -> Roll:
    """Where the roll stands at a picture with these people, each of whom is there once."""
    names = {one.person_id: " ".join(one.name.split()) for one in people}
    anonymous = sum(not name for name in names.values())
    names = {person_id: name for person_id, name in names.items() if name}
    here = (*names, ANONYMOUS) if anonymous else tuple(names)
    if not here:
        return replace(roll, page=(), line="")
    if len(names) <= MOST_NAMED and width_em(whole := everyone(list(names.values()), anonymous)) <= paging.room_em:
        return Roll(here, 0, here, whole, roll.turned if here == roll.page else picture)
    lined_up = _lined_up(roll, here)
    page = tuple(person_id for person_id in roll.page if person_id in here)
    if page and picture < roll.turned + paging.pictures:
        return replace(lined_up, page=page, line=_line(page, names, anonymous))
    queue, left, page = _turned(lined_up, names, anonymous, paging.room_em)
    return Roll(queue, left, page, _line(page, names, anonymous), picture)


def _lined_up(roll: Roll, here: Sequence[str]) -> Roll:
    """Who is new stands behind those still to be named in this round; the anonymous are named last."""
    known = set(roll.queue)
    new = [person_id for person_id in here if person_id not in known]
    if not new:
        return roll
    at = roll.left
    if ANONYMOUS in roll.queue[:at]:
        at = roll.queue.index(ANONYMOUS)
    if ANONYMOUS in new and roll.left == 0:
        new.remove(ANONYMOUS)
        return replace(roll, queue=(*new, *roll.queue, ANONYMOUS))
    queue = (*roll.queue[:at], *new, *roll.queue[at:])
    return replace(roll, queue=queue, left=roll.left + len(new) if roll.left else 0)


def _turned(
    roll: Roll, names: Mapping[str, str], anonymous: int, room: float
) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """The queue, how many of it are left, and who is on the next page: a round's pages name about equally many."""
    here = {*names, ANONYMOUS} if anonymous else set(names)
    left = roll.left if here.intersection(roll.queue[: roll.left]) else len(roll.queue)
    ahead = [person_id for person_id in roll.queue[:left] if person_id in here]
    named = sum(person_id != ANONYMOUS for person_id in ahead)
    pages = -(-named // MOST_NAMED)
    most = -(-named // pages) if pages else 0
    page: list[str] = []
    for person_id in ahead:
        is_full = person_id != ANONYMOUS and len(page) == most
        if is_full or (page and width_em(_line([*page, person_id], names, anonymous)) > room):
            break
        page.append(person_id)
    passed = roll.queue.index(page[-1]) + 1
    queue = (*roll.queue[passed:], *(one for one in roll.queue[:passed] if one in here))
    return queue, left - passed, tuple(page)


def _line(page: Collection[str], names: Mapping[str, str], anonymous: int) -> str:
    return some([names[one] for one in page if one != ANONYMOUS], anonymous if ANONYMOUS in page else 0)


def _over(come: float) -> float:
    """How clearly the coming page lies over one that is 1 - `come` clear, so that their plates stay as dark as one."""
    return come / (PLATE_SHOWS + (1.0 - PLATE_SHOWS) * come)
