"""Each way of publishing, forced, ends as packets that a watcher can decode: pictures with their time, and sound."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import av
import numpy as np
import pytest
from playwright.sync_api import Page

from tests import time_strip
from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher, decode_pictures, decode_sound, strip_of
from tests.web.conftest import Watch

PICTURES = 20
SMALL = {"width": 160, "height": 90}
"""Where nobody looks at the pictures."""
Publish = Callable[..., str]


@pytest.fixture
def publish(probe: Page, hall: AirHall) -> Publish:
    """Publish from the page; returns the tier that is gone."""

    def published(
        tier: str, stream_id: str, *, wants: str = "both", width: int = 640, height: int = 360, **more: object
    ) -> str:
        asked = {
            "tier": tier,
            "streamId": stream_id,
            "wants": wants,
            "width": width,
            "height": height,
            "files": hall.files,
        }
        return str(probe.evaluate("(asked) => probe.publish(asked)", asked | more))

    return published


@pytest.mark.parametrize(("tier", "codec"), [("a", "avc1.42e01f"), ("a", "vp8"), ("b", "avc1.42e01f"), ("c", "jpeg")])
def test_pictures_arrive_with_their_time_in_them(tier: str, codec: str, publish: Publish, watch: Watch) -> None:
    stream_id = f"tier-{tier}-{codec[:4]}"
    watcher = watch(stream_id)

    only = {} if codec == "jpeg" else {"videoCodec": codec[:3]}
    assert publish(tier, stream_id, **only) == tier

    watcher.until(lambda heard: len(heard.pictures()) >= PICTURES and len(heard.sounds()) >= PICTURES)
    track = watcher.track("video")
    packets = watcher.pictures()
    assert (track.codec, track.width_px, track.height_px) == (codec, 640, 360)
    assert packets[0].key
    frames = decode_pictures(track, packets)
    assert len(frames) == len(packets)
    for frame, packet in zip(frames, packets, strict=True):
        strip = strip_of(frame)
        assert strip is not None
        # Drawn, then captured: the stamp says when, on the show's clock.
        drawn_ago_us = time_strip.delay_us(strip, packet.captured_us)
        assert drawn_ago_us < 300_000 or drawn_ago_us > time_strip.TICKS * time_strip.TICK_US - 20_000


def test_what_the_encoder_says_of_its_colours_is_in_the_hello(publish: Publish, watch: Watch) -> None:
    watcher = watch("colours-1")

    publish("a", "colours-1", wants="camera")

    watcher.until(lambda heard: heard.hellos)
    track = watcher.track("video")
    assert track.full_range is not None
    assert track.matrix is not None
    assert track.annexb
    assert [one.kind for one in watcher.hellos[-1].tracks] == ["video"]


@pytest.mark.parametrize(("tier", "codec"), [("a", "opus"), ("b", "opus"), ("c", "pcm-s16")])
@pytest.mark.parametrize("packet_ms", [20, 10])
def test_sound_arrives_in_packets_that_follow_each_other(
    tier: str, codec: str, packet_ms: int, publish: Publish, watch: Watch
) -> None:
    stream_id = f"sound-{tier}-{packet_ms}"
    watcher = watch(stream_id)

    publish(tier, stream_id, wants="microphone", packetMs=packet_ms)

    watcher.until(lambda heard: len(heard.sounds()) >= 60)
    packets = watcher.sounds()
    track = watcher.track("audio")
    channels = 2 if packet_ms == 10 else 1  # as the browser's own microphone has it, for a performer
    assert (track.codec, track.sample_rate_hz, track.channels, track.packet_ms) == (codec, 48_000, channels, packet_ms)
    distances_us = np.diff([packet.captured_us for packet in packets])
    assert np.median(distances_us) == pytest.approx(packet_ms * 1000, abs=500)
    sound = decode_sound(track, packets)
    assert len(sound) == pytest.approx(len(packets) * packet_ms * 48, rel=0.02)
    # Chromium's made-up microphone beeps.
    assert np.abs(sound).max() > 0.01


def test_a_recorders_mp4_is_taken_apart(publish: Publish, watch: Watch) -> None:
    """As WebKit's recorder makes it: what comes in bursts arrives as pictures and packets, each with its time."""
    watcher = watch("tier-d-2")

    assert publish("d", "tier-d-2", videoCodec="mp4") == "d"

    watcher.until(lambda heard: len(heard.pictures()) >= PICTURES and len(heard.sounds()) >= PICTURES)
    video, audio = watcher.track("video"), watcher.track("audio")
    assert (video.codec[:5], video.annexb, video.width_px, audio.codec) == ("avc1.", False, 640, "opus")
    packets = watcher.pictures()
    assert packets[0].key
    frames = decode_pictures(video, packets)
    assert len(frames) == len(packets)
    delays_us = [
        time_strip.delay_us(strip, packet.captured_us)
        for frame, packet in zip(frames, packets, strict=True)
        if (strip := strip_of(frame)) is not None
    ]
    assert len(delays_us) == len(packets)
    assert np.ptp(delays_us) < 300_000
    sound = decode_sound(audio, watcher.sounds())
    assert np.abs(sound).max() > 0.01


