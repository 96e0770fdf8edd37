"""The console of a show of its own, for each module of tests: a crowd with phones, a stage, and a witness."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import ON_A_DESK
from tests.web.console_hall import WITHIN_MS, Crowd, Witness
from tests.web.hall import Hub, Stage
from tests.web.profiles import Profiles


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    hub = Hub(tmp_path_factory.mktemp("console") / "show")
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def crowd(hub: Hub) -> Iterator[Crowd]:
    crowd = Crowd(hub)
    yield crowd
    crowd.close()


@pytest.fixture(scope="module")
def witness(hub: Hub) -> Iterator[Witness]:
    witness = Witness(hub)
    yield witness
    witness.close()


@pytest.fixture(scope="module")
def stage(hub: Hub) -> Iterator[Stage]:
    stage = Stage(hub)
    yield stage
    stage.close()


@pytest.fixture
def console(hub: Hub, profiles: Profiles) -> Page:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/host?key={hub.host_key}")
    expect(page.get_by_role("status").get_by_text("Hub away")).to_have_count(0)
    return page
