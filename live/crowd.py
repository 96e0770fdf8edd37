"""The hub's ear for the hall: takes `react` from phones, tells host and stage what it comes to, ten times a second.

What it comes to is reckoned in `live.reactions`. Reactions are cosmetic in both directions: no answer, none kept; a
device that sends more than a hand can is not counted beyond that, and a client that is behind goes without.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from live.errors import TooMuch, UnknownMessage
from live.hub import Hub
from live.messages.coding import from_plain
from live.messages.phones import React
from live.pace import Pace
from live.reactions import Tally

log = structlog.get_logger()

TELL_EVERY_S = 0.1
BURST, PER_S = 16, 9.0
"""Reactions of one device: as fast as a thumb."""
TRUSTED_US = 1_500_000
"""A phone's own time of a tap is believed this far from now: beyond, its clock is wrong or its line slow."""


class Crowd:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tally = Tally()
        self._pace = Pace(BURST, PER_S, what="reactions")
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.taken = 0
        self.unknown = 0
        hub.server.on("react", self._react, namespace="/audience")

    @property
    def counters(self) -> dict[str, int]:
        return {"taken_total": self.taken, "too_many_total": self._pace.refused, "unknown_total": self.unknown}

    def start(self) -> None:
        self._task = asyncio.create_task(self._tell())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _react(self, sid: str, data: Any = None) -> None:
        client = self._hub.clients.get(sid)
        if client is None:
            return
        person_id = str(client.caller.person_id)
        try:
            self._pace.take(person_id, self._hub.now_s())
            said = from_plain(data, React)
        except TooMuch:
            return
        except UnknownMessage as error:
            self.unknown += 1
            log.info("reaction not understood", who=client.caller.name, reason=str(error))
            return
        person = self._hub.show.state.people.get(person_id)
        if person is not None and person.banned:
            return
        now_us = self._hub.show.clock.now_us()
        at_us = said.at_us if abs(now_us - said.at_us) <= TRUSTED_US else now_us
        self.taken += 1
        self._tally.take(person_id, said.kind, min(at_us, now_us))
        self._stirred.set()

    async def _tell(self) -> None:
        while True:
            await self._stirred.wait()
            await asyncio.sleep(TELL_EVERY_S)
            self._tell_now()
            if self._tally.is_quiet:
                self._stirred.clear()

    def _tell_now(self) -> None:
        told = self._tally.told(self._hub.show.clock.now_us(), self._hub.presence().audience)
        self._hub.tell_cosmetic("reactions", told, lambda client: client.namespace in ("/host", "/stage"))
