"""The page is for everyone: no mouse, no sight, no encryption, a slow network."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from live.messages.air import Seat, SeatTold
from live.messages.events import ContributionReceived
from live.messages.ids import Kind
from tests.media_files import photo_jpeg
from tests.web.conftest import PLAIN_HTTP_NAME, OpenPhone, come_in
from tests.web.hall import ROOT, Host, Hub, Stage
from tests.web.page_in_hand import (
    LABELS,
    assert_axe_finds_nothing,
    card,
    expect_status,
    pick,
    record,
    send,
    send_text,
    start,
    take_photo,
)

pytestmark = pytest.mark.browser

MOST_BYTES = 60 * 1024
TARGET_PX = 48
OWN_APPS: dict[Kind, str] = {"photo": "image/*", "sound": "audio/*", "video": "video/*"}
"""What each of the phone's own apps is asked for."""
FOCUSED_NAME = """() => {
  const focused = document.activeElement;
  return (focused.labels?.[0]?.innerText ?? focused.ariaLabel ?? focused.innerText ?? "").trim();
}"""


def test_axe_finds_nothing_on_the_way_in(open_phone: OpenPhone, hub: Hub) -> None:
    page = open_phone()
    expect(page.get_by_role("button", name="Come in")).to_be_visible()
    assert_axe_finds_nothing(page, "join")
    page.goto(hub.url)
    page.get_by_label("Code on the screen").fill("WRONG")
    page.get_by_label("Your name", exact=True).fill("Mina")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_axe_finds_nothing(page, "join, refused")


def _writing(page: Page) -> None:
    start(page, "text")
    page.get_by_label("Your text").fill("x" * 281)
    page.get_by_text("For stage and anthology").click()


def _recorded(page: Page) -> None:
    record(page, "sound")


def _recording(page: Page) -> None:
    start(page, "video")
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("button", name="Stop recording")).to_be_visible()


def _own_name(page: Page) -> None:
    page.get_by_role("button", name="You and your name").click()


def test_axe_finds_nothing_while_something_is_made(phone: Page) -> None:
    for reach in (_own_name, _writing, take_photo, _recording, _recorded):
        reach(phone)
        assert_axe_finds_nothing(phone, reach.__name__)
        phone.get_by_role("button", name="Close").click()
        expect(phone.get_by_role("dialog")).to_have_count(0)


def test_axe_finds_nothing_however_pieces_stand(phone: Page, host: Host, stage: Stage) -> None:
    host.set_prompt("Say something.")
    for text in ("waits", "was approved", "was declined", "was on stage", "is on stage"):
        send_text(phone, text)
    ids = {piece.text: piece.contribution_id for piece in host.wait_for(5)}
    for text in ("was approved", "was on stage", "is on stage"):
        host.judge(ids[text], "approved")
    host.judge(ids["was declined"], "rejected")
    for text in ("was approved", "was on stage", "is on stage"):
        host.share(ids[text])
    host.put_on_stage(ids["was on stage"])
    expect_status(phone, "ON STAGE now", ids["was on stage"])
    host.put_on_stage(ids["is on stage"], alone=True)
    expect_status(phone, "ON STAGE now", ids["is on stage"])
    assert_axe_finds_nothing(phone, "first screen")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390, "the page hangs over the phone's side"
    card(phone, ids["is on stage"]).click()
    assert_axe_finds_nothing(phone, "own piece")
    phone.get_by_role("button", name="Close").click()
    phone.get_by_role("button", name="was approved Mina’s text").click()
    assert_axe_finds_nothing(phone, "shared piece")


def test_everything_can_be_done_from_the_keyboard(open_phone: OpenPhone, host: Host) -> None:
    page = open_phone(touch=False)
    keys = page.keyboard
    _tab_to(page, "Your name")
    keys.type("Mina")
    keys.press("Enter")
    expect(page.get_by_role("navigation", name="Answer with")).to_be_visible()
    _tab_to(page, "Text")
    keys.press("Enter")
    expect(page.get_by_label("Your text")).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Text", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_label("Your text")).to_be_focused()
    keys.type("By keys alone.")
    _tab_to(page, "Send")
    keys.press("Enter")
    [piece] = host.wait_for(1)
    assert piece.text == "By keys alone."
    _tab_to(page, "Sound")
    keys.press("Space")
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()
    _tab_to(page, "Start recording")
    keys.press("Space")
    expect(page.locator(".clock")).to_contain_text("0:01")
    _tab_to(page, "Stop recording")
    keys.press("Space")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    keys.press("Enter")
    assert [piece.kind for piece in host.wait_for(2)] == ["text", "sound"]


