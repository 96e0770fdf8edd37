"""The light show in the hall: two phones light up together, who opts out stays dark, and reactions come together."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from live.messages.air import Group, Side
from live.messages.ids import new_id
from live.messages.phones import ColorWash, CuePhones, Off, PhoneDeed, PhonesCued, Words
from tests.web.conftest import IN_THE_HAND, WITHIN_MS, come_in
from tests.web.hall import Host, Hub
from tests.web.page_in_hand import assert_axe_finds_nothing, send_text
from tests.web.profiles import Profiles

AMBER = (0xFF, 0xB2, 0x38)
WASH = ColorWash(color="#ffb238", fade_ms=0, hold_ms=60_000)
PICTURE_US = 1_000_000 / 60
LATE_US = 60_000
"""A picture at 60 Hz, and what a shared machine with two browsers may take on top of it."""


@pytest.fixture(scope="module")
def both(chromium: Browser, evening: Hub) -> Iterator[list[Page]]:
    """Two people who stay for all tests."""
    profiles = Profiles(chromium)
    pages = []
    for name in ("Ana", "Bo"):
        page = profiles.page(IN_THE_HAND, touch=True, within_ms=WITHIN_MS)
        page.goto(f"{evening.url}/j/{evening.code}")
        come_in(page, name)
        page.locator("phone-lights").wait_for(state="attached")
        pages.append(page)
    yield pages
    profiles.give_back()
    assert not profiles.errors, profiles.errors


@pytest.fixture
def phones(both: list[Page], host: Host) -> Iterator[list[Page]]:
    """Both are dark, before and after."""
    yield both
    cue(host, Off(), lead_ms=300)
    for page in both:
        expect(page.locator(".lights")).to_be_hidden()
        page.emulate_media(reduced_motion="no-preference")


def cue(host: Host, what: PhoneDeed, lead_ms: int = 1500) -> None:
    host.ask(CuePhones(cue_id=new_id(), what=what, group=Group(), lead_ms=lead_ms))


def picture_of(page: Page, name: str = "") -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    shot = page.screenshot()
    if name and (folder := os.environ.get("HOUSELIGHTS_SHOTS")):
        (Path(folder) / f"{name}.png").write_bytes(shot)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def lit_us(page: Page) -> int:
    page.get_by_role("button", name="Stop").wait_for()
    return int(page.locator("phone-lights").get_attribute("data-lit-us") or 0)


def test_a_wash_lights_both_phones_at_its_time(phones: list[Page], host: Host, hub: Hub) -> None:
    cue(host, WASH)
    at_us = hub.journaled(PhonesCued)[-1].at_us
    lit = [lit_us(page) for page in phones]
    for page in phones:
        np.testing.assert_allclose(picture_of(page, "phone_wash")[200, 195], AMBER, atol=2)
    assert all(0 <= each - at_us <= PICTURE_US + LATE_US for each in lit), [each - at_us for each in lit]
    assert abs(lit[0] - lit[1]) <= PICTURE_US + LATE_US


def test_a_side_reaches_who_said_on_their_own_sheet_that_they_sit_there(
    phones: list[Page], host: Host, hub: Hub
) -> None:
    ana, bo = phones
    for page, label in ((ana, "Left"), (bo, "Right")):
        page.get_by_role("button", name="You and your name").click()
        page.get_by_role("radio", name=label).check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        send_text(page, "I sit here.")
    host.wait_for(2)  # the seats were told before them
    lit = {}
    ends: tuple[tuple[Page, Side], ...] = ((ana, "left"), (bo, "right"))
    for page, side in ends:
        host.ask(CuePhones(cue_id=new_id(), what=WASH, group=Group(side=side)))
        lit[side] = lit_us(page)
    left, right = (one.at_us for one in hub.journaled(PhonesCued)[-2:])
    assert left <= lit["left"] < right <= lit["right"]


def test_words_are_dealt_out_over_the_phones(phones: list[Page], host: Host) -> None:
    cue(host, Words(text="good evening", hold_ms=60_000))
    for page in phones:
        page.get_by_role("button", name="Stop").wait_for()
    words = {page.locator(".lights-word").inner_text() for page in phones}
    picture_of(phones[0], "phone_words")
    assert words == {"good", "evening"}


def test_stop_is_for_now_and_no_more_lights_is_kept(phones: list[Page], host: Host) -> None:
    ana, bo = phones
    cue(host, WASH)
    ana.get_by_role("button", name="Stop").click()
    expect(ana.locator(".lights")).to_be_hidden()
    bo.get_by_role("button", name="No more lights").click()
    expect(bo.locator(".lights")).to_be_hidden()
    bo.reload()
    bo.locator("phone-lights").wait_for(state="attached")
    cue(host, WASH)
    ana.get_by_role("button", name="Stop").wait_for()
    expect(bo.locator(".lights")).to_be_hidden()
    bo.get_by_role("button", name="turn on").click()
    cue(host, WASH)
    bo.get_by_role("button", name="Stop").wait_for()


def test_a_phone_that_comes_back_joins_what_still_runs(phones: list[Page], host: Host) -> None:
    cue(host, WASH)
    phones[0].get_by_role("button", name="Stop").wait_for()
    phones[0].reload()
    phones[0].get_by_role("button", name="Stop").wait_for()
    np.testing.assert_allclose(picture_of(phones[0])[200, 195], AMBER, atol=2)


def test_off_ends_it_everywhere(phones: list[Page], host: Host) -> None:
    cue(host, WASH)
    for page in phones:
        page.get_by_role("button", name="Stop").wait_for()
    cue(host, Off(), lead_ms=300)
    for page in phones:
        expect(page.locator(".lights")).to_be_hidden()


def test_who_wants_less_motion_is_asked_first(phones: list[Page], host: Host) -> None:
    ana, bo = phones
    ana.emulate_media(reduced_motion="reduce")
    cue(host, WASH)
    bo.get_by_role("button", name="Stop").wait_for()
    expect(ana.locator(".lights")).to_be_hidden()
    assert_axe_finds_nothing(ana, "asked to join")
    picture_of(ana, "phone_card")
    ana.get_by_role("button", name="Join", exact=True).click()
    ana.get_by_role("button", name="Stop").wait_for()
    assert_axe_finds_nothing(ana, "lit")


def test_the_bar_of_reactions_speaks_for_itself(phones: list[Page]) -> None:
    bar = phones[0].get_by_role("group", name="React")
    for label in ("Wave", "Heart", "Applause", "Tap along"):
        bar.get_by_role("button", name=label).click()
    lighter = bar.get_by_role("button", name="Lighter")
    lighter.click()
    expect(lighter).to_have_attribute("aria-pressed", "true")
    lighter.click()
    expect(lighter).to_have_attribute("aria-pressed", "false")
    assert_axe_finds_nothing(phones[0], "bar of reactions")
    picture_of(phones[0], "phone_bar")
