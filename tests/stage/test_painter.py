"""The painter: what is drawn, where and in which order, by known pixels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live.messages.scene import (
    Arrange,
    Blackout,
    Credit,
    Cue,
    LiveSource,
    Panic,
    Put,
    ReactionsSource,
    Rect,
    Scene,
    SetLayer,
    SolidSource,
    Source,
)
from live.scene import apply
from stage.arrangement import even
from stage.asking import Answer, Began, Drawable
from stage.credit_roll import CreditRoll
from stage.lower_third import foot
from stage.painter import Painter
from stage.parts import CreditsPart, PicturePart, SlatePart
from stage.picture import Block, Picture
from stage.ports import Cutout
from stage.program import ProgramFormat

PROGRAM = ProgramFormat(64, 36, 30)
SLATE, LAYER, NAMES, HEARTS = 30, 120, 220, 90
ADA = Credit(person_id="person-ada", name="Ada")


class Greys:
    """Answers each part with a grey of its own; names are a strip at the foot of the picture, reactions its middle.

    Of a live stream it has `live`: how much of it is left, None: no picture.
    """

    def __init__(self, live: float | None = 1.0) -> None:
        self._live = live

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        match part:
            case SlatePart():
                return Answer(grey(SLATE), 1.0)
            case PicturePart(source=SolidSource(color=color)):
                return Answer(grey(LAYER + int(color[1:3], 16)), 1.0)
            case PicturePart(source=LiveSource()):
                return None if self._live is None else Answer(grey(LAYER), self._live)
            case PicturePart(source=ReactionsSource()):
                alpha = np.zeros((36, 64), np.uint8)
                alpha[12:24] = 255
                return Answer(Cutout(grey(HEARTS), alpha), 1.0)
            case CreditsPart():
                _, top, width, height = foot(PROGRAM)
                alpha = np.zeros((height, width), np.uint8)
                alpha[30 - top :] = 255
                return Answer(Cutout(Picture.solid(width, height, (NAMES, 128, 128)), alpha), 1.0)
            case _:
                return None

    def painted(self, number: int) -> None: ...

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        return [None for _ in strips]


def grey(luma: int) -> Picture:
    return Picture.solid(64, 36, (luma, 128, 128))


def painted(*cues: Cue, number: int = 100, live: float | None = 1.0) -> tuple[int, int]:
    """The luma of the middle and of the foot of a picture, after cues at picture 0."""
    scene = Scene(pictures_per_second=30)
    for cue in cues:
        scene = apply(scene, cue, 0)
    roll = CreditRoll(PROGRAM)
    roll.hear(scene, number)
    picture = Painter(PROGRAM, Greys(live), roll=roll).paint(scene, number)
    return int(picture.y[18, 32]), int(picture.y[34, 32])


def put(name: str, shade: int = 0, credit: Credit | None = None, source: Source | None = None) -> Put:
    source = source or SolidSource(color=f"#{shade:02x}0000")
    return Put(
        layer_id=f"layer-{name}", source=source, fade_ms=0, credit=credit, place=Rect(x=0, y=0, width=1, height=1)
    )


def test_nothing_on_stage_is_the_slate() -> None:
    assert painted() == (SLATE, SLATE)


def test_the_last_layer_is_in_front() -> None:
    assert painted(put("aa"), put("bb", 40)) == (LAYER + 40, LAYER + 40)


def test_reactions_lie_over_what_came_after_them_and_over_the_slate() -> None:
    reactions = put("hall", source=ReactionsSource())
    assert painted(reactions, put("aa", 40)) == (HEARTS, LAYER + 40)
    assert painted(reactions, put("aa"), Arrange(layer_ids=("layer-hall", "layer-aa"))) == (HEARTS, LAYER)
    assert painted(reactions) == (HEARTS, SLATE)


def test_where_a_guests_camera_stalled_and_nothing_else_is_seen_the_slate_is_there() -> None:
    guest = put("guest", source=LiveSource(stream_id="stream-guest"))
    assert painted(guest) == (LAYER, LAYER)
    assert painted(guest, live=None) == (SLATE, SLATE)
    half, _ = painted(guest, live=0.5)
    assert abs(half - (LAYER + SLATE) / 2) <= 1, "without a dark moment between them"
    assert painted(put("aa", 40), guest, live=None) == (LAYER + 40, LAYER + 40), "who stays covers it"


def test_a_half_clear_layer_lets_the_one_behind_shine_through() -> None:
    middle, _ = painted(put("aa"), put("bb", 40), SetLayer(layer_id="layer-bb", opacity=0.5))
    assert abs(middle - (LAYER + 20)) <= 1


def test_a_layer_that_is_faded_by_hand_shows_black_and_not_the_slate() -> None:
    middle, _ = painted(put("aa"), SetLayer(layer_id="layer-aa", opacity=0.5))
    assert abs(middle - (LAYER + 16) / 2) <= 1


def test_names_stand_over_the_layers() -> None:
    assert painted(put("aa", credit=ADA)) == (LAYER, NAMES)


def test_panic_covers_layers_and_names() -> None:
    assert painted(put("aa", credit=ADA), Panic(on=True, fade_ms=0)) == (SLATE, SLATE)


def test_panic_fades_over_what_is_there() -> None:
    middle, _ = painted(put("aa"), Panic(on=True, fade_ms=1000), number=15)
    assert abs(middle - (LAYER + SLATE) / 2) <= 1


def test_blackout_is_black() -> None:
    assert painted(put("aa", credit=ADA), Blackout(on=True)) == (16, 16)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_areas_are_even_and_never_empty(x: float, y: float, width: float, height: float) -> None:
    left, top, wide, high = even(Rect(x=x, y=y, width=width, height=height), PROGRAM)
    assert all(side % 2 == 0 for side in (left, top, wide, high))
    assert wide >= 2
    assert high >= 2
    assert 0 <= left < 64
    assert 0 <= top < 36


@given(st.integers(1, 15))
def test_neighbours_meet_without_a_gap(columns: int) -> None:
    areas = [even(Rect(x=i / columns, y=0, width=1 / columns, height=1), PROGRAM) for i in range(columns)]
    for (left, _, width, _), (next_left, *_) in itertools.pairwise(areas):
        assert left + width == next_left
