"""A client's line to the hub: it comes back by itself, misses nothing, and every act is done exactly once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from live.app import House
from live.link import Link
from live.messages import acts
from live.messages.ids import new_id
from live.messages.scene import Blackout, Panic
from live.messages.views import Ack, Entries
from live.settings import free_port
from tests.live.running import Socket, running_house, url_of


class Heard:
    """Keeps entries that a link hands over from its own thread, and can be waited on from the test's loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self.messages: list[Entries] = []

    def __call__(self, entries: Entries) -> None:
        self.messages.append(entries)
        self._loop.call_soon_threadsafe(self._changed.set)

    @property
    def offsets(self) -> list[int]:
        return [entry.offset for message in self.messages for entry in message.entries]

    async def until_offset(self, offset: int) -> None:
        async with asyncio.timeout(15):
            while not self.messages or self.messages[-1].offset < offset:
                self._changed.clear()
                await self._changed.wait()


async def answered(future: object) -> Ack:
    async with asyncio.timeout(15):
        return await asyncio.wrap_future(future)  # type: ignore[arg-type]


async def cue(house: House, on: bool) -> None:
    host = await Socket(house, "/host", house.access.key("host")).connect()
    await host.act(acts.GiveCue(cue_id=new_id(), cue=Blackout(on=on)))
    await host.close()


async def test_the_stage_hears_every_cue_once_across_a_restart_of_the_hub(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    async with running_house(tmp_path / "show", port) as house:
        heard = Heard()
        link = Link(url_of(house), "/stage", house.access.key("stage"))
        link.on_entries(heard)
        link.start()
        await cue(house, True)
        await heard.until_offset(house.show.durable)
    async with running_house(tmp_path / "show", port) as house:
        await cue(house, False)
        await heard.until_offset(house.show.durable)
        assert heard.offsets == sorted(set(heard.offsets))
        assert len([o for o in heard.offsets if o > 1]) == 2
        await asyncio.to_thread(link.close)


async def test_a_hub_that_goes_while_hands_are_shaken_is_come_back_to(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    came = asyncio.Event()

    async def go(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
        came.set()
        return socket

    going = web.Application()
    going.router.add_get("/socket.io/", go)
    runner = web.AppRunner(going)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with running_house(tmp_path / "show") as house:
        key = house.access.key("stage")
    heard, link = Heard(), Link(f"http://127.0.0.1:{port}", "/stage", key)
    link.on_entries(heard)
    link.start()
    await came.wait()
    await runner.cleanup()
    async with running_house(tmp_path / "show", port) as house:
        await heard.until_offset(house.show.durable)
        await asyncio.to_thread(link.close)


async def test_an_act_asked_while_the_hub_is_away_is_done_when_it_is_back(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    async with running_house(tmp_path / "show", port) as house:
        link = Link(url_of(house), "/stage", house.access.key("stage"))
        heard = Heard()
        link.on_entries(heard)
        link.start()
        await heard.until_offset(1)
    future = link.act(acts.TakeCue(cue_id="cue-local1", run_id="run-00001", picture=7, cue=Panic(on=True)))
    async with running_house(tmp_path / "show", port) as house:
        assert (await answered(future)).ok
        assert house.show.state.scene.panic.end == 1.0
        await asyncio.to_thread(link.close)


async def test_the_links_clock_follows_the_show_clock(house: House) -> None:
    link = Link(url_of(house), "/stage", house.access.key("stage"))
    heard = Heard()
    link.on_entries(heard)
    link.start()
    await heard.until_offset(1)
    assert link.clock.is_synchronised
    assert abs(link.clock.now_us() - house.show.clock.now_us()) < 50_000
    await asyncio.to_thread(link.close)


async def test_a_refused_client_says_why(house: House) -> None:
    link = Link(url_of(house), "/stage", house.access.key("moderator"))
    link.start()
    async with asyncio.timeout(10):
        while not link.refusal:
            await asyncio.to_thread(link.is_refused.wait, 1.0)
    assert "moderator" in link.refusal
    await asyncio.to_thread(link.close)


async def test_closing_tells_whoever_still_waits(tmp_path: Path) -> None:
    link = Link("http://127.0.0.1:9", "/stage", "no key")
    link.start()
    future = link.act(acts.EndRun(run_id="run-00001", last_picture=1))
    await asyncio.to_thread(link.close)
    with pytest.raises(Exception, match="closed before it answered"):
        await answered(future)
