"""What the host decides about guests: invite, call a group, bring on air, mute, drop. A moderator may mute and drop.

Who is drawn by lot is in the events, so the journal knows; nothing is drawn twice.
"""

from __future__ import annotations

import secrets

import msgspec

from live.decisions.audience import clean_text
from live.decisions.desk import Decision, Desk, cued
from live.decisions.hands import ends, staged_strips
from live.errors import Conflict, NotFound
from live.guests import Guest, sits_in
from live.messages import air
from live.messages.events import Event
from live.messages.ids import new_id
from live.messages.scene import Credit, LiveSource, Put, SetStrip, Transition
from live.state import State

_LOT = secrets.SystemRandom()


def invite_guests(desk: Desk, act: air.InviteGuests) -> Decision:
    """Invite people by name. Who has a stream already is passed over, so that a repeat does no harm."""
    people = desk.state.people
    for person_id in act.person_ids:
        if person_id not in people:
            raise NotFound(f"expected a person of this show, got {person_id!r}; reload the page to see who is there")
        if people[person_id].banned:
            raise Conflict("expected people who may send, got one whom the crew has stopped; lift that first")
    return _invitations(desk, act.person_ids, act.wants, act.gathering), ""


def invite_anyone(desk: Desk, act: air.InviteAnyone) -> Decision:
    here = [person_id for person_id in _free(desk, act.group) if person_id not in desk.state.guests.hands]
    if not here:
        raise Conflict("expected somebody who is here and free, got nobody; choose a larger group, or call everybody")
    return _invitations(desk, _LOT.sample(here, min(act.count, len(here))), act.wants, act.gathering), ""


def invite_group(desk: Desk, act: air.InviteGroup) -> Decision:
    """Whose hand is up goes first, in their order, the others by lot: no row is asked before another each time."""
    hands = desk.state.guests.hands
    free = _free(desk, act.group)
    if not free:
        raise Conflict(
            "expected somebody of that group who is here and free, got nobody; a call also reaches who did not say "
            "where they sit"
        )
    up = [person_id for person_id in hands if person_id in free]
    rest = [person_id for person_id in free if person_id not in hands]
    line = [*up, *_LOT.sample(rest, len(rest))]
    places = _places(desk, act.gathering, act.wants, len(line))
    standing: list[Event] = [
        air.HandRaised(person_id=person_id, wants=act.wants, by_host=True, gathering=act.gathering)
        for person_id in line[places:]
        if person_id not in hands
    ]
    said = f"{places} invited" + (f", {len(line) - places} in line" if len(line) > places else "")
    return [*_invitations(desk, line[:places], act.wants, act.gathering), *standing], said


def clear_line(desk: Desk, _act: air.ClearLine) -> Decision:
    waiting = [hand.person_id for hand in desk.state.guests.hands.values() if hand.by_host]
    return [air.HandLowered(person_id=person_id) for person_id in waiting], ""


def open_call(desk: Desk, act: air.OpenCall) -> Decision:
    """One call is open at a time: a new one closes the one before."""
    call = desk.state.guests.call
    if call is not None and call.opened.call_id == act.call_id:
        return [], ""
    opened = air.CallOpened(
        call_id=act.call_id,
        gathering=act.gathering,
        wants=act.wants,
        group=_cleaned(act.group),
        straight_on=act.straight_on,
        by=desk.by,
    )
    return [*_call_closed(desk), opened], ""


def close_call(desk: Desk, act: air.CloseCall) -> Decision:
    call = desk.state.guests.call
    return (_call_closed(desk) if call is not None and call.opened.call_id == act.call_id else []), ""


