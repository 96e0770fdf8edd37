"""The walled children that decode: about one for each core and one more in reserve, each serving many streams.

Everything here runs in the receiver's event loop. A child that dies or does not answer is replaced by the one in
reserve; its streams are told and take a new seat, and the one whose packet it was at is named.
"""

from __future__ import annotations

import asyncio
import os

import structlog

from live.errors import Unavailable
from stage.air.orders import Opening
from stage.air.receiving.seats import Child, Listener, Seat
from stage.air.slots import Slots

log = structlog.get_logger(__name__)

MOST_CHILDREN = 4
LOOK_EVERY_S = 0.5
RESTART_S = RESERVE_AFTER_S = 2.0


class Nursery:
    """Starts children, seats streams, replaces who is gone. All in one event loop."""

    def __init__(self, children: int | None = None) -> None:
        self._most = children or min(MOST_CHILDREN, os.cpu_count() or 1)
        self._children: list[Child] = []
        self._reserve: Child | None = None
        self._watching: asyncio.Task[None] | None = None
        self._is_open = True
        self.replaced = 0

    def start(self) -> None:
        self._children = [Child(self._gone) for _ in range(self._most)]
        loop = asyncio.get_running_loop()
        loop.call_later(RESERVE_AFTER_S, self._restock)  # the others are waited for
        self._watching = loop.create_task(self._watch())

    def seat(self, opening: Opening, files: tuple[int, int], listener: Listener) -> Seat:
        """A seat with the child that has the fewest. Raises Unavailable while there is none, and OSError where there is
        no memory or no file to be had: the files stay the caller's then.
        """
        if not self._children:
            raise Unavailable("expected a child to decode with, all died at their start; see their words on stderr")
        child = min(self._children, key=lambda one: len(one.seats))
        slots = Slots(opening.slot_bytes, opening.slots)
        try:
            return child.seat(opening, slots, files, listener)
        except OSError:
            slots.close()
            raise

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    async def close(self) -> None:
        self._is_open = False
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for child in self._children:
            child.close()
        if self._reserve is not None:
            self._reserve.close()

    def _gone(self, child: Child) -> None:
        if not self._is_open:
            return
        self.replaced += 1
        if child is self._reserve:
            self._reserve = None
        else:
            self._children.remove(child)
            if self._reserve is not None:
                self._children.append(self._reserve)
                self._reserve = None
        if child.is_ready:
            self._restock()
        else:  # one that dies at its start would die again at once
            asyncio.get_running_loop().call_later(RESTART_S, self._restock)

    def _restock(self) -> None:
        if not self._is_open:
            return
        try:
            while len(self._children) < self._most:
                self._children.append(Child(self._gone))
            if self._reserve is None:
                self._reserve = Child(self._gone)
        except OSError as error:
            log.error("no decoding child can be started, trying again", reason=str(error))
            asyncio.get_running_loop().call_later(RESTART_S, self._restock)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for child in list(self._children):
                child.look()
