"""What each may see: the author their piece's fate, the hall what was shared, the host everything; nothing not yet on
disk."""

from __future__ import annotations

import pytest

from live.messages import acts
from live.messages.events import Consent, ContributionFailed, ContributionReceived, ContributionShared
from live.messages.views import Changes
from live.projection import changes_for, status_of
from tests.live.decisions.desks import ANA, HOST, STAGE, Table


@pytest.fixture
def table() -> Table:
    return Table()


def to_host(table: Table, since: int = 0, durable: int | None = None) -> Changes:
    return changes_for(table.state, "host", None, since, table.state.offset if durable is None else durable)


def to_phone(table: Table, person_id: str, since: int = 0) -> Changes:
    return changes_for(table.state, "audience", person_id, since, table.state.offset)


def test_a_thing_comes_once_and_whole_after_every_change(table: Table) -> None:
    photo = table.photo()
    offset = table.state.offset
    assert [c.contribution_id for c in to_host(table).contributions] == [photo]
    assert to_host(table, offset).contributions == ()
    table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict="approved"))
    (again,) = to_host(table, offset).contributions
    assert (again.verdict, again.renditions is not None) == ("approved", True)


def test_what_is_not_on_disk_yet_is_left_for_the_next_time(table: Table) -> None:
    photo = table.photo()
    durable = table.state.offset
    table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict="approved"))
    assert to_host(table, 0, durable).contributions == ()
    assert [c.verdict for c in to_host(table, durable).contributions] == ["approved"]


def test_a_phone_sees_its_own_pieces_and_what_is_shared(table: Table) -> None:
    photo = table.photo()
    assert [m.contribution_id for m in to_phone(table, "person-ana").mine] == [photo]
    assert to_phone(table, "person-bo-").mine == ()
    assert to_phone(table, "person-bo-").shared == ()
    table.take(ContributionShared(contribution_id=photo, shared=True, by="host"))
    (shared,) = to_phone(table, "person-bo-").shared
    assert (shared.name, shared.still_key) == ("Ana", "renditions/photo-ana/still.jpg")


def test_the_console_knows_every_prompt_and_a_phone_only_the_one_that_stands(table: Table) -> None:
    for number in (1, 2):
        table.do(HOST, acts.SetPrompt(prompt_id=f"prompt-{number:03}", text=f"Ask {number}"))
    assert [p.text for p in to_host(table).prompts] == ["Ask 1", "Ask 2"]
    phone = to_phone(table, "person-ana")
    assert phone.prompts == ()
    assert phone.prompt is not None
    assert phone.prompt.text == "Ask 2"


def test_what_is_no_longer_shared_is_taken_back_without_its_files(table: Table) -> None:
    photo = table.photo()
    for on in (True, False):
        table.take(ContributionShared(contribution_id=photo, shared=on, by="host"))
    (shared,) = to_phone(table, "person-bo-").shared
    assert (shared.shared, shared.still_key) == (False, None)


def test_the_fate_of_a_piece_in_its_authors_words(table: Table) -> None:
    table.take(
        ContributionReceived(contribution_id="photo-new", person_id="person-ana", kind="photo", consent=Consent()),
        ContributionReceived(contribution_id="photo-bad", person_id="person-ana", kind="photo", consent=Consent()),
        ContributionFailed(contribution_id="photo-bad", code="bad_media", reason="no picture in it"),
    )
    photo, sound, words = table.photo(), table.sound(), table.photo("photo-two")
    fates = []

    def note(contribution_id: str) -> None:
        fates.append(status_of(table.state.contributions[contribution_id]))

    note("photo-new")
    note("photo-bad")
    note(photo)
    table.do(HOST, acts.Judge(contribution_ids=(sound,), verdict="held"))
    note(sound)
    table.do(HOST, acts.Judge(contribution_ids=(words,), verdict="rejected"))
    note(words)
    table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict="approved"))
    note(photo)
    for act in (acts.PutOnStage(contribution_id=photo, layer_id="layer-0001"), acts.Retract(contribution_ids=(photo,))):
        cue_id = table.do(HOST, act)[-1].cue_id  # type: ignore[union-attr]
        table.do(STAGE, acts.TakeCue(cue_id=cue_id, run_id="run-00001", picture=30))
        note(photo)
    table.do(ANA, acts.Withdraw(contribution_id=photo))
    note(photo)
    assert fates == [
        "received", "failed", "waiting", "waiting", "declined", "approved", "on_stage", "was_on_stage", "withdrawn",
    ]  # fmt: skip


def test_the_host_sees_no_words_of_a_piece_that_was_taken_back(table: Table) -> None:
    act = acts.SendText(contribution_id="story-0001", text="private after all", consent=Consent())
    table.do(ANA, act)
    table.do(ANA, acts.Withdraw(contribution_id="story-0001"))
    (piece,) = to_host(table).contributions
    assert (piece.state, piece.text) == ("withdrawn", "")


def test_an_anonymous_piece_names_nobody(table: Table) -> None:
    table.photo(consent=Consent(anonymous=True))
    (piece,) = to_host(table).contributions
    assert piece.name == ""
