"""What the host decides about guests: whom to ask, who comes on air and how, who goes."""

from __future__ import annotations

from typing import get_args

import pytest

from live.access import Caller
from live.decisions.inviting import put_of
from live.errors import Conflict, NotFound
from live.guest_views import guest_views, my_air_view
from live.messages import acts, air
from live.messages.events import Cued, PersonJoined, Taken
from live.messages.ids import PersonId
from live.messages.scene import LiveSource, SetStrip
from live.projection import person_view
from live.slots import Slots
from tests.live.decisions.desks import ANA, BO, HOST, Table
from tests.live.decisions.test_hands import CREW, accepted, on_stage

MODERATOR = Caller("moderator")


@pytest.fixture
def table() -> Table:
    return Table()


def test_each_person_has_one_stream_however_often_they_are_asked(table: Table) -> None:
    both = air.InviteGuests(person_ids=("person-ana", "person-bo-"), wants="both")
    assert len(table.do(HOST, both)) == 2
    assert table.do(HOST, both) == []


def test_who_is_not_of_this_show_or_was_stopped_cannot_be_asked(table: Table) -> None:
    with pytest.raises(NotFound):
        table.do(HOST, air.InviteGuests(person_ids=("person-nobody",), wants="both"))
    table.do(HOST, acts.Ban(person_id="person-ana", banned=True))
    with pytest.raises(Conflict, match="stopped"):
        table.do(HOST, air.InviteGuests(person_ids=("person-ana",), wants="both"))


def test_anyone_is_somebody_who_is_here_and_free_and_sits_there(table: Table) -> None:
    names = [f"person-{number:03}" for number in range(20)]
    table.take(*(PersonJoined(person_id=name) for name in names))
    table.take(*(air.SeatTold(person_id=name, seat=air.Seat(side="left")) for name in names[:5]))
    table.present = {*names[2:], "person-gone"}
    table.take(air.HandRaised(person_id=names[2], wants="both"))
    act = air.InviteAnyone(count=4, wants="camera", gathering="mosaic", group=air.Group(side="left"))
    drawn = table.do(HOST, act)
    assert {event.person_id for event in drawn if isinstance(event, air.GuestInvited)} == {names[3], names[4]}
    with pytest.raises(Conflict, match="nobody"):
        table.do(HOST, act)


def hall_of(table: Table, count: int) -> list[str]:
    """So many people of the left half, all here."""
    names = [f"person-{number:03}" for number in range(count)]
    table.take(*(PersonJoined(person_id=name) for name in names))
    table.take(*(air.SeatTold(person_id=name, seat=air.Seat(side="left", row=2)) for name in names))
    table.present = {*names, "person-bo-"}
    return names


@pytest.mark.parametrize(
    ("gathering", "wants", "places"), [("solo", "both", 3), ("mosaic", "camera", 6), ("choir", "microphone", 9)]
)
def test_a_whole_group_is_invited_as_far_as_there_is_room_and_the_others_stand_in_line(
    table: Table, gathering: air.Gathering, wants: air.Wants, places: int
) -> None:
    names = hall_of(table, 12)
    table.slots = Slots(phones=3, tiles=6, microphones=9)
    for early in (names[7], names[2]):
        table.do(Caller("audience", PersonId(early)), air.RaiseHand(wants="both"))
    act = air.InviteGroup(wants=wants, gathering=gathering, group=air.Group(side="left"))
    events = table.do(HOST, act)
    invited = [event.person_id for event in events if isinstance(event, air.GuestInvited)]
    assert len(invited) == places
    assert invited[:2] == [names[7], names[2]], "whose hand was up comes first"
    guests = table.state.guests
    assert set(invited) | set(guests.hands) == set(names), "nobody of the group is left out, nobody else is asked"
    assert sorted(guests.numbers().values()) == list(range(1, 12 - places + 1))
    assert table.result == f"{places} invited, {12 - places} in line"
    told = my_air_view(table.state, next(iter(guests.hands)), 0, table.state.offset)
    assert told is not None
    assert (told.state, told.number, told.by_host) == ("asking", 1, True)
    in_line = [view for view in guest_views(table.state, 0, table.state.offset) if view.state == "asking"]
    assert {view.gathering for view in in_line} == {gathering}, "what they were asked for they are invited to"
    assert not [event for event in table.do(HOST, act) if isinstance(event, air.GuestInvited)], "still no room"


