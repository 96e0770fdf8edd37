"""All guests come on one line: it is made again when it breaks, and a fault with one guest is nobody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from live.messages.packets import Hello
from stage.air.receiving.bundle import Bundle
from stage.air.receiving.nursery import Nursery
from stage.air.receiving.reception import Reception
from tests.live.stream_hall import Hall, WebSocket, open_hall, packet
from tests.stage.air.outlets import Kept

ANNA, BEN = "guest-anna", "guest-ben"
WITHIN_S = 20.0


class Heard(Reception):
    """A stream that keeps what it is given instead of having it decoded."""

    def __init__(self, stream_id: str, folder: Path) -> None:
        super().__init__(stream_id, Nursery(1), folder, Kept())
        self.begun = self.left = 0
        self.packets: list[bytes] = []
        self.is_faulty = False
        self._news = asyncio.Event()

    def begin(self, hello: Hello) -> None:
        self.begun += 1
        self._news.set()

    def packet(self, message: bytes, now_us: int) -> None:
        if self.is_faulty:
            raise RuntimeError("a fault of ours")
        self.packets.append(message)
        self._news.set()

    def leave(self) -> None:
        self.left += 1
        self._news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not holds():
                await self._news.wait()
                self._news.clear()


@asynccontextmanager
async def line(hall: Hall, *streams: Heard) -> AsyncIterator[Bundle]:
    server = hall.client.server
    bundle = Bundle(f"http://{server.host}:{server.port}/", lambda: time.monotonic_ns() // 1000)
    staying = asyncio.create_task(bundle.stay_connected(lambda _: aiohttp.ClientSession(headers={"X-Who": "stage"})))
    for stream in streams:
        bundle.follow(stream)
    try:
        yield bundle
    finally:
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)


async def send(publisher: WebSocket, payload: bytes) -> bytes:
    message = packet(payload, track=1)
    await publisher.send_bytes(message)
    return message


async def test_a_line_that_breaks_is_made_again_and_every_stream_is_on_it(tmp_path: Path) -> None:
    async with open_hall() as hall:
        anna, ben = Heard(ANNA, tmp_path), Heard(BEN, tmp_path)
        async with line(hall, anna, ben):
            await hall.guest(ANNA), await hall.guest(BEN)
            await anna.until(lambda: anna.begun == 1)
            await ben.until(lambda: ben.begun == 1)
            await hall.streams.close()
            await anna.until(lambda: anna.left == 1)
            await hall.streams.start()
            publishers = {one: await hall.guest(one.stream_id) for one in (anna, ben)}
            for stream, publisher in publishers.items():
                await stream.until(lambda stream=stream: stream.begun == 2)  # type: ignore[misc]
                sent = await send(publisher, stream.stream_id.encode())
                await stream.until(lambda stream=stream: bool(stream.packets))  # type: ignore[misc]
                assert stream.packets == [sent]


async def test_a_fault_with_one_stream_costs_no_other_and_it_comes_back(tmp_path: Path) -> None:
    async with open_hall() as hall:
        anna, ben = Heard(ANNA, tmp_path), Heard(BEN, tmp_path)
        async with line(hall, anna, ben):
            phones = {one: await hall.guest(one.stream_id) for one in (anna, ben)}
            await anna.until(lambda: anna.begun == 1)
            await ben.until(lambda: ben.begun == 1)
            anna.is_faulty = True
            await send(phones[anna], b"at which it breaks")
            await anna.until(lambda: anna.left == 1)
            anna.is_faulty = False
            await send(phones[ben], b"goes on")
            await ben.until(lambda: len(ben.packets) == 1)
            await anna.until(lambda: anna.begun == 2)
            await send(phones[anna], b"is there again")
            await anna.until(lambda: len(anna.packets) == 1)
            assert (ben.begun, ben.left) == (1, 0)


async def test_a_stream_that_is_rested_is_left_alone_for_that_long_and_the_hub_is_told_why(tmp_path: Path) -> None:
    async with open_hall() as hall:
        anna = Heard(ANNA, tmp_path)
        async with line(hall, anna):
            phone = await hall.guest(ANNA)
            await anna.until(lambda: anna.begun == 1)
            anna.trouble, anna._is_refused, anna.rest_until_s = "sends no media", True, time.monotonic() + 0.3
            await send(phone, b"the last one for now")
            await anna.until(lambda: anna.left == 1)
            trouble = {"type": "trouble", "text": "sends no media", "isShown": False}
            missing = [trouble, {"type": "want", "tracks": []}]  # nobody watches it while it rests
            while missing:
                word = await phone.receive_json(timeout=WITHIN_S)
                missing = [one for one in missing if one != word]
            await anna.until(lambda: anna.begun == 2)
            assert time.monotonic() >= anna.rest_until_s
