"""What a person may do about being live: ask, be asked, answer, join, leave; each once, however often it is said."""

from __future__ import annotations

import pytest

from live.access import Caller
from live.errors import Conflict, NotAllowed, NotFound, TooMuch
from live.messages import acts, air
from live.messages.events import Cued, Taken
from live.messages.ids import PersonId
from live.messages.scene import LiveSource, Put, Remove
from live.slots import Slots
from tests.live.decisions.desks import ANA, BO, HOST, Table

CREW = Caller("crew")


@pytest.fixture
def table() -> Table:
    return Table()


def invited(table: Table, caller: Caller = ANA, wants: air.Wants = "both") -> str:
    table.do(HOST, air.InviteGuests(person_ids=(str(caller.person_id),), wants=wants))
    return table.state.guests.stream_of[str(caller.person_id)]


def accepted(table: Table, caller: Caller = ANA) -> str:
    stream_id = invited(table, caller)
    table.do(caller, air.AnswerInvitation(stream_id=stream_id, accepted=True))
    return stream_id


def on_stage(table: Table, stream_id: str, picture: int = 30) -> None:
    """Call a guest, give their cue and have the stage take it."""
    table.do(HOST, air.BringOnAir(stream_ids=(stream_id,)))
    cue = Put(layer_id=stream_id, source=LiveSource(stream_id=stream_id))
    cue_id = table.state.guests.streams[stream_id].cue_id
    table.take(Cued(cue_id=cue_id, cue=cue, by="usher"), Taken(cue_id=cue_id, run_id="run-00001", picture=picture))


def test_hands_are_numbered_in_the_order_they_went_up(table: Table) -> None:
    table.do(ANA, air.RaiseHand(wants="camera"))
    table.do(BO, air.RaiseHand(wants="both"))
    guests = table.state.guests
    assert (guests.number("person-ana"), guests.number("person-bo-")) == (1, 2)
    table.do(ANA, air.RaiseHand(wants="both"))
    assert guests.number("person-ana") == 1, "who only changes what they want keeps their place"
    table.do(ANA, air.LowerHand())
    assert (guests.number("person-ana"), guests.number("person-bo-")) == (0, 1)


def test_what_is_said_twice_is_journaled_once(table: Table) -> None:
    seat = air.TellSeat(seat=air.Seat(side="left", row=3))
    for act in (air.RaiseHand(wants="both"), seat, air.LowerHand()):
        assert len(table.do(ANA, act)) == 1
        assert table.do(ANA, act) == []


def test_who_is_asked_needs_no_hand(table: Table) -> None:
    table.do(ANA, air.RaiseHand(wants="both"))
    invited(table)
    assert table.state.guests.number("person-ana") == 0
    with pytest.raises(Conflict, match="not asked yet"):
        table.do(ANA, air.RaiseHand(wants="both"))


def test_yes_and_no_to_an_invitation(table: Table) -> None:
    stream_id = invited(table)
    assert not table.state.guests.streams[stream_id].is_accepted
    (said,) = table.do(ANA, air.AnswerInvitation(stream_id=stream_id, accepted=True))
    assert isinstance(said, air.GuestAccepted)
    assert table.do(ANA, air.AnswerInvitation(stream_id=stream_id, accepted=True)) == []
    other = invited(table, BO)
    (left,) = table.do(BO, air.AnswerInvitation(stream_id=other, accepted=False))
    assert left == air.GuestLeft(stream_id=other, reason="declined", by="person-bo-")
    assert table.do(BO, air.AnswerInvitation(stream_id=other, accepted=False)) == []
    with pytest.raises(Conflict, match="over"):
        table.do(BO, air.AnswerInvitation(stream_id=other, accepted=True))


def test_nobody_answers_or_ends_for_another(table: Table) -> None:
    stream_id = invited(table)
    for act in (air.AnswerInvitation(stream_id=stream_id, accepted=True), air.LeaveAir(stream_id=stream_id)):
        with pytest.raises(NotFound):
            table.do(BO, act)
        with pytest.raises(NotFound):
            table.do(CREW, air.LeaveAir(stream_id=stream_id))


def test_a_full_house_leaves_the_invitation_standing(table: Table) -> None:
    table.slots = Slots(phones=1)
    accepted(table)
    stream_id = invited(table, BO)
    with pytest.raises(TooMuch, match="when somebody has left"):
        table.do(BO, air.AnswerInvitation(stream_id=stream_id, accepted=True))
    table.do(HOST, air.DropGuests(stream_ids=tuple(table.state.guests.stream_of[i] for i in ("person-ana",))))
    assert table.do(BO, air.AnswerInvitation(stream_id=stream_id, accepted=True))


