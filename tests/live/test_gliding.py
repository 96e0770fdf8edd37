"""Live pictures glide to their new place when people come and go; everything else is where it belongs at once."""

from __future__ import annotations

import itertools

from live.gliding import GLIDE_MS
from live.messages.scene import LiveSource, Put, Rect, Remove, Scene, SetLayer, SolidSource
from live.scene import apply, placed

RATE = 30
GLIDE = GLIDE_MS * RATE // 1000


def put(name: str, *, live: bool = True) -> Put:
    source = LiveSource(stream_id=name) if live else SolidSource(color="#102030")
    return Put(layer_id=name, source=source, fade_ms=0)


def hall(*names: str) -> Scene:
    scene = Scene(pictures_per_second=RATE)
    for name in names:
        scene = apply(scene, put(name), 0)
    return scene


def area(scene: Scene, name: str, picture: int) -> Rect:
    return next(one.area for one in placed(scene, picture) if one.layer.layer_id == name)


def test_a_newcomer_makes_room_and_nobody_jumps() -> None:
    before = hall("guest-01")
    alone = area(before, "guest-01", 99)
    after = apply(before, put("guest-02"), 100)
    assert area(after, "guest-01", 100) == alone
    widths = [area(after, "guest-01", 100 + n).width for n in range(GLIDE + 1)]
    assert widths == sorted(widths, reverse=True)
    assert max(a - b for a, b in itertools.pairwise(widths)) < 0.2
    arrived = area(after, "guest-01", 100 + GLIDE)
    assert arrived.width < 0.6
    assert area(after, "guest-01", 5000) == arrived


def test_a_newcomer_is_at_their_place_from_the_first_picture() -> None:
    after = apply(hall("guest-01"), put("guest-02"), 100)
    assert area(after, "guest-02", 100) == area(after, "guest-02", 5000)


def test_a_second_change_sets_out_from_where_the_picture_is_by_then() -> None:
    once = apply(hall("guest-01"), put("guest-02"), 100)
    on_the_way = area(once, "guest-01", 104)
    twice = apply(once, Remove(layer_ids=("guest-02",), fade_ms=0), 104)
    assert area(twice, "guest-01", 104) == on_the_way
    assert area(twice, "guest-01", 104 + GLIDE) == Rect(x=0.0, y=0.0, width=1.0, height=1.0)


def test_who_leaves_fades_where_they_were_seen() -> None:
    once = apply(hall("guest-01", "guest-02"), put("guest-03"), 100)
    seen = area(once, "guest-02", 103)
    leaving = apply(once, Remove(layer_ids=("guest-02",), fade_ms=500), 103)
    assert area(leaving, "guest-02", 103) == area(leaving, "guest-02", 110) == seen


def test_what_was_placed_by_hand_and_what_is_not_live_do_not_glide() -> None:
    scene = apply(hall("guest-01"), put("colour-1", live=False), 10)
    place = Rect(x=0.1, y=0.1, width=0.2, height=0.2)
    scene = apply(scene, SetLayer(layer_id="guest-01", place=place), 50)
    assert area(scene, "guest-01", 50) == place
    joined = apply(scene, put("guest-02"), 100)
    assert area(joined, "guest-01", 100) == place
    assert area(joined, "colour-1", 100) == area(joined, "colour-1", 5000)
