"""Automatic layouts: everything inside, nothing overlapping, and the arrangement that shows most."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.layout import FULL, NAMES_TOP, TEXT_ALONE, lay_out
from live.messages.scene import Rect

WIDE, TALL = 16 / 9, 9 / 16


def rows(areas: tuple[Rect, ...]) -> list[int]:
    """How many areas each row holds, top to bottom."""
    return [len(list(row)) for _, row in itertools.groupby(areas, key=lambda area: area.y)]


def test_nothing_needs_no_area() -> None:
    assert lay_out([]) == ()


def test_one_picture_is_full_and_text_alone_keeps_from_the_edges() -> None:
    assert lay_out([TALL]) == (FULL,)
    assert lay_out([None]) == (TEXT_ALONE,)


@pytest.mark.parametrize(
    ("aspects", "expected"),
    [
        ([WIDE] * 2, [2]),
        ([TALL] * 2, [2]),
        ([WIDE, None], [2]),
        ([WIDE] * 3, [2, 1]),
        ([TALL] * 3, [3]),
        ([WIDE] * 4, [2, 2]),
        ([WIDE] * 5, [3, 2]),
        ([WIDE] * 9, [3, 3, 3]),
        ([WIDE] * 64, [8] * 8),
    ],
)
def test_the_grid_is_the_one_that_shows_most(aspects: list[float | None], expected: list[int]) -> None:
    assert rows(lay_out(aspects)) == expected


def test_a_short_last_row_is_centred() -> None:
    *_, last = lay_out([WIDE] * 3)
    assert last.x + last.width / 2 == pytest.approx(0.5)


def page_foot(cell: Rect) -> float:
    """Where the page ends on which a text is set: of the program's shape, centred in its cell."""
    return cell.y + (cell.height + min(cell.width, cell.height)) / 2


@given(st.lists(st.none() | st.floats(0.2, 5.0), min_size=1, max_size=64))
def test_words_never_stand_where_names_do(aspects: list[float | None]) -> None:
    texts = [area for area, aspect in zip(lay_out(aspects), aspects, strict=True) if aspect is None]
    assert max((page_foot(area) for area in texts if area != TEXT_ALONE), default=0.0) <= NAMES_TOP + 1e-9


@pytest.mark.parametrize("count", [3, 4, 9, 30])
def test_texts_among_themselves_are_as_large_as_each_other_above_the_names(count: int) -> None:
    areas = lay_out([None] * count)
    assert len({(round(area.width, 9), round(area.height, 9)) for area in areas}) == 1
    assert areas[-1].y + areas[-1].height == pytest.approx(NAMES_TOP)


def test_pictures_beside_words_go_on_to_the_edge() -> None:
    """Only the words' cell ends above the names, and two beside each other stay in the middle."""
    photos, words = lay_out([WIDE] * 4)[:3], lay_out([WIDE] * 3 + [None])
    assert words[:3] == photos
    assert words[3].y == photos[2].y
    assert words[3].y + words[3].height == pytest.approx(NAMES_TOP)
    assert lay_out([None, None]) == lay_out([WIDE, None]) == lay_out([WIDE, WIDE])


def test_words_in_a_low_last_row_take_all_rows_up_with_them() -> None:
    """Nothing legible would be left of their own cell."""
    areas = lay_out([WIDE] * 24 + [None])
    assert areas[0].height == areas[-1].height
    assert areas[-1].y + areas[-1].height == pytest.approx(NAMES_TOP)


@given(st.lists(st.none() | st.floats(0.2, 5.0), min_size=2, max_size=64))
def test_areas_lie_inside_the_safe_margin_and_apart(aspects: list[float | None]) -> None:
    areas = lay_out(aspects)
    assert len(areas) == len(aspects)
    for area in areas:
        assert area.width > 0
        assert area.height > 0
        assert area.x > 0.01
        assert area.y > 0.02
        assert area.x + area.width < 0.99
        assert area.y + area.height < 0.98
    for one, other in itertools.combinations(areas, 2):
        beside = one.x + one.width < other.x or other.x + other.width < one.x
        above = one.y + one.height < other.y or other.y + other.height < one.y
        assert beside or above
