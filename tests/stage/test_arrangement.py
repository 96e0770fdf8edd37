"""What is drawn where, and how clearly, before any source is asked."""

from __future__ import annotations

from itertools import pairwise

from live.messages.scene import Credit, LiveSource, Put, ReactionsSource, Rect, Scene, SetAway, Slate, SolidSource
from live.scene import apply
from stage.arrangement import arranged
from stage.program import ProgramFormat
from stage.slate_card import card_column

PROGRAM = ProgramFormat(640, 360, 30)


def test_the_lower_third_goes_gently_with_a_guest_who_is_away() -> None:
    """With a microphone too: what is not heard of them holds nothing up."""
    put = Put(
        layer_id="guest-a",
        source=LiveSource(stream_id="guest-a"),
        credit=Credit(person_id="person-a", name="Ada"),
        fade_ms=0,
    )
    scene = apply(Scene(pictures_per_second=30), put, 0)
    assert arranged(scene, 99, PROGRAM).credits_level == 1.0
    away = apply(scene, SetAway(stream_ids=("guest-a",)), 100)
    levels = [arranged(away, 100 + n, PROGRAM).credits_level for n in range(15)]
    assert levels[0] == 1.0
    assert levels[-1] == 0.0
    assert max(before - after for before, after in pairwise(levels)) < 0.2
    assert arranged(away, 200, PROGRAM).layers == ()


def test_what_floats_over_the_slate_keeps_clear_of_its_code() -> None:
    """Where the hall's reactions are all that is on stage; over pictures they are where they were put."""
    card = card_column(PROGRAM.width, PROGRAM.height)
    right = Rect(x=0.84, y=0.05, width=0.14, height=0.9)
    reactions = Put(layer_id="reactions", source=ReactionsSource(), place=right, fade_ms=0)
    slate = Scene(pictures_per_second=30, slate=Slate(join_url="http://localhost/j/ABC", code="ABC"))
    (alone,) = arranged(apply(slate, reactions, 0), 99, PROGRAM).layers
    assert card.left - 2 <= alone.area[0] + alone.area[2] <= card.left + 1

    picture = Put(layer_id="a-colour", source=SolidSource(color="#102030"), fade_ms=0)
    _, over = arranged(apply(apply(slate, picture, 0), reactions, 0), 99, PROGRAM).layers
    (without,) = arranged(apply(Scene(pictures_per_second=30), reactions, 0), 99, PROGRAM).layers
    assert over.area[0] == without.area[0] == 538
    assert (alone.area[1], alone.area[2:]) == (over.area[1], over.area[2:])
