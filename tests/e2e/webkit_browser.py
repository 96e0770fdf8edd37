"""WebKitGTK as a phone, the nearest thing to an iPhone on Debian: its mini browser, with a screen and a sound system.

Camera and microphone are WebKit's own make-believe: coloured bars, a clock and a turning disc; a hum with bips, bops.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browsers import find
from tests.e2e.sound_system import null_sound_system
from tests.signals import SAMPLE_RATE_HZ, Rgb, Sound, level_db

SELENIUM_TO_ITSELF = "ignore:setting remote_server_addr:DeprecationWarning"
"""For `pytest.mark.filterwarnings`."""
STAND_IN = Path(__file__).parent / "webkit" / "autovideoflip.c"
WITHIN_S = 60
SAID = "return (document.querySelector('dialog[open]') ?? document.body).innerText"
SWATCHES = (
    (255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 128, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255),
)  # fmt: skip
SWATCHES_AT = (0.053, 0.0875, 0.125, 0.159, 0.197, 0.231, 0.269)
NEAR = 60
"""Off a swatch by no more, in each of its three. By name its dark green would be black as often as green."""
HUM_HZ = 150.0
"""What WebKit's own camera and microphone give all the time."""
ARGUMENTS = (
    "--automation",
    "--enable-media-stream=true",
    "--enable-mock-capture-devices=true",
    "--enable-webrtc=true",
    "--media-playback-requires-user-gesture=false",
    "--features=-MockCaptureDevicesPrompt,+MockCaptureDevices,-GetUserMediaRequiresFocus,+MediaStreamTrackProcessing",
)


def compile_plugins(folder: Path) -> dict[str, str]:
    """Compile the stand-in for autovideoflip, without which WebKit records no video; return how GStreamer finds it."""
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "gstreamer-1.0", "gstreamer-video-1.0"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    target = folder / "libgstaliasavf.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(target), str(STAND_IN), *shlex.split(flags)], check=True)
    return {"GST_PLUGIN_PATH": str(folder)}


def made_up_camera(picture: Rgb) -> bytes | None:
    """Read the clock of WebKit's own camera in a picture, as black and white; None where its colours are not there."""
    height, width, _ = picture.shape
    found = np.array([picture[int(0.7 * height), int(x * width)] for x in SWATCHES_AT], int)
    if np.abs(found - np.array(SWATCHES)).max() > NEAR:
        return None
    clock = picture[int(0.07 * height) : int(0.25 * height), int(0.03 * width) : int(0.4 * width)]
    return bytes(np.packbits(clock[::4, ::4].mean(axis=2) > 128))


def hums(heard: Sound) -> bool:
    """Whether WebKit's own microphone is heard, in any quarter of a second: a hum that goes on is soon ducked."""
    quarter = SAMPLE_RATE_HZ // 4
    # Closer than a quarter: on a busy machine it sounds for hardly longer, wherever in the grid.
    parts = (heard[at : at + quarter] for at in range(0, len(heard) - quarter, quarter // 5))
    return any(level_db(part, HUM_HZ) > max(-50.0, level_db(part, HUM_HZ * 1.6) + 10) for part in parts)


@contextmanager
def webkit(plugins: dict[str, str]) -> Iterator[Any]:
    """A browser with everything it needs."""
    with (
        null_sound_system() as sound_system,
        screen() as display,
        minibrowser(os.environ | sound_system | display | plugins) as driver,
    ):
        yield driver


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
        """Wait for it; a failure says what the page said instead."""
        try:
            self._wait.until(lambda driver: driver.execute_script(script), script)
        except TimeoutException as error:
            error.msg = f"{error.msg}; the page says {self._driver.execute_script(SAID)!r}"
            raise

    def start(self, kind: str) -> None:
        self.tap(f".tile[data-kind={kind}]")

    def record(self, kind: str) -> None:
        self.start(kind)
        self.tap(".shutter.rec")
        self.until("return document.querySelector('.clock')?.textContent.includes('0:02')")
        self.tap(".shutter.rec")
        self.until("return Boolean(document.querySelector('phone-review'))")

    def come_in(self, join_url: str, name: str) -> None:
        self._driver.get(join_url)
        self.type("#name", name)
        self.tap("button.primary")
        self.until("return Boolean(document.querySelector('nav.tiles'))")

    def send(self, count: int) -> None:
        """Send, and wait until so many pieces stand as the hub knows them."""
        self.tap(".send-row .primary")
        known = "[...document.querySelectorAll('.card')].filter((card) => /Received|Waiting/.test(card.dataset.status))"
        self.until(f"return {known}.length === {count}")


class WebKitGuest:
    """A guest (tests.e2e.air_way.Guest) whose phone is WebKitGTK."""

    def __init__(self, driver: Any, join_url: str, name: str) -> None:
        self.name = name
        self._hand = Hand(driver)
        self._hand.come_in(join_url, name)

    def raise_hand(self) -> None:
        self._hand.tap(".air-door button")
        self._hand.tap(".air-choices .tile")
        self._shows("asking")

    def join(self) -> None:
        self._shows("invited")
        self._hand.tap("dialog.air button.primary")
        self._shows("getting_ready")

    def wait_on_air(self) -> None:
        self._shows("on_air")

    def wait_thanked(self) -> None:
        self._shows("over")

    def _shows(self, state: str) -> None:
        self._hand.until(f"return Boolean(document.querySelector('dialog.air[data-shows={state}]'))")