def bring_on_air(desk: Desk, act: air.BringOnAir) -> Decision:
    """Call guests who are getting ready. The first of several may replace what is on stage, the others join it."""
    guests = [_guest(desk, stream_id) for stream_id in dict.fromkeys(act.stream_ids)]
    if any(guest.state == "invited" for guest in guests):
        raise Conflict("expected guests who said yes, got one who has not answered yet; wait for them")
    ready = [guest for guest in guests if guest.state == "getting_ready"]
    on_air_us = desk.now_us + act.countdown_ms * 1000
    calls: list[Event] = []
    for guest in ready:
        transition: Transition = "add" if calls else act.transition
        calls.append(
            air.GuestCalled(
                stream_id=guest.stream_id, on_air_us=on_air_us, transition=transition, fade_ms=act.fade_ms, by=desk.by
            )
        )
    return calls, ""


def mute_guest(desk: Desk, act: air.MuteGuest) -> Decision:
    """A cue like the mixer's own, for one kind of strip only: whoever may ask this may touch no other sound."""
    guest = _guest(desk, act.stream_id)
    strip_ids = staged_strips(desk.state, guest.stream_id)
    if not strip_ids:
        raise Conflict("expected a guest who is heard on stage, got one who is not; send them off, or wait")
    return [cued(SetStrip(strip_id=strip_id, mute=act.mute), desk.by) for strip_id in strip_ids], ""


def drop_guests(desk: Desk, act: air.DropGuests) -> Decision:
    """Who has left already is passed over."""
    known = desk.state.guests.ended
    going = [_guest(desk, i) for i in dict.fromkeys(act.stream_ids) if i not in known]
    return ends(desk.state, going, "dropped", desk.by), ""


def put_of(state: State, guest: Guest) -> Put:
    """The cue that brings a guest who was called on stage; layer and strip have the stream's id."""
    called = guest.called
    assert called is not None, "only who was called comes on air"
    person = state.people.get(guest.person_id)
    is_desk_feed = guest.is_crew and guest.wants == "microphone"
    return Put(
        layer_id=guest.stream_id,
        source=LiveSource(
            stream_id=guest.stream_id,
            picture=guest.wants != "microphone",
            sound=guest.wants != "camera",
            with_names=guest.gathering == "mosaic",
            guarded=not is_desk_feed,
            choir=guest.gathering != "solo",
        ),
        credit=Credit(person_id=person.person_id, name=person.credit or person.name) if person else None,
        transition=called.transition,
        fade_ms=called.fade_ms,
    )


def _free(desk: Desk, group: air.Group) -> list[str]:
    """People of a group who are here and have no stream yet."""
    guests, people, group = desk.state.guests, desk.state.people, _cleaned(group)
    return [
        person_id
        for person_id in sorted(desk.present())
        if person_id in people
        and not people[person_id].banned
        and guests.of_person(person_id) is None
        and sits_in(guests.seats.get(person_id, air.Seat()), group)
    ]


def _places(desk: Desk, gathering: air.Gathering, wants: air.Wants, most: int) -> int:
    """How many more may be invited, up to `most`: who was asked and has not answered may still say yes."""
    taken = list(desk.state.guests.streams.values())
    another = Guest(stream_id="", person_id="", wants=wants, gathering=gathering, state="invited", since_us=0)
    for places in range(most):
        if not desk.slots.have_room(taken, gathering, wants):
            return places
        taken.append(another)
    return most


def _invitations(
    desk: Desk, person_ids: tuple[str, ...] | list[str], wants: air.Wants, gathering: air.Gathering
) -> list[Event]:
    free = [i for i in dict.fromkeys(person_ids) if desk.state.guests.of_person(i) is None]
    return [
        air.GuestInvited(stream_id=new_id(), person_id=person_id, wants=wants, gathering=gathering, by=desk.by)
        for person_id in free
    ]


def _call_closed(desk: Desk) -> list[Event]:
    call = desk.state.guests.call
    return [air.CallClosed(call_id=call.opened.call_id)] if call is not None and call.is_open else []


def _cleaned(group: air.Group) -> air.Group:
    return msgspec.structs.replace(group, team=clean_text(group.team, keep_lines=False))


def _guest(desk: Desk, stream_id: str) -> Guest:
    guest = desk.state.guests.streams.get(stream_id)
    if guest is None:
        raise NotFound(f"expected a guest of this show, got {stream_id!r}; they may have left: look again")
    return guest
