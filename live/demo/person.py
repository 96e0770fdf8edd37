"""One made-up person: answers the prompt with this and that, and sometimes somebody else's piece with one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import structlog

from live.demo.clips import film
from live.demo.drawings import draw
from live.demo.melodies import play
from live.demo.phone import Phone
from live.demo.stories import ANSWERS, STORIES
from live.errors import HouselightsError
from live.messages.ids import Kind

log = structlog.get_logger()

PAUSE_S = (5.0, 16.0)
MOST_PIECES = 40
"""A demo that runs all night must not fill the disk: after this many, a person only listens."""
REMIX_SHARE = 0.3
WISHES: tuple[tuple[Kind, int], ...] = (("text", 4), ("photo", 4), ("video", 3), ("sound", 2))
MAKERS: dict[Kind, tuple[Callable[[int], bytes], str]] = {
    "photo": (draw, "image/jpeg"),
    "video": (film, "video/mp4"),
    "sound": (play, "audio/flac"),
}


class Person:
    """`workshop` lets one piece be made at a time, so that the show keeps its share of the machine."""

    def __init__(self, phone: Phone, random: Random, workshop: asyncio.Semaphore) -> None:
        self._phone, self._random, self._workshop = phone, random, workshop

    async def take_part(self, first: Kind) -> None:
        """Send `first` at once, then more from time to time."""
        kind = first
        for _ in range(MOST_PIECES):
            try:
                await self._contribute(kind)
            except HouselightsError as error:
                log.warning("a made-up person could not send", who=self._phone.name, kind=kind, reason=str(error))
            await asyncio.sleep(self._random.uniform(*PAUSE_S))
            kind = self._random.choice([kind for kind, weight in WISHES for _ in range(weight)])

    async def _contribute(self, kind: Kind) -> None:
        parents = self._parents()
        if kind == "text":
            await self._phone.say(self._random.choice(ANSWERS if parents else STORIES), parents=parents)
            return
        make, media_type = MAKERS[kind]
        async with self._workshop:
            data = await asyncio.to_thread(make, self._random.getrandbits(32))
        await self._phone.send(kind, data, media_type, parents=parents)

    def _parents(self) -> tuple[str, ...]:
        shared = list(self._phone.shared)
        return (self._random.choice(shared),) if shared and self._random.random() < REMIX_SHARE else ()
