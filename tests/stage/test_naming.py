"""Everyone is named once: in their own tile, or in the lower third; and no name stands over another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from live.messages.scene import Credit, Cue, LiveSource, Put, Rect, Scene, SetLayer, SetStrip, SoundSource, StillSource
from live.scene import apply
from stage.arrangement import arranged
from stage.asking import Answer, Began, Drawable
from stage.lower_third import foot, lower_third
from stage.name_plate import name_plate
from stage.naming import in_tiles, named_below
from stage.painter import Painter
from stage.parts import NamePart, PicturePart
from stage.picture import BLACK_Y, Block, Picture
from stage.program import ProgramFormat

PROGRAM = ProgramFormat(960, 540, 30)
LATER = 100
GREY = 90
FULL = Rect(x=0, y=0, width=1, height=1)


def guest(number: int, name: str | None = None, place: Rect | None = None, *, with_names: bool = True) -> Put:
    name = f"Guest {number}" if name is None else name
    return Put(
        layer_id=f"guest-{number:03}",
        source=LiveSource(stream_id=f"stream-{number:03}", sound=True, with_names=with_names),
        credit=Credit(person_id=f"person-{number:03}", name=name),
        place=place,
        fade_ms=0,
    )


def song(name: str, person: int = 900, fade_ms: int = 0) -> Put:
    source = SoundSource(contribution_id="song-0001", key="song", duration_us=10**9, loop=True)
    credit = Credit(person_id=f"person-{person:03}", name=name)
    return Put(layer_id="the-song", source=source, credit=credit, fade_ms=fade_ms)


def photo(place: Rect) -> Put:
    source = StillSource(contribution_id="photo-001", key="photo", width_px=640, height_px=360)
    return Put(
        layer_id="a-photo", source=source, place=place, fade_ms=0, credit=Credit(person_id="person-901", name="Bo")
    )


def scene(*cues: Cue) -> Scene:
    now = Scene(pictures_per_second=30)
    for cue in cues:
        now = apply(now, cue, 0)
    return now


def below(*cues: Cue) -> list[str]:
    return [one.name for one in named_below(scene(*cues), LATER)]


def test_a_mosaic_names_its_guests_in_their_tiles_alone() -> None:
    assert below(*map(guest, range(12))) == []


def test_guests_in_one_grid_are_named_in_their_tiles_whatever_they_were_brought_on_as() -> None:
    one, two = (guest(number, with_names=False) for number in (1, 2))
    assert below(one) == ["Guest 1"]
    assert below(one, two) == below(one, guest(3)) == below(one, two, guest(3)) == []
    assert below(guest(3, place=FULL), one) == ["Guest 3", "Guest 1"]
    assert below(guest(1, place=Rect(x=0, y=0, width=0.5, height=0.5), with_names=False), guest(3)) == ["Guest 1"]


def test_others_are_named_below_it() -> None:
    assert below(*map(guest, range(12)), song("Zoë")) == ["Zoë"]


def test_who_is_named_in_a_tile_is_not_named_for_their_song_as_well() -> None:
    assert below(guest(1), song("Guest 1", person=1)) == []


def test_who_stays_anonymous_in_a_tile_is_named_for_what_they_are_named_for() -> None:
    assert below(guest(1, name=""), guest(2)) == []
    assert below(guest(1, name=""), song("Ana", person=1)) == ["Ana"]


def test_who_is_heard_and_not_seen_is_named_below() -> None:
    assert below(guest(1), guest(2), SetLayer(layer_id="guest-001", on=False)) == ["Guest 1"]


def test_who_is_muted_stays_named_while_they_are_seen() -> None:
    alone = guest(1, with_names=False)
    mute = SetStrip(strip_id="guest-001", mute=True)
    assert below(alone, mute) == ["Guest 1"]
    assert below(alone, mute, SetLayer(layer_id="guest-001", on=False)) == [], "nobody sees or hears them"
    assert in_tiles(scene(guest(2), SetStrip(strip_id="guest-002", mute=True)), LATER) == {"guest-002"}


def test_a_tile_too_small_to_carry_a_name_is_named_below() -> None:
    assert len(below(*map(guest, range(50)))) == 50


def test_a_tile_whose_foot_is_covered_is_named_below() -> None:
    assert below(guest(1, place=FULL), photo(FULL)) == ["Guest 1", "Bo"]
    assert below(guest(1, place=FULL), photo(Rect(x=0.6, y=0.1, width=0.3, height=0.3))) == ["Bo"]


def test_a_tile_that_glides_past_another_keeps_its_name() -> None:
    """A guest more, and all have another place: nobody's name jumps to the lower third and back on the way."""
    now = apply(scene(*map(guest, range(4))), guest(4), LATER)
    assert any(layer.glide for layer in now.layers)
    assert all(named_below(now, LATER + picture) == () for picture in range(12))
    assert len(in_tiles(now, LATER + 12)) == 5


