"""Who asks to be live, is asked, gets ready and is on air: the fold of one subject of the journal (`live.state`).

Pure and in journal order, like all of the state. Each person has at most one stream; a crew camera counts as a person
whose id is its stream's. What changed for whom is kept by person, the call by its offset.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from live.messages import air


class Touched:
    """Which thing was last touched at which offset; gives those touched after an offset without looking at the rest."""

    def __init__(self) -> None:
        self._offsets: OrderedDict[str, int] = OrderedDict()

    def mark(self, name: str, offset: int) -> None:
        self._offsets[name] = offset
        self._offsets.move_to_end(name)

    def last(self, name: str) -> int:
        """The offset of its last touch; 0: never."""
        return self._offsets.get(name, 0)

    def between(self, after: int, up_to: int) -> Iterator[str]:
        """Yield names whose last touch lies in (after, up_to], newest first."""
        for name in reversed(self._offsets):
            offset = self._offsets[name]
            if offset <= after:
                return
            if offset <= up_to:
                yield name


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    person_id: str
    wants: air.Wants
    since_us: int
    by_host: bool = False
    gathering: air.Gathering = "solo"


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, from the invitation to its end."""

    stream_id: str
    person_id: str
    wants: air.Wants
    gathering: air.Gathering
    state: air.GuestState
    since_us: int
    label: str = ""
    straight_on: bool = False
    called: air.GuestCalled | None = None
    """The call to come on air, newest."""
    called_offset: int = 0
    is_away: bool = False
    """Nothing comes of them: on stage the others have moved up."""
    is_muted: bool = False
    """All of their sound on stage is muted."""

    @property
    def is_crew(self) -> bool:
        return self.person_id == self.stream_id

    @property
    def is_accepted(self) -> bool:
        """May it be published?"""
        return self.state != "invited"

    @property
    def cue_id(self) -> str:
        """The id of the cue that brings it on stage, one for each call: so none is given twice, restarts included."""
        return f"{self.stream_id[:40]}-{self.called_offset}"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    opened: air.CallOpened
    is_open: bool = True


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """What a person who has neither hand nor stream was last, and why the last stream was over."""

    guest: Guest | None
    hand: Hand | None
    reason: air.EndReason | None


class Guests:
    def __init__(self) -> None:
        self.hands: OrderedDict[str, Hand] = OrderedDict()
        """By person, in the order they went up."""
        self.streams: dict[str, Guest] = {}
        """Those that are not over, by stream."""
        self.stream_of: dict[str, str] = {}
        """From the person to their stream."""
        self.owner_of: dict[str, str] = {}
        """From each stream there ever was to its person."""
        self.lived: dict[str, dict[str, int]] = {}
        """By person: the streams they were let publish and did not take back, with when (show µs), oldest first."""
        self.withdrawn: set[str] = set()
        """Streams that were taken back: nothing is kept of them."""
        self.ended: dict[str, air.EndReason] = {}
        """Why each stream was over, by stream: a phone that asks again is told."""
        self.gone: dict[str, Gone] = {}
        self.seats: dict[str, air.Seat] = {}
        self.call: Call | None = None
        self.call_offset = 0
        self.touched = Touched()
        self._at_us = 0
        self._offset = 0

    def fold(self, event: Any, at_us: int, offset: int) -> None:
        self._at_us, self._offset = at_us, offset
        _FOLDS[type(event)](self, event)

    def staged(
        self, stream_ids: frozenset[str], away: frozenset[str], muted: frozenset[str], at_us: int, offset: int
    ) -> None:
        """The stage took a cue: these streams are on it now, some of them away or muted. Who was taken off gets ready
        again."""
        self._at_us, self._offset = at_us, offset
        for guest in list(self.streams.values()):
            is_away, is_muted = guest.stream_id in away, guest.stream_id in muted
            if (guest.is_away, guest.is_muted) != (is_away, is_muted):
                self.change(guest, is_away=is_away, is_muted=is_muted, since_us=guest.since_us)
                guest = self.streams[guest.stream_id]
            if guest.state == "on_air" and guest.stream_id not in stream_ids:
                self.change(guest, state="getting_ready")
            elif guest.state != "on_air" and guest.stream_id in stream_ids:
                self.change(guest, state="on_air")

    def renamed(self, person_id: str, offset: int) -> None:
        """Whoever asks or is live goes by another name."""
        if person_id in self.hands or person_id in self.stream_of:
            self.touched.mark(person_id, offset)

    def of_person(self, person_id: str) -> Guest | None:
        stream_id = self.stream_of.get(person_id)
        return None if stream_id is None else self.streams[stream_id]

    def number(self, person_id: str) -> int:
        """Their place among the raised hands, from 1; 0 where there is none."""
        if person_id not in self.hands:
            return 0
        return next(place for place, name in enumerate(self.hands, 1) if name == person_id)

    def numbers(self) -> dict[str, int]:
        """Everybody's place at once."""
        return {name: place for place, name in enumerate(self.hands, 1)}

    def is_called_upon(self, person_id: str) -> bool:
        """Is the open call for them?"""
        call = self.call
        return call is not None and call.is_open and sits_in(self.seats.get(person_id, air.Seat()), call.opened.group)

    def may_be_called_upon(self, person_id: str) -> bool:
        """Could the open call be for them, once they say where they sit?"""
        call = self.call
        return (
            call is not None and call.is_open and may_sit_in(self.seats.get(person_id, air.Seat()), call.opened.group)
        )

    def accepted(self) -> list[Guest]:
        return [guest for guest in self.streams.values() if guest.is_accepted]

    def touch(self, person_id: str) -> None:
        self.touched.mark(person_id, self._offset)

    def accept(self, person_id: str, stream_id: str) -> None:
        self.lived.setdefault(person_id, {})[stream_id] = self._at_us

    def change(self, guest: Guest, **changes: Any) -> None:
        changes = {"since_us": self._at_us} | changes
        self.streams[guest.stream_id] = msgspec.structs.replace(guest, **changes)
        self.touch(guest.person_id)

    def lower(self, person_id: str) -> Hand | None:
        """Take a hand down; everybody behind it moves up."""
        behind = False
        for name in self.hands:
            behind = behind or name == person_id
            if behind:
                self.touch(name)
        return self.hands.pop(person_id, None)


