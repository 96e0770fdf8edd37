"""Guests who are away make room on stage and come back, by a cue that every fold takes alike."""

from __future__ import annotations

import itertools

from live.absent import who_is_away
from live.gliding import GLIDE_MS
from live.layout import FULL, lay_out
from live.messages.scene import (
    Credit,
    LiveSource,
    Put,
    Rect,
    Remove,
    Scene,
    SetAway,
    SetLayer,
    SetStrip,
    StillSource,
)
from live.scene import apply, credited, heard, placed
from stage.naming import in_tiles, named_below
from stage.parts import PicturePart, SoundPart, wanted
from tests.live.scene_pieces import RATE, put

GLIDE = GLIDE_MS * RATE // 1000
WIDE = 16 / 9
PLACE = Rect(x=0.1, y=0.1, width=0.2, height=0.2)


def guest(name: str, *, place: Rect | None = None, picture: bool = True) -> Put:
    source = LiveSource(stream_id=name, picture=picture)
    credit = Credit(person_id=f"person-{name}", name=name)
    return Put(layer_id=name, source=source, credit=credit, fade_ms=0, place=place)


def hall(*names: str) -> Scene:
    scene = Scene(pictures_per_second=RATE)
    for name in names:
        scene = apply(scene, guest(name), 0)
    return scene


def areas(scene: Scene, picture: int) -> dict[str, Rect]:
    return {one.layer.layer_id: one.area for one in placed(scene, picture)}


def grid(*names: str) -> dict[str, Rect]:
    return dict(zip(names, lay_out([WIDE] * len(names)), strict=True))


def gone(*names: str) -> SetAway:
    return SetAway(stream_ids=names)


def test_the_others_move_up_smoothly_while_what_is_left_of_a_guest_fades() -> None:
    scene = apply(hall("guest-a", "guest-b", "guest-c", "guest-d", "guest-e"), gone("guest-b"), 100)
    before = grid("guest-a", "guest-b", "guest-c", "guest-d", "guest-e")
    assert areas(scene, 100) == before
    widths = [areas(scene, 100 + n)["guest-c"].width for n in range(GLIDE + 1)]
    assert widths == sorted(widths)
    assert max(b - a for a, b in itertools.pairwise(widths)) < 0.05
    left = [one for n in range(GLIDE) for one in placed(scene, 100 + n) if one.layer.layer_id == "guest-b"]
    assert {one.area for one in left} == {before["guest-b"]}
    assert [one.opacity for one in left] == sorted((one.opacity for one in left), reverse=True)
    assert areas(scene, 100 + GLIDE) == areas(scene, 9000) == grid("guest-a", "guest-c", "guest-d", "guest-e")


def test_who_is_back_is_in_again_at_their_turn_and_comes_gently() -> None:
    away = apply(hall("guest-a", "guest-b", "guest-c"), gone("guest-a"), 100)
    back = apply(away, gone(), 200)
    assert areas(back, 201)["guest-a"] == grid("guest-a", "guest-b", "guest-c")["guest-a"], "there and not on the way"
    seen = [one.opacity for n in range(GLIDE + 1) for one in placed(back, 200 + n) if one.layer.layer_id == "guest-a"]
    assert seen == sorted(seen)
    assert seen[0] < 0.2
    assert seen[-1] == 1.0
    assert areas(back, 200 + GLIDE) == grid("guest-a", "guest-b", "guest-c")
    assert areas(back, 200)["guest-c"] == areas(away, 200)["guest-c"], "nobody jumps"


def test_who_is_back_after_others_left_is_at_their_new_place_at_once() -> None:
    away = apply(hall("guest-a", "guest-b", "guest-c", "guest-d", "guest-e"), gone("guest-e"), 100)
    fewer = apply(away, Remove(layer_ids=("guest-a",), fade_ms=0), 150)
    back = apply(fewer, gone(), 200)
    assert areas(back, 201)["guest-e"] == grid("guest-b", "guest-c", "guest-d", "guest-e")["guest-e"]


def test_who_is_back_before_they_have_faded_glides_on_from_where_they_are_seen() -> None:
    away = apply(hall("guest-a", "guest-b", "guest-c"), gone("guest-a"), 100)
    back = apply(away, gone(), 103)
    was, now = placed(away, 103)[0], placed(back, 103)[0]
    assert (now.area, now.opacity) == (was.area, was.opacity)
    assert areas(back, 103 + GLIDE) == grid("guest-a", "guest-b", "guest-c")


def test_who_is_away_already_stays_so_when_others_follow() -> None:
    once = apply(hall("guest-a", "guest-b", "guest-c"), gone("guest-a"), 100)
    twice = apply(once, gone("guest-a", "guest-b"), 150)
    assert twice.layers[0] == once.layers[0]
    assert areas(twice, 150 + GLIDE) == {"guest-c": FULL}
    assert who_is_away(twice) == {"guest-a", "guest-b"}


