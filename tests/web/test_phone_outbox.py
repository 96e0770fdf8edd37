"""Until the hub has it on disk the phone holds the only copy: nothing may lose a piece, and none may arrive twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import BrowserContext, Page, Route, expect

from live.messages.events import ContributionReceived
from tests.web.conftest import OpenPhone, come_in
from tests.web.hall import Host, Hub
from tests.web.page_in_hand import (
    assert_axe_finds_nothing,
    card,
    expect_status,
    kill,
    left_on_shelf,
    pick,
    record,
    send,
    send_text,
    start,
    take_photo,
)

pytestmark = pytest.mark.browser


LOOKS, LOOK_EVERY_MS = 500, 50


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub to be killed and started again."""
    running = Hub(tmp_path_factory.mktemp("mortal") / "show")
    yield running
    running.stop()


@pytest.fixture
def hub(mortal: Hub) -> Hub:
    if not mortal.is_running:  # a test failed between death and return
        mortal.start()
    mortal.forget_before()
    return mortal


@pytest.fixture
def forgetful(open_phone: OpenPhone) -> Page:
    """A phone whose browser has no IndexedDB to give, as in some private windows."""
    page = open_phone(script="Object.defineProperty(window, 'indexedDB', { value: undefined })")
    come_in(page, "Mina")
    return page


class Gate:
    """Lets the first `open_for` PATCHes of an upload through and holds the next, as a dead spot of the Wi-Fi would."""

    def __init__(self, context: BrowserContext, open_for: int) -> None:
        self._context, self._left = context, open_for
        self._held: list[Route] = []
        context.route("**/files/**", self._meet)

    def wait_until_shut(self, page: Page) -> None:
        """Return when a PATCH is held: then some parts are on the hub and some are not."""
        for _ in range(LOOKS):
            if self._held:
                return
            page.evaluate("(afterMs) => new Promise((done) => setTimeout(done, afterMs))", LOOK_EVERY_MS)
        raise AssertionError("no PATCH came to be held")

    def open(self) -> None:
        """From now on everything passes, unseen; what is held is dropped, as a dead connection is."""
        self._left = 1_000_000
        for route in self._held:
            route.abort("connectionreset")
        self._held.clear()
        # Playwright answers routes only while it is being called; nothing may wait for that from here on.
        self._context.unroute("**/files/**", self._meet)

    def _meet(self, route: Route) -> None:
        if route.request.method != "PATCH" or self._left > 0:
            self._left -= route.request.method == "PATCH"
            route.continue_()
        else:
            self._held.append(route)