def test_asked_again_a_group_goes_on_with_those_in_line(table: Table) -> None:
    hall_of(table, 3)
    table.slots = Slots(phones=1)
    act = air.InviteGroup(wants="both", group=air.Group(side="left", first_row=2, last_row=2))
    table.do(HOST, act)
    (first,) = table.state.guests.streams.values()
    next_in_line, last = table.state.guests.hands
    table.do(HOST, air.DropGuests(stream_ids=(first.stream_id,)))
    table.state.guests.seats.pop(first.person_id)
    (invited,) = (event for event in table.do(HOST, act) if isinstance(event, air.GuestInvited))
    assert invited.person_id == next_in_line
    assert table.state.guests.number(last) == 1


def test_who_stands_in_line_may_raise_a_hand_of_their_own_or_go(table: Table) -> None:
    (name,) = hall_of(table, 1)
    table.slots = Slots(phones=0)
    table.do(HOST, air.InviteGroup(wants="both", group=air.Group(side="left")))
    caller = Caller("audience", PersonId(name))
    table.do(caller, air.RaiseHand(wants="both"))
    assert not table.state.guests.hands[name].by_host
    table.do(caller, air.LowerHand())
    assert table.state.guests.hands == {}


def test_the_line_is_cleared_of_those_the_host_put_there(table: Table) -> None:
    names = hall_of(table, 4)
    table.slots = Slots(phones=1)
    table.do(BO, air.RaiseHand(wants="both"))
    table.do(HOST, air.InviteGroup(wants="both", group=air.Group(side="left")))
    assert len(table.state.guests.hands) == len(names)
    table.do(HOST, air.ClearLine())
    assert list(table.state.guests.hands) == ["person-bo-"]
    assert table.do(HOST, air.ClearLine()) == []


def test_a_group_of_nobody_is_said_to_be_so(table: Table) -> None:
    hall_of(table, 1)
    with pytest.raises(Conflict, match="a call also reaches"):
        table.do(HOST, air.InviteGroup(wants="both", group=air.Group(team="green")))


def test_a_moderator_mutes_and_drops_a_guest_and_puts_nobody_on_stage(table: Table) -> None:
    stream_id = accepted(table)
    mute = air.MuteGuest(stream_id=stream_id, mute=True)
    with pytest.raises(Conflict, match="heard on stage"):
        table.do(MODERATOR, mute)
    on_stage(table, stream_id)
    for muted in (True, False):
        (cued,) = table.do(MODERATOR, air.MuteGuest(stream_id=stream_id, mute=muted))
        assert isinstance(cued, Cued)
        assert (cued.cue, cued.by) == (SetStrip(strip_id=stream_id, mute=muted), "moderator")
    assert table.do(MODERATOR, air.DropGuests(stream_ids=(stream_id,)))
    allowed = set(get_args(acts.ModeratorAct))
    assert {air.MuteGuest, air.DropGuests, acts.Ban} <= allowed
    assert not allowed & {air.BringOnAir, air.InviteGuests, air.InviteGroup, acts.PutOnStage, acts.GiveCue}


def test_a_performer_stays_one_from_stream_to_stream(table: Table) -> None:
    table.do(HOST, acts.SetPerformer(person_id="person-ana", performer=True))
    assert table.do(HOST, acts.SetPerformer(person_id="person-ana", performer=True)) == []
    stream_id = accepted(table)
    table.do(HOST, air.DropGuests(stream_ids=(stream_id,)))
    accepted(table)
    assert person_view(table.state, "person-ana").performer
    table.do(HOST, acts.SetPerformer(person_id="person-ana", performer=False))
    assert not person_view(table.state, "person-ana").performer
    with pytest.raises(NotFound):
        table.do(HOST, acts.SetPerformer(person_id="person-nobody", performer=True))


def test_a_new_call_closes_the_one_before(table: Table) -> None:
    for number in (1, 2):
        table.do(HOST, air.OpenCall(call_id=f"call-000{number}", gathering="choir", wants="microphone"))
    call = table.state.guests.call
    assert call is not None
    assert (call.opened.call_id, call.is_open) == ("call-0002", True)
    assert table.do(HOST, air.CloseCall(call_id="call-0001")) == []
    table.do(HOST, air.CloseCall(call_id="call-0002"))
    assert table.do(HOST, air.CloseCall(call_id="call-0002")) == []


