"""The steward: gives up the places of guests of whom nothing comes any more, and gives them back when they return.

By a journaled cue, so that a render does the same. The guests keep their slots and stay on air all the while; whom to
let go for good is the usher's part. Nothing is cued while no stage runs: it would see changes that are long over.
"""

from __future__ import annotations

import asyncio

import structlog

from live.absences import Absences
from live.absent import who_is_away
from live.decisions.desk import cued
from live.errors import HouselightsError
from live.messages.scene import SetAway
from live.show import Show
from live.streams import Streams

LOOK_EVERY_S = 0.2

_log = structlog.get_logger(__name__)


class Steward:
    def __init__(self, show: Show, streams: Streams) -> None:
        self._show = show
        self._streams = streams
        self._absences = Absences()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_again_and_again())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except HouselightsError as error:
                _log.error("who is away cannot be told to the stage; trying again", reason=str(error))
            except Exception:
                _log.exception("who is away cannot be told to the stage for a fault of ours; trying again")

    async def _look(self) -> None:
        state = self._show.state
        if state.run is None:
            return
        on_air = [guest.stream_id for guest in state.guests.streams.values() if guest.state == "on_air"]
        silent_us = {stream_id: self._streams.silent_us(stream_id) for stream_id in on_air}
        waiting = [cue for cue in state.pending.values() if isinstance(cue, SetAway)]
        told = frozenset(waiting[-1].stream_ids) if waiting else who_is_away(state.scene)
        now = self._absences.look(silent_us, told, self._show.clock.now_us())
        if now is not None:
            await self._show.record(cued(SetAway(stream_ids=tuple(sorted(now))), "steward"))
