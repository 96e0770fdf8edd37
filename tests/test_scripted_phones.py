"""The scripted phone itself: what it sends can be decoded and read back, and it has the misfortune it is given."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from live.messages.packets import Packet
from tests import time_strip
from tests.footage import Codec, footage, sounding
from tests.scripted_phones import Misfortune, ScriptedPhone
from tests.signals import read_pulses


def decoded(packets: list[Packet], codec: str) -> list[int | None]:
    decoder: VideoCodecContext = av.CodecContext.create(codec, "r")  # type: ignore[assignment]
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.payload))]
    frames += decoder.decode(None)
    return [time_strip.read(frame.to_ndarray(format="gray").astype(np.uint8)) for frame in frames]


@pytest.mark.parametrize(("codec", "name"), [("h264", "h264"), ("vp8", "vp8"), ("jpeg", "mjpeg")])
def test_every_picture_says_its_number(codec: Codec, name: str) -> None:
    phone = ScriptedPhone("guest-01", footage(320, 180, 10, codec, 2))
    packets = [packet for packet in (phone.next_picture() for _ in range(25)) if packet is not None]
    assert decoded(packets, name) == [*range(20), *range(5)]
    assert sorted(phone.sent.pictures) == list(range(20))


def test_a_key_picture_asked_for_is_the_next_one_sent() -> None:
    phone = ScriptedPhone("guest-01", footage(320, 180, 10, "h264", 4))
    first = [phone.next_picture() for _ in range(3)]
    phone.ask_key()
    asked = phone.next_picture()
    assert [packet.key for packet in (*first, asked) if packet] == [True, False, False, True]


@pytest.mark.parametrize("packet_ms", [10, 20])
def test_the_pulses_are_heard_where_they_are_said(packet_ms: int) -> None:
    phone = ScriptedPhone("guest-01", sound=sounding(packet_ms))
    decoder: AudioCodecContext = av.CodecContext.create("opus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "mono"
    packets = [phone.next_sound() for _ in range(2000 // packet_ms)]
    blocks = [frame.to_ndarray() for packet in packets for frame in decoder.decode(av.Packet(packet.payload))]
    heard = read_pulses(np.concatenate(blocks, axis=1).T.astype(np.float32))
    apart = np.diff(heard)
    assert len(phone.sent.pulses) == 4
    assert len(heard) in (4, 5)
    assert np.all(np.abs(apart[1:] - 24_000) < 50)


@pytest.mark.parametrize(("own_ms", "heeded_ms"), [(20, 60), (10, 10)])
def test_larger_sound_packets_are_heeded_but_by_performers(own_ms: int, heeded_ms: int) -> None:
    phone = ScriptedPhone("guest-01", sound=sounding(own_ms))
    phone.heed(60)
    decoder: AudioCodecContext = av.CodecContext.create("opus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "mono"
    frames = [frame for _ in range(5) for frame in decoder.decode(av.Packet(phone.next_sound().payload))]
    assert phone.hello().tracks[0].packet_ms == heeded_ms
    assert sum(frame.samples for frame in frames[1:]) == pytest.approx(4 * heeded_ms * 48, abs=400)


def test_misfortune_loses_spoils_and_bombs() -> None:
    phone = ScriptedPhone("guest-01", footage(320, 180, 10, "h264", 2), misfortune=Misfortune(lose_every=3, bomb_at=4))
    packets = [phone.next_picture() for _ in range(6)]
    assert [packet is None for packet in packets] == [False, False, True, False, False, True]
    assert [packet.sequence for packet in packets if packet] == [1, 2, 4, 5]
    decoder: VideoCodecContext = av.CodecContext.create("h264", "r")
    bombed = packets[4]
    assert bombed is not None
    assert len(bombed.payload) < 1 << 20
    assert [f.width for f in (*decoder.decode(av.Packet(bombed.payload)), *decoder.decode(None))] == [7680]


def test_a_strip_carries_the_time_past_its_end() -> None:
    luma = np.full((180, 320), 90, np.uint8)
    start_us = (time_strip.TICKS - 5) * time_strip.TICK_US
    value = time_strip.read(time_strip.draw(luma, time_strip.ticks(start_us)))
    assert value is not None
    assert time_strip.delay_us(value, start_us + 12_300) == 12_300
    assert time_strip.read(np.full((180, 320), 16, np.uint8)) is None
