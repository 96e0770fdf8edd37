"""The usher: does what is due by the clock for guests, by journaled events like any other.

Gives the cue that brings a called guest on stage, takes back an invitation nobody answered and a slot nobody uses,
calls those who joined a call that goes straight on, and closes the sockets of a stream that is over and of whoever may
not be there any more. It keeps no list:
what is due is read from the state each time, so a restarted hub gives at once the cues whose time has passed, and none
twice (the cue's id comes from the call).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import structlog

from live.decisions.hands import ends
from live.decisions.inviting import put_of
from live.errors import HouselightsError
from live.guests import Guest
from live.messages.air import AirEvent, GuestCalled, GuestLeft
from live.messages.events import Cued, Entry, Event, KeysTurned, PersonBanned
from live.show import Show
from live.streams import Streams

AHEAD_US = 300_000
"""The cue is given this much before the guest is due: the stage first has to open the stream and wait for a key
picture."""
ANSWER_WITHIN_US = 60_000_000
UNUSED_US = 180_000_000
"""A guest whose phone sends nothing for this long, with or without a line, is let go; the slot is for somebody else."""
STRAIGHT_ON_US = 3_000_000
FADE_MS = 400
AGAIN_S = 1.0

_log = structlog.get_logger(__name__)


class Usher:
    def __init__(self, show: Show, streams: Streams, unused_us: int = UNUSED_US) -> None:
        self._show = show
        self._unused_us = unused_us
        self._streams = streams
        self._changed = asyncio.Event()
        self._silent_since: dict[str, int] = {}
        """Accepted streams that are not published, and since when as far as this hub knows."""
        self._task: asyncio.Task[None] | None = None
        show.listen(self._journaled)
        streams.on_change(self._changed.set)

    def start(self) -> None:
        self._task = asyncio.create_task(self._usher())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _journaled(self, entries: Sequence[Entry]) -> None:
        events = [entry.event for entry in entries if isinstance(entry.event, AirEvent)]
        for event in events:
            if isinstance(event, GuestLeft):
                self._streams.end(event.stream_id)
        if any(isinstance(entry.event, KeysTurned | PersonBanned) for entry in entries):
            self._streams.look_again()
        if events:
            self._changed.set()

    async def _usher(self) -> None:
        while True:
            self._changed.clear()
            wait_s = self._wait_s()
            try:
                if due := self._due():
                    await self._show.record(*due)
                    continue
            except HouselightsError as error:
                _log.error("guests cannot be ushered; trying again", reason=str(error))
                wait_s = AGAIN_S
            except Exception:
                _log.exception("guests cannot be ushered for a fault of ours; trying again")
                wait_s = AGAIN_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _due(self) -> list[Event]:
        """What has to be journaled now."""
        state, now_us = self._show.state, self._show.clock.now_us()
        self._note_silence(now_us)
        events: list[Event] = []
        for guest in sorted(state.guests.streams.values(), key=lambda guest: guest.called_offset):
            at_us = self._at_us(guest)
            if at_us is not None and at_us <= now_us:
                events += self._act_on(guest, now_us)
        return events

    def _act_on(self, guest: Guest, now_us: int) -> list[Event]:
        state, called = self._show.state, guest.called
        if guest.state == "called" and called is not None and guest.cue_id not in state.cues:
            return [Cued(cue_id=guest.cue_id, cue=put_of(state, guest), by=called.by)]
        if guest.straight_on and self._streams.is_published(guest.stream_id):
            on_air_us = now_us + STRAIGHT_ON_US
            return [
                GuestCalled(
                    stream_id=guest.stream_id, on_air_us=on_air_us, transition="add", fade_ms=FADE_MS, by="usher"
                )
            ]
        holds_line = self._streams.is_published(guest.stream_id)
        return ends(state, [guest], "silent" if holds_line else "expired", "usher", FADE_MS)

    def _at_us(self, guest: Guest) -> int | None:
        """When something is next to be done about a guest; None: nothing by the clock."""
        if guest.state == "invited":
            return guest.since_us + ANSWER_WITHIN_US
        if guest.state == "called" and guest.called is not None and guest.cue_id not in self._show.state.cues:
            return guest.called.on_air_us - AHEAD_US
        if guest.state == "getting_ready" and guest.straight_on and self._streams.is_published(guest.stream_id):
            return 0
        silent_us = None if guest.is_crew else self._streams.nothing_since_us(guest.stream_id)
        if silent_us is None:
            silent_us = self._silent_since.get(guest.stream_id)
        return None if silent_us is None else silent_us + self._unused_us

    def _wait_s(self) -> float | None:
        now_us = self._show.clock.now_us()
        self._note_silence(now_us)
        times = list(self._times())
        return max(0.0, (min(times) - now_us) / 1e6) if times else None

    def _times(self) -> Iterator[int]:
        for guest in self._show.state.guests.streams.values():
            at_us = self._at_us(guest)
            if at_us is not None:
                yield at_us

    def _note_silence(self, now_us: int) -> None:
        """A crew camera may be put up long before it sends; its slot stays."""
        silent = {
            guest.stream_id
            for guest in self._show.state.guests.accepted()
            if not guest.is_crew and not self._streams.is_published(guest.stream_id)
        }
        self._silent_since = {stream_id: self._silent_since.get(stream_id, now_us) for stream_id in silent}
