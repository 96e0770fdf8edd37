"""What the console's tests need beside the hall: a crowd with phones, and a witness."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import aiohttp
from playwright.sync_api import Browser, Locator, Page, expect

from live.demo.phone import Phone
from live.link import Link
from live.messages.acts import SendText
from live.messages.events import Consent
from live.messages.ids import Kind, new_id
from live.messages.scene import Scene
from live.messages.views import AlbumView, Changes, ContributionView, PersonView, StageView
from tests.web.hall import Hub

T = TypeVar("T")

WITHIN_S = 30.0
WITHIN_MS = WITHIN_S * 1000
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def open_page(chromium: Browser, url: str, width: int = 1440, height: int = 900) -> Page:
    """Return a page in a browser profile of its own."""
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(WITHIN_MS)
    page.goto(url)
    return page


def row(page: Page, words: str) -> Locator:
    return page.get_by_role("row").filter(has_text=words)


def find(page: Page, words: str) -> Locator:
    """Search for words; return the row that is left, under the cursor."""
    page.get_by_role("button", name="All", exact=False).filter(has_text="All").first.click()
    page.get_by_role("searchbox").fill(words)
    page.keyboard.press("Escape")
    expect(page.get_by_role("row")).to_have_count(1)
    return row(page, words)


def axe_findings(page: Page) -> list[str]:
    """What axe-core says is wrong with the page, one line each."""
    page.evaluate(AXE.read_text() + "; undefined")
    found = page.evaluate("() => axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


TOO_SMALL = """() => {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) look(one.shadowRoot);
      if (!one.matches("button, a, select, input, [role=slider]") || !one.checkVisibility()) continue;
      const { width, height } = one.getBoundingClientRect();
      if (width < 40 || height < 40) found.push(`${one.ariaLabel ?? one.textContent.trim()}: ${width}×${height}`);
    }
  };
  look(document);
  return found;
}"""


def too_small(page: Page) -> list[str]:
    """What is to be pressed and smaller than dense lists may have it (decision 44), with its size."""
    return list(map(str, page.evaluate(TOO_SMALL)))


def moderator_key(hub: Hub) -> str:
    doors = json.loads((hub.folder / "doors.json").read_text())
    return str(doors["moderator"]).rpartition("key=")[2]


class Crowd:
    """People with phones, on a loop of their own: each call returns once the hub has the piece."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._session: aiohttp.ClientSession | None = None
        self._phones: dict[str, Phone] = {}

    def say(self, name: str, text: str, *, consent: Consent | None = None, parents: tuple[str, ...] = ()) -> str:
        """Send words as `name`; return the contribution's id."""
        act = SendText(contribution_id=new_id(), text=text, consent=consent or Consent(), parents=parents)
        self._run(self._ask(name, act))
        return act.contribution_id

    def send(self, name: str, kind: Kind, data: bytes, media_type: str) -> str:
        return self._run(self._send(name, kind, data, media_type))

    def wait_for_prompt(self, name: str, text: str) -> None:
        """Return when the prompt has reached the phone of `name`."""
        self._run(self._prompted(name, text))

    def close(self) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, doing: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(WITHIN_S)

    async def _phone(self, name: str) -> Phone:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        if name not in self._phones:
            self._phones[name] = await Phone.arrive(self._session, self._hub.url, self._hub.code, name)
        return self._phones[name]

    async def _ask(self, name: str, act: SendText) -> None:
        await (await self._phone(name)).ask(act)

    async def _send(self, name: str, kind: Kind, data: bytes, media_type: str) -> str:
        return await (await self._phone(name)).send(kind, data, media_type)

    async def _prompted(self, name: str, text: str) -> None:
        phone = await self._phone(name)
        while phone.prompt is None or phone.prompt.text != text:
            phone.changed.clear()
            await phone.changed.wait()

    async def _leave(self) -> None:
        await asyncio.gather(*(phone.leave() for phone in self._phones.values()))
        if self._session:
            await self._session.close()


class Witness:
    """A second host who only looks: what the hub says is true, whatever the page shows."""

    def __init__(self, hub: Hub) -> None:
        self.contributions: dict[str, ContributionView] = {}
        self.people: dict[str, PersonView] = {}
        self.albums: dict[str, AlbumView] = {}
        self.stage: StageView | None = None
        self._news = threading.Condition()
        self._link = Link(hub.url, "/host", hub.host_key)
        self._link.on_changes(self._take)
        self._link.start()

    def wait_until(self, claim: Callable[[Witness], bool]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: claim(self), WITHIN_S), f"never came true; the stage: {self.stage}"

    def wait_for_verdict(self, contribution_id: str, verdict: str) -> None:
        self.wait_until(lambda seen: seen.verdict(contribution_id) == verdict)

    def wait_ready(self, contribution_id: str) -> None:
        self.wait_until(
            lambda seen: contribution_id in seen.contributions and seen.contributions[contribution_id].state == "ready"
        )

    def verdict(self, contribution_id: str) -> str:
        view = self.contributions.get(contribution_id)
        return view.verdict if view else ""

    @property
    def scene(self) -> Scene:
        assert self.stage is not None
        return self.stage.scene

    def close(self) -> None:
        self._link.close()

    def _take(self, changes: Changes) -> None:
        with self._news:
            self.contributions |= {one.contribution_id: one for one in changes.contributions}
            self.people |= {one.person_id: one for one in changes.people}
            self.albums |= {one.album_id: one for one in changes.albums}
            self.stage = changes.stage or self.stage
            self._news.notify_all()