def test_who_leaves_is_off_the_stage(table: Table) -> None:
    stream_id = accepted(table)
    on_stage(table, stream_id)
    assert table.state.guests.streams[stream_id].state == "on_air"
    left, cued = table.do(ANA, air.LeaveAir(stream_id=stream_id))
    assert left == air.GuestLeft(stream_id=stream_id, reason="left", by="person-ana")
    assert isinstance(cued, Cued)
    assert isinstance(cued.cue, Remove)
    assert cued.cue.layer_ids == (stream_id,)
    assert table.do(ANA, air.LeaveAir(stream_id=stream_id)) == []


def test_a_cue_not_taken_yet_is_taken_back_too(table: Table) -> None:
    stream_id = accepted(table)
    table.do(HOST, air.BringOnAir(stream_ids=(stream_id,)))
    cue = Put(layer_id=stream_id, source=LiveSource(stream_id=stream_id))
    table.take(Cued(cue_id=table.state.guests.streams[stream_id].cue_id, cue=cue, by="usher"))
    _, cued = table.do(ANA, air.LeaveAir(stream_id=stream_id))
    assert isinstance(cued, Cued)


def test_a_ban_ends_the_stream_and_takes_the_hand_down(table: Table) -> None:
    stream_id = accepted(table)
    table.do(BO, air.RaiseHand(wants="both"))
    for person_id in ("person-ana", "person-bo-"):
        table.do(HOST, acts.Ban(person_id=person_id, banned=True))
    assert table.state.guests.ended[stream_id] == "banned"
    assert table.state.guests.hands == {}
    for act in (air.RaiseHand(wants="both"), air.AnswerInvitation(stream_id=stream_id, accepted=True)):
        with pytest.raises(NotAllowed, match="paused"):
            table.do(ANA, act)


def test_a_call_is_for_whom_it_is_for(table: Table) -> None:
    group = air.Group(side="left", first_row=2, last_row=4)
    table.do(HOST, air.OpenCall(call_id="call-0001", gathering="choir", wants="microphone", group=group))
    with pytest.raises(NotAllowed, match="where you sit"):
        table.do(ANA, air.JoinCall(call_id="call-0001"))
    assert table.state.guests.may_be_called_upon("person-ana"), "the phone asks where they sit"
    table.do(BO, air.TellSeat(seat=air.Seat(row=7)))
    assert not table.state.guests.may_be_called_upon("person-bo-")
    table.do(ANA, air.TellSeat(seat=air.Seat(side="left", row=4)))
    table.do(ANA, air.JoinCall(call_id="call-0001"))
    guest = table.state.guests.of_person("person-ana")
    assert guest is not None
    assert (guest.stream_id, guest.state, guest.gathering) == (table.result, "getting_ready", "choir")
    assert table.do(ANA, air.JoinCall(call_id="call-0001")) == []
    assert table.result == guest.stream_id


def test_a_call_that_is_over_takes_nobody_and_keeps_who_is_there(table: Table) -> None:
    table.do(HOST, air.OpenCall(call_id="call-0001", gathering="mosaic", wants="camera", straight_on=True))
    table.do(ANA, air.JoinCall(call_id="call-0001"))
    table.do(HOST, air.CloseCall(call_id="call-0001"))
    with pytest.raises(Conflict, match="over"):
        table.do(BO, air.JoinCall(call_id="call-0001"))
    guest = table.state.guests.of_person("person-ana")
    assert guest is not None
    assert guest.straight_on


def test_a_crew_camera_joins_at_once_under_its_own_name(table: Table) -> None:
    offer = air.OfferCamera(stream_id="camera-0001", wants="both", label="Balcony")
    table.do(CREW, offer)
    assert table.do(CREW, offer) == []
    guest = table.state.guests.streams["camera-0001"]
    assert (guest.is_crew, guest.state, guest.label) == (True, "getting_ready", "Balcony")
    table.do(CREW, air.LeaveAir(stream_id="camera-0001"))
    with pytest.raises(Conflict, match="never used"):
        table.do(CREW, offer)


def test_a_banned_person_joins_no_call(table: Table) -> None:
    table.do(HOST, acts.Ban(person_id="person-ana", banned=True))
    table.do(HOST, air.OpenCall(call_id="call-0001", gathering="choir", wants="microphone"))
    with pytest.raises(NotAllowed):
        table.do(Caller("audience", PersonId("person-ana")), air.JoinCall(call_id="call-0001"))