@pytest.fixture(scope="module")
def bulky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 2 MB, four parts of an upload: a small picture with much beside it, which nobody has to decode."""
    beside = PngInfo()
    beside.add(b"noIs", np.random.default_rng(7).bytes(2_100_000))
    path = tmp_path_factory.mktemp("bulky") / "bulky.png"
    Image.new("RGB", (86, 80), "teal").save(path, pnginfo=beside)
    return path


def assert_arrived_once(hub: Hub, host: Host, file: Path) -> None:
    [piece] = host.wait_for(1)
    [received] = hub.journaled(ContributionReceived)
    assert received.contribution_id == piece.contribution_id
    assert hub.original(piece.contribution_id) == file.read_bytes()


def test_a_tab_killed_in_mid_upload_goes_on_where_it_was(phone: Page, hub: Hub, host: Host, bulky: Path) -> None:
    gate = Gate(phone.context, open_for=1)
    pick(phone, "photo", bulky)
    send(phone)
    gate.wait_until_shut(phone)
    assert hub.journaled(ContributionReceived) == []
    phone.close()

    again = phone.context.new_page()
    offsets: list[str] = []
    again.on("request", lambda request: offsets.append(request.headers.get("upload-offset", request.method)))
    gate.open()
    again.goto(hub.url)
    assert_arrived_once(hub, host, bulky)
    expect(card(again).locator(".status")).not_to_have_text("Sending")
    assert "HEAD" in offsets
    assert "0" not in offsets, "the parts that were on the hub already were sent again"


def test_a_hub_killed_in_mid_upload_and_restarted_has_it_once(phone: Page, hub: Hub, host: Host, bulky: Path) -> None:
    """And never what was deleted while it was away."""
    gate = Gate(phone.context, open_for=1)
    pick(phone, "photo", bulky)
    send(phone)
    gate.wait_until_shut(phone)
    hub.kill()
    gate.open()
    expect(phone.get_by_text("The show is out of reach.")).to_be_visible()
    send_text(phone, "Better not.")
    card(phone).filter(has_text="Better not.").click()
    phone.get_by_role("button", name="Delete it from this phone").click()
    expect(card(phone)).to_have_count(1)
    send_text(phone, "This one.")
    hub.start()
    expect(phone.get_by_text("The show is out of reach.")).to_be_hidden()
    found = {piece.kind: piece for piece in host.wait_for(2)}
    assert found["text"].text == "This one."
    assert hub.original(found["photo"].contribution_id) == bulky.read_bytes()
    assert len(hub.journaled(ContributionReceived)) == 2


def test_everything_can_be_made_while_the_hub_is_away_survives_a_killed_tab_and_arrives_once(
    phone: Page, open_phone: OpenPhone, hub: Hub, host: Host, bulky: Path
) -> None:
    """Also from a phone that the hub no longer knows: it joins again and sends what it kept. No tile moves then."""
    unknown = open_phone()
    come_in(unknown, "Noor")
    tile = unknown.locator(".tile").first
    stood = tile.bounding_box()
    hub.kill()
    expect(unknown.get_by_text("The show is out of reach.")).to_be_visible()
    assert tile.bounding_box() == stood
    send_text(unknown, "Kept through it all.")
    unknown.context.clear_cookies()
    expect(phone.get_by_text("The show is out of reach.")).to_be_visible()
    send_text(phone, "Kept.")
    pick(phone, "photo", bulky)
    send(phone)
    expect(phone.locator(".status").get_by_text("Safe on this phone")).to_have_count(2)
    assert_axe_finds_nothing(phone, "hub away")
    phone.close()
    hub.start()
    phone.context.new_page().goto(hub.url)
    host.wait_for(2)
    unknown.get_by_role("button", name="Come in").click()
    found = host.wait_for(3)
    assert sorted(piece.kind for piece in found) == ["photo", "text", "text"]
    assert {piece.text for piece in found if piece.kind == "text"} == {"Kept.", "Kept through it all."}
    assert len(hub.journaled(ContributionReceived)) == 3


def test_words_from_a_browser_that_keeps_nothing_reach_the_hub_or_stay_in_the_hand_and_then_arrive_once(
    forgetful: Page, hub: Hub, host: Host
) -> None:
    send_text(forgetful, "Straight through.")
    [piece] = host.wait_for(1)
    assert piece.text == "Straight through."
    hub.kill()
    expect(forgetful.get_by_text("The show is out of reach.")).to_be_visible()
    start(forgetful, "text")
    forgetful.get_by_label("Your text").fill("Not lost.")
    forgetful.get_by_role("button", name="Send", exact=True).click()
    expect(forgetful.get_by_role("alert")).to_contain_text("no room to keep it safe")
    hub.start()
    expect(forgetful.get_by_text("The show is out of reach.")).to_be_hidden()
    send(forgetful)
    assert [piece.text for piece in host.wait_for(2)] == ["Straight through.", "Not lost."]
    assert len(hub.journaled(ContributionReceived)) == 2


def test_words_that_were_not_sent_yet_survive_a_killed_tab(phone: Page, hub: Hub) -> None:
    start(phone, "text")
    phone.get_by_label("Your text").fill("Half a sen")
    phone.close()
    again = phone.context.new_page()
    again.goto(hub.url)
    start(again, "text")
    expect(again.get_by_label("Your text")).to_have_value("Half a sen")


def test_a_recording_that_was_not_sent_survives_a_killed_tab(phone: Page, hub: Hub, host: Host) -> None:
    record(phone, "sound")
    recorded: str = phone.evaluate(
        """async () => {
          const bytes = await document.querySelector("phone-review").take.bytes.arrayBuffer();
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
          return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        }"""
    )
    expect_status(phone, "Not sent yet")
    phone.close()

    again = phone.context.new_page()
    again.goto(hub.url)
    expect_status(again, "Not sent yet")
    assert_axe_finds_nothing(again, "a draft on the first screen")
    card(again).click()
    expect(again.get_by_label("Your sound", exact=True)).to_be_visible()
    expect(again.get_by_role("slider", name="Where it ends")).to_be_visible()
    send(again)
    [piece] = host.wait_for(1)
    [received] = hub.journaled(ContributionReceived)
    assert hashlib.sha256(hub.original(piece.contribution_id)).hexdigest() == recorded
    assert received.original is not None
    assert received.original.claimed_type == "audio/webm"
    expect(card(again)).to_have_count(1)
    expect(card(again).locator(".status")).not_to_have_text("Not sent yet")


def test_what_a_killed_tab_was_recording_is_offered_and_sent_only_when_asked(phone: Page, hub: Hub, host: Host) -> None:
    start(phone, "video")
    phone.get_by_role("button", name="Start recording").click()
    expect(phone.locator(".clock")).to_contain_text("0:03")
    second = phone.context.new_page()
    second.goto(hub.url)
    expect(second.get_by_role("navigation", name="Answer with")).to_be_visible()
    assert left_on_shelf(second)[:2] == [0, 1]
    expect(card(second)).to_have_count(0)
    kill(phone)

    expect_status(second, "Not sent yet")
    card(second).click()
    expect(second.get_by_role("alert")).to_contain_text("The page was closed while this was recorded.")
    expect(second.get_by_role("slider", name="Where it ends")).to_be_visible()
    assert hub.journaled(ContributionReceived) == []
    send(second)
    [piece] = host.wait_for(1)
    assert _lasts_us(host, piece.contribution_id) > 1_500_000


def _lasts_us(host: Host, contribution_id: str) -> int:
    """How long it plays, by what intake made of it."""
    renditions = host.wait_ready(contribution_id).renditions
    assert renditions is not None
    return renditions.duration_us


def test_a_phone_that_runs_full_keeps_what_it_recorded_until_then(phone: Page, host: Host) -> None:
    used = int(phone.evaluate("navigator.storage.estimate().then((told) => told.usage)"))
    line = phone.context.new_cdp_session(phone)
    line.send("Storage.overrideQuotaForOrigin", {"origin": phone.evaluate("origin"), "quotaSize": used + 120_000})
    start(phone, "video")
    phone.get_by_role("button", name="Start recording").click()
    expect(phone.get_by_role("alert")).to_contain_text("This phone has no room for more.")
    line.send("Storage.overrideQuotaForOrigin", {"origin": phone.evaluate("origin")})
    send(phone)
    [piece] = host.wait_for(1)
    assert _lasts_us(host, piece.contribution_id) > 500_000


def test_a_draft_of_many_parts_is_sent_from_where_it_lies(phone: Page, hub: Hub, host: Host, bulky: Path) -> None:
    pick(phone, "photo", bulky)
    expect_status(phone, "Not sent yet")
    phone.reload()
    card(phone).click()
    expect(phone.get_by_alt_text("Your photo")).to_be_visible()
    send(phone)
    assert_arrived_once(hub, host, bulky)
    expect(card(phone).locator(".status")).to_have_text(re.compile("Received|Waiting"))
    assert left_on_shelf(phone) == [0, 0, 0]


@pytest.mark.parametrize("way", ["Again", "Close"])
def test_a_take_that_is_thrown_away_is_not_offered_again(phone: Page, way: str) -> None:
    take_photo(phone)
    expect_status(phone, "Not sent yet")
    phone.get_by_role("button", name=way).click()
    expect(card(phone)).to_have_count(0)
    assert left_on_shelf(phone) == [0, 0, 0]
    phone.reload()
    expect(phone.get_by_role("navigation", name="Answer with")).to_be_visible()
    expect(card(phone)).to_have_count(0)


def test_two_tabs_of_one_phone_send_a_piece_once(phone: Page, hub: Hub, host: Host, bulky: Path) -> None:
    gate = Gate(phone.context, open_for=1)
    pick(phone, "photo", bulky)
    send(phone)
    gate.wait_until_shut(phone)
    second = phone.context.new_page()
    second.goto(hub.url)
    expect(card(second)).to_have_count(1)
    gate.open()
    assert_arrived_once(hub, host, bulky)
    expect(card(second).locator(".status")).not_to_have_text("Sending")


def test_progress_shows_the_bytes(phone: Page, bulky: Path) -> None:
    gate = Gate(phone.context, open_for=1)
    pick(phone, "photo", bulky)
    send(phone)
    gate.wait_until_shut(phone)
    expect_status(phone, "Sending")
    expect(card(phone).locator(".detail")).to_contain_text("of 2.1 MB")
    expect(phone.get_by_role("progressbar", name="Sending your photo")).to_be_visible()


def test_the_phone_lets_go_of_the_bytes_once_the_hub_has_them(phone: Page, host: Host, bulky: Path) -> None:
    pick(phone, "photo", bulky)
    send(phone)
    host.wait_for(1)
    expect(card(phone).locator(".status")).not_to_have_text("Sending")
    assert left_on_shelf(phone) == [0, 0, 0]


def test_a_piece_made_for_another_show_is_not_sent_to_this_one(phone: Page, hub: Hub) -> None:
    hub.kill()
    expect(phone.get_by_text("The show is out of reach.")).to_be_visible()
    send_text(phone, "For them only.")
    hub.become_another_show()
    hub.start()
    phone.goto(f"{hub.url}/j/{hub.code}")
    come_in(phone, "Mina")
    expect_status(phone, "Made for another show")
    assert hub.journaled(ContributionReceived) == []
