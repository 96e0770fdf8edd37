"""The hub is reached by its Unix socket where there is one that answers, and by TCP all the same."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from live.doorplate import Doorplate
from live.listening import listen_here
from live.messages.coding import to_json
from stage.hub_address import HubAddress
from stage.hub_session import open_session


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubAddress]:
    """Says by which way and with which key one came."""

    async def ask(request: web.Request) -> web.Response:
        return web.json_response([request.remote or "socket", request.headers["Authorization"]])

    app = web.Application()
    app.add_routes([web.get("/", ask)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    line = await listen_here(runner, tmp_path, tmp_path)
    yield HubAddress(url="http://{}:{}".format(*runner.addresses[0][:2]), token="key", line=str(line))
    await runner.cleanup()


async def asked(hub: HubAddress, attempt: int) -> list[str]:
    async with open_session(hub, attempt) as session, session.get(hub.url) as answer:
        said: list[str] = await answer.json()
        return said


async def test_a_hub_on_this_machine_is_reached_by_its_socket(hub: HubAddress) -> None:
    assert await asked(hub, 0) == ["socket", "Bearer key"]


async def test_a_socket_that_a_killed_hub_left_behind_keeps_nobody_away(hub: HubAddress, tmp_path: Path) -> None:
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as once:
        once.bind(str(left))
    behind = HubAddress(url=hub.url, token=hub.token, line=str(left))
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked(behind, 0)
    assert await asked(behind, 1) == ["127.0.0.1", "Bearer key"]


@pytest.mark.parametrize("line", ["", "/nowhere/hub.sock"])
async def test_a_hub_without_a_socket_is_reached_by_tcp(hub: HubAddress, line: str) -> None:
    assert await asked(HubAddress(url=hub.url, token=hub.token, line=line), 0) == ["127.0.0.1", "Bearer key"]


@pytest.mark.parametrize(
    ("on_the_plate", "shown"), [("show.new", "show.new"), ("another.new", "show.old")], ids=["this show", "another"]
)
async def test_the_key_to_show_is_the_newest_of_the_same_show(
    hub: HubAddress, tmp_path: Path, on_the_plate: str, shown: str
) -> None:
    doors = tmp_path / "doors.json"
    stage = HubAddress(url=hub.url, token="show.old", plate=str(doors))
    assert await asked(stage, 0) == ["127.0.0.1", "Bearer show.old"], "while there is no plate"
    plate = Doorplate(
        pid=1, url=hub.url, stage_key=on_the_plate, audience="", host="", host_elsewhere="", moderator="", mirror=""
    )
    doors.write_bytes(to_json(plate))
    assert await asked(stage, 0) == ["127.0.0.1", f"Bearer {shown}"]
