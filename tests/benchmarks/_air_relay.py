"""The hub's streams in a process of their own, as the hub runs them, one watching the program: says its address and its
Unix socket, ends with its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import tempfile
import threading
from pathlib import Path

import uvloop
from aiohttp import ClientSession

from tests.stage.air.running import relaying


async def main() -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read() -> None:
        sys.stdin.read()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        async with relaying(Path(folder)) as hub, ClientSession() as session:
            print(hub.url, hub.line or "", flush=True)
            watching = asyncio.create_task(_watch(session, hub.url))
            gc.freeze()  # as the hub does
            await ended.wait()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            if hub.line is not None:
                hub.line.unlink(missing_ok=True)


async def _watch(session: ClientSession, url: str) -> None:
    async with session.ws_connect(f"{url}/live/program/watch", max_msg_size=0) as socket:
        async for _ in socket:
            pass


if __name__ == "__main__":
    uvloop.run(main())
