"""What a person may do about being live: raise a hand, say where they sit, answer, join a call, leave, take it back;
and the crew's cameras.
"""

from __future__ import annotations

import msgspec

from live.decisions.audience import clean_text
from live.decisions.desk import Decision, Desk, cued
from live.errors import BadInput, Conflict, NotAllowed, NotFound, TooMuch
from live.guests import Guest
from live.messages import air
from live.messages.events import Event
from live.messages.ids import new_id
from live.messages.scene import LiveSource, Put, Remove, Source
from live.state import State

LEAVING_MS = 200


def raise_hand(desk: Desk, act: air.RaiseHand) -> Decision:
    desk.not_banned()
    person_id = str(desk.caller.person_id)
    if desk.state.guests.of_person(person_id) is not None:
        raise Conflict("expected somebody who is not asked yet, got one who is; answer, or leave first")
    hand = desk.state.guests.hands.get(person_id)
    if hand is not None and hand.wants == act.wants and not hand.by_host:
        return [], ""
    return [air.HandRaised(person_id=person_id, wants=act.wants)], ""


def lower_hand(desk: Desk, _act: air.LowerHand) -> Decision:
    return hand_down(desk.state, str(desk.caller.person_id)), ""


def tell_seat(desk: Desk, act: air.TellSeat) -> Decision:
    person_id = str(desk.caller.person_id)
    seat = msgspec.structs.replace(act.seat, team=clean_text(act.seat.team, keep_lines=False))
    if desk.state.guests.seats.get(person_id, air.Seat()) == seat:
        return [], ""
    return [air.SeatTold(person_id=person_id, seat=seat)], ""


def answer_invitation(desk: Desk, act: air.AnswerInvitation) -> Decision:
    """Yes takes a slot; where none is free the invitation stands until it expires, so that it can be asked again."""
    desk.not_banned()
    guest = own_stream(desk, act.stream_id)
    if guest is None:
        if act.accepted:
            raise Conflict("expected an invitation that stands, got one that is over; raise your hand to be asked")
        return [], ""
    if not act.accepted:
        return ends(desk.state, [guest], "declined" if guest.state == "invited" else "left", desk.by), ""
    if guest.is_accepted:
        return [], ""
    check_room(desk, guest.gathering, guest.wants)
    return [air.GuestAccepted(stream_id=guest.stream_id)], ""


def join_call(desk: Desk, act: air.JoinCall) -> Decision:
    desk.not_banned()
    person_id = str(desk.caller.person_id)
    known = desk.state.guests.of_person(person_id)
    if known is not None and known.is_accepted:
        return [], known.stream_id
    call = desk.state.guests.call
    if call is None or not call.is_open or call.opened.call_id != act.call_id:
        raise Conflict("expected a call that is open, got one that is over; wait for the next one")
    if not desk.state.guests.is_called_upon(person_id):
        raise NotAllowed("expected somebody whom the call is for, got another seat; say where you sit and try again")
    opened = call.opened
    check_room(desk, opened.gathering, opened.wants)
    stream_id = new_id()
    events: list[Event] = ends(desk.state, [known], "left", desk.by) if known is not None else []
    invited = air.GuestInvited(
        stream_id=stream_id,
        person_id=person_id,
        wants=opened.wants,
        gathering=opened.gathering,
        by=opened.by,
        accepted=True,
        call_id=opened.call_id,
    )
    return [*events, invited], stream_id


def leave_air(desk: Desk, act: air.LeaveAir) -> Decision:
    guest = own_stream(desk, act.stream_id)
    return (ends(desk.state, [guest], "left", desk.by, LEAVING_MS) if guest is not None else []), ""


