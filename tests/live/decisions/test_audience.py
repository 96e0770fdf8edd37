"""What a person in the audience may do, and what is put right on the way."""

from __future__ import annotations

import pytest

from live.decisions.audience import clean_text, graphemes
from live.errors import BadInput, Banned, NotAllowed, NotFound
from live.messages import acts, air
from live.messages.events import (
    Beside,
    Consent,
    ConsentChanged,
    ContributionReceived,
    ContributionShared,
    ContributionWithdrawn,
    Cued,
    PersonBanned,
)
from live.messages.scene import Remove
from live.projection import changes_for
from tests.live.decisions.desks import ANA, BO, HOST, Table


def story(text: str, contribution_id: str = "story-0001", **more: object) -> acts.SendText:
    return acts.SendText(contribution_id=contribution_id, text=text, consent=Consent(), **more)  # type: ignore[arg-type]


@pytest.fixture
def table() -> Table:
    return Table()


def test_words_are_received_as_their_author_meant_them(table: Table) -> None:
    (event,) = table.do(ANA, story("  The lights went down.\r\nI looked up.  "))
    assert isinstance(event, ContributionReceived)
    assert event.text == "The lights went down.\nI looked up."


def test_the_same_words_sent_twice_are_one_piece(table: Table) -> None:
    table.do(ANA, story("once"))
    assert table.do(ANA, story("once")) == []


def test_markup_stays_text_and_control_characters_go() -> None:
    dirty = "<b>hi</b>\x00\x1b[31m\u202eevil\u2028" + "\ufeff"
    assert clean_text(dirty, keep_lines=True).startswith("<b>hi</b>[31mevil")
    assert "\x00" not in clean_text(dirty, keep_lines=True)
    assert "\u202e" not in clean_text(dirty, keep_lines=True)


def test_joined_emoji_and_right_to_left_marks_survive() -> None:
    family, hebrew = "👩‍👩‍👧‍👦", "שלום\u200f!"
    assert clean_text(family, keep_lines=True) == family
    assert clean_text(hebrew, keep_lines=True) == hebrew


def test_a_family_counts_as_one_character() -> None:
    assert graphemes("👩‍👩‍👧‍👦é") == 2


def test_280_characters_pass_and_281_are_refused_with_both_numbers(table: Table) -> None:
    assert table.do(ANA, story("é" * 280))
    with pytest.raises(BadInput, match="at most 280 characters, got 281"):
        table.do(ANA, story("é" * 281, "story-0002"))


def test_words_of_nothing_but_space_are_refused(table: Table) -> None:
    with pytest.raises(BadInput, match="some words"):
        table.do(ANA, story(" \n\t\x07 "))


def test_a_prompt_that_never_was_is_left_out(table: Table) -> None:
    (event,) = table.do(ANA, story("late", prompt_id="prompt-999"))
    assert isinstance(event, ContributionReceived)
    assert event.prompt_id is None


def test_a_remix_names_its_parent_once_the_host_shared_it(table: Table) -> None:
    photo = table.photo()
    (before,) = table.do(BO, story("too early", "story-0003", parents=(photo,)))
    table.take(ContributionShared(contribution_id=photo, shared=True, by="host"))
    (after,) = table.do(BO, story("an answer", "story-0004", parents=(photo, photo)))
    assert isinstance(before, ContributionReceived)
    assert isinstance(after, ContributionReceived)
    assert (before.parents, after.parents) == ((), (photo,))
    assert table.state.contributions[photo].children == ("story-0004",)


def test_a_stopped_device_sends_nothing_more(table: Table) -> None:
    table.take(PersonBanned(person_id="person-ana", banned=True, by="host"))
    with pytest.raises(Banned, match="paused this phone"):
        table.do(ANA, story("again"))


def test_somebody_elses_piece_is_as_unknown_as_none(table: Table) -> None:
    photo = table.photo()
    with pytest.raises(NotFound):
        table.do(BO, acts.Withdraw(contribution_id=photo))
    with pytest.raises(NotFound):
        table.do(BO, acts.ChangeConsent(contribution_id=photo, consent=Consent()))
    with pytest.raises(NotAllowed):
        table.do(BO, story("mine now", photo))


def staged(table: Table) -> str:
    photo = table.photo()
    table.do(HOST, acts.Judge(contribution_ids=(photo,), verdict="approved"))
    table.do(HOST, acts.PutOnStage(contribution_id=photo, layer_id="layer-0001"))
    return photo


