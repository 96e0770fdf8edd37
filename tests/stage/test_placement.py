"""Geometry: even pixels, kept aspects, and what is hidden by what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.placement import Box, Fit, place, visible

WIDTH, HEIGHT = 1920, 1080
PROGRAM = Box(0, 0, WIDTH, HEIGHT)
side = st.integers(1, 600).map(lambda n: 2 * n)
edge = st.integers(0, 400).map(lambda n: 2 * n)
box = st.builds(Box, edge, edge, side, side)


@given(side, side, box, st.sampled_from(["contain", "cover"]))
def test_all_sides_are_even_and_inside(width: int, height: int, area: Box, fit: Fit) -> None:
    placement = place(width, height, area, fit, WIDTH, HEIGHT)
    for one in (placement.crop, placement.target, placement.seen):
        assert all(n % 2 == 0 for n in (one.x, one.y, one.width, one.height))
    assert placement.crop == placement.crop.within(width, height)
    assert placement.crop.width >= 2
    assert placement.target.x >= area.x
    assert placement.target.right <= area.right
    assert placement.target.y >= area.y
    assert placement.target.bottom <= area.bottom
    assert placement.seen == placement.target.within(WIDTH, HEIGHT)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (720, 1280), (1000, 1000), (4096, 2160), (320, 182)])
def test_contain_keeps_the_aspect_to_a_fiftieth(width: int, height: int) -> None:
    target = place(width, height, Box(200, 100, 800, 600), "contain", WIDTH, HEIGHT).target
    assert target.width / target.height == pytest.approx(width / height, rel=0.021)
    assert target.width == 800 or target.height == 600


@pytest.mark.parametrize(("width", "height"), [(640, 360), (720, 1280), (1000, 1000), (4096, 2160)])
def test_cover_fills_the_area_from_the_middle(width: int, height: int) -> None:
    area = Box(200, 100, 800, 600)
    placement = place(width, height, area, "cover", WIDTH, HEIGHT)
    crop = placement.crop
    assert placement.target == area
    assert crop.width / crop.height == pytest.approx(4 / 3, rel=0.03)
    assert abs((crop.x + crop.right) - width) <= 4
    assert abs((crop.y + crop.bottom) - height) <= 4


def test_what_one_opaque_box_covers_is_hidden() -> None:
    assert visible([Box(10, 10, 20, 20), PROGRAM], [True, True], WIDTH, HEIGHT) == ([False, True], False)


def test_a_translucent_cover_hides_nothing() -> None:
    assert visible([Box(10, 10, 20, 20), PROGRAM], [True, False], WIDTH, HEIGHT) == ([True, True], True)


def test_four_quarters_hide_what_is_behind_together() -> None:
    quarters = [Box(x, y, 960, 540) for x in (0, 960) for y in (0, 540)]
    seen, ground = visible([Box(500, 300, 900, 400), *quarters], [True] * 5, WIDTH, HEIGHT)
    assert seen == [False, True, True, True, True]
    assert not ground


def test_a_hairline_between_them_shows_it_again() -> None:
    halves = [Box(0, 0, 958, 1080), Box(960, 0, 960, 1080)]
    seen, ground = visible([PROGRAM, *halves], [True] * 3, WIDTH, HEIGHT)
    assert seen == [True, True, True]
    assert not ground


def test_what_lies_outside_is_not_seen() -> None:
    outside = Box(2000, 100, 100, 100).within(WIDTH, HEIGHT)
    assert visible([outside], [True], WIDTH, HEIGHT) == ([False], True)