def withdraw_stream(desk: Desk, act: air.WithdrawStream) -> Decision:
    guests = desk.state.guests
    if guests.owner_of.get(act.stream_id) != desk.caller.person_id:
        raise NotFound(
            f"expected a stream of yours, got {act.stream_id!r}; reload the page to see what you were live with"
        )
    if act.stream_id in guests.withdrawn:
        return [], ""
    going_on = [guest for guest in guests.streams.values() if guest.stream_id == act.stream_id]
    return [
        air.StreamWithdrawn(stream_id=act.stream_id),
        *ends(desk.state, going_on, "left", desk.by, LEAVING_MS),
    ], ""


def offer_camera(desk: Desk, act: air.OfferCamera) -> Decision:
    guests = desk.state.guests
    known = guests.streams.get(act.stream_id)
    if known is not None and known.is_crew:
        return [], ""
    if known is not None or act.stream_id in guests.ended or act.stream_id in desk.state.people:
        raise Conflict("expected an id that was never used, got one that was; make a new one and offer it again")
    label = clean_text(act.label, keep_lines=False)
    if not label:
        raise BadInput("expected a name for the camera, got none; call it by where it stands")
    check_room(desk, "solo", act.wants)
    return [
        air.GuestInvited(
            stream_id=act.stream_id,
            person_id=act.stream_id,
            wants=act.wants,
            gathering="solo",
            by=desk.by,
            accepted=True,
            label=label,
        )
    ], ""


def own_stream(desk: Desk, stream_id: str) -> Guest | None:
    """The caller's own stream, or None where it is over. Somebody else's is as unknown as none. Raises NotFound."""
    guests = desk.state.guests
    guest = guests.streams.get(stream_id)
    is_own = guest is not None and (
        guest.is_crew if desk.caller.role == "crew" else guest.person_id == desk.caller.person_id
    )
    if guest is not None and is_own:
        return guest
    if guest is None and stream_id in guests.ended:
        return None
    raise NotFound(f"expected a stream of yours, got {stream_id!r}; reload the page to see where you stand")


def check_room(desk: Desk, gathering: air.Gathering, wants: air.Wants) -> None:
    """Raises TooMuch where one more would be more than this machine carries."""
    if not desk.slots.have_room(desk.state.guests.accepted(), gathering, wants):
        raise TooMuch("as many are live as this hall can carry; try again when somebody has left", retry_after_s=5.0)


def hand_down(state: State, person_id: str) -> list[Event]:
    return [air.HandLowered(person_id=person_id)] if person_id in state.guests.hands else []


def ends(state: State, guests: list[Guest], reason: air.EndReason, by: str, fade_ms: int = 0) -> list[Event]:
    """Their streams are over, and off the stage where they are on it or about to be."""
    events: list[Event] = [air.GuestLeft(stream_id=guest.stream_id, reason=reason, by=by) for guest in guests]
    layer_ids = staged(state, frozenset(guest.stream_id for guest in guests))
    return [*events, cued(Remove(layer_ids=layer_ids, fade_ms=fade_ms), by)] if layer_ids else events


def staged(state: State, stream_ids: frozenset[str]) -> tuple[str, ...]:
    """Ids of layers and strips, on stage or about to be, that show these streams."""
    pieces = [(layer.layer_id, layer.source) for layer in state.scene.layers]
    pieces += [(strip.strip_id, strip.source) for strip in state.scene.strips]
    pieces += [(cue.layer_id, cue.source) for cue in state.pending.values() if isinstance(cue, Put)]
    return tuple(
        dict.fromkeys(i for i, source in pieces if isinstance(source, LiveSource) and source.stream_id in stream_ids)
    )


def staged_strips(state: State, stream_id: str) -> tuple[str, ...]:
    """Ids of strips, on stage or about to be, that sound this stream."""
    pieces: list[tuple[str, Source]] = [(strip.strip_id, strip.source) for strip in state.scene.strips]
    pieces += [(cue.layer_id, cue.source) for cue in state.pending.values() if isinstance(cue, Put)]
    return tuple(
        dict.fromkeys(
            i
            for i, source in pieces
            if isinstance(source, LiveSource) and source.sound and source.stream_id == stream_id
        )
    )
