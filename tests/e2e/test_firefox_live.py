"""Firefox is live where it has no encoders: pictures as JPEG from a playing video, its microphone from the worklet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.firefox import firefox
from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher, decode_pictures, decode_sound, strip_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

STREAM = "firefox-stills"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[AirHall]:
    running = AirHall(tmp_path)
    yield running
    running.close()


def test_firefoxs_jpeg_and_plain_samples_can_be_decoded(hall: AirHall, tmp_path: Path) -> None:
    """The way of Firefox on Android, which has no WebCodecs. Its best way goes on air: test_air_whole_way."""
    asked = {"tier": "c", "streamId": STREAM, "wants": "both", "width": 640, "height": 360, "files": hall.files}
    watcher = Watcher(hall.url, STREAM)
    with firefox("firefox_live.mjs", tmp_path, hall.url, json.dumps(asked)) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == "c"
        watcher.until(lambda heard: len(heard.pictures()) >= 20 and len(heard.sounds()) >= 20)
    video, audio = watcher.track("video"), watcher.track("audio")
    assert (video.codec, audio.codec) == ("jpeg", "pcm-s16")
    frames = decode_pictures(video, watcher.pictures())
    assert len(frames) == len(watcher.pictures())
    assert None not in [strip_of(frame) for frame in frames]
    assert len(decode_sound(audio, watcher.sounds())) >= 20 * audio.packet_ms * 40
    watcher.close()
