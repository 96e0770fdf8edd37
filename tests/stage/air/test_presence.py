"""Presence: a stalled guest stands, goes gently and comes back gently; one who is there at first is there at once."""

from __future__ import annotations

import itertools

from stage.air.presence import Presence


def levels(serials: list[int], first: int = 0) -> list[float]:
    presence = Presence(30, first)
    return [presence.level(first + n, serial) for n, serial in enumerate(serials)]


def test_whole_while_pictures_come() -> None:
    assert set(levels([n // 3 for n in range(90)])) == {1.0}


def test_a_stalled_picture_stands_for_a_second_and_fades_over_half_of_one() -> None:
    seen = levels([7] * 60)
    assert seen[:31] == [1.0] * 31
    assert seen[31:46] == sorted(seen[31:46], reverse=True)
    assert 0.0 < seen[38] < 1.0
    assert seen[46:] == [0.0] * 14


def test_back_again_it_comes_in_gently() -> None:
    seen = levels([1] * 60 + list(range(2, 32)))[60:]
    assert seen[0] < 0.2
    assert seen == sorted(seen)
    assert seen[10:] == [1.0] * 20
    assert max(b - a for a, b in itertools.pairwise(seen)) < 0.2


def test_one_that_went_is_not_back_for_a_picture_now_and_then() -> None:
    now_and_then = [1 + n // 45 for n in range(450)]
    assert set(levels(now_and_then)[90:]) == {0.0}
    assert levels([*now_and_then, *range(100, 130)])[-1] == 1.0


def test_a_picture_that_comes_after_its_layer_comes_gently() -> None:
    presence = Presence(30, 100)
    assert presence.level(130, 1) == 1.0
    late = Presence(30, 100)
    assert [late.level(101 + n, n) for n in range(3)] == [0.1111, 0.2222, 0.3333]
