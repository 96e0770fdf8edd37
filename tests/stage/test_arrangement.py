"""What is drawn where, and how clearly, before any source is asked."""

from __future__ import annotations

from itertools import pairwise

from live.messages.scene import Credit, LiveSource, Put, Scene, SetAway
from live.scene import apply
from stage.arrangement import arranged
from stage.program import ProgramFormat

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
