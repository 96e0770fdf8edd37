"""A scene is said to stay as it is for just those pictures of which all that is reckoned from it is the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from live.messages.scene import (
    ClipSource,
    Credit,
    Cue,
    LiveSource,
    Panic,
    Put,
    Remove,
    Scene,
    SetAway,
    SetLayer,
    SetStrip,
)
from live.scene import apply, credited, heard, panic_level, placed, slate_level
from live.stillness import unchanged

IDS = ("layer-aaaa", "layer-bbbb", "layer-cccc")

CLIP = ClipSource(
    contribution_id="clip", key="clip.mp4", sound_key="clip.wav", duration_us=900_000, width_px=64, height_px=36
)


def reckoned(scene: Scene, picture: int) -> object:
    return (
        placed(scene, picture),
        heard(scene, picture),
        credited(scene, picture),
        panic_level(scene, picture),
        slate_level(one.cover for one in placed(scene, picture)),
    )


puts = st.builds(
    lambda name, live, fade_ms: Put(
        layer_id=name,
        source=LiveSource(stream_id=name) if live else CLIP,
        credit=Credit(person_id=name, name=name),
        fade_ms=fade_ms,
    ),
    st.sampled_from(IDS), st.booleans(), st.sampled_from((0, 100, 400)),
)  # fmt: skip
cues: st.SearchStrategy[Cue] = st.one_of(
    puts,
    st.builds(
        lambda name, fade_ms: Remove(layer_ids=(name,), fade_ms=fade_ms),
        st.sampled_from(IDS),
        st.sampled_from((0, 300)),
    ),
    st.builds(lambda name, on: SetLayer(layer_id=name, on=on), st.sampled_from(IDS), st.booleans()),
    st.builds(lambda name, db: SetStrip(strip_id=name, gain_db=db), st.sampled_from(IDS), st.sampled_from((-6.0, 0.0))),
    st.builds(lambda on: Panic(on=on), st.booleans()),
    st.builds(lambda names: SetAway(stream_ids=tuple(names)), st.sets(st.sampled_from(IDS))),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cues, st.integers(0, 20)), min_size=1, max_size=8))
def test_while_a_scene_is_said_to_stay_nothing_that_is_reckoned_from_it_changes(steps: list[tuple[Cue, int]]) -> None:
    scene, picture = Scene(pictures_per_second=30), 100
    for cue, after in steps:
        picture += after
        scene = apply(scene, cue, picture)
    until = picture + 60
    while picture < until:
        same = unchanged(scene, picture)
        assert picture in same
        now = reckoned(scene, picture)
        for other in range(picture, min(same.stop, until)):
            assert reckoned(scene, other) == now
        picture = same.stop


def test_a_scene_at_rest_stays_for_ever_and_one_that_fades_for_no_picture() -> None:
    scene = apply(
        Scene(pictures_per_second=30), Put(layer_id=IDS[0], source=LiveSource(stream_id="one"), fade_ms=400), 10
    )
    assert unchanged(scene, 11) == range(11, 12)
    assert len(unchanged(scene, 40)) > 1_000_000


def test_while_a_guest_who_went_away_fades_the_scene_is_not_still() -> None:
    alone = apply(
        Scene(pictures_per_second=30), Put(layer_id=IDS[0], source=LiveSource(stream_id=IDS[0]), fade_ms=0), 0
    )
    away = apply(alone, SetAway(stream_ids=(IDS[0],)), 100)
    assert unchanged(away, 100) == range(100, 101)
    assert len(unchanged(away, 200)) > 1000
