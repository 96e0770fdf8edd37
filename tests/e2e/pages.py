"""The pages of a show in Chromium: a phone with camera and microphone made by code, the host's console, the mirror."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browsers import CHROMIUM, chromium_arguments, find, unwanted
from tests.media_files import write_wav
from tests.signals import Rgb, counting_bars, tone, write_camera
from tests.web.hall import Hub
from tests.web.profiles import Profiles

WITHIN_MS = 40_000
CAMERA_SIZE = (640, 360)
TONE_HZ = 1000.0
PLAIN_HTTP_NAME = "hall.test"
"""Not localhost: over http such a page gets neither camera nor microphone."""

expect.set_options(timeout=WITHIN_MS)

LOOK = """canvas => {
  const small = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  small.getContext("2d").drawImage(canvas, 0, 0, 640, 360);
  return small.toDataURL("image/png").split(",")[1];
}"""


def make_camera(folder: Path) -> Path:
    """Write four seconds of numbered bars. At 30 a second this machine would be busy with showing them."""
    return write_camera(folder / "camera.y4m", counting_bars(*CAMERA_SIZE, 60), pictures_per_second=15)


def write_tone(folder: Path) -> Path:
    """Write what a microphone hears where something hums TONE_HZ."""
    return write_wav(folder / "microphone.wav", tone(TONE_HZ, 4.0))


@contextmanager
def chromium(devices: tuple[Path, Path] | None = None) -> Iterator[Browser]:
    camera, microphone = devices or (None, None)
    arguments = chromium_arguments(camera=camera, microphone=microphone, insecure_name=PLAIN_HTTP_NAME)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(CHROMIUM), args=["--headless=new", *arguments], ignore_default_args=unwanted()
        )
        yield browser
        browser.close()


class Pages:
    """Pages, each in a profile that nobody else has meanwhile; what goes wrong inside one is in `errors`.

    `close` empties the profiles for the pages that are opened next.
    """

    def __init__(self, browser: Browser, show: Hub) -> None:
        self._profiles, self._show = Profiles(browser), show

    @property
    def errors(self) -> list[str]:
        return self._profiles.errors

    def open(self, url: str, size: tuple[int, int], *, phone: bool = False) -> Page:
        page = self._profiles.page(size, touch=phone, within_ms=WITHIN_MS)
        page.goto(url)
        return page

    def phone(self, name: str, host_name: str = "localhost", *, query: str = "") -> Page:
        """A phone whose owner has come in; `query` is what the page's address asks (web/src/live/asked.ts)."""
        page = self.open(f"http://{host_name}:{self._show.port}/j/{self._show.code}{query}", (390, 844), phone=True)
        page.get_by_label("Your name", exact=True).fill(name)
        page.get_by_role("button", name="Come in").click()
        page.get_by_role("navigation", name="Answer with").wait_for()
        return page

    def console(self) -> Page:
        page = self.open(f"{self._show.url}/host?key={self._show.host_key}", (1440, 900))
        page.get_by_role("searchbox").wait_for()
        return page

    def mirror(self) -> Page:
        doors = json.loads((self._show.folder / "doors.json").read_text())
        key = str(doors["mirror"]).rpartition("key=")[2]
        # Small: without a graphics card a third of the processor's time for a picture goes into showing it at 1440×900.
        page = self.open(f"{self._show.url}/stage?key={key}", (640, 400))
        expect(page.locator("hl-program-player[playing]")).to_be_visible(timeout=WITHIN_MS)
        return page

    def close(self) -> None:
        self._profiles.give_back()


def seen_in(mirror: Page) -> Rgb:
    """Return what the mirror's canvas shows now, at 640×360."""
    png = mirror.locator("canvas").evaluate(LOOK)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))


def wait_drawn(mirror: Page, more: int = 1) -> None:
    """Wait until the mirror has drawn so many further pictures."""
    player = mirror.locator("hl-program-player")
    want = player.evaluate("player => player.drawn") + more
    mirror.wait_for_function("([player, want]) => player.drawn >= want", arg=[player.element_handle(), want])
