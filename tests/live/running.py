"""A real hub in this process, on a free loopback port, for tests: its parts are at hand, its clients are real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from aiohttp import web

from live.app import House, make_app, open_house
from live.https import HttpsSettings, Surroundings
from live.listening import listen, listen_here
from live.messages.base import Tagged
from live.messages.coding import from_plain, to_plain
from live.messages.ids import new_id
from live.messages.views import Ack, Changes, Entries, Welcome
from live.settings import Settings, free_port
from live.show import Opening


@asynccontextmanager
async def running_house(
    folder: Path,
    port: int | None = None,
    *,
    intake_workers: int = 0,
    https: HttpsSettings | None = None,
    around: Surroundings | None = None,
) -> AsyncIterator[House]:
    """Run a hub. By default it prepares no media, which most tests do not need and which takes a second to start; with
    `https` it serves that too, in the surroundings given.
    """
    settings = Settings(
        folder=folder,
        host="127.0.0.1",
        port=port or free_port("127.0.0.1", 0),
        intake_workers=intake_workers,
        https=https,
        opening=Opening(title="Test night"),
    )
    house = await open_house(settings, around)
    runner = web.AppRunner(make_app(house), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await listen(runner, settings, house.https)
    house.line = await listen_here(runner, folder)
    try:
        yield house
    finally:
        if house.line is not None:
            house.line.unlink(missing_ok=True)
        await runner.cleanup()


def url_of(house: House) -> str:
    return f"http://127.0.0.1:{house.settings.port}"


async def joined_device(house: House, name: str = "Ana") -> tuple[str, str]:
    """Join as a phone without a cookie jar; return (token, person id)."""
    async with aiohttp.ClientSession() as session:
        body = {"code": house.access.join_code(), "name": name, "credit": ""}
        headers = {"Origin": url_of(house)}
        async with session.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
            joined = await answer.json()
            assert answer.status == 200, joined
            return joined["token"], joined["personId"]


class Socket:
    """A Socket.IO client that keeps what it is told, and can be waited on."""

    def __init__(self, house: House, namespace: str, token: str) -> None:
        self._url, self._namespace, self._token = url_of(house), namespace, token
        self.client = socketio.AsyncClient(reconnection=False)
        self.welcome: Welcome | None = None
        self.changes: list[Changes] = []
        self.entries: list[Entries] = []
        self.cosmetics: list[tuple[str, Any]] = []
        self._told = asyncio.Event()
        for event in ("welcome", "changes", "entries", "levels", "presence", "progress", "phones", "reactions"):
            self.client.on(event, self._taker(event), namespace=namespace)

    async def connect(self, epoch: str = "", offset: int = 0) -> Socket:
        auth = {"token": self._token, "epoch": epoch, "offset": offset}
        await self.client.connect(self._url, auth=auth, namespaces=[self._namespace], transports=["websocket"])
        await self.until(lambda: self.welcome is not None and bool(self.changes or self.entries))
        return self

    async def close(self) -> None:
        await self.client.disconnect()

    async def act(self, act: Tagged, act_id: str = "") -> Ack:
        return await self.ask({"actId": act_id or new_id(), "act": to_plain(act)})

    async def ask(self, data: object) -> Ack:
        return from_plain(await self.client.call("act", data, namespace=self._namespace, timeout=10), Ack)

    async def until(self, is_so: Any, within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():
                self._told.clear()
                await self._told.wait()

    def _taker(self, event: str) -> Any:
        def take(data: Any) -> None:
            if event == "welcome":
                self.welcome = from_plain(data, Welcome)
            elif event == "changes":
                self.changes.append(from_plain(data, Changes))
            elif event == "entries":
                self.entries.append(from_plain(data, Entries))
            else:
                self.cosmetics.append((event, data))
            self._told.set()

        return take
