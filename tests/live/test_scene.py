"""The grammar of a scene: examples for what each cue means."""

from __future__ import annotations

import pytest

from live.fades import linear
from live.messages.scene import (
    Arrange,
    Blackout,
    Clear,
    Credit,
    Equaliser,
    Following,
    Panic,
    Ramp,
    ReactionsSource,
    Rect,
    Remove,
    Scene,
    SetDucking,
    SetLayer,
    SetMaster,
    SetSlate,
    SetStrip,
    ShowCredits,
    Slate,
    SolidSource,
    SoundFollowing,
    StillSource,
)
from live.scene import (
    MAX_LAYERS,
    apply,
    credited,
    master_gain,
    panic_level,
    placed,
    settled,
    value,
    visible_contributions,
)
from tests.live.scene_pieces import ADA, BO, CLIP, EMPTY, NOBODY, SOUND, STILL, TEXT, fold, gains, opacities, put, slate


def followed(scene: Scene) -> list[Following | SoundFollowing | None]:
    return [*(one.follows for one in scene.layers), *(one.follows for one in scene.strips)]


class TestRamp:
    RAMP = Ramp(start=0.0, end=1.0, start_picture=10, end_picture=20)

    def test_it_holds_before_and_after_and_is_straight_between(self) -> None:
        assert [value(self.RAMP, n) for n in (0, 10, 15, 20, 99)] == [0.0, 0.0, 0.5, 1.0, 1.0]

    def test_a_ramp_of_no_length_is_a_step(self) -> None:
        step = Ramp(start=0.0, end=1.0, start_picture=10, end_picture=10)
        assert [value(step, n) for n in (9, 10)] == [0.0, 1.0]


class TestPut:
    def test_add_fades_in_beside_what_is_there(self) -> None:
        scene = fold((0, put("layer-aa")), (30, put("layer-bb", fade_ms=1000)))
        assert opacities(scene, 30) == {"layer-aa": 1.0}
        assert opacities(scene, 45) == {"layer-aa": 1.0, "layer-bb": 0.5}
        assert opacities(scene, 60) == {"layer-aa": 1.0, "layer-bb": 1.0}

    def test_cut_replaces_at_once_even_when_a_fade_is_given(self) -> None:
        scene = fold((0, put("layer-aa", CLIP)), (30, put("layer-bb", transition="cut", fade_ms=400)))
        assert opacities(scene, 30) == {"layer-bb": 1.0}
        assert gains(scene, 30) == {}

    def test_crossfade_keeps_the_old_whole_for_half_then_lets_it_go(self) -> None:
        scene = fold((0, put("layer-aa")), (30, put("layer-bb", transition="crossfade", fade_ms=2000)))
        assert opacities(scene, 60) == {"layer-aa": 1.0, "layer-bb": 0.5}
        assert opacities(scene, 75) == {"layer-aa": 0.5, "layer-bb": 0.75}
        assert opacities(scene, 90) == {"layer-bb": 1.0}
        assert [one.layer_id for one in settled(scene, 90).layers] == ["layer-bb"]

    def test_sounds_cross_straight(self) -> None:
        scene = fold((0, put("layer-aa", CLIP)), (30, put("layer-bb", SOUND, transition="crossfade", fade_ms=1000)))
        assert gains(scene, 45) == {"layer-aa": 0.5, "layer-bb": 0.5}

    def test_a_clip_brings_picture_and_strip_of_one_id(self) -> None:
        scene = fold((0, put("layer-aa", CLIP)))
        assert [one.layer_id for one in scene.layers] == [one.strip_id for one in scene.strips] == ["layer-aa"]

    def test_a_sound_needs_no_area(self) -> None:
        scene = fold((0, put("layer-aa")), (1, put("layer-bb", SOUND)))
        assert [one.area for one in placed(scene, 2)] == [Rect(x=0.0, y=0.0, width=1.0, height=1.0)]
        assert list(gains(scene, 2)) == ["layer-bb"]

    def test_a_piece_that_plays_once_leaves_when_it_is_over(self) -> None:
        scene = fold((10, put("layer-aa", SOUND)))
        assert list(gains(scene, 54)) == ["layer-aa"]
        assert list(gains(scene, 55)) == []

    def test_an_id_on_stage_is_replaced_where_it_stands(self) -> None:
        scene = fold((0, put("layer-aa", CLIP)), (1, put("layer-bb")), (2, put("layer-aa", TEXT)))
        assert [(one.layer_id, one.source) for one in scene.layers] == [("layer-aa", TEXT), ("layer-bb", STILL)]
        assert scene.strips == ()

    def test_past_the_bound_the_oldest_gives_way(self) -> None:
        scene = EMPTY
        for number in range(MAX_LAYERS + 1):
            scene = apply(scene, put(f"layer-{number:03}", CLIP), number)
        assert len(scene.layers) == len(scene.strips) == MAX_LAYERS
        assert scene.layers[0].layer_id == scene.strips[0].strip_id == "layer-001"


