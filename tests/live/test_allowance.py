"""What a phone may announce and send, and that one step more is told in a sentence."""

from __future__ import annotations

import pytest
from msgspec.structs import replace as changed

from live.allowance import GUEST, PROGRAM, Flow, check_hello
from live.errors import BadInput, TooMuch
from live.messages.packets import Hello, Track

CAMERA = Track(track=0, kind="video", codec="avc1.42e01f", width_px=640, height_px=360)
MICROPHONE = Track(track=1, kind="audio", codec="opus", sample_rate_hz=48000, channels=1, packet_ms=20)


@pytest.mark.parametrize("codec", ["avc1.42E01F", "avc1.640028", "vp8", "vp09.00.10.08", "jpeg", "webm", "mp4"])
def test_every_rung_of_the_ladder_may_be_announced(codec: str) -> None:
    check_hello(Hello(stream_id="stream-1", tracks=(changed(CAMERA, codec=codec), MICROPHONE)), "stream-1", GUEST)


@pytest.mark.parametrize(
    "tracks",
    [
        (),
        (CAMERA, CAMERA),
        (CAMERA, MICROPHONE, changed(MICROPHONE, track=2)),
        (changed(CAMERA, track=256),),
        (changed(CAMERA, codec="hvc1.1.6.L93.B0"),),
        (changed(CAMERA, codec="opus"),),
        (changed(CAMERA, codec="avc1.42e01f\n"),),
        (changed(CAMERA, width_px=7680, height_px=4320),),
        (changed(CAMERA, width_px=1920, height_px=1920),),
        (changed(CAMERA, width_px=-640),),
        (changed(CAMERA, description="A" * 5000),),
        (changed(MICROPHONE, sample_rate_hz=10**9),),
        (changed(MICROPHONE, channels=-1),),
        (changed(MICROPHONE, packet_ms=10_000),),
    ],
)
def test_what_the_stage_could_not_play_is_refused(tracks: tuple[Track, ...]) -> None:
    with pytest.raises(BadInput):
        check_hello(Hello(stream_id="stream-1", tracks=tracks), "stream-1", GUEST)


def test_a_hello_of_another_stream_is_refused() -> None:
    with pytest.raises(BadInput, match="as in the address"):
        check_hello(Hello(stream_id="stream-2", tracks=(CAMERA,)), "stream-1", GUEST)


def test_a_phone_held_upright_may_be_as_large_as_one_that_lies_and_no_larger() -> None:
    check_hello(Hello(stream_id="s", tracks=(changed(CAMERA, width_px=1080, height_px=1920),)), "s", GUEST)
    for width_px, height_px in ((1082, 1920), (1080, 1922)):
        larger = changed(CAMERA, width_px=width_px, height_px=height_px)
        with pytest.raises(BadInput, match=f"{width_px}×{height_px}"):
            check_hello(Hello(stream_id="s", tracks=(larger,)), "s", GUEST)


def test_a_quarter_of_an_hour_at_the_full_rate_passes_and_a_little_more_than_that_does_not() -> None:
    flow = Flow(GUEST, 0)
    send(flow, 900 * 200, size_bytes=15_000, every_us=5_000)
    with pytest.raises(TooMuch):
        send(Flow(GUEST, 0), 900 * 200, size_bytes=15_300, every_us=5_000)
    with pytest.raises(TooMuch):
        send(Flow(GUEST, 0), 900 * 200, size_bytes=15_000, every_us=4_900)


def send(flow: Flow, count: int, *, size_bytes: int, every_us: int) -> None:
    for number in range(count):
        flow.take_packet(size_bytes, number * every_us)


def test_ten_thousand_messages_in_a_second_do_not() -> None:
    flow = Flow(GUEST, 0)
    with pytest.raises(TooMuch, match="200 packets"):
        send(flow, 10_000, size_bytes=30, every_us=100)


def test_too_many_bytes_are_too_many_however_few_packets() -> None:
    flow = Flow(GUEST, 0)
    with pytest.raises(TooMuch, match="3 MB"):
        send(flow, 30, size_bytes=1 << 20, every_us=33_000)


def test_ten_seconds_that_a_line_held_back_may_come_at_once_and_not_a_packet_more() -> None:
    """A performer's 160 packets a second pass after any silence in which their phone does not give its line up."""
    flow = Flow(GUEST, 0)
    for _ in range(10 * 200):
        flow.take_packet(2_000, 60_000_000)
    with pytest.raises(TooMuch, match="200 packets"):
        flow.take_packet(2_000, 60_000_000)


def test_hellos_come_seldom() -> None:
    flow = Flow(PROGRAM, 0)
    for at_us in [*range(0, 10_000_000, 250_000), *[10_000_000] * 4]:
        flow.take_hello(at_us)
    with pytest.raises(TooMuch):
        flow.take_hello(10_000_000)


def test_a_clock_that_runs_backwards_gives_and_takes_nothing() -> None:
    flow = Flow(GUEST, 5_000_000)
    for _ in range(10 * 200):
        flow.take_packet(100, 1_000_000)
    with pytest.raises(TooMuch):
        flow.take_packet(100, 1_000_000)
    for _ in range(4):
        flow.take_hello(1_000_000)
    with pytest.raises(TooMuch):
        flow.take_hello(1_000_000)
