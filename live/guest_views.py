"""What a client may see of who is live: the host every guest, a person themselves. Pure, part of `live.projection`."""

from __future__ import annotations

from live.guests import Gone, Guest, Guests
from live.messages.air import AirLimits, CallView, GuestView, MyAirView, MyStreamView, Seat
from live.slots import Slots
from live.state import State


def guest_views(state: State, since: int, durable: int) -> tuple[GuestView, ...]:
    """Guests touched in (since, durable], as they are now. Who is gone is told to who may have known them."""
    guests = state.guests
    touched = list(guests.touched.between(since, durable))[::-1]
    numbers = guests.numbers()
    views = (guest_view(state, person_id, numbers.get(person_id, 0)) for person_id in touched)
    return tuple(view for view in views if view is not None and not (view.gone and since == 0))


def guest_view(state: State, person_id: str, number: int) -> GuestView | None:
    """None for a person who never asked nor was asked."""
    guests = state.guests
    guest, hand, gone = guests.of_person(person_id), guests.hands.get(person_id), None
    if guest is None and hand is None:
        gone = guests.gone.get(person_id, Gone(guest=None, hand=None, reason=None))
        guest, hand = gone.guest, gone.hand
    seat = guests.seats.get(person_id, Seat())
    name = _name(state, person_id, guest)
    if guest is not None:
        return GuestView(
            person_id=person_id,
            name=name,
            stream_id=guest.stream_id,
            wants=guest.wants,
            gathering=guest.gathering,
            state=guest.state,
            number=0,
            since_us=guest.since_us,
            on_air_us=_on_air_us(guest),
            seat=seat,
            is_crew=guest.is_crew,
            is_away=guest.is_away,
            is_muted=guest.is_muted,
            gone=gone is not None,
            ended=gone.reason if gone is not None else None,
        )
    if hand is None:
        return None
    return GuestView(
        person_id=person_id,
        name=name,
        stream_id=None,
        wants=hand.wants,
        gathering=hand.gathering,
        state="asking",
        number=number,
        since_us=hand.since_us,
        seat=seat,
        gone=gone is not None,
        by_host=hand.by_host,
    )


def call_view(state: State, since: int, durable: int) -> CallView | None:
    """The call, for those who open and close it; None where it did not change, or where there never was one."""
    call, changed = state.guests.call, state.guests.call_offset
    return _call_view(state.guests, call.is_open) if call is not None and since < changed <= durable else None


def call_for(state: State, person_id: str, since: int, durable: int) -> CallView | None:
    """The call as one person hears of it: only where it is, or was a moment ago, for where they sit. Who did not say
    where hears of it too: their phone asks before they join."""
    guests = state.guests
    call = guests.call
    if call is None or not (since < guests.call_offset <= durable or _is_touched(guests, person_id, since, durable)):
        return None
    is_for_them = guests.may_be_called_upon(person_id)
    return _call_view(guests, is_for_them) if is_for_them or since > 0 else None


def my_air_view(state: State, person_id: str, since: int, durable: int) -> MyAirView | None:
    guests = state.guests
    if since > 0 and not _is_touched(guests, person_id, since, durable):
        return None
    seat = guests.seats.get(person_id, Seat())
    streams = _streams_over(guests, person_id)
    guest, hand, gone = guests.of_person(person_id), guests.hands.get(person_id), guests.gone.get(person_id)
    if guest is not None:
        return MyAirView(
            state=guest.state,
            wants=guest.wants,
            gathering=guest.gathering,
            stream_id=guest.stream_id,
            on_air_us=_on_air_us(guest),
            seat=seat,
            streams=streams,
            is_muted=guest.is_muted,
        )
    if hand is not None:
        return MyAirView(
            state="asking",
            wants=hand.wants,
            number=guests.number(person_id),
            seat=seat,
            streams=streams,
            by_host=hand.by_host,
        )
    return MyAirView(state=None, ended=gone.reason if gone is not None else None, seat=seat, streams=streams)


def _streams_over(guests: Guests, person_id: str) -> tuple[MyStreamView, ...]:
    lived = guests.lived.get(person_id, {})
    return tuple(
        MyStreamView(stream_id=stream_id, since_us=since_us)
        for stream_id, since_us in lived.items()
        if stream_id in guests.ended
    )


def air_limits(state: State, slots: Slots, since: int, durable: int) -> AirLimits | None:
    is_touched = any(True for _ in state.guests.touched.between(since, durable))
    return slots.limits(state.guests.accepted()) if since == 0 or is_touched else None


def _call_view(guests: Guests, is_open: bool) -> CallView:
    assert guests.call is not None
    opened = guests.call.opened
    return CallView(
        call_id=opened.call_id,
        gathering=opened.gathering,
        wants=opened.wants,
        group=opened.group,
        straight_on=opened.straight_on,
        is_open=is_open,
    )


def _is_touched(guests: Guests, person_id: str, since: int, durable: int) -> bool:
    return since < guests.touched.last(person_id) <= durable


def _on_air_us(guest: Guest) -> int | None:
    return guest.called.on_air_us if guest.called is not None and guest.state in ("called", "on_air") else None


def _name(state: State, person_id: str, guest: Guest | None) -> str:
    person = state.people.get(person_id)
    return person.name if person is not None else guest.label if guest is not None else ""
