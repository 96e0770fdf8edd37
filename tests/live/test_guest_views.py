"""What host and phones see of who is live: each thing once, whole, and nobody another's."""

from __future__ import annotations

import pytest

from live.access import Caller
from live.messages import acts, air
from live.messages.events import Cued, Taken
from live.messages.scene import Cue, LiveSource, Put, Remove, SetStrip
from live.messages.views import Changes
from live.projection import changes_for
from tests.live.decisions.desks import ANA, BO, HOST, Table
from tests.live.decisions.test_hands import accepted, on_stage


@pytest.fixture
def table() -> Table:
    return Table()


def to_host(table: Table, since: int = 0) -> Changes:
    return changes_for(table.state, "host", None, since, table.state.offset, table.slots)


def my_air(table: Table, person_id: str, since: int = 0) -> air.MyAirView | None:
    return changes_for(table.state, "audience", person_id, since, table.state.offset).my_air


def test_everybody_behind_moves_up_when_one_is_asked(table: Table) -> None:
    table.do(ANA, air.RaiseHand(wants="both"))
    table.do(BO, air.RaiseHand(wants="camera"))
    since = table.state.offset
    table.do(HOST, air.InviteGuests(person_ids=("person-ana",), wants="both"))
    behind = my_air(table, "person-bo-", since)
    assert behind is not None
    assert (behind.state, behind.number) == ("asking", 1)
    states = {guest.person_id: (guest.state, guest.number) for guest in to_host(table, since).guests}
    assert states == {"person-ana": ("invited", 0), "person-bo-": ("asking", 1)}


def test_who_is_not_concerned_hears_nothing(table: Table) -> None:
    since = table.state.offset
    table.do(ANA, air.RaiseHand(wants="both"))
    assert my_air(table, "person-bo-", since) is None
    assert to_host(table).guests[0].name == "Ana"
    assert changes_for(table.state, "audience", "person-bo-", 0, table.state.offset).guests == ()


def test_a_guest_who_is_gone_is_told_once_to_who_knew_them(table: Table) -> None:
    stream_id = accepted(table)
    since = table.state.offset
    table.do(HOST, air.DropGuests(stream_ids=(stream_id,)))
    (gone,) = to_host(table, since).guests
    assert (gone.gone, gone.stream_id, gone.ended) == (True, stream_id, "dropped")
    assert to_host(table, table.state.offset).guests == ()
    assert to_host(table, 0).guests == (), "who comes later need not know"
    mine = my_air(table, "person-ana", since)
    assert mine is not None
    assert (mine.state, mine.ended) == (None, "dropped")


def test_a_lowered_hand_is_gone_too(table: Table) -> None:
    table.do(ANA, air.RaiseHand(wants="both"))
    since = table.state.offset
    table.do(ANA, air.LowerHand())
    (gone,) = to_host(table, since).guests
    assert (gone.gone, gone.state, gone.number) == (True, "asking", 0)


def test_the_way_on_air_as_its_guest_sees_it(table: Table) -> None:
    stream_id = accepted(table)
    seen = [my_air(table, "person-ana")]
    table.do(HOST, air.BringOnAir(stream_ids=(stream_id,), countdown_ms=3000))
    seen.append(my_air(table, "person-ana"))
    on_stage(table, stream_id)
    seen.append(my_air(table, "person-ana"))
    assert [one and (one.state, one.on_air_us) for one in seen] == [
        ("getting_ready", None),
        ("called", table.now_us + 3_000_000),
        ("on_air", table.now_us + 3_000_000),
    ]


def take(table: Table, cue: Cue) -> None:
    """The host gives a cue, and the stage takes it."""
    cue_id = f"cue-{table.state.offset:05}"
    table.take(Cued(cue_id=cue_id, cue=cue, by="host"), Taken(cue_id=cue_id, run_id="run-00001", picture=60))


