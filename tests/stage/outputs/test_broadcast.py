"""The program stream: to a real hub's streams, watched there, decoded again; and a line that fails in every way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import av
import cv2
import numpy as np
import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.messages.coding import from_json
from live.messages.packets import Hello, Packet, unpack
from live.streams import Streams
from stage.hub_address import HubAddress
from stage.outputs.broadcast import PICTURES_BEHIND, SOUND_BEHIND, BroadcastOutput, Outbox
from stage.outputs.stream_encoder import SOUND_TRACK, STILL_TRACK, VIDEO_TRACK, StreamEncoder, fitted
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, Picture
from stage.program import ProgramFormat

SMALL = ProgramFormat(320, 180, 30)
BOTH = frozenset({VIDEO_TRACK, SOUND_TRACK})


def grey(level: int, program: ProgramFormat = SMALL) -> Picture:
    return Picture.solid(program.width, program.height, (level, 128, 128))


def tone(first_frame: int, hertz: float = 1000.0) -> Block:
    wave = 0.25 * np.sin(2.0 * np.pi * hertz * np.arange(first_frame, first_frame + BLOCK_FRAMES) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def decoded_pictures(packets: list[Packet]) -> list[int]:
    """The brightness of every picture."""
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet.payload))]
    frames += context.decode(None)
    return [int(frame.to_ndarray(format="yuv420p")[90, 160]) for frame in frames]


def decoded_sound(packets: list[Packet]) -> Block:
    context = av.CodecContext.create("libopus", "r")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = SAMPLE_RATE_HZ
    context.layout = "stereo"
    frames = [frame for packet in packets for frame in context.decode(av.Packet(packet.payload))]
    return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])


# encoder


def test_every_picture_is_decodable_as_soon_as_it_is_sent() -> None:
    encoder = StreamEncoder(SMALL)
    packets = [encoder.picture(n, grey(40 + n * 5), BOTH) for n in range(20)]
    assert [len(of_one) for of_one in packets] == [1] * 20
    units = [packet for of_one in packets for packet in of_one]
    assert [unit.captured_us for unit in units] == [SMALL.picture_time_us(n) for n in range(20)]
    np.testing.assert_allclose(decoded_pictures(units), [40 + n * 5 for n in range(20)], atol=4)


def test_key_pictures_carry_their_parameters_and_come_when_asked_for() -> None:
    """Annex B, with SPS and PPS in front: a browser that joins now needs nothing else."""
    encoder = StreamEncoder(SMALL)
    keys = []
    for n in range(70):
        encoder.key_wanted |= n == 40
        for packet in encoder.picture(n, grey(100), BOTH):
            assert packet.payload.startswith((b"\0\0\0\1", b"\0\0\1"))
            if packet.key:
                keys.append(n)
                kinds = [unit[0] & 31 for unit in packet.payload.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
                assert {7, 8, 5} <= set(kinds)
    assert keys[:2] == [0, 40]


def test_sound_comes_back_at_its_time() -> None:
    encoder = StreamEncoder(SMALL)
    packets = [packet for k in range(100, 200) for packet in encoder.block(k * BLOCK_FRAMES, tone(k * BLOCK_FRAMES))]
    assert np.diff([packet.captured_us for packet in packets]).tolist() == [20_000] * 49
    first_frame = packets[0].captured_us * SAMPLE_RATE_HZ // 1_000_000
    sound = decoded_sound(packets)[4800:]
    expected = np.concatenate([tone(first_frame + 4800 + k) for k in range(0, len(sound) + 480, 480)])[: len(sound)]
    assert np.corrcoef(sound[:, 0], expected[:, 0])[0, 1] > 0.99


def test_stills_are_jpegs_at_most_ten_a_second() -> None:
    program = ProgramFormat(1280, 720, 30)
    encoder = StreamEncoder(program)
    blue = Picture.solid(1280, 720, (32, 240, 118))
    stills = [packet for n in range(30) for packet in encoder.picture(n, blue, frozenset({STILL_TRACK}))]
    assert 9 <= len(stills) <= 10
    picture = cv2.imdecode(np.frombuffer(stills[0].payload, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (360, 640, 3)
    b, g, r = picture[180, 320]
    assert (b > 235, g < 20, r < 20) == (True, True, True)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (1280, 720)), ((1280, 720), (1280, 720)), ((640, 480), (640, 480)), ((1440, 1080), (960, 720))],
)
def test_the_stream_keeps_the_programs_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(ProgramFormat(*size, 30), 1280, 720) == expected


# outbox


def packet(track: int, number: int, *, key: bool = False) -> Packet:
    return Packet(track=track, key=key, sequence=number, captured_us=number, sent_us=number, payload=b"")


def test_a_slow_line_loses_pictures_up_to_the_next_key_and_no_sound() -> None:
    outbox = Outbox()
    assert outbox.put(packet(VIDEO_TRACK, 0, key=True))
    asked = [n for n in range(1, 60) if not (outbox.put(packet(SOUND_TRACK, n)) & outbox.put(packet(VIDEO_TRACK, n)))]
    assert asked == [PICTURES_BEHIND]
    assert outbox.put(packet(VIDEO_TRACK, 60, key=True))
    assert outbox.put(packet(VIDEO_TRACK, 61))
    taken = [(sent.track, sent.sequence) for sent in iter(outbox.take, None)]
    assert [n for track, n in taken if track == SOUND_TRACK] == list(range(1, 60))
    assert [n for track, n in taken if track == VIDEO_TRACK] == [60, 61]
    assert outbox.dropped == 60


def test_sound_and_stills_have_their_bounds_too() -> None:
    outbox = Outbox()
    for n in range(SOUND_BEHIND + 10):
        outbox.put(packet(SOUND_TRACK, n))
        outbox.put(packet(STILL_TRACK, n))
    taken = list(iter(outbox.take, None))
    assert [sent.sequence for sent in taken if sent.track == STILL_TRACK] == [SOUND_BEHIND + 9]
    assert len(taken) == SOUND_BEHIND + 1
    assert outbox.dropped == 10


# the line to the hub


@dataclass
class Hall:
    """A hub's own streams on a real port, that can be switched off and on again."""

    server: TestServer
    client: TestClient[web.Request, web.Application]
    tokens: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return str(self.server.make_url(""))


