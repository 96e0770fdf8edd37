"""Pages in Debian's Chromium, against a real hub: one browser for all, a profile that knows nothing for each test.

Its owners want less motion; with all of it the pages are seen in test_phone_lights.py and in tests/e2e.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browsers import CHROMIUM, QUIET, find, unwanted
from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher
from tests.web.hall import Host, Hub, Stage
from tests.web.profiles import Profiles

PLAIN_HTTP_NAME = "hall.test"
"""A name that is not localhost: over http the browser gives it neither camera nor microphone."""
BANK = "bank.example"
HERE = (PLAIN_HTTP_NAME, BANK, "*.local")
"""What leads to this machine; also its own name in the local network."""
ARGUMENTS = (
    *QUIET,
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    # Pictures are counted here, not timed: a third of a real camera's work.
    "--use-fake-device-for-media-stream=fps=10",
    f"--host-resolver-rules={', '.join(f'MAP {name} 127.0.0.1' for name in HERE)}",
)
WITHIN_MS = 20_000
IN_THE_HAND = (390, 844)
ON_A_DESK = (1440, 900)

expect.set_options(timeout=WITHIN_MS)

OpenPhone = Callable[..., Page]
Watch = Callable[[str], Watcher]


class Browsing:
    """Playwright and one Chromium with its profiles, started when they are first asked for."""

    def __init__(self) -> None:
        self._playing = sync_playwright()
        self._playwright: Playwright | None = None
        self._profiles: Profiles | None = None

    @property
    def playwright(self) -> Playwright:
        self._playwright = self._playwright or self._playing.start()
        return self._playwright

    @property
    def profiles(self) -> Profiles:
        if self._profiles is None or not self._profiles.browser.is_connected():
            self._profiles = Profiles(launch(self.playwright), is_calm=True)
        return self._profiles

    def close(self) -> None:
        if self._profiles is not None:
            self._profiles.browser.close()
        if self._playwright is not None:
            self._playing.__exit__()


BROWSING = pytest.StashKey[Browsing]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """No longer than tests of this folder follow each other: the synchronous API keeps an event loop running, which
    asynchronous tests must not meet.
    """
    yield
    stays = nextitem is not None and nextitem.path.is_relative_to(Path(__file__).parent)
    if not stays and (browsing := item.session.stash.get(BROWSING, None)):
        browsing.close()
        del item.session.stash[BROWSING]


@pytest.fixture(scope="module")
def browsing(request: pytest.FixtureRequest) -> Browsing:
    return request.session.stash.setdefault(BROWSING, Browsing())


@pytest.fixture(scope="module")
def playwright(browsing: Browsing) -> Playwright:
    return browsing.playwright


@pytest.fixture(scope="module")
def chromium(browsing: Browsing) -> Browser:
    return browsing.profiles.browser


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(
        executable_path=find(CHROMIUM), args=["--headless=new", *ARGUMENTS], ignore_default_args=unwanted()
    )


@pytest.fixture
def profiles(browsing: Browsing) -> Iterator[Profiles]:
    """Pages for one test; errors in any of them fail it."""
    profiles = browsing.profiles
    profiles.errors.clear()
    yield profiles
    profiles.give_back()
    assert not profiles.errors, profiles.errors


@pytest.fixture(scope="package")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One show for all tests that do not kill it: each begins with new people and counts only what is new."""
    running = Hub(tmp_path_factory.mktemp("evening") / "show")
    yield running
    running.stop()


@pytest.fixture
def hub(evening: Hub) -> Hub:
    evening.forget_before()
    return evening


@pytest.fixture
def host(hub: Hub) -> Iterator[Host]:
    someone = Host(hub)
    yield someone
    someone.close()


@pytest.fixture
def stage(hub: Hub, host: Host) -> Iterator[Stage]:
    running = Stage(hub)
    yield running
    host.clear_stage()
    running.close()


@pytest.fixture
def open_phone(profiles: Profiles, hub: Hub) -> OpenPhone:
    """Open the join page on a new phone: `open_phone(name="hall.test")`. Errors in the page fail the test.

    `query` is what the page's address asks (web/src/live/asked.ts), `script` runs in the page before its own.
    """

    def opened(*, name: str = "localhost", touch: bool = True, query: str = "", script: str = "") -> Page:
        page = profiles.page(IN_THE_HAND, touch=touch, within_ms=WITHIN_MS)
        if script:
            page.add_init_script(script)
        page.goto(f"http://{name}:{hub.port}/j/{hub.code}{query}")
        return page

    return opened


@pytest.fixture
def phone(open_phone: OpenPhone) -> Page:
    """A phone whose owner, Mina, has come in."""
    page = open_phone()
    come_in(page, "Mina")
    return page


def come_in(page: Page, name: str) -> None:
    page.get_by_label("Your name", exact=True).fill(name)
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("navigation", name="Answer with").wait_for()


# streams alone


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirHall]:
    running = AirHall(tmp_path_factory.mktemp("air"))
    yield running
    running.close()


@pytest.fixture
def probe(profiles: Profiles, hall: AirHall) -> Page:
    """The page that publishes (air_probe.ts)."""
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(hall.url)
    page.wait_for_function("window.probe")
    return page


@pytest.fixture
def watch(hall: AirHall) -> Iterator[Watch]:
    watchers: list[Watcher] = []

    def watching(stream_id: str) -> Watcher:
        watchers.append(hall.watch(stream_id))
        return watchers[-1]

    yield watching
    for watcher in watchers:
        watcher.close()
