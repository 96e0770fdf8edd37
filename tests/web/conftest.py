"""Pages in Debian's Chromium, against a real hub: one browser for this folder, a fresh profile a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.web.air_hall import AirHall
from tests.web.air_watcher import Watcher
from tests.web.hall import Host, Hub, Stage

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
def open_phone(chromium: Browser, hub: Hub) -> Iterator[OpenPhone]:
    """Open the join page on a new phone: `open_phone(browser, name="hall.test")`. Errors in the page fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(browser: Browser = chromium, *, name: str = "localhost", touch: bool = True) -> Page:
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=touch, is_mobile=touch)
        context.set_default_timeout(WITHIN_MS)
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"http://{name}:{hub.port}/j/{hub.code}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors, errors


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
def probe(chromium: Browser, hall: AirHall) -> Iterator[Page]:
    """The page that publishes (air_probe.ts)."""
    context = chromium.new_context()
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(hall.url)
    page.wait_for_function("window.probe")
    yield page
    context.close()


@pytest.fixture
def watch(hall: AirHall) -> Iterator[Watch]:
    watchers: list[Watcher] = []

    def watching(stream_id: str) -> Watcher:
        watchers.append(hall.watch(stream_id))
        return watchers[-1]

    yield watching
    for watcher in watchers:
        watcher.close()