def test_the_lower_third_comes_with_what_it_names() -> None:
    """Not with the tiles, which were there before."""
    now = scene(guest(1), song("Zoë", fade_ms=1000))
    assert arranged(now, 15, PROGRAM).credits_level == pytest.approx(0.5, abs=0.05)


class WithoutTheLowerThird:
    """Answers with grey pictures, as of phones, and with the names in their tiles. What lies over them stays away."""

    def __init__(self, width: int, height: int) -> None:
        self._grey = Picture.solid(width, height, (GREY, 128, 128))

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        match part:
            case PicturePart():
                return Answer(self._grey, 1.0)
            case NamePart(name=name):
                return Answer(name_plate(name, PROGRAM), 1.0)
            case _:
                return None

    def painted(self, number: int) -> None: ...

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        return [None for _ in strips]


class WithoutCameras(WithoutTheLowerThird):
    """Phones whose cameras give nothing, or nothing any more."""

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        return None if isinstance(part, PicturePart) else super().picture(name, part, position, number)


def test_who_is_heard_is_named_though_their_camera_gives_nothing() -> None:
    """Alone in the tile that is theirs; and not for a microphone that the host has muted."""
    halves = Rect(x=0, y=0, width=0.5, height=1), Rect(x=0.5, y=0, width=0.5, height=1)
    guests = [guest(number, place=half) for number, half in enumerate(halves)]
    now = scene(*guests, SetStrip(strip_id="guest-001", mute=True))
    assert named_below(now, LATER) == ()
    painted = Painter(PROGRAM, WithoutCameras(640, 360)).paint(now, LATER).y
    rows, columns = np.nonzero(painted > 200)
    assert rows.min() > PROGRAM.height * 3 // 4
    assert columns.max() < PROGRAM.width // 2


@pytest.mark.parametrize(("width", "height"), [(640, 360), (270, 480)])
@pytest.mark.parametrize("guests", [1, 2, 4, 6, 12, 25, 30])
def test_no_name_stands_under_the_lower_third(guests: int, width: int, height: int) -> None:
    now = scene(*map(guest, range(guests)), song("Zoë, who sings all night long"))
    painted = Painter(PROGRAM, WithoutTheLowerThird(width, height)).paint(now, LATER).y
    (below,) = named_below(now, LATER)
    _, top, _, _ = foot(PROGRAM)
    under = painted[top:][lower_third(below.name, PROGRAM).alpha > 0]
    assert set(np.unique(under)) <= {GREY, BLACK_Y}
    assert painted.max() > 200  # they stand elsewhere


def test_a_name_stands_in_the_picture_and_not_in_the_bars_around_it() -> None:
    now = scene(guest(1, place=Rect(x=0, y=0, width=0.5, height=1)))
    painted = Painter(PROGRAM, WithoutTheLowerThird(640, 360)).paint(now, LATER).y
    rows = np.flatnonzero(painted.max(axis=1) > 200)
    assert PROGRAM.height // 2 < rows[0] < rows[-1] < PROGRAM.height * 3 // 4