class TestLeaving:
    def test_remove_fades_from_where_the_fade_is(self) -> None:
        scene = fold((0, put("layer-aa", fade_ms=2000)), (30, Remove(layer_ids=("layer-aa",), fade_ms=1000)))
        assert opacities(scene, 30) == {"layer-aa": 0.5}
        assert opacities(scene, 45) == {"layer-aa": 0.25}
        assert opacities(scene, 60) == {}

    def test_what_left_is_passed_over(self) -> None:
        scene = fold((0, put("layer-aa")))
        for cue in (
            Remove(layer_ids=("layer-zz",)),
            SetLayer(layer_id="layer-zz", opacity=0.1),
            SetStrip(strip_id="layer-zz", mute=True),
            Arrange(layer_ids=("layer-zz",)),
        ):
            assert apply(scene, cue, 5) == scene

    def test_a_second_removal_never_prolongs_the_first(self) -> None:
        scene = fold(
            (0, put("layer-aa")), (30, Remove(layer_ids=("layer-aa",), fade_ms=500)), (35, Clear(fade_ms=9000))
        )
        assert opacities(scene, 45) == {}

    def test_a_quicker_removal_overtakes(self) -> None:
        scene = fold((0, put("layer-aa")), (30, Clear(fade_ms=9000)), (31, Remove(layer_ids=("layer-aa",), fade_ms=0)))
        assert opacities(scene, 31) == {}

    def test_who_leaves_keeps_the_area_and_the_others_take_the_rest(self) -> None:
        scene = fold((0, put("layer-aa")), (0, put("layer-bb")))
        before = {one.layer.layer_id: one.area for one in placed(scene, 5)}
        scene = fold((10, Remove(layer_ids=("layer-bb",), fade_ms=1000)), scene=scene)
        after = {one.layer.layer_id: one.area for one in placed(scene, 15)}
        assert after["layer-bb"] == before["layer-bb"]
        assert after["layer-aa"] == Rect(x=0.0, y=0.0, width=1.0, height=1.0)

    def test_clear_brings_the_slate_up_without_a_dark_moment(self) -> None:
        scene = fold((0, put("layer-aa")), (30, Clear(fade_ms=1000)))
        assert [slate(scene, n) for n in (29, 30, 45, 60)] == [0.0, 0.0, 1.0, 1.0]
        assert opacities(scene, 60) == {}

    def test_reactions_alone_leave_the_slate_behind_them(self) -> None:
        """They float over what is there; a picture beside them covers it as ever."""
        scene = fold((0, put("layer-aa", ReactionsSource())))
        assert (slate(scene, 1), opacities(scene, 1)) == (1.0, {"layer-aa": 1.0})
        assert slate(apply(scene, put("layer-bb"), 2), 2) == 0.0


class TestChanges:
    def test_a_layer_is_changed_only_in_what_is_given(self) -> None:
        scene = fold((0, put("layer-aa")), (1, SetLayer(layer_id="layer-aa", opacity=0.25, fit="cover")))
        (layer,) = scene.layers
        assert (layer.opacity, layer.fit, layer.on, layer.place) == (0.25, "cover", True, None)

    def test_a_place_is_taken_and_given_back_to_the_layout(self) -> None:
        corner = Rect(x=0.7, y=0.7, width=0.2, height=0.2)
        scene = fold((0, put("layer-aa")), (1, SetLayer(layer_id="layer-aa", place=corner)))
        assert placed(scene, 2)[0].area == corner
        scene = apply(scene, SetLayer(layer_id="layer-aa", auto_place=True), 3)
        assert placed(scene, 3)[0].area.width == 1.0

    def test_a_layer_that_is_off_is_not_seen_and_takes_no_area(self) -> None:
        scene = fold((0, put("layer-aa")), (0, put("layer-bb")), (1, SetLayer(layer_id="layer-bb", on=False)))
        assert [(one.layer.layer_id, one.area.width) for one in placed(scene, 1)] == [("layer-aa", 1.0)]
        assert slate(apply(scene, SetLayer(layer_id="layer-aa", on=False), 2), 2) == 1.0

    def test_drift_is_switched_on_a_still_and_on_nothing_else(self) -> None:
        scene = fold((0, put("layer-aa")), (0, put("layer-bb", CLIP)))
        for layer_id in ("layer-aa", "layer-bb"):
            scene = apply(scene, SetLayer(layer_id=layer_id, ken_burns=True), 1)
        assert isinstance(scene.layers[0].source, StillSource)
        assert scene.layers[0].source.ken_burns
        assert scene.layers[1].source == CLIP

    def test_a_layer_and_its_sound_follow_the_hall_until_they_are_steady(self) -> None:
        by_applause, by_hearts = Following(control="applause"), SoundFollowing(control="hearts")
        scene = fold((0, put("layer-aa", CLIP)), (0, put("layer-bb", CLIP)))
        assert followed(scene) == [None] * 4
        scene = apply(scene, SetLayer(layer_id="layer-aa", follows=by_applause), 1)
        scene = apply(scene, SetStrip(strip_id="layer-bb", follows=by_hearts), 1)
        scene = apply(scene, SetLayer(layer_id="layer-aa", opacity=0.5), 2)
        scene = apply(scene, SetStrip(strip_id="layer-bb", mute=True), 2)
        assert followed(scene) == [by_applause, None, None, by_hearts]
        scene = apply(scene, SetLayer(layer_id="layer-aa", steady=True), 3)
        scene = apply(scene, SetStrip(strip_id="layer-bb", steady=True), 3)
        assert followed(scene) == [None] * 4

    def test_arranging_puts_the_named_at_the_back_in_their_order(self) -> None:
        scene = fold(*((0, put(f"layer-{name}")) for name in ("aa", "bb", "cc", "dd")))
        scene = apply(scene, Arrange(layer_ids=("layer-cc", "layer-aa")), 1)
        assert [one.layer_id[-2:] for one in scene.layers] == ["cc", "aa", "bb", "dd"]

    def test_a_strip_is_set(self) -> None:
        scene = fold((0, put("layer-aa", SOUND)))
        cue = SetStrip(strip_id="layer-aa", gain_db=-6.0, pan=-1.0, mute=True, equaliser=Equaliser(bass_db=3.0))
        (strip,) = apply(scene, cue, 1).strips
        assert (strip.gain_db, strip.pan, strip.mute, strip.equaliser.bass_db) == (-6.0, -1.0, True, 3.0)
        assert gains(apply(scene, cue, 1), 2) == {"layer-aa": pytest.approx(0.501, abs=1e-3)}

    def test_the_bottom_of_a_fader_is_silence(self) -> None:
        assert (linear(-120.0), linear(0.0)) == (0.0, 1.0)

    def test_slate_and_credits_are_set(self) -> None:
        slate = Slate(title="Open stage", prompt="What do you hear?")
        scene = fold((0, SetSlate(slate=slate)), (0, ShowCredits(on=False)))
        assert (scene.slate, scene.credits) == (slate, False)

    def test_ducking_is_off_until_it_is_switched_on(self) -> None:
        assert [fold(*cues).ducking for cues in ((), ((0, SetDucking(on=True)),))] == [False, True]
        assert not fold((0, SetDucking(on=True)), (9, SetDucking(on=False))).ducking


