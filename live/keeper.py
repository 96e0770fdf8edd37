"""The keeper of the stage's tidiness: a piece that plays once is taken off when it has ended, by a cue like any other.

The stage lets it leave by itself (`leaves_picture`); the keeper only makes the journal say so, so that its author
reads "was on stage at 20:41" without anybody guessing when a sound ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from live.decisions.desk import cued
from live.messages.events import Entry, Taken
from live.messages.scene import Remove
from live.show import Show

_log = structlog.get_logger(__name__)
AGAIN_S = 1.0


class Keeper:
    def __init__(self, show: Show) -> None:
        self._show = show
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._asked: set[str] = set()
        show.listen(self._journaled)

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _journaled(self, entries: Sequence[Entry]) -> None:
        if any(isinstance(entry.event, Taken) for entry in entries):
            self._changed.set()

    async def _keep(self) -> None:
        while True:
            self._changed.clear()
            wait_s: float | None = AGAIN_S
            try:
                due, wait_s = self._due()
                if due:
                    await self._show.record(cued(Remove(layer_ids=due, fade_ms=0), "keeper"))
                    self._asked.update(due)
                    continue
            except Exception as error:  # whatever it is, pieces go on to end
                _log.warning("what has ended cannot be taken off; trying again", reason=repr(error))
                wait_s = AGAIN_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _due(self) -> tuple[tuple[str, ...], float | None]:
        """Pieces whose time is over, and seconds until the next one's (None: none is waiting)."""
        state, now_us = self._show.state, self._show.clock.now_us()
        leaving = [(layer.layer_id, layer.leaves_picture) for layer in state.scene.layers]
        leaving += [(strip.strip_id, strip.leaves_picture) for strip in state.scene.strips]
        times = {i: state.picture_us(p) for i, p in leaving if p is not None and i not in self._asked}
        self._asked &= {i for i, _ in leaving}
        due = tuple(i for i, at_us in times.items() if at_us <= now_us)
        waits = [at_us - now_us for at_us in times.values() if at_us > now_us]
        return due, (min(waits) / 1e6 + 0.01 if waits else None)
