"""Subscribers that cannot follow or never read: they lose pictures or their place, and hold up nobody."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator

from live.ear import Bounds
from live.messages.packets import unpack
from tests.live.stream_hall import heard, open_hall, packet, raw_watcher, told


async def test_a_watcher_that_never_reads_is_let_go_and_holds_up_nobody() -> None:
    async with open_hall(write_s=0.2, bounds=Bounds(packets=20)) as hall:
        publisher, good = await hall.publisher(), await hall.watcher()
        await told(good)
        sock = await raw_watcher(hall)
        async with asyncio.timeout(30):
            while hall.streams.counters["let_go"] == 0:
                await publisher.send_bytes(packet(bytes(50_000), key=True))
                await heard(good)
        sock.close()
        await hall.until(lambda: hall.streams.counters["watchers"] == 1)
        await publisher.send_bytes(packet(b"on", key=True))
        assert await heard(good) == b"on"


async def test_a_slow_watcher_skips_to_a_key_picture() -> None:
    """It reads nothing while pictures pass, then gets a broken run, and after the gap a key picture."""
    async with open_hall(bounds=Bounds(packets=8)) as hall:
        publisher, quick = await hall.publisher(), await hall.watcher()
        await told(quick)
        sock = await raw_watcher(hall)
        filling = bytes(60_000)
        sent = 0
        async with asyncio.timeout(30):
            while hall.streams.counters["skipped"] < 20:
                await publisher.send_bytes(packet(b"%08d" % sent + filling, key=sent % 10 == 0))
                assert int((await heard(quick))[:8]) == sent
                sent += 1
        last = sent // 10 * 10 + 10
        await publisher.send_bytes(packet(b"%08d" % last + filling, key=True))
        numbers = [number async for number in numbers_read(sock, last)]
        gaps = [after for before, after in itertools.pairwise(numbers) if after != before + 1]
        assert gaps, "it lost pictures"
        assert all(number % 10 == 0 for number in gaps), "and went on at key pictures"
        sock.close()


async def numbers_read(sock: socket.socket, last: int) -> AsyncIterator[int]:
    """Read WebSocket frames by hand up to one numbered `last` or more; give the number of each packet."""
    loop = asyncio.get_running_loop()
    data = b""

    async def need(count: int) -> bytes:
        nonlocal data
        while len(data) < count:
            data += await asyncio.wait_for(loop.sock_recv(sock, 1 << 16), 5)
        head, data = data[:count], data[count:]
        return head

    number = -1
    while number < last:
        first, second = await need(2)
        length = second & 127
        if length >= 126:
            length = int.from_bytes(await need(2 if length == 126 else 8))
        payload = await need(length)
        if first & 15 == 2:
            number = int(unpack(payload).payload[:8])
            yield number
