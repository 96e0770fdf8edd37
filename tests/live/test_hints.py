"""The more are live, the less each sends; and one who comes and goes has nobody change."""

from __future__ import annotations

import pytest

from live.hints import Hints


@pytest.mark.parametrize(
    ("cameras", "said"),
    [
        (0, (800, 30, 360)), (8, (800, 30, 360)), (9, (600, 30, 360)), (20, (600, 30, 360)),
        (21, (350, 15, 360)), (32, (350, 15, 360)), (33, (150, 10, 180)), (200, (150, 10, 180)),
    ],
)  # fmt: skip
def test_the_rung_for_so_many_cameras(cameras: int, said: tuple[int, int, int]) -> None:
    hints = Hints()
    hints.look(cameras, 0)
    assert (hints.now.kbits_per_s, hints.now.pictures_per_s, hints.now.height_px) == said


def test_one_more_and_one_less_changes_once() -> None:
    hints = Hints()
    changes = [hints.look(cameras, 0) for cameras in (8, 9, 8, 9, 8, 9, 7)]
    assert changes == [False, True, False, False, False, False, False]
    assert hints.look(6, 0)
    assert hints.now.kbits_per_s == 800


def test_a_choir_sends_long_packets_until_it_is_clearly_smaller() -> None:
    hints = Hints()
    assert [hints.look(0, count) for count in (40, 41, 40, 33, 32)] == [False, True, False, False, True]
    assert hints.now.packet_ms == 20
