"""The grammar of a scene: properties for what no sequence of cues may break."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from live.fades import linear
from live.messages import coding
from live.messages.scene import (
    Arrange,
    Blackout,
    Clear,
    ClipSource,
    Cue,
    LiveSource,
    Panic,
    Put,
    Remove,
    Scene,
    SetAway,
    SetLayer,
    SetStrip,
    SolidSource,
    Source,
    StillSource,
)
from live.scene import (
    apply,
    credited,
    heard,
    panic_level,
    placed,
    settled,
    slate_level,
)
from tests.live.scene_pieces import ADA, BO, EMPTY, NOBODY, RATE, SOUND, TEXT, fold, opacities

layer_ids = st.sampled_from([f"layer-{number:03}" for number in range(8)])
id_lists = st.lists(layer_ids, min_size=1, max_size=3).map(tuple)
fades = st.sampled_from([0, 1, 33, 400, 3000])
sources: st.SearchStrategy[Source] = st.one_of(
    st.builds(
        StillSource,
        contribution_id=st.just("still-01"),
        key=st.just("renditions/still-01/still.jpg"),
        width_px=st.integers(0, 4096),
        height_px=st.integers(0, 4096),
    ),
    st.builds(
        ClipSource,
        contribution_id=st.just("clip-001"),
        key=st.just("renditions/clip-001/clip.mp4"),
        sound_key=st.sampled_from([None, "renditions/clip-001/sound.flac"]),
        width_px=st.integers(2, 1280),
        height_px=st.integers(2, 1280),
        duration_us=st.integers(0, 3_000_000),
        loop=st.booleans(),
    ),
    st.just(SOUND),
    st.just(TEXT),
    st.just(SolidSource(color="#102030")),
    st.builds(LiveSource, stream_id=layer_ids, picture=st.booleans()),
)
aways = st.builds(SetAway, stream_ids=st.sets(layer_ids).map(tuple))
fractions = st.floats(0.0, 1.0)
cues: st.SearchStrategy[Cue] = st.one_of(
    st.builds(
        Put,
        layer_id=layer_ids,
        source=sources,
        credit=st.sampled_from([None, ADA, BO, NOBODY]),
        transition=st.sampled_from(["add", "cut", "crossfade"]),
        fade_ms=fades,
    ),
    st.builds(Remove, layer_ids=id_lists, fade_ms=fades),
    st.builds(Clear, fade_ms=fades),
    st.builds(Arrange, layer_ids=id_lists),
    st.builds(
        SetLayer,
        layer_id=layer_ids,
        on=st.sampled_from([None, True, False]),
        opacity=st.none() | fractions,
        auto_place=st.booleans(),
    ),
    st.builds(
        SetStrip,
        strip_id=layer_ids,
        gain_db=st.none() | st.floats(-120.0, 12.0),
        mute=st.sampled_from([None, True, False]),
    ),
    aways,
    st.builds(Panic, on=st.booleans(), fade_ms=fades),
    st.builds(Blackout, on=st.booleans()),
)
sequences = st.lists(st.tuples(st.integers(0, 60), cues), max_size=16)
"""Each cue with the number of pictures since the one before."""


def timed(sequence: list[tuple[int, Cue]]) -> list[tuple[int, Cue]]:
    at = itertools.accumulate(gap for gap, _ in sequence)
    return [(picture, cue) for picture, (_, cue) in zip(at, sequence, strict=True)]


@settings(max_examples=150, deadline=None)
@given(sequences)
def test_any_sequence_keeps_the_scene_sound(sequence: list[tuple[int, Cue]]) -> None:
    scene, before = EMPTY, 0
    for picture, cue in timed(sequence):
        scene, before = apply(scene, cue, picture), picture
        layers, strips = [one.layer_id for one in scene.layers], [one.strip_id for one in scene.strips]
        assert len(set(layers)) == len(layers)
        assert len(set(strips)) == len(strips)
        for moment in (before, before + 7, before + 200):
            for one in placed(scene, moment):
                assert 0.0 < one.opacity <= 1.0
                assert 0.0 <= one.area.x <= one.area.x + one.area.width <= 1.0 + 1e-9
                assert 0.0 <= one.area.y <= one.area.y + one.area.height <= 1.0 + 1e-9
            assert all(0.0 <= one.gain <= linear(12.0) for one in heard(scene, moment))
            assert 0.0 <= slate_level(one.cover for one in placed(scene, moment)) <= 1.0
            assert 0.0 <= panic_level(scene, moment) <= 1.0
            people = [one.person_id for one in credited(scene, moment)]
            assert len(set(people)) == len(people)


@settings(max_examples=80, deadline=None)
@given(sequences)
def test_the_same_cues_give_the_same_scene_and_it_survives_the_wire(sequence: list[tuple[int, Cue]]) -> None:
    scene = fold(*timed(sequence))
    assert fold(*timed(sequence)) == scene
    assert coding.from_json(coding.to_json(scene), Scene) == scene


@settings(max_examples=80, deadline=None)
@given(sequences, st.integers(0, 200))
def test_settling_changes_nothing_that_is_seen_or_heard(sequence: list[tuple[int, Cue]], later: int) -> None:
    scene = fold(*timed(sequence))
    moment = sum(gap for gap, _ in sequence) + later
    tidy = settled(scene, moment)
    assert placed(tidy, moment) == placed(scene, moment)
    assert heard(tidy, moment) == heard(scene, moment)
    assert settled(tidy, moment) is tidy


@settings(max_examples=80, deadline=None)
@given(sequences)
def test_clear_clears(sequence: list[tuple[int, Cue]]) -> None:
    moment = sum(gap for gap, _ in sequence)
    scene = apply(fold(*timed(sequence)), Clear(fade_ms=1000), moment)
    assert placed(scene, moment + RATE) == ()
    assert heard(scene, moment + RATE) == ()
    assert slate_level(one.cover for one in placed(scene, moment + RATE)) == 1.0


@settings(max_examples=80, deadline=None)
@given(sequences)
def test_opacity_never_jumps_up_after_a_removal(sequence: list[tuple[int, Cue]]) -> None:
    moment = sum(gap for gap, _ in sequence)
    scene = fold(*timed(sequence))
    ids = tuple(one.layer_id for one in scene.layers) or ("layer-000",)
    scene = apply(scene, Remove(layer_ids=ids, fade_ms=700), moment)
    for now, then in itertools.pairwise(range(moment, moment + 30)):
        was = opacities(scene, now)
        assert all(opacity <= was.get(one, 0.0) + 1e-9 for one, opacity in opacities(scene, then).items())


@settings(max_examples=120, deadline=None)
@given(sequences, aways)
def test_no_live_picture_jumps_when_guests_go_away_or_are_back(sequence: list[tuple[int, Cue]], cue: SetAway) -> None:
    moment = sum(gap for gap, _ in sequence)
    scene = fold(*timed(sequence))
    then = {one.layer.layer_id: one for one in placed(apply(scene, cue, moment), moment)}
    for one in placed(scene, moment):
        if isinstance(one.layer.source, LiveSource):
            now = then[one.layer.layer_id]
            assert abs(now.opacity - one.opacity) < 1e-9
            assert now.area == one.area
