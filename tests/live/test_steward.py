"""Guests whose line breaks, on a real hub: the stage is told whom to close the ranks for, and the host who is away."""

from __future__ import annotations

import aiohttp

from live.app import House
from live.messages import acts, air
from live.messages.events import Cued
from live.messages.packets import Packet, pack
from live.messages.scene import SetAway
from tests.live.guests import getting_ready, host_of, phone_of, published
from tests.live.running import Socket
from tests.live.test_usher import closing, cues_of

RUN = "run-0001"


class Stage:
    """Takes every cue when it is asked to."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self._picture = 0
        self._taken = 0

    async def start(self) -> None:
        await self.socket.act(
            acts.StartRun(run_id=RUN, first_picture=0, pictures_per_second=30, width_px=1280, height_px=720)
        )

    async def take(self) -> Cued:
        """Wait for the next cue, and take it."""
        await self.socket.until(lambda: len(cues_of(self.socket)) > self._taken)
        cue = cues_of(self.socket)[self._taken]
        self._taken += 1
        self._picture += 30
        await self.socket.act(acts.TakeCue(cue_id=cue.cue_id, run_id=RUN, picture=self._picture))
        return cue


async def sending(
    net: aiohttp.ClientSession, house: House, stream_id: str, token: str
) -> aiohttp.ClientWebSocketResponse:
    """Publish a first picture; nobody watches, so no more are due."""
    socket = await published(net, house, stream_id, token)
    await socket.send_bytes(pack(Packet(track=0, key=True, sequence=0, captured_us=0, sent_us=0, payload=b"picture")))
    return socket


def seen_by(host: Socket, name: str) -> air.GuestView:
    return [guest for changes in host.changes for guest in changes.guests if guest.name == name][-1]


async def test_who_breaks_off_is_away_until_they_are_back(house: House, net: aiohttp.ClientSession) -> None:
    stage = Stage(await Socket(house, "/stage", house.access.key("stage")).connect())
    await stage.start()
    host = await host_of(house)
    lines, streams, tokens, phones = [], [], [], []
    for name in ("Ana", "Bo"):
        phone, token, person_id = await phone_of(house, name)
        stream_id = await getting_ready(house, host, phone, person_id)
        lines.append(await sending(net, house, stream_id, token))
        await host.act(air.BringOnAir(stream_ids=(stream_id,), countdown_ms=0))
        await stage.take()
        streams.append(stream_id)
        tokens.append(token)
        phones.append(phone)

    await lines[1].close()

    assert (await stage.take()).cue == SetAway(stream_ids=(streams[1],))
    await host.until(lambda: seen_by(host, "Bo").is_away)
    assert (seen_by(host, "Bo").state, seen_by(host, "Bo").gone) == ("on_air", False)
    assert not seen_by(host, "Ana").is_away

    lines[1] = await sending(net, house, streams[1], tokens[1])

    assert (await stage.take()).cue == SetAway(stream_ids=())
    await host.until(lambda: not seen_by(host, "Bo").is_away)
    assert seen_by(host, "Bo").state == "on_air"
    assert len(house.show.state.cues) == 4, "two came on, one went and was back: nothing is cued twice"
    await closing(stage.socket, host, *phones)


async def test_the_host_cannot_say_who_is_away(house: House) -> None:
    host = await host_of(house)
    answer = await host.act(acts.GiveCue(cue_id="cue-00001", cue=SetAway(stream_ids=())))
    assert answer.problem is not None
    assert answer.problem.code == "not_allowed"
    await host.close()
