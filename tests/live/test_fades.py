"""Coming and going: when a piece is gone, and that leaving is never undone or prolonged."""

from __future__ import annotations

from live.fades import has_left, is_leaving, over, sent_away, staying, value
from live.messages.scene import Layer, SolidSource


def layer(leaves_picture: int | None = None) -> Layer:
    return Layer(
        layer_id="layer-aa",
        source=SolidSource(color="#000000"),
        fade=over(0.0, 1.0, 0, 10),
        started_picture=0,
        leaves_picture=leaves_picture,
    )


def test_a_piece_is_gone_from_its_last_picture_on() -> None:
    assert not has_left(layer(), 10**9)
    assert [has_left(layer(20), n) for n in (19, 20)] == [False, True]
    assert staying((layer(20), layer(30)), 25) == (layer(30),)


def test_it_leaves_from_where_its_fade_is() -> None:
    left = sent_away(layer(), 5, 0, 10)
    assert [value(left.fade, n) for n in (5, 10, 15)] == [0.5, 0.25, 0.0]
    assert (left.leaves_picture, is_leaving(left)) == (15, True)


def test_it_may_wait_before_it_fades() -> None:
    left = sent_away(layer(), 20, 5, 10)
    assert [value(left.fade, n) for n in (20, 25, 30)] == [1.0, 1.0, 0.0]


def test_an_earlier_end_stands() -> None:
    assert sent_away(layer(22), 20, 0, 10).leaves_picture == 22
    once = sent_away(layer(), 20, 0, 5)
    assert sent_away(once, 21, 0, 90) is once
