"""The stage watches many streams on one socket: each under its number, none at the others' cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from live.ear import Bounds
from live.errors import UnknownMessage
from live.messages.air import Trouble
from live.messages.base import Tagged
from live.messages.bundle import Begun, Ended, Follow, KeyOf, Leave, Refused, Said, TroubleOf, split
from live.messages.coding import from_json, to_json
from live.messages.packets import unpack
from tests.live.stream_hall import Hall, WebSocket, open_hall, packet, raw_watcher, told

ANNA, BEN = "guest-anna", "guest-ben"
STAGE = {"X-Who": "stage"}


class Stage:
    """A hand that watches many streams."""

    def __init__(self, web_socket: WebSocket) -> None:
        self.web_socket = web_socket
        self.heard: list[tuple[int, bytes]] = []

    async def say(self, *words: Tagged) -> None:
        for word in words:
            await self.web_socket.send_str(to_json(word).decode())

    async def word(self) -> Said:
        """The next text; packets before it are kept in `heard`."""
        while True:
            message = await self.web_socket.receive(timeout=5)
            if message.type is aiohttp.WSMsgType.TEXT:
                return from_json(message.data, Said)  # type: ignore[arg-type]  # a union is a type to msgspec
            self._keep(message)

    async def packets(self, count: int) -> list[tuple[int, bytes]]:
        while len(self.heard) < count:
            self._keep(await self.web_socket.receive(timeout=5))
        taken, self.heard = self.heard[:count], self.heard[count:]
        return taken

    def _keep(self, message: aiohttp.WSMessage) -> None:
        assert message.type is aiohttp.WSMsgType.BINARY, message
        self.heard += [(number, unpack(one).payload) for number, one in split(message.data)]


@asynccontextmanager
async def stage_in(hall: Hall) -> AsyncIterator[Stage]:
    async with hall.client.ws_connect("/live/watch", headers=STAGE) as web_socket:
        yield Stage(web_socket)


def follow(number: int, stream_id: str) -> Follow:
    return Follow(number=number, stream_id=stream_id, tracks=(0, 1))


async def test_each_stream_comes_under_its_number_after_what_it_sends_was_told() -> None:
    async with open_hall() as hall, stage_in(hall) as stage:
        anna, ben = await hall.guest(ANNA), await hall.guest(BEN)
        await stage.say(follow(7, ANNA), follow(8, BEN))
        begun = [await stage.word(), await stage.word()]
        assert {(one.number, one.hello.stream_id) for one in begun if isinstance(one, Begun)} == {(7, ANNA), (8, BEN)}
        await anna.send_bytes(packet(b"a picture", key=True))
        assert await stage.packets(1) == [(7, b"a picture")]
        await ben.send_bytes(packet(b"a sound", track=1))
        assert await stage.packets(1) == [(8, b"a sound")]


async def test_who_comes_late_gets_the_last_key_picture_and_what_followed_in_order() -> None:
    async with open_hall() as hall, stage_in(hall) as stage:
        anna = await hall.guest(ANNA)
        for place in range(30):
            await anna.send_bytes(packet(b"%d" % place, key=place in (0, 20)))
        await hall.until(lambda: hall.streams.counters["packets_in"] == 30)
        await stage.say(follow(1, ANNA))
        assert isinstance(await stage.word(), Begun)
        assert await stage.packets(10) == [(1, b"%d" % place) for place in range(20, 30)]


async def test_what_the_stage_leaves_or_what_is_over_comes_no_more() -> None:
    async with open_hall() as hall, stage_in(hall) as stage:
        anna, ben = await hall.guest(ANNA), await hall.guest(BEN)
        await stage.say(follow(1, ANNA), follow(2, BEN))
        await stage.word(), await stage.word()
        await stage.say(Leave(number=1))
        await hall.until(lambda: hall.streams.counters["watchers"] == 1)
        await anna.send_bytes(packet(b"unheard", track=1))
        await ben.send_bytes(packet(b"heard", track=1))
        assert await stage.packets(1) == [(2, b"heard")]
        hall.streams.end(BEN)
        assert await stage.word() == Ended(number=2)
        await stage.say(follow(2, ANNA))  # the number is free again
        assert isinstance(await stage.word(), Begun)


async def test_keys_and_troubles_reach_the_publisher_they_are_meant_for() -> None:
    async with open_hall() as hall, stage_in(hall) as stage:
        anna, ben = await hall.guest(ANNA), await hall.guest(BEN)
        await stage.say(follow(1, ANNA), follow(2, BEN))
        await stage.word(), await stage.word()
        hall.clock.advance_us(1_000_000)
        trouble = Trouble(text="sends no media", is_shown=False)
        await stage.say(KeyOf(number=2), TroubleOf(number=2, trouble=trouble))
        words: list[dict[str, object]] = []
        while not words or words[-1]["type"] != "trouble":
            words.append(await told(ben))
        assert {"type": "key"} in words
        assert words[-1]["text"] == "sends no media"
        await anna.close()


async def test_nobody_but_the_stage_watches_so() -> None:
    async with open_hall() as hall:
        for who, status in (("host", 403), ("stranger", 401)):
            async with hall.client.get("/live/watch", headers={"X-Who": who}) as response:
                assert response.status == status, await response.text()


async def test_what_cannot_be_heard_is_refused_and_the_rest_goes_on() -> None:
    async with open_hall(streams=1) as hall, stage_in(hall) as stage:
        anna = await hall.guest(ANNA)
        await stage.say(follow(1, ANNA), follow(2, "no such name!"), follow(3, BEN))
        answers = {one.number: one for one in [await stage.word() for _ in range(3)]}
        assert isinstance(answers[1], Begun)
        refused = [answers[number] for number in (2, 3)]
        assert [one.problem.code for one in refused if isinstance(one, Refused)] == ["not_found", "too_much"]
        await anna.send_bytes(packet(b"on", track=1))
        assert await stage.packets(1) == [(1, b"on")]


async def test_a_number_that_is_taken_ends_the_socket_with_a_reason() -> None:
    async with open_hall() as hall, stage_in(hall) as stage:
        await hall.guest(ANNA)
        await stage.say(follow(1, ANNA))
        await stage.word()
        await stage.say(follow(1, BEN))
        assert (await told(stage.web_socket))["code"] == "bad_input"
        await hall.until(lambda: hall.streams.counters["watchers"] == 0)


async def test_a_stage_that_never_reads_is_let_go_and_holds_up_nobody() -> None:
    async with open_hall(write_s=0.2, bounds=Bounds(packets=20)) as hall:
        anna = await hall.guest(ANNA)
        sock = await raw_watcher(hall, "/live/watch", "X-Who: stage\r\n", to_json(follow(1, ANNA)))
        await hall.until(lambda: hall.streams.counters["watchers"] == 1)
        async with asyncio.timeout(30):
            while hall.streams.counters["let_go"] == 0:
                await anna.send_bytes(packet(bytes(50_000), key=True))
                async with hall.client.get("/"):
                    pass
        assert hall.streams.counters["skipped"] > 0
        sock.close()


@pytest.mark.parametrize(
    "garbage", [b"\1", b"\1\0\x20\0\0\0short", b"\1\0\0\0\0\0", b"\1\0\xff\xff\xff\xff" + bytes(99)]
)
def test_what_is_no_bundle_is_no_packet(garbage: bytes) -> None:
    with pytest.raises(UnknownMessage, match="expected"):
        list(split(garbage))