def test_a_recorders_pieces_are_a_file_from_each_key_piece_on(publish: Publish, watch: Watch) -> None:
    watcher = watch("tier-d-1")

    assert publish("d", "tier-d-1") == "d"

    watcher.until(lambda heard: len(heard.pictures()) >= 40)
    track = watcher.track("video")
    assert track.codec == "webm"
    assert [one.kind for one in watcher.hellos[-1].tracks] == ["video"]
    strips = strips_of_first_file(watcher)
    assert len(strips) > 5
    assert None not in strips


def strips_of_first_file(watcher: Watcher) -> list[int | None]:
    """From a key piece up to the next there is one file, with pictures and sound."""
    first, *others = watcher.pictures()
    pieces = [first, *itertools.takewhile(lambda packet: not packet.key, others)]
    with av.open(io.BytesIO(b"".join(piece.payload for piece in pieces)), "r", format="webm") as file:
        assert {stream.type for stream in file.streams} == {"video", "audio"}
        return [strip_of(frame) for frame in file.decode(video=0)]


def test_a_recorder_that_is_slow_to_begin_is_not_begun_anew_for_ever(
    probe: Page, publish: Publish, watch: Watch
) -> None:
    """WebKit's gives nothing for a second, and who waits for a key picture asks twice a second."""
    watcher = watch("tier-d-3")
    give_every(probe, 1500)

    publish("d", "tier-d-3", **SMALL)

    watcher.until(lambda heard: len(heard.pictures()) >= 2)
    begun = int(probe.evaluate("() => window.begun"))
    assert 1 <= begun <= 1 + sum(packet.key for packet in watcher.pictures()), "none before the last one gave a piece"


def test_a_recorder_that_gives_nothing_is_given_up_with_a_reason(probe: Page, publish: Publish) -> None:
    give_every(probe, 3_600_000)
    publish("d", "tier-d-4", **SMALL)

    probe.wait_for_function("() => probe.publisher.line === 'refused'")

    assert "recorder gives nothing" in probe.evaluate("() => probe.publisher.problem.message")


def give_every(probe: Page, slice_ms: int) -> None:
    """Have recorders give a piece only so often, and count them as they begin."""
    probe.evaluate(
        """(sliceMs) => {
            const { start } = MediaRecorder.prototype;
            window.begun = 0;
            MediaRecorder.prototype.start = function () { window.begun++; start.call(this, sliceMs); };
        }""",
        slice_ms,
    )


def test_a_recorders_piece_that_cannot_be_read_costs_a_moment(probe: Page, publish: Publish, watch: Watch) -> None:
    """The pieces after the hole are worth nothing: the recorder begins another file."""
    watcher = watch("tier-d-2")
    publish("d", "tier-d-2")
    watcher.until(lambda heard: len(heard.pictures()) >= 5)

    probe.evaluate(
        """() => new Promise((done) => {
            const read = Blob.prototype.arrayBuffer;
            Blob.prototype.arrayBuffer = function () {
                Blob.prototype.arrayBuffer = read;
                done();
                return Promise.reject(new DOMException("gone", "NotReadableError"));
            };
        })"""
    )

    watcher.forget()
    watcher.until(lambda heard: len(heard.pictures()) >= 10)
    strips = strips_of_first_file(watcher)
    assert strips
    assert None not in strips
