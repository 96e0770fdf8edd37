"""A whole show for the tests of one module: its host, a browser of its own, and pages.

A module says what camera and microphone its phones have: `devices`. Then `show`, `console`, `room` (pages that stay
open for all its tests), `host` and `mirror` are there for the whole module, and `pages` for one test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.pages import Pages, chromium, make_camera
from tests.e2e.show import Console, Show, open_show
from tests.web.air_watcher import Watcher


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Numbered bars, drawn once for all."""
    return make_camera(tmp_path_factory.mktemp("camera"))


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    with open_show(tmp_path_factory.mktemp("whole") / "show") as running:
        yield running


@pytest.fixture(scope="module")
def watcher(show: Show, console: Console) -> Iterator[Watcher]:
    """Someone to tell how the program goes on, in its own time, however slowly the mirror draws it."""
    watching = Watcher(show.url, "program", show.stage_key)
    yield watching
    watching.close()


@pytest.fixture(scope="module")
def browser(devices: tuple[Path, Path]) -> Iterator[Browser]:
    with chromium(devices) as running:
        yield running


@pytest.fixture(scope="module")
def console(show: Show) -> Iterator[Console]:
    """A second host, who only waits; the console page does everything."""
    someone = Console(show)
    someone.wait_stage(lambda stage: stage.run_id is not None)
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def room(browser: Browser, show: Show) -> Iterator[Pages]:
    """Pages that stay open for all tests."""
    opened = Pages(browser, show)
    yield opened
    opened.close()
    assert opened.errors == []


@pytest.fixture(scope="module")
def host(room: Pages) -> Page:
    return room.console()


@pytest.fixture(scope="module")
def mirror(room: Pages, console: Console) -> Page:
    return room.mirror()


@pytest.fixture(scope="module")
def lent_pages(browser: Browser, show: Show) -> Pages:
    """Profiles that `pages` uses again, one test after the other."""
    return Pages(browser, show)


@pytest.fixture
def pages(lent_pages: Pages) -> Iterator[Pages]:
    lent_pages.errors.clear()
    yield lent_pages
    lent_pages.close()
    assert lent_pages.errors == []