def test_beside_other_pieces_the_room_is_theirs() -> None:
    """A photo beside a guest: alone it is whole."""
    scene = apply(hall("guest-a"), put("photo-01"), 10)
    assert areas(scene, 50)["photo-01"] != FULL
    assert areas(apply(scene, gone("guest-a"), 100), 100 + GLIDE) == {"photo-01": FULL}


def test_what_was_placed_by_hand_keeps_its_place() -> None:
    scene = apply(hall("guest-a", "guest-b"), guest("guest-c", place=PLACE), 10)
    away = apply(scene, gone("guest-a"), 100)
    assert areas(away, 100 + GLIDE) == {"guest-b": FULL, "guest-c": PLACE}
    away = apply(away, gone("guest-c"), 200)
    assert areas(away, 200 + GLIDE) == grid("guest-a", "guest-b")
    assert areas(apply(away, gone(), 300), 301)["guest-c"] == PLACE


def test_who_goes_on_the_way_to_a_place_by_hand_fades_where_they_are_seen() -> None:
    scene = apply(
        apply(hall("guest-a", "guest-b"), guest("guest-c"), 100), SetLayer(layer_id="guest-a", place=PLACE), 103
    )
    seen = areas(scene, 105)["guest-a"]
    away = apply(scene, gone("guest-a"), 105)
    assert areas(away, 105)["guest-a"] == areas(away, 110)["guest-a"] == seen


def test_the_host_can_place_hide_and_take_off_who_is_away() -> None:
    away = apply(hall("guest-a", "guest-b"), gone("guest-a"), 100)
    placed_by_hand = apply(apply(away, SetLayer(layer_id="guest-a", place=PLACE), 150), gone(), 200)
    assert areas(placed_by_hand, 200 + GLIDE)["guest-a"] == PLACE
    hidden = apply(apply(away, SetLayer(layer_id="guest-a", on=False), 150), gone(), 200)
    assert areas(hidden, 200 + GLIDE) == {"guest-b": FULL}
    off = apply(away, Remove(layer_ids=("guest-a",), fade_ms=0), 150)
    assert [layer.layer_id for layer in apply(off, gone(), 200).layers] == ["guest-b"]


def test_who_is_leaving_does_not_come_back() -> None:
    leaving = apply(hall("guest-a", "guest-b"), Remove(layer_ids=("guest-a",), fade_ms=2000), 100)
    again = apply(apply(leaving, gone("guest-a"), 110), gone(), 120)
    seen = [one.opacity for n in range(100, 170) for one in placed(again, n) if one.layer.layer_id == "guest-a"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 60


def test_whoever_is_brought_on_anew_is_there() -> None:
    away = apply(hall("guest-a", "guest-b"), gone("guest-a"), 100)
    assert set(areas(apply(away, guest("guest-a"), 200), 200)) == {"guest-a", "guest-b"}


def test_who_is_away_is_not_named_and_their_sound_waits() -> None:
    """The strip stays: who is heard again is heard at once. One who was only heard is not named either."""
    scene = apply(hall("guest-a", "guest-b"), guest("guest-c", picture=False), 10)
    away = apply(scene, gone("guest-a", "guest-c"), 100)
    assert [one.name for one in credited(away, 100 + GLIDE)] == ["guest-b"]
    assert named_below(away, 100 + GLIDE) == ()
    assert in_tiles(away, 100 + GLIDE) == {"guest-b"}
    assert [one.strip.strip_id for one in heard(away, 200) if one.gain == 1.0] == ["guest-a", "guest-b", "guest-c"]
    assert len(credited(apply(away, gone(), 200), 200)) == 3


def test_controls_and_media_of_who_is_away_stay() -> None:
    scene = hall("guest-a", "guest-b")
    away = apply(scene, gone("guest-a"), 100)
    media = {part for part in wanted(scene, 200) if isinstance(part, PicturePart | SoundPart)}
    assert len(media) == 4
    assert media <= wanted(away, 200)
    muted = apply(away, SetStrip(strip_id="guest-a", mute=True, gain_db=-6.0), 150)
    assert [one.mute for one in heard(apply(muted, gone(), 200), 200)] == [True, False]


def test_only_guests_can_be_away() -> None:
    still = StillSource(contribution_id="guest-a", key="k", width_px=16, height_px=9)
    scene = apply(hall("guest-b"), put("guest-a", still), 10)
    assert apply(scene, gone("guest-a"), 100) == scene
    assert apply(scene, gone(), 100) == scene
