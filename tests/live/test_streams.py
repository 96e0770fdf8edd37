"""Live media over real WebSockets: what publishers and subscribers on loopback hear and are told."""

from __future__ import annotations

import asyncio
import contextlib
import os

import aiohttp
import msgspec

from live.messages.coding import from_json, to_json
from live.messages.packets import Hello
from live.stream_health import STALLS_AGAIN
from tests.live.stream_hall import HELLO, PUBLISH, WATCH, Hall, WebSocket, heard, packet, told


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
    assert hall.streams.counters["watchers"] == 0
    await guest.send_str('{"type":"level","db":40}')
    while "code" not in (said := await told(guest)):
        pass
    assert said["code"] == "unknown_message"
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


async def test_who_stalls_again_and_again_is_told_and_so_is_the_host_until_it_comes_evenly(hall: Hall) -> None:
    guest = await hall.guest("guest-1")
    watcher = await hall.client.ws_connect("/live/guest-1/watch")
    await told(watcher)

    async def come(pause_us: int) -> str:
        """A picture after a pause; return what the host reads of the guest's stream then."""
        hall.clock.advance_us(pause_us)
        await guest.send_bytes(packet(b"K", key=True))
        while await heard(watcher) != b"K":
            pass
        return "".join(health.trouble for health in hall.streams.health().streams)

    assert [await come(pause_us) for pause_us in (1_000_000, 900_000, 900_000, 900_000)] == ["", "", "", STALLS_AGAIN]
    while (word := await told(guest))["type"] != "uneven":
        pass
    assert word["isUneven"] is True
    said = [await come(400_000) for _ in range(30)]
    assert [said.count(STALLS_AGAIN), said[-1]] == [25, ""]
    assert await told(guest) == {"type": "uneven", "isUneven": False}
    assert hall.streams.stream_counters["guest-1"]["stalls"] == 3


async def test_watchers_stay_while_the_publisher_comes_again(hall: Hall) -> None:
    first, watcher = await hall.publisher(), await hall.watcher()
    await told(watcher)
    await first.close()
    second = await hall.publisher()
    assert "tracks" in await told(watcher)
    await second.send_bytes(packet(b"again", key=True))
    assert await heard(watcher) == b"again"


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
