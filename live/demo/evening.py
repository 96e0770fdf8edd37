"""A whole evening in small: a dozen people come one after the other and send, a host makes a show of it."""

from __future__ import annotations

import asyncio
from random import Random, SystemRandom

import aiohttp
import structlog

from live.demo.console import Console
from live.demo.guest import Guest
from live.demo.host import Host
from live.demo.person import Person
from live.demo.phone import Phone
from live.demo.stories import NAMES
from live.errors import HouselightsError
from live.messages.ids import Kind

log = structlog.get_logger()

COME_EVERY_S = 0.4
EAGER_EVERY = 3
"""One in so many asks to be live."""
FIRST_PIECES: tuple[Kind, ...] = ("text", "photo", "text", "photo", "video", "photo", "text", "sound", "video", "photo")
"""What the first people bring, so that the stage has something of everything soon."""


async def run_demo(hub_url: str, host_key: str, people: int = 12, seed: int | None = None) -> None:
    """Play against the hub at `hub_url` until cancelled. `host_key` is the key in the host's link.

    The same `seed` brings the same people with the same pieces; without one every evening is another.
    Raises HouselightsError when nobody can join.
    """
    random = Random(seed if seed is not None else SystemRandom().getrandbits(32))
    console = Console(hub_url, host_key)
    timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=30)
    # No cookies: these are many people, and each shows a token of their own.
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(Host(console, random).play())
                welcome = await console.welcome
                names = random.sample(NAMES, min(people, len(NAMES)))
                workshop = asyncio.Semaphore(1)
                for index, name in enumerate(names):
                    first = FIRST_PIECES[index % len(FIRST_PIECES)]
                    seeded = Random(random.getrandbits(32))
                    is_eager = index % EAGER_EVERY == 0
                    tasks.create_task(
                        _visit(session, hub_url, welcome.code, name, first, seeded, workshop, is_eager=is_eager)
                    )
                    await asyncio.sleep(COME_EVERY_S)
        finally:
            await console.close()


async def _visit(
    session: aiohttp.ClientSession,
    hub_url: str,
    code: str,
    name: str,
    first: Kind,
    random: Random,
    workshop: asyncio.Semaphore,
    *,
    is_eager: bool,
) -> None:
    try:
        phone = await Phone.arrive(session, hub_url, code, name)
    except HouselightsError as error:
        log.warning("a made-up person was not let in", who=name, reason=str(error))
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Person(phone, random, workshop).take_part(first))
            if is_eager:
                tasks.create_task(Guest(phone, Random(random.getrandbits(32)), workshop).live())
    finally:
        await phone.leave()
