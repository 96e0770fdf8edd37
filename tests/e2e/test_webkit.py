"""The phone page in WebKitGTK, the nearest thing to an iPhone on Debian: every kind of piece arrives and can be shown.

Its MP4 has AAC and a broken last fragment; its IndexedDB takes bytes and no Blobs.

The browser itself crashes now and then here: a target of its own (`make test-webkit`) may repeat it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from live.messages.events import ContributionReceived
from live.messages.ids import Kind
from tests.browsers import find
from tests.e2e.sound_system import null_sound_system
from tests.web.hall import Host, Hub

pytestmark = [
    pytest.mark.webkit,
    pytest.mark.timeout(240),
    # selenium's own words to itself
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),
]

STAND_IN = Path(__file__).parent / "webkit" / "autovideoflip.c"
WITHIN_S = 60
ARGUMENTS = (
    "--automation",
    "--enable-media-stream=true",
    "--enable-mock-capture-devices=true",
    "--enable-webrtc=true",
    "--media-playback-requires-user-gesture=false",
    "--features=-MockCaptureDevicesPrompt,+MockCaptureDevices,-GetUserMediaRequiresFocus,+MediaStreamTrackProcessing",
)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Compile the stand-in for autovideoflip; return the environment in which GStreamer finds it."""
    folder = tmp_path_factory.mktemp("plugins")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "gstreamer-1.0", "gstreamer-video-1.0"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    target = folder / "libgstaliasavf.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(target), str(STAND_IN), *shlex.split(flags)], check=True)
    return {"GST_PLUGIN_PATH": str(folder)}


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """An X display of its own."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as said:
            number = said.readline().strip()
        assert number, "Xvfb did not start"
        try:
            yield {"DISPLAY": f":{number}"}
        finally:
            server.terminate()


@contextmanager
def minibrowser(environment: dict[str, str]) -> Iterator[Any]:
    options = Options()
    [options.binary_location] = map(str, Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("browserName", "MiniBrowser")
    driver = webdriver.WebKitGTK(options=options, service=Service(find(("WebKitWebDriver",)), env=environment))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path / "show")
    yield running
    running.stop()


@pytest.fixture
def host(hub: Hub) -> Iterator[Host]:
    someone = Host(hub)
    yield someone
    someone.close()


class Hand:
    """The hand that holds the phone."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._wait = WebDriverWait(driver, WITHIN_S, poll_frequency=0.1)

    def tap(self, selector: str) -> None:
        self.until(f"const e = document.querySelector({selector!r}); return Boolean(e) && !e.disabled")
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, selector: str, text: str) -> None:
        self.until(f"return Boolean(document.querySelector({selector!r}))")
        self._driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    def until(self, script: str) -> None:
        self._wait.until(lambda driver: driver.execute_script(script), script)

    def start(self, kind: Kind) -> None:
        self.tap(f".tile[data-kind={kind}]")

    def record(self, kind: Kind) -> None:
        self.start(kind)
        self.tap(".shutter.rec")
        self.until("return document.querySelector('.clock')?.textContent.includes('0:02')")
        self.tap(".shutter.rec")
        self.until("return Boolean(document.querySelector('phone-review'))")

    def send(self, count: int) -> None:
        """Send, and wait until so many pieces stand as the hub knows them."""
        self.tap(".send-row .primary")
        known = "[...document.querySelectorAll('.card')].filter((card) => /Received|Waiting/.test(card.dataset.status))"
        self.until(f"return {known}.length === {count}")


def test_every_kind_recorded_in_webkit_can_be_shown(hub: Hub, host: Host, plugins: dict[str, str]) -> None:
    with screen() as display, null_sound_system() as sound_system:
        environment = os.environ | display | sound_system | plugins
        with minibrowser(environment) as driver:
            driver.get(f"{hub.url}/j/{hub.code}")
            hand = Hand(driver)
            hand.type("#name", "Willa Web")
            hand.tap("button.primary")
            hand.start("text")
            hand.type("#words", "Written in WebKit.")
            hand.send(1)
            hand.start("photo")
            hand.until("return Boolean(document.querySelector('.shutter:not(:disabled)'))")
            hand.tap(".shutter")
            hand.send(2)
            hand.record("sound")
            hand.send(3)
            hand.record("video")
            hand.send(4)
            assert not driver.execute_script("return MediaRecorder.isTypeSupported('video/webm')")

    pieces = {piece.kind: host.wait_ready(piece.contribution_id) for piece in host.wait_for(4)}
    received = {event.kind: event.original for event in hub.journaled(ContributionReceived)}
    assert pieces.keys() == received.keys() == {"text", "photo", "sound", "video"}
    assert received["sound"] is not None
    assert received["sound"].claimed_type.startswith("audio/mp4")
    assert received["video"] is not None
    assert received["video"].claimed_type.startswith("video/mp4")
    renditions = pieces["video"].renditions
    assert renditions is not None
    assert renditions.clip is not None
    assert renditions.sound is not None
    with av.open(str(hub.folder / "media" / renditions.clip.key), "r") as clip:
        assert len(list(clip.decode(video=0))) > 30
