"""Pages in Debian's Chromium, against a real hub: one browser a module, a profile that knows nothing for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher
from tests.web.hall import Host, Hub, Stage
from tests.web.profiles import Profiles

CHROMIUM = "/usr/bin/chromium"
PLAIN_HTTP_NAME = "hall.test"
"""A name that is not localhost: over http the browser gives it neither camera nor microphone."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=30",
    f"--host-resolver-rules=MAP {PLAIN_HTTP_NAME} 127.0.0.1",
)
WITHIN_MS = 20_000
IN_THE_HAND = (390, 844)
ON_A_DESK = (1440, 900)

expect.set_options(timeout=WITHIN_MS)

OpenPhone = Callable[..., Page]
Watch = Callable[[str], Watcher]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # No longer than a module: the synchronous API keeps an event loop running, which neither asynchronous tests nor
    # modules with a browser of their own must meet.
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


def launch(playwright: Playwright, *more: str) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless=new", *ARGUMENTS, *more])


@pytest.fixture(scope="module")
def all_profiles(chromium: Browser) -> Profiles:
    return Profiles(chromium)


@pytest.fixture
def profiles(all_profiles: Profiles) -> Iterator[Profiles]:
    """Pages for one test; errors in any of them fail it."""
    all_profiles.errors.clear()
    yield all_profiles
    all_profiles.give_back()
    assert not all_profiles.errors, all_profiles.errors


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
    """Open the join page on a new phone: `open_phone(name="hall.test")`. Errors in the page fail the test."""

    def opened(browsers: Profiles = profiles, *, name: str = "localhost", touch: bool = True) -> Page:
        page = browsers.page(IN_THE_HAND, touch=touch, within_ms=WITHIN_MS)
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"http://{name}:{hub.port}/j/{hub.code}")
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
