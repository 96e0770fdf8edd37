"""From a raised hand to the cue, on a real hub: who is called comes on air in time, once, whatever restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from live.app import House
from live.messages import air
from live.messages.events import Cued
from live.messages.scene import LiveSource, Put
from live.usher import AHEAD_US, Usher
from tests.live.guests import getting_ready, host_of, my_state, phone_of, published
from tests.live.running import Socket, running_house, url_of


def cues_of(stage: Socket) -> list[Cued]:
    entries = (entry for message in stage.entries for entry in message.entries)
    return [entry.event for entry in entries if isinstance(entry.event, Cued)]


async def closing(*sockets: Socket) -> None:
    for socket in sockets:
        await socket.close()


async def until_recorded(house: House, holds: Callable[[], bool]) -> None:
    """Wait for the journal until something holds."""
    told = asyncio.Event()
    house.show.listen(lambda _: told.set())
    async with asyncio.timeout(10):
        while not holds():
            told.clear()
            await told.wait()


async def test_from_a_raised_hand_to_the_stage(house: House, net: aiohttp.ClientSession) -> None:
    stage = await Socket(house, "/stage", house.access.key("stage")).connect()
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    await phone.act(air.RaiseHand(wants="both"))
    await phone.until(lambda: my_state(phone).number == 1)
    await host.until(lambda: any(c.guests for c in host.changes))
    assert [(g.name, g.state, g.number) for g in host.changes[-1].guests] == [("Ana", "asking", 1)]
    stream_id = await getting_ready(house, host, phone, person_id)
    await published(net, house, stream_id, token)
    before_us = house.show.clock.now_us()
    await host.act(air.BringOnAir(stream_ids=(stream_id,), countdown_ms=500))
    await stage.until(lambda: bool(cues_of(stage)))
    (cued,) = cues_of(stage)
    assert isinstance(cued.cue, Put)
    assert cued.cue.source == LiveSource(stream_id=stream_id)
    assert house.show.clock.now_us() >= before_us + 500_000 - AHEAD_US, "not before it is time"
    await closing(stage, host, phone)


async def test_a_restarted_hub_cues_at_once_what_is_overdue_and_nothing_twice(tmp_path: Path) -> None:
    async with running_house(tmp_path / "show") as house:
        host = await host_of(house)
        streams = []
        for name in ("Ana", "Bo"):
            phone, _, person_id = await phone_of(house, name)
            streams.append(await getting_ready(house, host, phone, person_id))
            await phone.close()
        await host.act(air.BringOnAir(stream_ids=(streams[0],), countdown_ms=0))
        await until_recorded(house, lambda: len(house.show.state.cues) == 1)
        await house.usher.close()
        await host.act(air.BringOnAir(stream_ids=(streams[1],), countdown_ms=0))
        await host.close()
        assert len(house.show.state.cues) == 1
    async with running_house(tmp_path / "show") as again:
        await until_recorded(again, lambda: len(again.show.state.cues) == 2)
        cues = [cue.layer_id for cue in again.show.state.cues.values() if isinstance(cue, Put)]
        assert cues == streams


async def test_whoever_joins_a_call_that_goes_straight_on_is_called_once_they_send(
    house: House, net: aiohttp.ClientSession
) -> None:
    host, (phone, token, _) = await host_of(house), await phone_of(house)
    act = air.OpenCall(call_id="call-0001", gathering="choir", wants="microphone", straight_on=True)
    await host.act(act)
    await phone.until(lambda: any(c.call for c in phone.changes))
    stream_id = (await phone.act(air.JoinCall(call_id="call-0001"))).result
    assert my_state(phone).state != "called"
    await published(net, house, stream_id, token)
    await phone.until(lambda: my_state(phone).state == "called")
    await closing(host, phone)


async def test_who_is_dropped_is_told_on_both_lines(house: House, net: aiohttp.ClientSession) -> None:
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    stream_id = await getting_ready(house, host, phone, person_id)
    socket = await published(net, house, stream_id, token)
    await host.act(air.DropGuests(stream_ids=(stream_id,)))
    while (said := await socket.receive(timeout=5)).type is not aiohttp.WSMsgType.CLOSE:
        pass
    assert (said.data, said.extra) == (4000, "ended")
    await phone.until(lambda: my_state(phone).ended == "dropped")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await published(net, house, stream_id, token)
    assert refused.value.status == 403
    await closing(host, phone)


async def test_a_phone_that_holds_the_line_and_sends_nothing_is_let_go_and_told_why(
    house: House, net: aiohttp.ClientSession
) -> None:
    """Somebody watches, so that pictures are due; the socket answers pings all the while."""
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    stream_id = await getting_ready(house, host, phone, person_id)
    socket = await published(net, house, stream_id, token)
    stage = {"Authorization": f"Bearer {house.access.key('stage')}"}
    watcher = await net.ws_connect(f"{url_of(house)}/live/{stream_id}/watch?tracks=0,1", headers=stage)
    await house.usher.close()
    impatient = Usher(house.show, house.streams, unused_us=200_000)
    impatient.start()
    await phone.until(lambda: my_state(phone).ended == "silent")
    while (said := await socket.receive(timeout=5)).type is not aiohttp.WSMsgType.CLOSE:
        pass
    assert (said.data, said.extra) == (4000, "ended")
    await impatient.close()
    await watcher.close()
    await closing(host, phone)
