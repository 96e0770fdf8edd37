"""The page on which a phone tries the Wi-Fi: one button, one number, and it says so where the number does not count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import IN_THE_HAND, WITHIN_MS
from tests.web.hall import Hub
from tests.web.page_in_hand import assert_axe_finds_nothing
from tests.web.profiles import Profiles

pytestmark = pytest.mark.browser


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """In the hall of all tests somebody may be live: then there is no try."""
    hub = Hub(tmp_path / "show")
    yield hub
    hub.stop()


@pytest.fixture
def page(profiles: Profiles, own_hub: Hub) -> Page:
    key = json.loads((own_hub.folder / "doors.json").read_text())["wifi"].partition("key=")[2]
    page = profiles.page(IN_THE_HAND, within_ms=WITHIN_MS)
    page.goto(f"{own_hub.url}/wifi?key={key}")
    return page


def test_a_try_says_how_many_phones_and_how_fast(page: Page) -> None:
    assert_axe_finds_nothing(page, "before")
    page.get_by_role("button", name="Try it here").click()
    found = page.get_by_role("region", name="Live phones from here")
    expect(found.locator("#phones")).to_have_text(re.compile(r"^\d+$"))
    expect(found.locator("#figures")).to_have_text(re.compile(r"From here ?\d.*Mbit/s.*To here ?\d.*Mbit/s", re.DOTALL))
    expect(found).to_contain_text("Not kept: this came over no Wi-Fi")
    expect(page.get_by_role("button", name="Try it again")).to_be_enabled()
    assert_axe_finds_nothing(page, "after")
