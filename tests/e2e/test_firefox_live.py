"""Firefox is live: it reads no tracks, so pictures come from a playing video, and its microphone from the worklet."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browsers import FIREFOX, find
from tests.e2e.sound_system import null_sound_system
from tests.e2e.test_firefox import node
from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher, decode_pictures, decode_sound, strip_of
from tests.web.hall import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

SCRIPT = Path(__file__).with_name("firefox_live.mjs")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[AirHall]:
    running = AirHall(tmp_path)
    yield running
    running.close()


@contextmanager
def firefox_publishing(hall: AirHall, folder: Path, stream_id: str, tier: str | None) -> Iterator[str]:
    """Give the way that is gone, while it is."""
    profile = folder / "profile"
    profile.mkdir()
    asked = {"tier": tier, "streamId": stream_id, "wants": "both", "width": 640, "height": 360, "files": hall.files}
    command = [node(), str(SCRIPT), str(ROOT / "web"), find(FIREFOX), hall.url, str(profile), json.dumps(asked)]
    with null_sound_system() as sound_system:
        environment = os.environ | sound_system | {"HOME": str(folder)}
        browser = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert browser.stdin is not None
        assert browser.stdout is not None
        try:
            yield browser.stdout.readline().strip()
        finally:
            browser.stdin.close()
            browser.wait(30)
            browser.stdout.close()


@pytest.mark.parametrize(("tier", "codecs"), [(None, ("avc1.42e01f", "opus")), ("c", ("jpeg", "pcm-s16"))])
def test_what_firefox_publishes_can_be_decoded(
    tier: str | None, codecs: tuple[str, str], hall: AirHall, tmp_path: Path
) -> None:
    stream_id = f"firefox-{tier}"
    watcher = Watcher(hall.url, stream_id)
    with firefox_publishing(hall, tmp_path, stream_id, tier) as gone:
        assert gone == (tier or "b")
        watcher.until(lambda heard: len(heard.pictures()) >= 20 and len(heard.sounds()) >= 20)
    video, audio = watcher.track("video"), watcher.track("audio")
    assert (video.codec, audio.codec) == codecs
    frames = decode_pictures(video, watcher.pictures())
    assert len(frames) == len(watcher.pictures())
    assert None not in [strip_of(frame) for frame in frames]
    assert len(decode_sound(audio, watcher.sounds())) >= 20 * audio.packet_ms * 40
    watcher.close()
