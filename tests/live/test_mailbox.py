"""Every buffer has a bound, a policy and a counter."""

from __future__ import annotations

import pytest

from live.mailbox import DropOldest, Latest, Mailbox, Overrun


def test_the_oldest_gives_way_and_is_counted() -> None:
    box: DropOldest[int] = DropOldest(2)
    for number in (1, 2, 3):
        box.put(number)
    assert (box.take(), box.take(), box.take()) == (2, 3, None)
    assert box.dropped == 1


def test_a_newer_value_replaces_the_older_of_its_key_in_place() -> None:
    box: Latest[str, int] = Latest(2)
    box.put("prompt", 1)
    box.put("scene", 1)
    box.put("prompt", 2)
    assert box.take() == ("prompt", 2)
    assert box.coalesced == 1


def test_past_its_capacity_the_oldest_key_gives_way() -> None:
    box: Latest[str, int] = Latest(1)
    box.put("a", 1)
    box.put("b", 1)
    assert box.take() == ("b", 1)
    assert box.dropped == 1


def test_what_may_not_be_lost_is_refused_by_name() -> None:
    box: Mailbox[int] = Mailbox(1, "the stage")
    box.put(1)
    with pytest.raises(Overrun, match="the stage has 1 messages waiting"):
        box.put(2)
    assert box.take() == 1
