"""A crew camera from a browser: offered under a name, seen by the stage, its tally true, the same after a reload."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from live.messages import air
from live.stream_ends import CLOSE_ENDED
from tests.web.air_watcher import Watcher
from tests.web.conftest import ON_A_DESK, WITHIN_MS
from tests.web.hall import Host, Hub, Stage
from tests.web.page_in_hand import assert_axe_finds_nothing
from tests.web.profiles import Profiles


@pytest.fixture
def camera(profiles: Profiles, hub: Hub) -> Page:
    key = json.loads((hub.folder / "doors.json").read_text())["crew"].partition("key=")[2]
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/crew?key={key}")
    return page


@pytest.fixture
def console(profiles: Profiles, hub: Hub) -> Page:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/host?key={hub.host_key}")
    return page


def test_a_crew_camera_is_offered_brought_on_and_taken_off(
    camera: Page, console: Page, hub: Hub, host: Host, stage: Stage
) -> None:
    expect(camera.get_by_role("combobox", name="Camera", exact=True)).to_contain_text("fake")
    assert_axe_finds_nothing(camera, "choosing")
    camera.get_by_label("Name of this camera").fill("Balcony")
    camera.get_by_role("button", name="Offer to the show").click()
    expect(camera.get_by_role("status")).to_have_text("READY")
    assert_axe_finds_nothing(camera, "ready")
    offered = hub.journaled(air.GuestInvited)[-1]
    assert (offered.label, offered.accepted) == ("Balcony", True)
    watcher = Watcher(hub.url, offered.stream_id, hub.stage_key)
    watcher.until_decoded(pictures=10, sounds=10)
    watcher.find("cannot be decoded")
    expect(camera.get_by_role("alert")).to_have_text("Your picture does not arrive. We keep trying.")
    watcher.find("")
    expect(camera.get_by_role("alert")).to_have_count(0)

    host.ask(air.BringOnAir(stream_ids=(offered.stream_id,), countdown_ms=200))
    expect(camera.get_by_role("status")).to_have_text("ON AIR")
    assert_axe_finds_nothing(camera, "on air")
    for what in ("Layers, front first", "Sounds on stage"):
        expect(console.get_by_role("list", name=what).get_by_role("listitem")).to_contain_text("Balcony · Live")
    host.ask(air.MuteGuest(stream_id=offered.stream_id, mute=True))
    expect(camera.get_by_role("alert")).to_have_text("The host has muted you: nobody hears you now.")
    camera.reload()
    expect(camera.get_by_role("alert")).to_contain_text("muted you")
    host.ask(air.MuteGuest(stream_id=offered.stream_id, mute=False))
    expect(camera.get_by_role("alert")).to_have_count(0)
    expect(camera.get_by_role("status")).to_have_text("ON AIR")
    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert len(hub.journaled(air.GuestInvited)) == 1

    camera.get_by_role("button", name="Take it off").click()
    expect(camera.get_by_role("status")).to_have_text("OFF")
    watcher.until(lambda heard: heard.close_code == CLOSE_ENDED)
    assert [event.reason for event in hub.journaled(air.GuestLeft)] == ["left"]
    watcher.close()


def test_without_the_crews_link_there_is_no_camera(profiles: Profiles, hub: Hub) -> None:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    answer = page.goto(f"{hub.url}/crew?key={hub.host_key}")
    assert answer is not None
    assert answer.status == 403
