"""What the hall gives back is drawn from numbers alone: the same live, offline, and whenever it is asked again."""

from __future__ import annotations

import numpy as np
import pytest

from live.messages.phones import Reactions
from stage.program import ProgramFormat
from stage.reaction_feed import ReactionFeed
from stage.side_log import Line, Reacted, Record
from stage.sources.reactions import LIFE_S, ReactionsSource

PROGRAM = ProgramFormat(640, 360, 30)
LIFE = round(LIFE_S * 30)


class Kept:
    """A side log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def note(self, line: Line) -> None:
        self.lines.append(line)


def told(hearts: int = 0, applause: float = 0.0, lighters: int = 0, hands: int = 0) -> Reactions:
    return Reactions(at_us=0, hearts=hearts, applause=applause, lighters=lighters, hands=hands)


def alpha_of(source: ReactionsSource, position: int) -> int:
    return int(source.picture_at(position, exact=False).alpha.astype(np.int64).sum())


def test_live_and_offline_give_the_same_bytes() -> None:
    feed, notes = ReactionFeed(), Kept()
    live = ReactionsSource("layer-001", PROGRAM, feed=feed, notes=notes)
    live.prepare()
    shown = {}
    for position in range(60):
        if position % 3 == 0:
            feed.take(told(hearts=position % 4, applause=position / 60, lighters=position % 2, hands=1))
        if position % 7:  # a picture in seven comes too late and is not drawn
            picture = live.picture_at(position, exact=False)
            shown[position] = picture.picture.data.tobytes() + picture.alpha.tobytes()
    offline = ReactionsSource("layer-001", PROGRAM, Record(notes.lines).reacted("layer-001"))
    offline.prepare()
    for position, data in shown.items():
        picture = offline.picture_at(position, exact=True)
        assert picture.picture.data.tobytes() + picture.alpha.tobytes() == data, position


def test_nothing_is_drawn_where_nothing_was_given() -> None:
    source = ReactionsSource("layer-001", PROGRAM, feed=ReactionFeed())
    source.prepare()
    assert alpha_of(source, 10) == 0


def test_hearts_come_and_go() -> None:
    feed = ReactionFeed()
    source = ReactionsSource("layer-001", PROGRAM, feed=feed)
    source.prepare()
    feed.take(told(hearts=3))
    alpha_of(source, 5)
    assert alpha_of(source, 5 + LIFE // 2) > 0
    assert alpha_of(source, 5 + LIFE) == 0


def test_the_applause_bar_is_as_long_as_the_hall_claps() -> None:
    feed = ReactionFeed()
    source = ReactionsSource("layer-001", PROGRAM, feed=feed)
    source.prepare()
    feed.take(told(applause=0.5))
    row = source.picture_at(0, exact=False).alpha[-1]
    assert np.count_nonzero(row == 255) == pytest.approx(len(row) / 2, abs=1)


def test_what_was_told_before_the_layer_came_is_not_shown() -> None:
    feed = ReactionFeed()
    feed.take(told(hearts=5))
    source = ReactionsSource("layer-001", PROGRAM, feed=feed)
    source.prepare()
    assert alpha_of(source, 10) == 0


def test_a_storm_of_hearts_is_bounded() -> None:
    noted = [Reacted(layer="a", position=i, hearts=1000, hands=1000, lighters=9, applause=1.0) for i in range(60)]
    source = ReactionsSource("a", PROGRAM, noted)
    source.prepare()
    assert alpha_of(source, 60) > 0


def test_a_column_that_is_put_on_stage_again_begins_empty_live_and_offline() -> None:
    """By the same name, with another source, a moment later: what the first one showed is not the second one's."""
    feed, notes = ReactionFeed(), Kept()
    for first in (0, 40):
        live = ReactionsSource("layer-001", PROGRAM, feed=feed, notes=notes)
        live.prepare()
        alpha_of(live, first)
        feed.take(told(hearts=4, applause=0.5))
        alpha_of(live, first + 10)
        assert alpha_of(live, first + 20) > 0
        shown = live.picture_at(first + 30, exact=False).alpha.tobytes()
    offline = ReactionsSource("layer-001", PROGRAM, Record(notes.lines).reacted("layer-001"))
    offline.prepare()
    assert alpha_of(offline, 39) > 0
    assert alpha_of(offline, 40) == 0
    assert offline.picture_at(70, exact=True).alpha.tobytes() == shown