async def until(claim: Callable[[], bool]) -> None:
    """Wait for other threads to make something true."""
    tick = threading.Event()
    async with asyncio.timeout(15):
        while not claim():
            await asyncio.to_thread(tick.wait, 0.005)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    tokens: list[str | None] = []

    async def admit(request: web.Request, stream_id: str) -> None:
        tokens.append(request.headers.get("Authorization"))

    streams = Streams(admit, admit, lambda: 0)
    app = web.Application()
    app.add_routes(streams.routes())
    async with TestClient(TestServer(app)) as client:
        yield Hall(client.server, client, tokens)  # type: ignore[arg-type]  # it is the server given above
        await streams.close()


@pytest.fixture
async def output(hall: Hall) -> AsyncIterator[BroadcastOutput]:
    broadcast = BroadcastOutput(HubAddress(url=hall.url, token="stage-key"), SMALL)
    yield broadcast
    await asyncio.to_thread(broadcast.close)


def play(output: BroadcastOutput, number: int) -> None:
    output.put_picture(number, grey(40 + number % 40 * 4))
    for block in SMALL.blocks(number):
        output.put_block(block * BLOCK_FRAMES, tone(block * BLOCK_FRAMES))


async def test_who_watches_at_the_hub_sees_and_hears_the_program(hall: Hall, output: BroadcastOutput) -> None:
    await until(lambda: output.state == "on")
    assert hall.tokens == ["Bearer stage-key"]
    async with hall.client.ws_connect("/live/program/watch") as watcher:
        hello = from_json(await watcher.receive_str(), Hello)
        assert [track.codec for track in hello.tracks] == ["avc1.42e01f", "opus", "jpeg"]
        await until(lambda: output.is_watched)
        packets: list[Packet] = []
        for number in range(30):
            play(output, number)
            while not any(sent.captured_us >= SMALL.picture_time_us(number) and sent.track == 0 for sent in packets):
                packets.append(unpack(await watcher.receive_bytes()))
        pictures = [sent for sent in packets if sent.track == VIDEO_TRACK]
        assert pictures[0].key
        np.testing.assert_allclose(decoded_pictures(pictures), [40 + n * 4 for n in range(30)], atol=4)
        assert len([sent for sent in packets if sent.track == SOUND_TRACK]) > 40
        assert all(sent.sent_us >= sent.captured_us for sent in packets)
    assert output.dropped == 0


async def test_nothing_is_encoded_while_nobody_watches(hall: Hall, output: BroadcastOutput) -> None:
    await until(lambda: output.state == "on")
    for number in range(10):
        play(output, number)
    async with hall.client.ws_connect("/live/program/watch") as watcher:
        await watcher.receive_str()
        await until(lambda: output.is_watched)
        play(output, 10)
        play(output, 11)
        first = unpack(await watcher.receive_bytes())
        while first.track != VIDEO_TRACK:
            first = unpack(await watcher.receive_bytes())
    assert (first.sequence, first.key, first.captured_us) == (0, True, SMALL.picture_time_us(10))
    await until(lambda: not output.is_watched)


async def test_a_late_joiner_gets_a_key_picture(hall: Hall, output: BroadcastOutput) -> None:
    await until(lambda: output.state == "on")
    async with hall.client.ws_connect("/live/program/watch?tracks=2") as stills:
        await stills.receive_str()
        await until(lambda: output.is_watched)
        play(output, 0)
        still = unpack(await stills.receive_bytes())
        assert (still.track, still.payload[:2]) == (STILL_TRACK, b"\xff\xd8")


async def test_a_refused_key_is_told(hall: Hall) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.json_response({"code": "bad_token"}, status=401)

    app = web.Application()
    app.add_routes([web.get("/live/program/publish", refuse)])
    async with TestServer(app) as server:
        output = BroadcastOutput(HubAddress(url=str(server.make_url("")), token="forged"), SMALL)
        await until(lambda: "401" in output.state)
        assert output.state.endswith("trying again by itself")
        await asyncio.to_thread(output.close)
        assert output.state == "off"


async def test_it_comes_back_after_the_hub_was_away() -> None:
    """The hub goes in the middle of the stream; the same output publishes to the next one at the same address."""
    hellos: list[str] = []

    async def publish(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hellos.append(await socket.receive_str())
        await socket.send_str('{"type":"want","tracks":[0,1]}')
        async for message in socket:
            if message.type is WSMsgType.BINARY and len(hellos) == 1:
                break  # hangs up on the first packet
        return socket

    app = web.Application()
    app.add_routes([web.get("/live/program/publish", publish)])
    async with TestServer(app) as server:
        output = BroadcastOutput(HubAddress(url=str(server.make_url("")), token="key"), SMALL)
        await until(lambda: output.is_watched)
        play(output, 0)
        await until(lambda: len(hellos) == 2 and output.state == "on")
        assert hellos[0] == hellos[1]
        await asyncio.to_thread(output.close)


async def test_with_no_hub_at_all_the_show_goes_on() -> None:
    output = BroadcastOutput(HubAddress(url="http://127.0.0.1:9", token="key"), SMALL)
    await until(lambda: "trying again" in output.state)
    play(output, 0)
    await asyncio.to_thread(output.close)
    assert output.state == "off"
