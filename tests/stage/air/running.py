"""What tests of live streams need around them: a relay that lets everyone in, and waiting for what other threads do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from live.listening import listen_here
from live.streams import Streams

WITHIN_S = 30.0


@asynccontextmanager
async def relay() -> AsyncIterator[str]:
    """The hub's own streams without the hub; yields its address."""
    async with relaying() as relaying_hub:
        yield relaying_hub.url


@dataclass(frozen=True, slots=True)
class Relay:
    url: str
    streams: Streams
    line: Path | None
    """Its Unix socket, where it was asked for one."""


@asynccontextmanager
async def relaying(socket_for: Path | None = None) -> AsyncIterator[Relay]:
    """As `relay`, with what it relays by; with `socket_for`, a show's folder, it listens on a Unix socket too."""

    async def admit(request: web.Request, stream_id: str) -> None:
        return None

    streams = Streams(admit, admit, lambda: time.monotonic_ns() // 1000, is_stage=lambda _: True)
    app = web.Application()
    app.add_routes(streams.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = "http://{}:{}".format(*runner.addresses[0][:2])
        yield Relay(url, streams, await listen_here(runner, socket_for) if socket_for is not None else None)
    finally:
        await streams.close()
        await runner.cleanup()


async def until(is_so: Callable[[], bool], told: threading.Condition) -> None:
    """Wait until something is so; whoever changes it notifies `told`."""

    def wait() -> bool:
        with told:
            return told.wait_for(is_so, WITHIN_S)

    assert await asyncio.to_thread(wait)
