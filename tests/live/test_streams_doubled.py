"""A publisher whose line stands still is asked for a second one, over real WebSockets; the phone is scripted."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import WSMsgType

from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack
from live.second_line import AGAIN_US, KEEP_US
from tests.live.stream_hall import Hall, WebSocket, heard, open_hall, told

STREAM = "guest-0001"


class Phone:
    """Sends sound by one line or both; what is to come first is waited for."""

    def __init__(self, hall: Hall, stream_id: str = STREAM) -> None:
        self.hall = hall
        self.stream_id = stream_id
        self.sequence = -1
        self.first: WebSocket
        self.beside: WebSocket

    async def begin(self) -> Phone:
        self.first = await self.hall.guest(self.stream_id)
        return self

    def next(self, sent_us: int = 0) -> bytes:
        self.sequence = (self.sequence + 1) & 0xFFFF
        number = self.sequence
        sound = f"{self.stream_id} {number}".encode()
        return pack(Packet(track=1, key=True, sequence=number, captured_us=0, sent_us=sent_us, payload=sound))

    async def send(self, message: bytes, by: WebSocket) -> None:
        """Send, and wait until it has come."""
        before = self._came()
        await by.send_bytes(message)
        await self.hall.until(lambda: self._came() > before)

    async def stall(self) -> None:
        """Stand still on the first line for a fifth of a second."""
        await self.send(self.next(), self.first)
        self.hall.clock.advance_us(200_000)
        for sent_us in (0, 190_000):
            await self.send(self.next(sent_us), self.first)
        self.hall.clock.advance_us(20_000)
        await self.send(self.next(210_000), self.first)

    async def asked(self) -> str:
        """The key of the second line that the hub asks for."""
        while (said := await told(self.first))["type"] != "second":
            pass
        return str(said["key"])

    async def double(self) -> None:
        """Stall, and do as the hub asks."""
        await self.stall()
        self.beside = await self.hall.client.ws_connect(self.path(await self.asked()))
        # Copies count from the first packet on that came by the first line.
        await self.send(self.next(), self.first)

    def path(self, key: str) -> str:
        return f"/live/{self.stream_id}/publish?beside={key}"

    def _came(self) -> int:
        counts = self.hall.streams.counters
        return counts["packets_in"] + counts["copies"]


async def closed(web_socket: WebSocket) -> int | None:
    while (await web_socket.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    return web_socket.close_code


async def heard_until(watcher: WebSocket, last: int) -> list[int]:
    """The numbers of the packets that a watcher gets, up to this one."""
    numbers: list[int] = []
    while not numbers or numbers[-1] != last:
        numbers.append(int((await heard(watcher)).split()[-1]))
    return numbers


async def test_what_one_line_holds_up_comes_by_the_other_and_nothing_twice(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    watcher = await hall.client.ws_connect(f"/live/{STREAM}/watch")
    await told(watcher)
    await phone.double()
    both = [phone.next() for _ in range(6)]

    for message in both[:4]:  # the first line stands still
        await phone.send(message, phone.beside)
    assert await heard_until(watcher, 8) == list(range(9))
    hall.clock.advance_us(200_000)
    for message in both:  # and goes on; now the second one stands still
        await phone.send(message, phone.first)
    for message in both[4:]:
        await phone.send(message, phone.beside)
    await phone.send(phone.next(), phone.first)

    assert await heard_until(watcher, 11) == [9, 10, 11]
    counters = hall.streams.counters
    assert (counters["packets_in"], counters["copies"], counters["lost"]) == (12, 6, 0)
    assert (counters["stalls_saved"], counters["second_lines"], counters["second_lines_asked"]) == (1, 1, 1)
    assert counters["replaced"] == 0


async def test_nobody_comes_beside_a_stream_without_having_been_asked(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.stall()
    key = await phone.asked()
    for path in (phone.path(""), phone.path("x"), phone.path(key[:-1]), f"/live/guest-0002/publish?beside={key}"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await hall.client.ws_connect(path)
        assert refused.value.status == 403
    hall.clock.advance_us(AGAIN_US)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await hall.client.ws_connect(phone.path(key))
    assert hall.streams.counters["publishers"] == 1
    await phone.send(phone.next(), phone.first)


async def test_another_phone_that_takes_over_ends_both_lines_of_the_one_before(hall: Hall) -> None:
    older = await Phone(hall).begin()
    await older.double()
    newer = await Phone(hall).begin()
    assert await closed(older.first) == 4001
    assert await closed(older.beside) == 4002
    watcher = await hall.client.ws_connect(f"/live/{STREAM}/watch")
    await told(watcher)
    await newer.send(newer.next(), newer.first)
    assert await heard_until(watcher, 0) == [0]
    assert hall.streams.counters["second_lines"] == 0


async def test_a_phone_that_lost_its_first_line_comes_again_and_may_be_asked_again(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    await phone.first.close()
    assert await closed(phone.beside) == 4002
    await hall.until(lambda: hall.streams.counters["publishers"] == 0)
    again = await Phone(hall).begin()
    await again.double()
    assert hall.streams.counters["second_lines"] == 1


async def test_a_lost_second_line_changes_nothing(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    await phone.beside.close()
    await hall.until(lambda: hall.streams.counters["second_lines"] == 0)
    await phone.send(phone.next(), phone.first)
    assert hall.streams.counters["publishers"] == 1
    hall.clock.advance_us(AGAIN_US)
    await phone.double()


async def test_a_turned_camera_gets_a_new_second_line(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    turned = Hello(stream_id=STREAM, tracks=(Track(track=1, kind="audio", codec="opus", channels=1),))
    await phone.first.send_str(to_json(turned).decode())
    assert await closed(phone.beside) == 4002
    phone.beside = await hall.client.ws_connect(phone.path(await phone.asked()))
    await phone.send(phone.next(), phone.first)
    await phone.send(phone.next(), phone.beside)


@pytest.mark.parametrize("garbage", ["words", b"\x01", bytes((9, 0, 5, 0)) + bytes(30)])
async def test_garbage_on_a_second_line_ends_that_line_alone(hall: Hall, garbage: str | bytes) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    await (phone.beside.send_str(garbage) if isinstance(garbage, str) else phone.beside.send_bytes(garbage))
    if garbage[:1] != b"\x09":  # of a track that the first line never brought: no copy of anything
        assert await closed(phone.beside) == 1008
    await phone.send(phone.next(), phone.first)
    assert hall.streams.counters["publishers"] == 1


async def test_a_second_line_that_saves_nothing_is_let_go(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    hall.clock.advance_us(KEEP_US)
    await phone.send(phone.next(), phone.beside)
    assert await closed(phone.beside) == 4002
    await phone.stall()
    assert hall.streams.counters["second_lines_asked"] == 1


async def test_so_many_are_asked_and_no_more() -> None:
    async with open_hall(second_lines=1) as hall:
        first, second = await Phone(hall, "guest-0001").begin(), await Phone(hall, "guest-0002").begin()
        await first.double()
        await second.stall()
        assert hall.streams.counters["second_lines_asked"] == 1


async def test_a_stream_that_is_over_ends_both_lines(hall: Hall) -> None:
    phone = await Phone(hall).begin()
    await phone.double()
    hall.streams.end(STREAM)
    assert await closed(phone.first) == 4000
    assert await closed(phone.beside) in (4000, 4002)
    await hall.until(lambda: hall.streams.counters["streams"] == 0)
