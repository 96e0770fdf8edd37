"""The door to the stage: approved, ready and allowed, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.decisions.table import asked_acts, decided_acts
from live.errors import Conflict, HouselightsError, NotAllowed, NotFound
from live.messages import acts
from live.messages.events import Consent, Cued, RunStarted, Taken
from live.messages.scene import (
    Panic,
    Put,
    ReactionsSource,
    SetSlate,
    Slate,
    SolidSource,
    SoundSource,
    Source,
    StillSource,
    TextSource,
)
from tests.live.decisions.desks import ANA, HOST, STAGE, Table


@pytest.fixture
def table() -> Table:
    return Table()


def put(contribution_id: str, layer_id: str = "layer-0001", **more: object) -> acts.PutOnStage:
    return acts.PutOnStage(contribution_id=contribution_id, layer_id=layer_id, **more)  # type: ignore[arg-type]


def approve(table: Table, contribution_id: str) -> None:
    table.do(HOST, acts.Judge(contribution_ids=(contribution_id,), verdict="approved"))


def test_every_act_has_a_row_in_the_table() -> None:
    assert decided_acts() == asked_acts()


def test_an_unapproved_piece_does_not_pass(table: Table) -> None:
    with pytest.raises(Conflict, match="approve it first"):
        table.do(HOST, put(table.photo()))


def test_a_piece_kept_off_the_stage_by_its_author_does_not_pass(table: Table) -> None:
    photo = table.photo(consent=Consent(stage=False))
    approve(table, photo)
    with pytest.raises(Conflict, match="keeps off the stage"):
        table.do(HOST, put(photo))


def test_an_approved_photo_becomes_a_credited_layer(table: Table) -> None:
    photo = table.photo()
    approve(table, photo)
    (cued,) = table.do(HOST, put(photo, transition="crossfade", fade_ms=900))
    assert isinstance(cued, Cued)
    assert isinstance(cued.cue, Put)
    assert isinstance(cued.cue.source, StillSource)
    assert cued.cue.credit is not None
    assert (cued.cue.credit.name, cued.cue.fade_ms) == ("Ana", 900)


def test_who_wants_to_stay_anonymous_is_not_named(table: Table) -> None:
    photo = table.photo(consent=Consent(anonymous=True))
    approve(table, photo)
    (cued,) = table.do(HOST, put(photo))
    assert isinstance(cued, Cued)
    assert isinstance(cued.cue, Put)
    assert cued.cue.credit is not None
    assert cued.cue.credit.name == ""


def test_a_sound_comes_as_a_sound(table: Table) -> None:
    sound = table.sound()
    approve(table, sound)
    (cued,) = table.do(HOST, put(sound))
    assert isinstance(cued, Cued)
    assert isinstance(cued.cue, Put)
    assert isinstance(cued.cue.source, SoundSource)


def test_the_same_piece_is_not_added_twice_but_may_be_cut_to(table: Table) -> None:
    photo = table.photo()
    approve(table, photo)
    table.do(HOST, put(photo))
    with pytest.raises(Conflict, match="not on stage yet"):
        table.do(HOST, put(photo, "layer-0002"))
    assert table.do(HOST, put(photo, "layer-0002", transition="cut"))


def test_a_hand_made_cue_cannot_smuggle_a_contribution_in(table: Table) -> None:
    source = TextSource(text="unapproved", contribution_id="story-0001")
    with pytest.raises(NotAllowed, match="put_on_stage"):
        table.do(HOST, acts.GiveCue(cue_id="cue-00001", cue=Put(layer_id="layer-0001", source=source)))
    with pytest.raises(NotAllowed):
        table.do(HOST, acts.GiveCue(cue_id="cue-00002", cue=SetSlate(slate=Slate(prompt="mine"))))


def test_words_and_colours_of_the_host_may_come_as_they_are(table: Table) -> None:
    sources: list[Source] = [TextSource(text="Intermission"), SolidSource(color="#ffb238"), ReactionsSource()]
    for number, source in enumerate(sources):
        act = acts.GiveCue(cue_id=f"cue-0000{number}", cue=Put(layer_id=f"layer-000{number}", source=source))
        assert len(table.do(HOST, act)) == 1


def test_a_cue_given_twice_is_one_cue(table: Table) -> None:
    act = acts.GiveCue(cue_id="cue-00001", cue=Panic(on=True))
    assert len(table.do(HOST, act)) == 1
    assert table.do(HOST, act) == []


def test_the_scene_changes_when_the_stage_says_so(table: Table) -> None:
    photo = table.photo()
    approve(table, photo)
    (cued,) = table.do(HOST, put(photo))
    assert isinstance(cued, Cued)
    assert not table.state.scene.layers
    table.do(STAGE, acts.TakeCue(cue_id=cued.cue_id, run_id="run-00001", picture=90))
    assert [layer.layer_id for layer in table.state.scene.layers] == ["layer-0001"]
    piece = table.state.contributions[photo]
    assert piece.is_on_stage
    assert table.state.picture_us(piece.stage_times[0].start) == 3_000_000
    assert table.do(STAGE, acts.TakeCue(cue_id=cued.cue_id, run_id="run-00001", picture=91)) == []


def test_time_on_stage_ends_with_the_cue_that_takes_it_off(table: Table) -> None:
    photo = table.photo()
    approve(table, photo)
    for act, picture in ((put(photo), 30), (acts.Retract(contribution_ids=(photo,)), 60)):
        cued = table.do(HOST, act)[-1]
        assert isinstance(cued, Cued)
        table.do(STAGE, acts.TakeCue(cue_id=cued.cue_id, run_id="run-00001", picture=picture))
    (time,) = table.state.contributions[photo].stage_times
    assert (time.start, time.end) == (30, 60)


def test_a_panic_from_the_stages_own_keys_is_journaled_with_its_cue(table: Table) -> None:
    cued, taken = table.do(STAGE, acts.TakeCue(cue_id="cue-local1", run_id="run-00001", picture=10, cue=Panic(on=True)))
    assert isinstance(cued, Cued)
    assert isinstance(taken, Taken)
    assert cued.by == "stage"


def test_a_cue_nobody_gave_is_refused(table: Table) -> None:
    with pytest.raises(NotFound, match="without its cue"):
        table.do(STAGE, acts.TakeCue(cue_id="cue-none1", run_id="run-00001", picture=10))


def test_a_run_is_journaled(table: Table) -> None:
    act = acts.StartRun(run_id="run-00001", first_picture=5, pictures_per_second=30, width_px=1920, height_px=1080)
    (event,) = table.do(STAGE, act)
    assert isinstance(event, RunStarted)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("judge"), st.sampled_from(["waiting", "held", "approved", "rejected"]), st.integers(0, 2)),
        st.tuples(st.just("put"), st.sampled_from(["add", "cut", "crossfade"]), st.integers(0, 2)),
        st.tuples(st.just("consent"), st.booleans(), st.integers(0, 2)),
        st.tuples(st.sampled_from(["withdraw", "retract", "ban", "take"]), st.none(), st.integers(0, 2)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_happens_in_whatever_order_only_what_may_be_shown_is_on_stage(
    steps: list[tuple[str, object, int]],
) -> None:
    """The invariant of the whole hub, over random orders of every act that touches it, cues taken at random moments."""
    table = Table()
    photos = [table.photo(f"photo-{n}-ana") for n in range(3)]
    for number, (what, how, which) in enumerate(steps):
        try:
            _step(table, what, how, photos[which], number)
        except HouselightsError:
            continue
    _take_all(table, len(steps))
    for layer in table.state.scene.layers:
        if layer.fade.end == 0:
            continue  # on its way out
        piece = table.state.contributions[str(getattr(layer.source, "contribution_id", ""))]
        assert piece.verdict == "approved"
        assert piece.consent.stage
        assert not piece.withdrawn


def _step(table: Table, what: str, how: object, photo: str, number: int) -> None:
    match what:
        case "judge":
            table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict=how))  # type: ignore[arg-type]
        case "put":
            table.do(HOST, put(photo, f"layer-{number:04}", transition=how))
        case "consent":
            table.do(ANA, acts.ChangeConsent(contribution_id=photo, consent=Consent(stage=bool(how))))
        case "withdraw":
            table.do(ANA, acts.Withdraw(contribution_id=photo))
        case "retract":
            table.do(HOST, acts.Retract(contribution_ids=(photo,)))
        case "ban":
            table.do(HOST, acts.Ban(person_id="person-ana", banned=True))
        case _:
            _take_all(table, number)


def _take_all(table: Table, number: int) -> None:
    """The stage takes what is pending, in order, as the engine does."""
    for cue_id in list(table.state.pending):
        table.do(STAGE, acts.TakeCue(cue_id=cue_id, run_id="run-00001", picture=number * 10))
