"""What the console's tests need beside the hall: a browser as host, quick contributors, and a publisher of the program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from live.demo.phone import Phone
from live.messages.acts import SendText
from live.messages.coding import to_json
from live.messages.events import Consent
from live.messages.ids import Kind, new_id
from live.messages.packets import Hello, Packet, Track, pack
from tests.web.hall import Hub

WITHIN_MS = 20_000
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


def open_page(chromium: Browser, url: str, width: int = 1440, height: int = 900) -> Page:
    """Return a page in a browser profile of its own."""
    page = chromium.new_context(viewport={"width": width, "height": height}, bypass_csp=False).new_page()
    page.set_default_timeout(WITHIN_MS)
    page.goto(url)
    return page


def axe_findings(page: Page) -> list[str]:
    """What axe-core says is wrong with the page, one line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


class Crowd:
    """People with phones, in a thread of their own: each call returns once the hub has the piece."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._phones: dict[str, Phone] = {}

    def say(self, name: str, text: str, *, consent: Consent | None = None, parents: tuple[str, ...] = ()) -> str:
        """Send words as `name`; return the contribution's id."""
        return self._run(self._say(name, text, consent or Consent(), parents))

    def say_many(self, name: str, texts: list[str], at_once: int = 50) -> None:
        self._run(self._say_many(name, texts, at_once))

    def send(self, name: str, kind: Kind, data: bytes, media_type: str) -> str:
        return self._run(self._send(name, kind, data, media_type))

    def close(self) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run[T](self, doing: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(60)