def test_where_one_sits_is_said_by_keys_alone_and_by_any_thumb(open_phone: OpenPhone, hub: Hub, host: Host) -> None:
    page = open_phone(touch=False)
    come_in(page, "Mina")
    keys = page.keyboard
    _tab_to(page, "You and your name")
    keys.press("Enter")
    _tab_to(page, "Not said")
    keys.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Right")).to_be_checked()
    assert_axe_finds_nothing(page, "seat chosen")
    targets = page.locator("dialog :is(.sides label, input:not([type=radio]), button)")
    heights = [(box or {"height": 0})["height"] for box in (one.bounding_box() for one in targets.all())]
    assert len(heights) == 11
    assert min(heights) >= TARGET_PX, heights
    keys.press("Tab")
    keys.type("7")
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    send_text(page, "I sit here.")
    host.wait_for(1)  # the seat was told before it
    assert [event.seat for event in hub.journaled(SeatTold)] == [Seat(side="right", row=7)]


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so; everything is reached within one round."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED_NAME) == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def test_plain_http_offers_the_phones_own_apps_says_why_and_a_photo_from_one_arrives(
    open_phone: OpenPhone, hub: Hub, host: Host, tmp_path: Path
) -> None:
    page = open_phone(name=PLAIN_HTTP_NAME)
    assert page.evaluate("isSecureContext") is False
    come_in(page, "Mina")
    for kind, accepted in OWN_APPS.items():
        start(page, kind)
        expect(
            page.get_by_text(
                "This page came over plain Wi-Fi (http), so the browser keeps camera and microphone from it."
            )
        ).to_be_visible()
        assert page.locator("input[capture]").get_attribute("accept") == accepted
        assert_axe_finds_nothing(page, f"plain http, {LABELS[kind]}")
        page.get_by_role("button", name="Close").click()
    photo = photo_jpeg(tmp_path / "camera.jpg")
    start(page, "photo")
    page.get_by_label("Open the camera").set_input_files(photo)
    send(page)
    [piece] = host.wait_for(1)
    [received] = hub.journaled(ContributionReceived)
    assert received.original is not None
    assert hub.original(piece.contribution_id) == photo.read_bytes()
    expect(card(page).locator(".status")).not_to_have_text("Sending")


def test_a_refused_camera_is_explained_and_the_library_is_offered(
    open_phone: OpenPhone, tmp_path: Path, host: Host
) -> None:
    page = open_phone()
    come_in(page, "Mina")
    page.evaluate(
        "void (navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') })"
    )
    pick(page, "photo", photo_jpeg(tmp_path / "library.jpg"))
    send(page)
    assert host.wait_for(1)[0].kind == "photo"
    start(page, "video")
    expect(page.get_by_text("This page may not use the camera and microphone.")).to_be_visible()


def test_the_whole_page_is_small(open_phone: OpenPhone, hub: Hub) -> None:
    """Page, script and style together, as gzip sends them (a browser that takes Brotli gets less)."""
    page = open_phone()
    static = ROOT / "web" / "static"
    manifest: dict[str, str] = json.loads((static / "manifest.json").read_text())
    parts = {name: len((static / f"{manifest[name]}.gz").read_bytes()) for name in ("phone.js", "phone.css")}
    parts["page"] = len(gzip.compress(page.request.get(hub.url).body()))
    print(
        {name: f"{size / 1024:.1f} KB" for name, size in parts.items()}, f"{sum(parts.values()) / 1024:.1f} KB in all"
    )
    assert sum(parts.values()) <= MOST_BYTES
    fetched = page.evaluate("performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)")
    assert sorted(fetched) == sorted(f"/static/{manifest[name]}" for name in ("phone.js", "phone.css"))
