"""A level becomes an opacity, a size or a gain."""

from __future__ import annotations

import pytest

from stage.following.effects import grown, shine, swell


@pytest.mark.parametrize(("level", "factor"), [(0.0, 0.4), (0.5, 0.7), (1.0, 1.0)])
def test_shining_goes_from_its_floor_to_the_whole(level: float, factor: float) -> None:
    assert shine(level, 0.6) == pytest.approx(factor)


def test_a_swell_grows_by_half_of_its_depth() -> None:
    assert [swell(level, 1.0) for level in (0.0, 0.5, 1.0)] == [1.0, 1.25, 1.5]
    assert swell(1.0, 0.2) == pytest.approx(1.1)


def test_what_grows_stays_where_its_middle_is_on_even_pixels() -> None:
    assert grown((100, 50, 200, 100), 1.0) == (100, 50, 200, 100)
    assert grown((100, 50, 200, 100), 1.5) == (50, 26, 300, 150)
    assert grown((0, 0, 64, 36), 1.25) == (-8, -4, 80, 44), "it may pass the edges"
    for step in range(50):
        assert all(px % 2 == 0 for px in grown((100, 50, 202, 98), 1.0 + step / 100))
