"""Draws that touch are of one region, also by way of others; only what lies on the ground alone is said to."""

from __future__ import annotations

from stage.placement import Box
from stage.regions import regions

LEFT, MIDDLE, RIGHT = Box(0, 0, 10, 10), Box(8, 8, 10, 10), Box(16, 16, 10, 10)


def test_neighbours_that_share_an_edge_do_not_touch() -> None:
    found = regions([(LEFT,), (Box(10, 0, 10, 10),), (Box(0, 10, 10, 10),)])
    assert len(set(found.of)) == 3
    assert found.on_ground == (True, True, True)


def test_what_touches_by_way_of_another_is_one_region() -> None:
    assert len(set(regions([(LEFT,), (RIGHT,), (MIDDLE,)]).of)) == 1
    assert len(set(regions([(LEFT,), (RIGHT,)]).of)) == 2


def test_two_parts_of_one_draw_join_what_each_touches() -> None:
    found = regions([(LEFT,), (RIGHT,), (Box(0, 0, 2, 2), Box(20, 20, 2, 2))])
    assert len(set(found.of)) == 1
    assert found.on_ground == (True, True, False)


def test_what_draws_nothing_touches_nothing() -> None:
    found = regions([(LEFT,), ()])
    assert found.of == (0, 1)
    assert found.on_ground == (True, True)
    assert regions([]).of == ()
