"""The made-up host's other half: invites whose hands are up, brings a few on air together, and thanks them.

What is on stage belongs to one of the two at a time: pieces wait while guests are on air.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from live.demo.console import Console
from live.errors import HouselightsError
from live.messages.acts import GiveCue, HostAct
from live.messages.air import BringOnAir, DropGuests, GuestView, InviteGuests
from live.messages.ids import new_id
from live.messages.scene import Clear

log = structlog.get_logger()

MOST_LIVE = 3
"""Invited or live at once: what a laptop carries beside a show."""
MOST_ON_AIR = 2
LOOK_S = 1.0
READY_US = 3_000_000
"""A guest is looked at for so long before they are brought on."""
COUNTDOWN_MS = 3000
ON_AIR_S = 16.0
PAUSE_S = 20.0
FADE_MS = 900


class Presenter:
    """`stage` is held while guests are on air."""

    def __init__(self, console: Console, stage: asyncio.Lock) -> None:
        self._console, self._stage = console, stage

    async def play(self) -> None:
        """Have guests on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._invite())
            tasks.create_task(self._present())

    async def _invite(self) -> None:
        while True:
            asked = to_invite(self._console.guests.values())
            if asked:
                await self._try(InviteGuests(person_ids=asked, wants="both"))
            await asyncio.sleep(LOOK_S)

    async def _present(self) -> None:
        while True:
            ready = to_bring(self._console.guests.values(), self._console.link.clock.now_us())
            if not ready:
                await asyncio.sleep(LOOK_S)
                continue
            async with self._stage:
                await self._try(
                    BringOnAir(stream_ids=ready, countdown_ms=COUNTDOWN_MS, transition="crossfade", fade_ms=FADE_MS)
                )
                await asyncio.sleep(COUNTDOWN_MS / 1000 + ON_AIR_S)
                await self._try(GiveCue(cue_id=new_id(), cue=Clear(fade_ms=FADE_MS)))
                await asyncio.sleep(FADE_MS / 1000)
                await self._try(DropGuests(stream_ids=ready))
            await asyncio.sleep(PAUSE_S)

    async def _try(self, act: HostAct) -> None:
        """Somebody may have left by the time they are asked for: say so and go on."""
        try:
            await self._console.ask(act)
        except HouselightsError as error:
            log.warning("the made-up host was told no", act=type(act).__name__, reason=str(error))


def to_invite(guests: Iterable[GuestView]) -> tuple[str, ...]:
    """Return the people whose turn it is, in the order of their hands."""
    there = [guest for guest in guests if not guest.gone]
    free = MOST_LIVE - sum(guest.stream_id is not None for guest in there)
    hands = sorted((guest for guest in there if guest.state == "asking"), key=lambda guest: guest.number)
    return tuple(guest.person_id for guest in hands[: max(0, free)])


def to_bring(guests: Iterable[GuestView], now_us: int) -> tuple[str, ...]:
    """Return the streams that are ready to come on, longest waiting first."""
    ready = sorted(
        (guest for guest in guests if guest.state == "getting_ready" and not guest.gone),
        key=lambda guest: guest.since_us,
    )
    settled = [guest for guest in ready if now_us - guest.since_us >= READY_US]
    return tuple(guest.stream_id for guest in settled[:MOST_ON_AIR] if guest.stream_id is not None)
