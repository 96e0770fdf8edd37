"""What host and moderators decide: nothing unapproved on stage, one click takes anything off."""

from __future__ import annotations

import pytest

from live.errors import BadInput, Conflict, NotFound
from live.messages import acts
from live.messages.events import AlbumMade, ContributionJudged, Cued, KeysTurned, PersonBanned, PromptSet
from live.messages.scene import Remove, SetSlate
from tests.live.decisions.desks import ANA, HOST, Table


@pytest.fixture
def table() -> Table:
    return Table()


def stage(table: Table, contribution_id: str, layer_id: str = "layer-0001") -> None:
    table.do(HOST, acts.Judge(contribution_ids=(contribution_id,), verdict="approved"))
    table.do(HOST, acts.PutOnStage(contribution_id=contribution_id, layer_id=layer_id))


def test_a_piece_waits_until_it_is_approved(table: Table) -> None:
    assert table.state.contributions[table.photo()].verdict == "waiting"


@pytest.mark.parametrize("verdict", ["held", "rejected", "waiting"])
def test_any_other_verdict_takes_the_piece_off_the_stage(table: Table, verdict: str) -> None:
    stage(table, table.photo())
    judged, cue = table.do(HOST, acts.Judge(contribution_ids=("photo-ana",), verdict=verdict))  # type: ignore[arg-type]
    assert isinstance(judged, ContributionJudged)
    assert isinstance(cue, Cued)
    assert isinstance(cue.cue, Remove)


def test_judging_twice_changes_nothing_the_second_time(table: Table) -> None:
    act = acts.Judge(contribution_ids=(table.photo(),), verdict="approved")
    assert len(table.do(HOST, act)) == 1
    assert table.do(HOST, act) == []


def test_an_unknown_piece_cannot_be_judged(table: Table) -> None:
    with pytest.raises(NotFound, match="reload"):
        table.do(HOST, acts.Judge(contribution_ids=("photo-none",), verdict="approved"))


def test_retracting_takes_off_at_once_holds_and_unshares(table: Table) -> None:
    photo = table.photo()
    stage(table, photo)
    table.do(HOST, acts.Share(contribution_id=photo, shared=True))
    events = table.do(HOST, acts.Retract(contribution_ids=(photo,)))
    cue = events[-1]
    assert isinstance(cue, Cued)
    assert isinstance(cue.cue, Remove)
    assert cue.cue.fade_ms == 0
    assert table.state.contributions[photo].verdict == "held"
    assert not table.state.contributions[photo].shared


def test_a_ban_takes_everything_of_a_device_out_of_queue_and_stage(table: Table) -> None:
    stage(table, table.photo())
    table.sound()
    events = table.do(HOST, acts.Ban(person_id="person-ana", banned=True))
    assert isinstance(events[0], PersonBanned)
    assert {c.verdict for c in table.state.contributions.values()} == {"rejected"}
    assert isinstance(events[-1], Cued)
    assert table.do(HOST, acts.Ban(person_id="person-ana", banned=True)) == []


def test_lifting_a_ban_brings_nothing_back(table: Table) -> None:
    table.photo()
    table.do(HOST, acts.Ban(person_id="person-ana", banned=True))
    assert len(table.do(HOST, acts.Ban(person_id="person-ana", banned=False))) == 1
    assert table.state.contributions["photo-ana"].verdict == "rejected"


def test_only_an_approved_piece_can_be_shared(table: Table) -> None:
    with pytest.raises(Conflict, match="approve it first"):
        table.do(HOST, acts.Share(contribution_id=table.photo(), shared=True))


def test_a_new_prompt_brings_a_new_slate(table: Table) -> None:
    prompt, cue = table.do(HOST, acts.SetPrompt(prompt_id="prompt-001", text=" What did you see? ", kinds=("photo",)))
    assert isinstance(prompt, PromptSet)
    assert prompt.text == "What did you see?"
    assert isinstance(cue, Cued)
    assert isinstance(cue.cue, SetSlate)
    assert (cue.cue.slate.prompt, cue.cue.slate.code) == ("What did you see?", "CODE0")


def test_a_prompt_must_take_some_kind_of_answer(table: Table) -> None:
    with pytest.raises(BadInput, match="at least one kind"):
        table.do(HOST, acts.SetPrompt(prompt_id="prompt-001", text="?", kinds=()))


def test_albums_are_made_filled_ordered_and_emptied(table: Table) -> None:
    photo, sound = table.photo(), table.sound()
    (made,) = table.do(HOST, acts.MakeAlbum(album_id="album-0001", title="Rain"))
    assert isinstance(made, AlbumMade)
    table.do(HOST, acts.PlaceInAlbum(album_id="album-0001", contribution_id=photo, position=0))
    table.do(HOST, acts.PlaceInAlbum(album_id="album-0001", contribution_id=sound, position=0, note="opener"))
    assert table.state.albums["album-0001"].entries == ((sound, "opener"), (photo, ""))
    table.do(HOST, acts.PlaceInAlbum(album_id="album-0001", contribution_id=sound, position=10**30))
    assert table.state.albums["album-0001"].entries == ((photo, ""), (sound, "opener")), "a move keeps the note"
    table.do(HOST, acts.PlaceInAlbum(album_id="album-0001", contribution_id=photo, note="at dusk"))
    assert table.state.albums["album-0001"].entries == ((photo, "at dusk"), (sound, "opener")), "a note keeps the place"
    table.do(HOST, acts.EditAlbum(album_id="album-0001", title="Rain on tin", note="for the end"))
    table.do(HOST, acts.DropFromAlbum(album_id="album-0001", contribution_id=photo))
    album = table.state.albums["album-0001"]
    assert (album.title, album.note, [i for i, _ in album.entries]) == ("Rain on tin", "for the end", [sound])


def test_turning_keys_gives_the_new_link(table: Table) -> None:
    (event,) = table.do(HOST, acts.TurnKeys(role="moderator"))
    assert event == KeysTurned(role="moderator", generation=1)
    assert table.result == "http://hall/moderator/1"


def test_turning_the_audiences_code_puts_the_new_one_on_the_slate(table: Table) -> None:
    _, cue = table.do(HOST, acts.TurnKeys(role="audience"))
    assert isinstance(cue, Cued)
    assert isinstance(cue.cue, SetSlate)
    assert cue.cue.slate.code == "CODE1"


def test_a_piece_its_author_took_back_cannot_be_approved(table: Table) -> None:
    photo = table.photo()
    table.do(ANA, acts.Withdraw(contribution_id=photo))
    with pytest.raises(Conflict, match="took back"):
        table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict="approved"))
