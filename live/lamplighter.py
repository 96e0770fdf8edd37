"""The lamplighter: tells the phones of the hall what they were cued to do, each its own part.

Told once a cue, when it is journaled, to those that have nothing waiting; who comes in later gets in `welcome` what is
still running. Flash limits and times were decided before (`live.decisions.lights`).
"""

from __future__ import annotations

from collections.abc import Sequence

from live.access import Caller
from live.hub import Hub
from live.lighting import cue_for, turns
from live.messages.events import Entry
from live.messages.phones import PhoneCue, PhonesCued


class Lamplighter:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        hub.phones_for = self.running_for
        hub.show.listen(self._journaled)

    def running_for(self, caller: Caller) -> tuple[PhoneCue, ...]:
        """What a phone that comes in now should still do."""
        state = self._hub.show.state
        running = state.lighting.running(self._hub.show.clock.now_us())
        if not running or caller.person_id is None:
            return ()
        turn = self._turns().get(caller.person_id, 0)
        parts = (cue_for(cue, caller.person_id, state.guests.seats, turn) for cue in running)
        return tuple(part for part in parts if part is not None)

    def _journaled(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if isinstance(entry.event, PhonesCued):
                self._tell(entry.event)

    def _tell(self, cue: PhonesCued) -> None:
        seats, turns_now = self._hub.show.state.guests.seats, self._turns()
        for client in list(self._hub.clients.values()):
            person_id = client.caller.person_id
            if client.namespace != "/audience" or person_id is None:
                continue
            part = cue_for(cue, person_id, seats, turns_now.get(person_id, 0))
            if part is not None:
                self._hub.tell_one("phones", part, client)

    def _turns(self) -> dict[str, int]:
        return turns(self._hub.present(), self._hub.show.state.guests.seats)
