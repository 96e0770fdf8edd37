"""The lamplighter: tells the phones of the hall what they were cued to do, each its own part.

Told once a cue, when it is journaled, behind whatever a phone has waiting: it is not told again. Who comes in later, or
could not follow and comes back, gets in `welcome` what is still running. The hall is looked at (whose turn it is, which
rows and seats were told) once a cue, not once a newcomer: a whole hall may come in again while one runs. Flash limits
and times were decided before (`live.decisions.lights`).
"""

from __future__ import annotations

from collections.abc import Sequence

from live.access import Caller
from live.hub import Hub
from live.lighting import Seating, cue_for, seating, turns
from live.messages.air import Seat
from live.messages.events import Entry
from live.messages.phones import PhoneCue, PhonesCued


class Lamplighter:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._turns: dict[str, int] | None = None
        """Whose turn is which, of those who were here at the newest cue or came in since; None: not looked yet."""
        self._seating = Seating()
        hub.phones_for = self.running_for
        hub.show.listen(self._journaled)

    def running_for(self, caller: Caller) -> tuple[PhoneCue, ...]:
        """What a phone that comes in now should still do."""
        person_id = caller.person_id
        if person_id is None:
            return ()
        state = self._hub.show.state
        seat = state.guests.seats.get(person_id, Seat())
        running = state.lighting.running(self._hub.show.clock.now_us(), seat)
        if not running:
            return ()
        turns_now = self._look() if self._turns is None else self._turns  # a hub that was restarted
        turn = turns_now.setdefault(person_id, len(turns_now))
        parts = (cue_for(cue, person_id, seat, turn, self._seating) for cue in running)
        return tuple(part for part in parts if part is not None)

    def _journaled(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if isinstance(entry.event, PhonesCued):
                self._tell(entry.event)

    def _tell(self, cue: PhonesCued) -> None:
        seats, turns_now = self._hub.show.state.guests.seats, self._look()
        for client in list(self._hub.clients.values()):
            person_id = client.caller.person_id
            if client.namespace != "/audience" or person_id is None:
                continue
            part = cue_for(cue, person_id, seats.get(person_id, Seat()), turns_now[person_id], self._seating)
            if part is not None:
                self._hub.tell("phones", part, client)

    def _look(self) -> dict[str, int]:
        seats = self._hub.show.state.guests.seats
        self._seating = seating(seats)
        self._turns = turns(self._hub.present(), seats)
        return self._turns