def sits_in(seat: air.Seat, group: air.Group) -> bool:
    """Is a seat in a group? Who did not say is in no row, on no side and in no team."""
    if group.side and seat.side != group.side:
        return False
    if group.team and seat.team.casefold() != group.team.casefold():
        return False
    if group.first_row and not seat.row >= group.first_row:
        return False
    return not group.last_row or 1 <= seat.row <= group.last_row


def may_sit_in(seat: air.Seat, group: air.Group) -> bool:
    """Is a seat in a group as far as is said? What was not said may still be asked."""
    side = group.side if seat.side else ""
    team = group.team if seat.team else ""
    first_row, last_row = (group.first_row, group.last_row) if seat.row else (0, 0)
    return sits_in(seat, air.Group(side=side, team=team, first_row=first_row, last_row=last_row))


def _hand_raised(guests: Guests, event: air.HandRaised) -> None:
    """Who only changes what they want keeps their place."""
    known = guests.hands.get(event.person_id)
    since_us = known.since_us if known else guests._at_us
    guests.hands[event.person_id] = Hand(
        person_id=event.person_id,
        wants=event.wants,
        since_us=since_us,
        by_host=event.by_host,
        gathering=event.gathering,
    )
    guests.gone.pop(event.person_id, None)
    guests.touch(event.person_id)


def _hand_lowered(guests: Guests, event: air.HandLowered) -> None:
    hand = guests.lower(event.person_id)
    guests.gone[event.person_id] = Gone(guest=None, hand=hand, reason=None)
    guests.touch(event.person_id)


def _seat_told(guests: Guests, event: air.SeatTold) -> None:
    guests.seats[event.person_id] = event.seat
    guests.touch(event.person_id)


def _invited(guests: Guests, event: air.GuestInvited) -> None:
    call = guests.call
    joined = call.opened if call is not None and event.call_id == call.opened.call_id else None
    guests.lower(event.person_id)
    guests.gone.pop(event.person_id, None)
    guests.stream_of[event.person_id] = event.stream_id
    guests.owner_of[event.stream_id] = event.person_id
    guests.streams[event.stream_id] = Guest(
        stream_id=event.stream_id,
        person_id=event.person_id,
        wants=event.wants,
        gathering=event.gathering,
        state="getting_ready" if event.accepted else "invited",
        since_us=guests._at_us,
        label=event.label,
        straight_on=joined is not None and joined.straight_on,
    )
    if event.accepted:
        guests.accept(event.person_id, event.stream_id)
    guests.touch(event.person_id)


def _accepted(guests: Guests, event: air.GuestAccepted) -> None:
    guest = guests.streams[event.stream_id]
    guests.accept(guest.person_id, guest.stream_id)
    guests.change(guest, state="getting_ready")


def _called(guests: Guests, event: air.GuestCalled) -> None:
    guest = guests.streams[event.stream_id]
    guests.change(guest, state="called", called=event, called_offset=guests._offset, straight_on=False)


def _left(guests: Guests, event: air.GuestLeft) -> None:
    guest = guests.streams.pop(event.stream_id)
    del guests.stream_of[guest.person_id]
    guests.ended[event.stream_id] = event.reason
    guests.gone[guest.person_id] = Gone(guest=guest, hand=None, reason=event.reason)
    guests.touch(guest.person_id)


def _withdrawn(guests: Guests, event: air.StreamWithdrawn) -> None:
    guests.withdrawn.add(event.stream_id)
    person_id = guests.owner_of.get(event.stream_id)
    if person_id is not None:
        guests.lived.get(person_id, {}).pop(event.stream_id, None)
        guests.touch(person_id)


def _call_opened(guests: Guests, event: air.CallOpened) -> None:
    guests.call = Call(opened=event)
    guests.call_offset = guests._offset


def _call_closed(guests: Guests, event: air.CallClosed) -> None:
    if guests.call is not None and guests.call.opened.call_id == event.call_id:
        guests.call = msgspec.structs.replace(guests.call, is_open=False)
        guests.call_offset = guests._offset


_FOLDS: dict[type, Callable[[Guests, Any], None]] = {
    air.HandRaised: _hand_raised,
    air.HandLowered: _hand_lowered,
    air.SeatTold: _seat_told,
    air.GuestInvited: _invited,
    air.GuestAccepted: _accepted,
    air.GuestCalled: _called,
    air.GuestLeft: _left,
    air.StreamWithdrawn: _withdrawn,
    air.CallOpened: _call_opened,
    air.CallClosed: _call_closed,
}
"""One row for each event of `air.AirEvent`."""
