"""Floods, garbage, silence and strangers at the streams' doors: each ends who did it, and nobody else."""

from __future__ import annotations

import contextlib
from typing import Any

import aiohttp
import pytest

from live.allowance import GUEST
from live.messages.coding import to_json
from live.messages.packets import MAX_PACKET_BYTES
from tests.live.stream_hall import HELLO, PUBLISH, WATCH, Hall, heard, open_hall, packet, told


async def test_hellos_without_end_are_refused(hall: Hall) -> None:
    publisher = await hall.publisher()
    for _ in range(20):
        await publisher.send_str(to_json(HELLO).decode())
    while "code" not in (said := await told(publisher)):
        pass
    assert said["code"] == "too_much"


async def test_a_flood_is_cut_off_with_a_sentence_and_nobody_else_notices(hall: Hall) -> None:
    good, flooding = await hall.publisher(), await hall.guest("guest-0001")
    watcher = await hall.watcher()
    await told(watcher)
    with contextlib.suppress(ConnectionError):
        for _ in range(10_000):
            await flooding.send_bytes(packet(b"x", key=True))
    said: dict[str, Any] = {}
    with contextlib.suppress(TypeError, ConnectionError):  # cut off while it still sends, it may never read why
        while "code" not in said:
            said = await told(flooding)
    await hall.until(lambda: hall.streams.counters["publishers"] == 1)
    assert said.get("code", "too_much") == "too_much"
    assert hall.streams.counters["packets_in"] <= GUEST.packets_at_once + 1
    await good.send_bytes(packet(b"on", key=True))
    assert await heard(watcher) == b"on"


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        '{"streamId":"program","tracks":[]}',
        '{"streamId":"another","tracks":[{"track":0,"kind":"video","codec":"vp8"}]}',
        '{"type":"key"}',
        b"bytes first",
    ],
)
async def test_a_publisher_that_says_no_hello_is_refused(hall: Hall, said: str | bytes) -> None:
    publisher = await hall.client.ws_connect(PUBLISH)
    await (publisher.send_bytes(said) if isinstance(said, bytes) else publisher.send_str(said))
    assert (await told(publisher))["code"] in ("bad_input", "unknown_message")
    assert (await publisher.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert publisher.close_code == 1008
    assert hall.streams.counters["streams"] == 0


async def test_a_publisher_that_says_nothing_is_let_go() -> None:
    async with open_hall(hello_s=0.05) as hall:
        publisher = await hall.client.ws_connect(PUBLISH)
        assert "hello" in (await told(publisher))["message"]


@pytest.mark.parametrize("garbage", [b"", b"short", packet(b"no such track", track=7), "text"])
async def test_a_publisher_that_sends_garbage_is_refused_and_nobody_hears_it(hall: Hall, garbage: str | bytes) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await (publisher.send_bytes(garbage) if isinstance(garbage, bytes) else publisher.send_str(garbage))
    while "code" not in (said := await told(publisher)):
        pass
    assert said["code"] in ("bad_input", "unknown_message")
    again = await hall.publisher()
    assert "tracks" in await told(watcher)
    await again.send_bytes(packet(b"good", key=True))
    assert await heard(watcher) == b"good"
    assert hall.streams.counters["refused"] == 1


async def test_a_packet_past_the_limit_ends_the_publisher(hall: Hall) -> None:
    publisher = await hall.publisher()
    with contextlib.suppress(ConnectionError):
        await publisher.send_bytes(bytes(MAX_PACKET_BYTES + 100))
    await hall.until(lambda: hall.streams.counters["streams"] == 0)
    assert hall.streams.counters["packets_in"] == 0


@pytest.mark.parametrize("garbage", [b"bytes", "text", '{"type":"want","tracks":[0]}', "x" * 5000])
async def test_a_watcher_that_sends_garbage_is_refused(hall: Hall, garbage: str | bytes) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await (watcher.send_bytes(garbage) if isinstance(garbage, bytes) else watcher.send_str(garbage))
    while (await watcher.receive(timeout=5)).type is not aiohttp.WSMsgType.CLOSE:
        pass
    assert not publisher.closed


async def test_a_stranger_neither_publishes_nor_watches(hall: Hall) -> None:
    for path in (PUBLISH, WATCH):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await hall.client.ws_connect(path, headers={"X-Who": "stranger"})
        assert refused.value.status == 401
    async with hall.client.get("/live/program/mjpeg", headers={"X-Who": "stranger"}) as response:
        assert (await response.json())["code"] == "bad_token"


async def test_there_are_only_so_many_streams_and_watchers() -> None:
    async with open_hall(streams=1, watchers_per_stream=2) as hall:
        watchers = [await hall.watcher() for _ in range(2)]
        for path in (WATCH, "/live/another/watch"):
            async with hall.client.get(path) as response:
                assert response.status == 429
                assert response.headers["Retry-After"] == "10"
        assert len(watchers) == hall.streams.counters["watchers"]


async def test_a_name_that_is_no_stream_is_not_found(hall: Hall) -> None:
    async with hall.client.get("/live/a%20b/watch") as response:
        assert response.status == 404
