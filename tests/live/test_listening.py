"""The hub on its Unix socket: the same doors as by TCP, for who may open the file; addresses do not come into it."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from live.app import House
from live.https import Https, HttpsSettings
from live.listening import listen, listen_here
from live.settings import LAST_PORT, Settings, free_port
from tests.live.running import url_of


def by_line(house: House) -> aiohttp.ClientSession:
    assert house.line is not None
    return aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(house.line)))


async def test_the_doorplate_names_a_socket_that_only_its_owner_reaches(house: House) -> None:
    path = Path(house.doorplate().line)
    assert path.is_socket()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_the_stage_watches_by_it_with_its_key_and_nobody_without(house: House) -> None:
    key = {"Authorization": f"Bearer {house.access.key('stage')}"}
    async with by_line(house) as net:
        async with net.ws_connect("http://hub/live/watch", headers=key) as socket:
            await socket.send_str('{"type":"follow","number":7,"streamId":"program","tracks":[0]}')
            await socket.send_str("no word at all")
            answer = await socket.receive(timeout=10)
            assert (answer.type, "unknown_message" in answer.data) == (WSMsgType.TEXT, True)
        for headers, status in ({}, 403), ({"Origin": "http://elsewhere"}, 403), ({"Origin": "http://hub"}, 401):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await net.ws_connect("http://hub/live/watch", headers=headers)
            assert refused.value.status == status


async def test_what_is_for_this_machines_address_is_not_for_who_has_none(house: House) -> None:
    host = {"Authorization": f"Bearer {house.access.key('host')}"}
    async with by_line(house) as net, aiohttp.ClientSession() as by_tcp:
        for path in ("/metrics", "/healthz"):
            for session, origin, headers, status in (
                (by_tcp, url_of(house), {}, 200),
                (net, "http://hub", {}, 401),
                (net, "http://hub", host, 200),
            ):
                async with session.get(f"{origin}{path}", headers=headers) as answer:
                    assert answer.status == status


async def test_the_last_ports_taken_means_no_https_and_no_crash(tmp_path: Path) -> None:
    https = await Https.open(HttpsSettings(port=LAST_PORT, authority=tmp_path / "own"))
    assert https is not None
    runner = web.AppRunner(web.Application())
    await runner.setup()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", LAST_PORT))
        taken.listen()
        settings = Settings(folder=tmp_path, host="127.0.0.1", port=free_port("127.0.0.1", 0))
        await listen(runner, settings, https)
    assert not https.is_listening
    await runner.cleanup()


async def test_a_folder_somebody_else_can_open_is_not_used(tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    path = await listen_here(runner, tmp_path / "show", tmp_path)
    assert path is not None
    path.parent.chmod(0o755)
    assert await listen_here(runner, tmp_path / "show", tmp_path) is None
    await runner.cleanup()
