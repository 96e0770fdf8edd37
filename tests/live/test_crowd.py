"""Reactions of many phones reach host and stage as one number each; one wild phone does not."""

from __future__ import annotations

from live.app import House
from live.crowd import BURST
from live.messages.acts import Ban
from live.messages.coding import from_plain
from live.messages.phones import ReactionKind, Reactions
from tests.live.running import Socket, joined_device


async def phone_of(house: House, name: str) -> tuple[Socket, str]:
    token, person_id = await joined_device(house, name)
    return await Socket(house, "/audience", token).connect(), person_id


async def react(phone: Socket, kind: ReactionKind | str, times: int = 1) -> None:
    for _ in range(times):
        await phone.client.emit("react", {"kind": kind}, namespace="/audience")


def told(socket: Socket) -> list[Reactions]:
    return [from_plain(data, Reactions) for name, data in socket.cosmetics if name == "reactions"]


async def test_host_and_stage_are_told_what_two_phones_do(house: House) -> None:
    ana, _ = await phone_of(house, "Ana")
    bo, _ = await phone_of(house, "Bo")
    host = await Socket(house, "/host", house.access.key("host")).connect()
    stage = await Socket(house, "/stage", house.access.key("stage")).connect()
    await react(ana, "heart", 3)
    await react(bo, "clap", 2)
    await react(bo, "lighter")
    for socket in (host, stage):
        await socket.until(lambda socket=socket: sum(one.hearts + one.claps for one in told(socket)) == 5)
        await socket.until(lambda socket=socket: any(one.lighters for one in told(socket)))
        assert sum(one.hearts for one in told(socket)) == 3
        assert told(socket)[-1].here == 2
        assert max(one.applause for one in told(socket)) > 0
    assert told(ana) == []
    for client in (ana, bo, host, stage):
        await client.close()


async def test_a_wild_phone_counts_as_fast_as_a_thumb(house: House) -> None:
    ana, _ = await phone_of(house, "Ana")
    host = await Socket(house, "/host", house.access.key("host")).connect()
    await react(ana, "heart", 500)
    await react(ana, "nonsense", 1)
    assert (await ana.client.call("clock", {}, namespace="/audience")) is not None  # all of them were heard
    await host.until(lambda: told(host))
    assert house.crowd.counters["too_many_total"] > 400
    assert BURST <= house.crowd.counters["taken_total"] < 100
    await ana.close()
    await host.close()


async def test_garbage_and_banned_devices_are_passed_over(house: House) -> None:
    ana, person_id = await phone_of(house, "Ana")
    bo, _ = await phone_of(house, "Bo")
    host = await Socket(house, "/host", house.access.key("host")).connect()
    assert (await host.act(Ban(person_id=person_id, banned=True))).ok
    await react(ana, "heart", 2)
    await bo.client.emit("react", ["what", 5], namespace="/audience")
    await ana.client.call("clock", {}, namespace="/audience")
    await react(bo, "hand")
    await host.until(lambda: told(host))
    assert (told(host)[0].hands, told(host)[0].hearts) == (1, 0)
    assert house.crowd.counters["unknown_total"] == 1
    for client in (ana, bo, host):
        await client.close()