def test_a_piece_taken_back_leaves_the_stage_at_once(table: Table) -> None:
    photo = staged(table)
    withdrawn, cue = table.do(ANA, acts.Withdraw(contribution_id=photo))
    assert isinstance(withdrawn, ContributionWithdrawn)
    assert isinstance(cue, Cued)
    assert isinstance(cue.cue, Remove)
    assert cue.cue.layer_ids == ("layer-0001",)
    assert table.do(ANA, acts.Withdraw(contribution_id=photo)) == []


def test_no_longer_for_the_stage_means_off_the_stage(table: Table) -> None:
    photo = staged(table)
    changed, cue = table.do(ANA, acts.ChangeConsent(contribution_id=photo, consent=Consent(stage=False)))
    assert isinstance(changed, ConsentChanged)
    assert isinstance(cue, Cued)


def test_a_name_that_may_no_longer_be_shown_leaves_with_its_piece(table: Table) -> None:
    photo = staged(table)
    assert len(table.do(ANA, acts.ChangeConsent(contribution_id=photo, consent=Consent(anonymous=True)))) == 2


def test_another_word_on_money_changes_nothing_on_stage(table: Table) -> None:
    photo = staged(table)
    assert len(table.do(ANA, acts.ChangeConsent(contribution_id=photo, consent=Consent(paid=True)))) == 1


def recorded_beside(table: Table, stream_id: str) -> str:
    """A video of Ana's that her phone says it recorded beside a stream."""
    beside = Beside(stream_id=stream_id, started_us=0)
    piece = f"beside-{stream_id}"
    table.take(
        ContributionReceived(
            contribution_id=piece, person_id="person-ana", kind="video", consent=Consent(), beside=beside
        )
    )
    return piece


@pytest.mark.parametrize("how", ["withdraw", "no longer for the stage"])
def test_what_was_live_is_taken_back_with_the_piece_recorded_beside_it(table: Table, how: str) -> None:
    table.do(HOST, air.InviteGuests(person_ids=("person-ana",), wants="both"))
    stream_id = table.state.guests.stream_of["person-ana"]
    piece = recorded_beside(table, stream_id)
    asked: acts.Withdraw | acts.ChangeConsent = acts.Withdraw(contribution_id=piece)
    if how != "withdraw":
        asked = acts.ChangeConsent(contribution_id=piece, consent=Consent(stage=False))
    withdrawn = air.StreamWithdrawn(stream_id=stream_id)
    assert withdrawn in table.do(ANA, asked)
    assert table.state.guests.withdrawn == {stream_id}
    assert withdrawn not in table.do(ANA, acts.Withdraw(contribution_id=piece)), "once is enough"


@pytest.mark.parametrize("is_over", [True, False])
def test_what_was_live_is_taken_back_by_itself(table: Table, is_over: bool) -> None:
    """No piece was recorded beside it. One that goes on is left; one's own list names what is over and still kept."""
    table.do(HOST, air.InviteGuests(person_ids=("person-ana",), wants="both"))
    stream_id = table.state.guests.stream_of["person-ana"]
    table.do(ANA, air.AnswerInvitation(stream_id=stream_id, accepted=True))
    if is_over:
        table.do(ANA, air.LeaveAir(stream_id=stream_id))
        assert [one.stream_id for one in streams_of(table, "person-ana")] == [stream_id]
    with pytest.raises(NotFound):
        table.do(BO, air.WithdrawStream(stream_id=stream_id))
    events = table.do(ANA, air.WithdrawStream(stream_id=stream_id))
    left = [] if is_over else [air.GuestLeft(stream_id=stream_id, reason="left", by=str(ANA.name))]
    assert events == [air.StreamWithdrawn(stream_id=stream_id), *left]
    assert streams_of(table, "person-ana") == ()
    assert table.do(ANA, air.WithdrawStream(stream_id=stream_id)) == [], "once is enough"


def streams_of(table: Table, person_id: str) -> tuple[air.MyStreamView, ...]:
    before = table.state.offset - 1
    mine = changes_for(table.state, "audience", person_id, before, table.state.offset).my_air
    assert mine is not None, "the phone is told"
    return mine.streams


def test_nobody_takes_back_what_somebody_else_was_live_with(table: Table) -> None:
    """Which stream a piece was recorded beside is what the phone says."""
    table.do(HOST, air.InviteGuests(person_ids=("person-bo-",), wants="both"))
    piece = recorded_beside(table, table.state.guests.stream_of["person-bo-"])
    (withdrawn,) = table.do(ANA, acts.Withdraw(contribution_id=piece))
    assert isinstance(withdrawn, ContributionWithdrawn)
    assert not table.state.guests.withdrawn
