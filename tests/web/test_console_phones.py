"""The host cues the hall's phones from the console and sees what two of them give back."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect

from live.messages.events import Cued
from live.messages.phones import ColorWash, PhonesCued, Wave
from live.messages.scene import Put, ReactionsSource
from tests.web.conftest import ON_A_DESK, WITHIN_MS, OpenPhone, come_in
from tests.web.console_hall import axe_findings
from tests.web.hall import Hub, Stage
from tests.web.profiles import Profiles

TAP_TWICE_A_SECOND = "button => void setInterval(() => button.click(), 500)"


def test_a_wash_from_the_console_and_hearts_back_to_it(
    open_phone: OpenPhone, profiles: Profiles, hub: Hub, stage: Stage
) -> None:
    phones = [open_phone(), open_phone()]
    for page, name in zip(phones, ("Ana", "Bo"), strict=True):
        page.emulate_media(reduced_motion="no-preference")  # else lights come only where they are asked for
        come_in(page, name)
    console = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    console.goto(f"{hub.url}/host?key={hub.host_key}")
    console.get_by_role("button", name="Phones: lights and sounds").click()
    assert axe_findings(console) == []

    for page in phones:
        for _ in range(3):
            page.get_by_role("button", name="Heart").click()
        page.get_by_role("button", name="Lighter").click()
    expect(console.locator("[data-what=Lighters]")).to_have_text("2")
    expect(console.locator("[data-what=Hearts]")).to_have_text("6")

    console.get_by_role("button", name="Wash").click()
    for page in phones:
        page.get_by_role("button", name="Stop").wait_for()
    assert [type(event.what) for event in hub.journaled(PhonesCued)] == [ColorWash]
    if folder := os.environ.get("HOUSELIGHTS_SHOTS"):
        console.screenshot(path=Path(folder) / "console.png")

    switch = console.get_by_role("button", name="Reactions on stage")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    puts = [event.cue for event in hub.journaled(Cued) if isinstance(event.cue, Put)]
    assert [type(cue.source) for cue in puts] == [ReactionsSource]
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    console.get_by_role("button", name="All phones off").click()
    for page in phones:
        expect(page.locator(".lights")).to_be_hidden()


def test_the_hall_taps_a_tempo_and_the_host_cues_in_it(open_phone: OpenPhone, profiles: Profiles, hub: Hub) -> None:
    phone = open_phone()
    phone.emulate_media(reduced_motion="no-preference")
    come_in(phone, "Cleo")
    console = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    console.goto(f"{hub.url}/host?key={hub.host_key}")
    console.get_by_role("button", name="Phones: lights and sounds").click()
    follow = console.get_by_role("button", name="In the hall's tempo")
    expect(follow).to_be_disabled()
    phone.get_by_role("button", name="Tap along").evaluate(TAP_TWICE_A_SECOND)
    expect(follow).to_be_enabled()
    follow.click()
    console.get_by_role("button", name="Wave across").click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    phone.get_by_role("button", name="Stop").wait_for()
    [wave] = [event.what for event in hub.journaled(PhonesCued)]
    assert isinstance(wave, Wave)
    assert 1800 <= wave.duration_ms <= 2200, "four beats, where the hall taps two a second"
