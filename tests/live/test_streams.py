"""Live media over real WebSockets: publishers and subscribers on loopback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from live.allowance import GUEST
from live.clock import HandClock
from live.ear import Bounds
from live.errors import BadToken
from live.http_errors import errors_middleware
from live.messages.coding import from_json, to_json
from live.messages.packets import MAX_PACKET_BYTES, Hello, Packet, Track, pack, unpack
from live.stream_limits import StreamLimits
from live.streams import Streams

HELLO = Hello(
    stream_id="program",
    tracks=(
        Track(track=0, kind="video", codec="avc1.42e01f", width_px=64, height_px=36),
        Track(track=1, kind="audio", codec="opus", sample_rate_hz=48000, channels=2),
        Track(track=2, kind="video", codec="jpeg", width_px=64, height_px=36),
    ),
)
PUBLISH, WATCH = "/live/program/publish", "/live/program/watch"

WebSocket = aiohttp.ClientWebSocketResponse
Client = TestClient[web.Request, web.Application]


def packet(payload: bytes, *, track: int = 0, key: bool = False) -> bytes:
    return pack(Packet(track=track, key=key, sequence=0, captured_us=1, sent_us=2, payload=payload))


class Hall:
    """A server with nothing but streams, and a client for it."""

    def __init__(self, client: Client, streams: Streams, clock: HandClock) -> None:
        self.client = client
        self.streams = streams
        self.clock = clock

    async def publisher(self, hello: Hello = HELLO) -> WebSocket:
        web_socket = await self.client.ws_connect(PUBLISH)
        await web_socket.send_str(to_json(hello).decode())
        return web_socket

    async def guest(self, stream_id: str) -> WebSocket:
        web_socket = await self.client.ws_connect(f"/live/{stream_id}/publish")
        tracks = (Track(track=0, kind="video", codec="vp8"), Track(track=1, kind="audio", codec="opus"))
        await web_socket.send_str(to_json(Hello(stream_id=stream_id, tracks=tracks)).decode())
        return web_socket

    async def until(self, holds: Callable[[], bool]) -> None:
        """Ask the server for something over and over, so that it has turns to work in, until `holds`."""
        async with asyncio.timeout(10):
            while not holds():
                async with self.client.get("/"):
                    pass

    async def watcher(self, query: str = "") -> WebSocket:
        return await self.client.ws_connect(WATCH + query)


async def admit(request: web.Request, stream_id: str) -> None:
    if request.headers.get("X-Who") == "stranger":
        raise BadToken(f"expected a key for {stream_id}")


Open = Callable[..., Awaitable[Hall]]


@pytest.fixture
async def open_hall() -> AsyncIterator[Open]:
    clients: list[Client] = []

    async def opened(**limits: Any) -> Hall:
        clock = HandClock()
        streams = Streams(admit, admit, clock.now_us, StreamLimits(**limits))
        app = web.Application(middlewares=[errors_middleware])
        app.add_routes(streams.routes())
        await streams.start()
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return Hall(client, streams, clock)

    yield opened
    for client in clients:
        await client.close()


@pytest.fixture
async def hall(open_hall: Open) -> Hall:
    return await open_hall()


async def told(web_socket: WebSocket) -> dict[str, Any]:
    return await web_socket.receive_json(timeout=5)  # type: ignore[no-any-return]


async def heard(web_socket: WebSocket) -> bytes:
    return unpack(await web_socket.receive_bytes(timeout=5)).payload


async def test_packets_go_through_untouched(hall: Hall) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    assert from_json(await watcher.receive_str(timeout=5), Hello) == HELLO
    message = packet(os.urandom(70_000), key=True)
    await publisher.send_bytes(message)
    assert await watcher.receive_bytes(timeout=5) == message
    assert hall.streams.counters["packets_out"] == 1
    assert hall.streams.stream_counters["program"]["bytes_in"] == len(message)


async def test_who_comes_before_the_publisher_waits_and_hears_it(hall: Hall) -> None:
    watcher = await hall.watcher()
    publisher = await hall.publisher()
    await publisher.send_bytes(packet(b"first", key=True))
    assert "tracks" in await told(watcher)
    assert await heard(watcher) == b"first"


async def test_a_late_joiner_starts_at_the_last_key_picture(hall: Hall) -> None:
    publisher, early = await hall.publisher(), await hall.watcher()
    await told(early)
    for name in (b"K0", b"p1", b"K2", b"p3", b"p4"):
        await publisher.send_bytes(packet(name, key=name.startswith(b"K")))
    while await heard(early) != b"p4":
        pass
    late = await hall.watcher()
    await told(late)
    assert [await heard(late) for _ in range(3)] == [b"K2", b"p3", b"p4"]


async def test_no_compression_is_agreed_on(hall: Hall) -> None:
    watcher = await hall.client.ws_connect(WATCH, compress=15)
    assert watcher.compress == 0


async def test_the_publisher_is_told_what_is_watched(hall: Hall) -> None:
    publisher = await hall.publisher()
    assert await told(publisher) == {"type": "want", "tracks": []}
    watcher = await hall.watcher()
    assert await told(publisher) == {"type": "want", "tracks": [0, 1]}
    assert await told(publisher) == {"type": "key"}, "there is no key picture to begin with yet"
    stills = await hall.watcher("?tracks=2")
    assert await told(publisher) == {"type": "want", "tracks": [0, 1, 2]}
    await watcher.close()
    assert await told(publisher) == {"type": "want", "tracks": [2]}
    await stills.close()
    assert await told(publisher) == {"type": "want", "tracks": []}


async def test_key_requests_are_forwarded_at_most_once_in_half_a_second(hall: Hall) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher("?tracks=1")
    await told(watcher)
    for _ in range(5):
        await watcher.send_str('{"type":"key"}')
    while (said := await told(publisher))["type"] != "key":
        assert said["type"] == "want"
    await publisher.send_bytes(packet(b"after all five were read", track=1))
    await heard(watcher)
    hall.clock.advance_us(500_000)
    await watcher.send_str('{"type":"key"}')
    assert await told(publisher) == {"type": "key"}
    assert hall.streams.counters["keys_asked"] == 2


async def test_a_newer_connection_takes_the_place_of_the_older(hall: Hall) -> None:
    older, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await older.send_bytes(packet(b"old", key=True))
    assert await heard(watcher) == b"old"
    newer = await hall.publisher()
    assert "tracks" in await told(watcher)
    while (message := await older.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.type is aiohttp.WSMsgType.CLOSE
    await newer.send_bytes(packet(b"new", key=True))
    assert await heard(watcher) == b"new"
    assert hall.streams.counters["publishers"] == 1


async def test_the_older_connection_is_told_and_does_not_get_the_stream_back_by_asking_often(hall: Hall) -> None:
    """Two phones with one token: the newest has the stream, and who fights for it has to wait."""
    older = await hall.publisher()
    newest = await hall.publisher()
    while (said := await older.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert (said.data, said.extra) == (4001, "replaced")
    statuses = []
    for _ in range(20):
        async with hall.client.get(PUBLISH) as answer:
            statuses.append(answer.status)
    assert statuses[0] == 400, "a plain GET is no WebSocket"
    assert statuses[-1] == 429
    watcher = await hall.watcher()
    await told(watcher)
    await newest.send_bytes(packet(b"mine", key=True))
    assert await heard(watcher) == b"mine"


async def test_a_camera_that_turned_says_so_on_the_same_socket(hall: Hall) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await publisher.send_bytes(packet(b"upright", key=True))
    assert await heard(watcher) == b"upright"
    turned = Hello(stream_id="program", tracks=(msgspec.structs.replace(HELLO.tracks[0], rotation=90),))
    await publisher.send_str(to_json(turned).decode())
    await publisher.send_bytes(packet(b"not before a key picture"))
    assert from_json(await watcher.receive_str(timeout=5), Hello) == turned
    while (await told(publisher))["type"] != "key":
        pass
    await publisher.send_bytes(packet(b"turned", key=True))
    assert await heard(watcher) == b"turned"


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
    assert hall.streams.counters["packets_in"] <= GUEST.packets_per_s * GUEST.burst_s + 1
    await good.send_bytes(packet(b"on", key=True))
    assert await heard(watcher) == b"on"


async def test_a_guest_is_told_what_to_encode_to_and_again_when_many_are_live(hall: Hall) -> None:
    guests = [await hall.guest(f"guest-{number:04}") for number in range(9)]
    rungs: list[tuple[int, ...]] = []
    while len(rungs) < 2:
        said = await told(guests[0])
        if said["type"] == "hint":
            rungs.append((said["kbitsPerS"], said["picturesPerS"], said["heightPx"], said["packetMs"]))
    assert rungs == [(800, 30, 360, 20), (600, 30, 360, 20)]


async def test_the_program_is_given_no_hints(hall: Hall) -> None:
    publisher, _ = await hall.publisher(), await hall.watcher()
    assert [(await told(publisher))["type"] for _ in range(3)] == ["want", "want", "key"]


async def test_whoever_is_over_is_told_so(hall: Hall) -> None:
    guest, watcher = await hall.guest("guest-0001"), await hall.client.ws_connect("/live/guest-0001/watch")
    await told(watcher)
    hall.streams.end("guest-0001")
    for web_socket in (guest, watcher):
        while (said := await web_socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert (said.data, said.extra) == (4000, "ended")


async def test_the_host_sees_who_speaks_before_anybody_listens(hall: Hall) -> None:
    """The phone says how loud it is, watched or not; nonsense in it ends the stream as any nonsense does."""
    guest = await hall.guest("guest-loud")
    await hall.until(lambda: hall.streams.is_published("guest-loud"))
    hall.streams.health()
    await guest.send_str('{"type":"level","db":-23.5}')
    hall.clock.advance_us(1_000_000)

    def level_db() -> float | None:
        hall.clock.advance_us(1_000_000)
        return next((one.level_db for one in hall.streams.health().streams), None)

    await hall.until(lambda: level_db() == -23.5)
    await guest.send_str('{"type":"level","db":40}')
    await hall.until(lambda: not hall.streams.is_published("guest-loud"))


async def test_health_says_what_came_since_the_last_look(hall: Hall) -> None:
    guest, watcher = await hall.guest("guest-0001"), await hall.client.ws_connect("/live/guest-0001/watch")
    await told(watcher)
    hall.clock.advance_us(1_000_000)
    assert hall.streams.health().streams == ()
    for number in range(10):
        await guest.send_bytes(packet(bytes(976), key=number == 0))
        await heard(watcher)
    hall.clock.advance_us(500_000)
    (health,) = hall.streams.health().streams
    assert (health.stream_id, health.pictures_per_s, health.kbits_per_s, health.is_live) == (
        "guest-0001",
        20,
        160,
        True,
    )


async def test_watchers_stay_while_the_publisher_comes_again(hall: Hall) -> None:
    first, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await first.close()
    second = await hall.publisher()
    assert "tracks" in await told(watcher)
    await second.send_bytes(packet(b"again", key=True))
    assert await heard(watcher) == b"again"


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


async def test_a_publisher_that_says_nothing_is_let_go(open_hall: Open) -> None:
    hall = await open_hall(hello_s=0.05)
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


async def raw_watcher(hall: Hall) -> socket.socket:
    """A subscriber that shakes hands and then never reads again."""
    server = hall.client.server
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (server.host, server.port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET {WATCH} HTTP/1.1\r\nHost: hall\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    await loop.sock_sendall(sock, f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    assert b" 101 " in await loop.sock_recv(sock, 1000)
    return sock


async def test_a_watcher_that_never_reads_is_let_go_and_holds_up_nobody(open_hall: Open) -> None:
    hall = await open_hall(write_s=0.2, bounds=Bounds(packets=20))
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


async def test_a_slow_watcher_skips_to_a_key_picture(open_hall: Open) -> None:
    """It reads nothing while pictures pass, then gets a broken run, and after the gap a key picture."""
    hall = await open_hall(bounds=Bounds(packets=8))
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


async def test_pictures_come_as_multipart_for_browsers_without_scripts(hall: Hall) -> None:
    publisher = await hall.publisher()
    assert await told(publisher) == {"type": "want", "tracks": []}
    async with hall.client.get("/live/program/mjpeg") as response:
        assert response.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=houselights"
        assert await told(publisher) == {"type": "want", "tracks": [2]}
        reader = response.content
        assert await reader.readuntil(b"\r\n") == b"--houselights\r\n"
        for jpeg in (b"\xff\xd8 one \xff\xd9", b"\xff\xd8 two \xff\xd9"):
            await publisher.send_bytes(packet(jpeg, track=2, key=True))
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"Content-Type: image/jpeg" in head
            assert await reader.readexactly(len(jpeg)) == jpeg
            assert await reader.readuntil(b"--houselights\r\n") == b"\r\n--houselights\r\n"


async def test_a_stranger_neither_publishes_nor_watches(hall: Hall) -> None:
    for path in (PUBLISH, WATCH):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await hall.client.ws_connect(path, headers={"X-Who": "stranger"})
        assert refused.value.status == 401
    async with hall.client.get("/live/program/mjpeg", headers={"X-Who": "stranger"}) as response:
        assert (await response.json())["code"] == "bad_token"


async def test_there_are_only_so_many_streams_and_watchers(open_hall: Open) -> None:
    hall = await open_hall(streams=1, watchers_per_stream=2)
    watchers = [await hall.watcher() for _ in range(2)]
    for path in (WATCH, "/live/another/watch"):
        async with hall.client.get(path) as response:
            assert response.status == 429
            assert response.headers["Retry-After"] == "10"
    assert len(watchers) == hall.streams.counters["watchers"]


async def test_a_name_that_is_no_stream_is_not_found(hall: Hall) -> None:
    async with hall.client.get("/live/a%20b/watch") as response:
        assert response.status == 404


async def test_everything_is_forgotten_once_everyone_has_gone(hall: Hall) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await publisher.send_bytes(packet(b"K", key=True))
    await heard(watcher)
    await publisher.close()
    await watcher.close()
    await hall.until(lambda: hall.streams.counters["streams"] == 0)
    assert hall.streams.counters["packets_in"] == 1, "what was counted stays counted"


async def test_a_stop_says_goodbye_to_everyone(hall: Hall) -> None:
    publisher, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)

    async def until_closed(web_socket: WebSocket) -> int | None:
        while (await web_socket.receive(timeout=5)).type is not aiohttp.WSMsgType.CLOSE:
            pass
        return web_socket.close_code

    async with hall.client.get("/live/program/mjpeg") as pictures:
        codes = asyncio.gather(until_closed(publisher), until_closed(watcher))
        await hall.streams.close()
        assert list(await codes) == [1001, 1001]
        with contextlib.suppress(aiohttp.ClientPayloadError):
            await pictures.content.read()
    async with hall.client.get(WATCH) as response:
        assert response.status == 503