def test_only_who_said_yes_comes_on_air(table: Table) -> None:
    table.do(HOST, air.InviteGuests(person_ids=("person-ana",), wants="both"))
    stream_id = table.state.guests.stream_of["person-ana"]
    with pytest.raises(Conflict, match="not answered yet"):
        table.do(HOST, air.BringOnAir(stream_ids=(stream_id,)))


def test_of_several_the_first_may_replace_what_is_there(table: Table) -> None:
    streams = accepted(table, ANA), accepted(table, BO)
    called = table.do(HOST, air.BringOnAir(stream_ids=streams, transition="cut", countdown_ms=2000))
    calls = [event for event in called if isinstance(event, air.GuestCalled)]
    assert [call.transition for call in calls] == ["cut", "add"]
    assert {call.on_air_us for call in calls} == {table.now_us + 2_000_000}
    assert table.do(HOST, air.BringOnAir(stream_ids=streams)) == [], "they are called already"


@pytest.mark.parametrize(
    ("wants", "gathering", "picture", "sound", "with_names"),
    [
        ("both", "solo", True, True, False),
        ("camera", "mosaic", True, False, True),
        ("microphone", "choir", False, True, False),
    ],
)
def test_the_cue_of_a_guest_shows_what_they_offered(
    table: Table, wants: air.Wants, gathering: air.Gathering, picture: bool, sound: bool, with_names: bool
) -> None:
    table.do(HOST, air.InviteGuests(person_ids=("person-bo-",), wants=wants, gathering=gathering))
    stream_id = table.state.guests.stream_of["person-bo-"]
    table.do(BO, air.AnswerInvitation(stream_id=stream_id, accepted=True))
    table.do(HOST, air.BringOnAir(stream_ids=(stream_id,), transition="crossfade", fade_ms=900))
    put = put_of(table.state, table.state.guests.streams[stream_id])
    source = put.source
    assert isinstance(source, LiveSource)
    assert (source.picture, source.sound, source.with_names, source.guarded) == (picture, sound, with_names, True)
    assert source.choir == (gathering != "solo")
    assert (put.layer_id, put.transition, put.fade_ms) == (stream_id, "crossfade", 900)
    assert put.credit is not None
    assert put.credit.name == "Bo of Row F"


def test_the_desk_feed_comes_unguarded_and_uncredited(table: Table) -> None:
    table.do(CREW, air.OfferCamera(stream_id="desk-00001", wants="microphone", label="Desk"))
    table.do(HOST, air.BringOnAir(stream_ids=("desk-00001",)))
    put = put_of(table.state, table.state.guests.streams["desk-00001"])
    assert isinstance(put.source, LiveSource)
    assert (put.source.guarded, put.credit) == (False, None)


def test_who_was_taken_off_by_hand_gets_ready_again_and_may_be_called_again(table: Table) -> None:
    stream_id = accepted(table)
    on_stage(table, stream_id, picture=30)
    first = table.state.guests.streams[stream_id].cue_id
    on_stage_again = accepted(table, BO)
    table.do(HOST, air.BringOnAir(stream_ids=(on_stage_again,), transition="cut"))
    guest = table.state.guests.streams[on_stage_again]
    table.take(Cued(cue_id=guest.cue_id, cue=put_of(table.state, guest), by="usher"))
    table.take(Taken(cue_id=guest.cue_id, run_id="run-00001", picture=60))
    states = {guest.person_id: guest.state for guest in table.state.guests.streams.values()}
    assert states == {"person-ana": "getting_ready", "person-bo-": "on_air"}
    on_stage(table, stream_id, picture=90)
    assert table.state.guests.streams[stream_id].cue_id != first


def test_dropping_is_for_who_is_still_there(table: Table) -> None:
    stream_id = accepted(table)
    drop = air.DropGuests(stream_ids=(stream_id,))
    (left,) = table.do(HOST, drop)
    assert left == air.GuestLeft(stream_id=stream_id, reason="dropped", by="host")
    assert table.do(HOST, drop) == []