def test_who_is_muted_is_told_until_they_are_heard_again(table: Table) -> None:
    """And nobody else is; a fader that is down, as in the midst of a mix, is no mute."""
    on_stage(table, mine := accepted(table))
    on_stage(table, accepted(table, BO))
    seen = []
    for change in ({"gain_db": -120.0}, {"mute": True}, {"pan": 0.5}, {"mute": False}, {"mute": True}):
        since = table.state.offset
        take(table, SetStrip(strip_id=mine, **change))
        told = my_air(table, "person-ana", since)
        seen.append(told and (told.state, told.is_muted))
        assert my_air(table, "person-bo-", since) is None
    assert seen == [None, ("on_air", True), None, ("on_air", False), ("on_air", True)]
    assert {guest.name: guest.is_muted for guest in to_host(table).guests} == {"Ana": True, "Bo": False}
    take(table, Remove(layer_ids=(mine,)))
    off = my_air(table, "person-ana")
    assert off is not None
    assert (off.state, off.is_muted) == ("getting_ready", False)


def test_a_choir_is_muted_voice_by_voice_and_a_desk_feed_like_a_guest(table: Table) -> None:
    table.do(Caller("crew"), air.OfferCamera(stream_id="desk-0001", wants="microphone", label="Desk"))
    ids = ["desk-0001", accepted(table), accepted(table, BO)]
    for stream_id in ids:
        take(table, Put(layer_id=stream_id, source=LiveSource(stream_id=stream_id, picture=False, choir=True)))
    for stream_id in ids[:2]:
        take(table, SetStrip(strip_id=stream_id, mute=True))
    assert {guest.stream_id: guest.is_muted for guest in to_host(table).guests} == dict(
        zip(ids, (True, True, False), strict=True)
    )


def test_a_camera_without_sound_is_not_muted(table: Table) -> None:
    take(table, Put(layer_id="wall-0001", source=LiveSource(stream_id=accepted(table), sound=False)))
    take(table, SetStrip(strip_id="wall-0001", mute=True))
    told = my_air(table, "person-ana")
    assert told is not None
    assert (told.state, told.is_muted) == ("on_air", False)


def test_the_slots_that_are_left_follow_who_is_accepted(table: Table) -> None:
    limits = to_host(table).limits
    assert limits is not None
    assert (limits.streams, limits.used) == (16, 0)
    since = table.state.offset
    accepted(table)
    limits = to_host(table, since).limits
    assert limits is not None
    assert (limits.streams, limits.used) == (16, 1)
    assert to_host(table, table.state.offset).limits is None


def test_a_call_is_told_where_it_is_for_and_taken_back_where_somebody_moves(table: Table) -> None:
    for caller, side in ((ANA, "left"), (BO, "right")):
        table.do(caller, air.TellSeat(seat=air.Seat(side=side)))  # type: ignore[arg-type]
    since = table.state.offset
    act = air.OpenCall(call_id="call-0001", gathering="choir", wants="microphone", group=air.Group(side="left"))
    table.do(HOST, act)

    def call(person_id: str, after: int) -> bool | None:
        told = changes_for(table.state, "audience", person_id, after, table.state.offset).call
        return None if told is None else told.is_open

    assert (call("person-ana", since), call("person-bo-", 0)) == (True, None)
    opened = table.state.offset
    table.do(ANA, air.TellSeat(seat=air.Seat(side="right")))
    assert call("person-ana", opened) is False
    host = to_host(table).call
    assert host is not None
    assert host.is_open


def test_a_guest_has_a_seat_and_a_crew_camera_a_name(table: Table) -> None:
    table.do(ANA, air.TellSeat(seat=air.Seat(row=3, number=7)))
    accepted(table)
    table.do(Caller("crew"), air.OfferCamera(stream_id="camera-0001", wants="both", label="Balcony"))
    guests = {guest.name: guest for guest in to_host(table).guests}
    assert guests["Ana"].seat == air.Seat(row=3, number=7)
    assert guests["Balcony"].is_crew


def test_a_guest_who_changes_their_name_goes_by_the_new_one(table: Table) -> None:
    table.do(ANA, air.RaiseHand(wants="both"))
    since = table.state.offset
    table.do(ANA, acts.SetName(name="Ana B"))
    assert [guest.name for guest in to_host(table, since).guests] == ["Ana B"]
