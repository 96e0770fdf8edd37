"""A host and phones on a hub in this process, and a guest on their way to being live."""

from __future__ import annotations

import aiohttp

from live.app import House
from live.messages import air
from live.messages.coding import to_json
from live.messages.packets import Hello, Track
from tests.live.running import Socket, joined_device, url_of


async def host_of(house: House) -> Socket:
    return await Socket(house, "/host", house.access.key("host")).connect()


async def phone_of(house: House, name: str = "Ana") -> tuple[Socket, str, str]:
    token, person_id = await joined_device(house, name)
    return await Socket(house, "/audience", token).connect(), token, person_id


async def published(
    net: aiohttp.ClientSession, house: House, stream_id: str, token: str
) -> aiohttp.ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {token}"}
    socket = await net.ws_connect(f"{url_of(house)}/live/{stream_id}/publish", headers=headers)
    tracks = (Track(track=0, kind="video", codec="avc1.42e01f", width_px=640, height_px=360),)
    await socket.send_str(to_json(Hello(stream_id=stream_id, tracks=tracks)).decode())
    await socket.receive_json(timeout=5)
    return socket


def my_state(phone: Socket) -> air.MyAirView:
    return [changes.my_air for changes in phone.changes if changes.my_air is not None][-1]


async def getting_ready(house: House, host: Socket, phone: Socket, person_id: str) -> str:
    """Invite them, have them say yes; return the stream's id."""
    await host.act(air.InviteGuests(person_ids=(person_id,), wants="both"))
    await phone.until(lambda: my_state(phone).state == "invited")
    stream_id = my_state(phone).stream_id
    assert stream_id is not None
    assert (await phone.act(air.AnswerInvitation(stream_id=stream_id, accepted=True))).ok
    return stream_id
