"""WebKitGTK is live by Safari's way: the camera's track goes to the worker, H.264 comes length-prefixed (avcC).

A camera that WebKit makes up, not an iPhone: no hardware encoder, no lock screen, no real call.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.webkit_browser import SELENIUM_TO_ITSELF, WITHIN_S, compile_plugins, webkit
from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher, decode_pictures, decode_sound

pytestmark = [pytest.mark.webkit, pytest.mark.timeout(240), pytest.mark.filterwarnings(SELENIUM_TO_ITSELF)]

PUBLISH = "const [asked] = arguments; probe.publish(asked).then((tier) => { window.gone = tier; });"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[AirHall]:
    running = AirHall(tmp_path)
    yield running
    running.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    with webkit(compile_plugins(tmp_path)) as driver:
        yield driver


# The last is its recorder: half a second of pictures or a second of sound in one piece of MP4, taken apart in the page.
@pytest.mark.parametrize(("tier", "codec"), [(None, "avc1.42e01f"), ("c", "jpeg"), ("d", "avc1.42c028")])
def test_what_webkit_publishes_can_be_decoded(tier: str | None, codec: str, hall: AirHall, browser: Any) -> None:
    stream_id = f"webkit-{tier}"
    watcher = Watcher(hall.url, stream_id)
    browser.get(hall.url)
    waiting = WebDriverWait(browser, WITHIN_S)
    waiting.until(lambda page: page.execute_script("return Boolean(window.probe)"))
    asked = {"tier": tier, "streamId": stream_id, "wants": "both", "width": 640, "height": 360, "files": hall.files}
    browser.execute_script(PUBLISH, asked | {"hasCamera": True})

    waiting.until(lambda page: page.execute_script("return window.gone") == (tier or "a2"))

    watcher.until(lambda heard: len(heard.pictures()) >= 20 and len(heard.sounds()) >= 20)
    video, audio = watcher.track("video"), watcher.track("audio")
    assert (video.codec, video.annexb) == (codec, codec == "jpeg")
    packets = watcher.pictures()
    assert len(decode_pictures(video, packets)) == len(packets)
    assert len(decode_sound(audio, watcher.sounds())) >= 20 * audio.packet_ms * 40
    watcher.close()
