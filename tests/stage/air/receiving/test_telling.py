"""The hub is told how a stream stands when that changed, on every new line, and not with every packet."""

from __future__ import annotations

from live.messages.air import Trouble
from stage.air.receiving.telling import LOOK_EVERY_S, Telling

FINE, GARBAGE = Trouble(text=""), Trouble(text="sends no media", is_shown=False)


def taken(telling: Telling, now: Trouble, now_s: float, *, at_once: bool = False) -> Trouble | None:
    return telling.take(lambda: now, now_s, at_once=at_once)


def test_news_is_told_once_and_not_more_often_than_it_is_looked() -> None:
    telling = Telling()
    assert taken(telling, FINE, 10.0) == FINE
    assert taken(telling, GARBAGE, 10.0 + LOOK_EVERY_S / 2) is None
    assert taken(telling, GARBAGE, 10.0 + LOOK_EVERY_S) == GARBAGE
    assert taken(telling, GARBAGE, 10.0 + 3 * LOOK_EVERY_S) is None


def test_the_last_word_on_a_line_and_the_first_on_the_next_do_not_wait() -> None:
    telling = Telling()
    assert taken(telling, FINE, 10.0) == FINE
    assert taken(telling, GARBAGE, 10.1, at_once=True) == GARBAGE
    telling.begin()
    assert taken(telling, GARBAGE, 20.0) == GARBAGE
