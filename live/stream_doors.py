"""Who may publish which stream, and who may watch it: the doors of `live.streams`.

The stage publishes the program, a guest their own stream from the moment they said yes until it is over, the crew its
cameras. Guests are watched by host, moderators, crew and stage, never by the audience; the program by everybody with a
key, and by the audience where the host wants overflow viewers.
"""

from __future__ import annotations

from aiohttp import web

from live.doors import COOKIE_ROLES, Doors
from live.errors import HouselightsError, NotAllowed, NotFound
from live.guests import Guest
from live.relay import PROGRAM


class StreamDoors:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def admit_publisher(self, request: web.Request, stream_id: str) -> None:
        """Raises NotAllowed, NotFound, BadToken or BadOrigin."""
        self._doors.check_origin(request)
        guests = self._doors.hub.show.state.guests
        guest = guests.streams.get(stream_id)
        if guest is not None:
            self._admit_guest(request, guest)
        elif stream_id in guests.ended:
            raise NotAllowed("expected a stream that goes on, got one that is over; raise your hand to be asked again")
        elif stream_id == PROGRAM:
            self._doors.caller(request, ("stage",))
        else:
            self._doors.caller(request, ("stage", "crew", "audience"))
            raise NotFound(f"expected a stream somebody was invited to, got {stream_id!r}; wait for an invitation")

    def _admit_guest(self, request: web.Request, guest: Guest) -> None:
        if guest.is_crew:
            self._doors.caller(request, ("crew",))
            return
        caller = self._doors.caller(request, ("audience",))
        if caller.person_id != guest.person_id:
            raise NotAllowed("expected the stream you were invited to, got somebody else's; reload the page")
        if not guest.is_accepted:
            raise NotAllowed("expected an invitation you said yes to, got one that waits for an answer; answer first")
        self._doors.hub.desk(caller).not_banned()

    def is_stage(self, request: web.Request) -> bool:
        try:
            self._doors.caller(request, ("stage",))
        except HouselightsError:
            return False
        return True

    async def admit_watcher(self, request: web.Request, stream_id: str) -> str | None:
        """Return the person where it is one of the audience. Raises NotAllowed, BadToken or BadOrigin."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            self._doors.check_origin(request)
        is_open = stream_id == PROGRAM and self._doors.is_program_open
        caller = self._doors.caller(request, (*COOKIE_ROLES, "audience") if is_open else COOKIE_ROLES)
        if caller.role != "audience":
            return None
        self._doors.hub.desk(caller).not_banned()
        return caller.person_id
