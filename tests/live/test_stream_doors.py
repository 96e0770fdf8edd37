"""Who publishes and watches what, on a real hub; and that a restart leaves everybody where they were."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from live.app import House
from live.messages import acts, air
from live.messages.packets import Packet, pack, unpack
from live.settings import Settings
from live.stream_limits import StreamLimits
from tests.live.guests import getting_ready, host_of, my_state, phone_of, published
from tests.live.running import Socket, joined_device, running_house, url_of


async def status(net: aiohttp.ClientSession, house: House, path: str, token: str) -> int:
    """What a WebSocket handshake is answered with."""
    try:
        async with net.ws_connect(f"{url_of(house)}/live/{path}", headers={"Authorization": f"Bearer {token}"}):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


async def test_a_stream_is_published_by_its_guest_alone(house: House, net: aiohttp.ClientSession) -> None:
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    other, _ = await joined_device(house, "Bo")
    await host.act(air.InviteGuests(person_ids=(person_id,), wants="both"))
    await phone.until(lambda: my_state(phone).state == "invited")
    stream_id = str(my_state(phone).stream_id)
    path = f"{stream_id}/publish"
    assert await status(net, house, path, token) == 403, "they have not said yes"
    await phone.act(air.AnswerInvitation(stream_id=stream_id, accepted=True))
    keys = {role: house.access.key(role) for role in ("host", "crew", "stage")}
    assert await status(net, house, path, token) == 101
    assert [await status(net, house, path, key) for key in (other, *keys.values())] == [403] * 4
    assert await status(net, house, "program/publish", token) == 403
    assert await status(net, house, "unheard-of/publish", token) == 404
    watching = [await status(net, house, f"{stream_id}/watch", key) for key in (*keys.values(), token, other)]
    assert watching == [101, 101, 101, 403, 403]
    await host.act(acts.Ban(person_id=person_id, banned=True))
    assert await status(net, house, path, token) == 403
    await host.close()
    await phone.close()


async def test_a_crew_camera_is_published_with_the_crews_key(house: House, net: aiohttp.ClientSession) -> None:
    key = house.access.key("crew")
    crew = await Socket(house, "/crew", key).connect()
    assert (await crew.act(air.OfferCamera(stream_id="camera-0001", wants="both", label="Balcony"))).ok
    assert await status(net, house, "camera-0001/publish", key) == 101
    token, _ = await joined_device(house)
    assert await status(net, house, "camera-0001/publish", token) == 403
    await crew.act(air.LeaveAir(stream_id="camera-0001"))
    assert await status(net, house, "camera-0001/publish", key) == 403
    await crew.close()


async def test_the_audience_watches_the_program_only_where_the_host_allows_it(
    house: House, net: aiohttp.ClientSession
) -> None:
    token, _ = await joined_device(house)
    cookie = {"Cookie": f"houselights_device={token}"}
    assert await status(net, house, "program/watch", token) == 403
    async with net.get(f"{url_of(house)}/stage", headers=cookie) as answer:
        assert answer.status == 401
    house.doors.is_program_open = True
    assert await status(net, house, "program/watch", token) == 101
    assert await status(net, house, "guest-0001/watch", token) == 403
    async with net.get(f"{url_of(house)}/stage", headers=cookie) as answer:
        assert answer.status == 200
    assert Settings(folder=Path("x")).overflow is False


async def test_one_phone_takes_no_more_than_its_places(house: House, net: aiohttp.ClientSession) -> None:
    house.doors.is_program_open = True
    (token, _), (other, _) = await joined_device(house), await joined_device(house, "Bo")
    url = f"{url_of(house)}/live/program/watch"
    headers = {"Authorization": f"Bearer {token}"}
    async with AsyncExitStack() as open_sockets:
        for _ in range(StreamLimits().watchers_per_device):
            await open_sockets.enter_async_context(net.ws_connect(url, headers=headers))
        assert await status(net, house, "program/watch", token) == 429
        assert await status(net, house, "program/watch", other) == 101
        assert await status(net, house, "program/watch", house.access.key("host")) == 101
    async with asyncio.timeout(10):
        while await status(net, house, "program/watch", token) != 101:
            """The hub hears of a closed socket a moment later."""


async def test_whoever_comes_by_a_link_that_is_revoked_sees_no_guest_any_more(
    house: House, net: aiohttp.ClientSession
) -> None:
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    stream_id = await getting_ready(house, host, phone, person_id)
    publisher = await published(net, house, stream_id, token)
    url = f"{url_of(house)}/live/{stream_id}/watch"
    crew, stage = (house.access.key(role) for role in ("crew", "stage"))
    async with (
        net.ws_connect(url, headers={"Authorization": f"Bearer {crew}"}, autoclose=False) as revoked,
        net.ws_connect(url, headers={"Authorization": f"Bearer {stage}"}) as watcher,
    ):
        await host.act(acts.TurnKeys(role="crew"))
        said = [message async for message in revoked]
        assert "bad_token" in said[-1].data
        assert revoked.close_code == 1008
        assert not watcher.closed
        assert not publisher.closed
        assert house.streams.is_published(stream_id)
    await publisher.close()
    await host.close()
    await phone.close()


async def test_after_a_restart_the_same_phone_goes_on(tmp_path: Path, net: aiohttp.ClientSession) -> None:
    async with running_house(tmp_path / "show") as house:
        host, (phone, token, person_id) = await host_of(house), await phone_of(house)
        stream_id = await getting_ready(house, host, phone, person_id)
        await published(net, house, stream_id, token)
        port = house.settings.port
        await host.close()
        await phone.close()
    async with running_house(tmp_path / "show", port) as again:
        phone = await Socket(again, "/audience", token).connect()
        assert my_state(phone).state == "getting_ready"
        publisher = await published(net, again, stream_id, token)
        headers = {"Authorization": f"Bearer {again.access.key('stage')}"}
        async with net.ws_connect(f"{url_of(again)}/live/{stream_id}/watch", headers=headers) as watcher:
            assert "tracks" in await watcher.receive_json(timeout=5)
            year_us = 365 * 24 * 3600 * 1_000_000
            lying = Packet(track=0, key=True, sequence=1, captured_us=-year_us, sent_us=year_us, payload=b"on")
            await publisher.send_bytes(pack(lying))
            assert unpack(await watcher.receive_bytes(timeout=5)) == lying, (
                "what a clock says is nobody's business here"
            )
        await phone.close()


async def test_the_numbers_show_each_stream_while_it_is_there(house: House, net: aiohttp.ClientSession) -> None:
    host, (phone, token, person_id) = await host_of(house), await phone_of(house)
    stream_id = await getting_ready(house, host, phone, person_id)
    publisher = await published(net, house, stream_id, token)
    async with net.get(f"{url_of(house)}/metrics") as answer:
        text = await answer.text()
    assert f'houselights_stream_packets_in_total{{stream="{stream_id}"}} 0.0' in text
    async with net.get(f"{url_of(house)}/healthz") as answer:
        assert (await answer.json())["guests"] == {"getting_ready": 1}
    await publisher.close()
    await host.close()
    await phone.close()