class TestSafety:
    def test_panic_fades_to_the_slate_and_silence_and_back(self) -> None:
        scene = fold((0, SetMaster(gain_db=0.0)), (30, Panic(on=True, fade_ms=1000)))
        assert [panic_level(scene, n) for n in (30, 45, 60)] == [0.0, 0.5, 1.0]
        assert [master_gain(scene, n) for n in (30, 45, 60)] == [1.0, 0.5, 0.0]
        assert panic_level(apply(scene, Panic(on=False, fade_ms=0), 90), 90) == 0.0

    def test_panic_taken_back_halfway_goes_on_from_there(self) -> None:
        scene = fold((30, Panic(on=True, fade_ms=1000)), (45, Panic(on=False, fade_ms=1000)))
        assert [panic_level(scene, n) for n in (45, 60, 75)] == [0.5, 0.25, 0.0]

    def test_the_scene_goes_on_under_panic(self) -> None:
        scene = fold((0, put("layer-aa")), (10, Panic(on=True)), (50, put("layer-bb")))
        assert set(opacities(scene, 60)) == {"layer-aa", "layer-bb"}
        assert visible_contributions(scene, 60) == frozenset()

    def test_blackout_is_silent_at_once(self) -> None:
        scene = fold((0, put("layer-aa", CLIP, credit=ADA)), (10, Blackout(on=True)))
        assert (master_gain(scene, 10), credited(scene, 10)) == (0.0, ())
        assert credited(apply(scene, Blackout(on=False), 11), 11) == (ADA,)


class TestCredits:
    def test_each_person_seen_or_heard_is_named_once(self) -> None:
        scene = fold(
            (0, put("layer-aa", credit=ADA)),
            (0, put("layer-bb", CLIP, credit=ADA)),
            (0, put("layer-cc", SOUND, credit=BO)),
            (0, put("layer-dd", credit=NOBODY)),
        )
        assert credited(scene, 1) == (ADA, NOBODY, BO)

    def test_who_is_named_for_one_piece_is_named(self) -> None:
        hidden = Credit(person_id=ADA.person_id, name="")
        scene = fold((0, put("layer-aa", credit=hidden)), (0, put("layer-bb", credit=ADA)))
        assert credited(scene, 1) == (ADA,)

    def test_who_is_neither_seen_nor_heard_is_not_named(self) -> None:
        scene = fold((0, put("layer-aa", CLIP, credit=ADA)), (1, SetLayer(layer_id="layer-aa", on=False)))
        assert credited(scene, 1) == (ADA,)
        scene = apply(scene, SetStrip(strip_id="layer-aa", mute=True), 2)
        assert (credited(scene, 2), visible_contributions(scene, 2)) == ((), frozenset())

    def test_what_is_on_stage_is_known_by_contribution(self) -> None:
        scene = fold(
            (0, put("layer-aa", TEXT)), (0, put("layer-bb", SOUND)), (0, put("layer-cc", SolidSource(color="#102030")))
        )
        assert visible_contributions(scene, 1) == {"text-001", "sound-01"}
