"""What a person does with the phone page, as verbs; every step is found by what a screen reader would find."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import FilePayload, Locator, Page, expect

from live.messages.ids import Kind
from tests.web.hall import ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
AT_REST = """Promise.all(
  document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1).map((one) => one.finished),
)"""
COUNT_SHELVES = """async () => {
  const open = indexedDB.open("houselights");
  await new Promise((done) => (open.onsuccess = done));
  const names = ["pieces", "drafts", "parts"];
  const shelves = open.result.transaction(names);
  const counts = await Promise.all(names.map((name) => {
    const counting = shelves.objectStore(name).count();
    return new Promise((done) => (counting.onsuccess = () => done(counting.result)));
  }));
  open.result.close();
  return counts;
}"""
LABELS: dict[Kind, str] = {"text": "Text", "photo": "Photo", "sound": "Sound", "video": "Video"}


def start(page: Page, kind: Kind) -> None:
    page.get_by_role("button", name=LABELS[kind], exact=True).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def send_text(page: Page, text: str) -> None:
    start(page, "text")
    page.get_by_label("Your text").fill(text)
    send(page)


def take_photo(page: Page) -> None:
    start(page, "photo")
    page.get_by_role("button", name="Take the photo").click()
    expect(page.get_by_alt_text("Your photo")).to_be_visible()


def record(page: Page, kind: Kind, seconds: int = 1) -> None:
    """Record until the page's own clock shows `seconds`."""
    start(page, kind)
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator(".clock")).to_contain_text(f"0:0{seconds}")
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_label(f"Your {kind}", exact=True)).to_be_visible()


def kill(page: Page) -> None:
    """Kill the page's process, as a phone that runs out of memory does: no script of it runs any more."""
    with page.expect_event("crash"), contextlib.suppress(PlaywrightError):
        page.goto("chrome://crash")


def pick(page: Page, kind: Kind, file: Path | FilePayload) -> None:
    start(page, kind)
    page.get_by_label("Pick from this phone").set_input_files(file)


def card(page: Page, contribution_id: str = "") -> Locator:
    return page.locator(f'.card[data-id="{contribution_id}"]' if contribution_id else ".card[data-id]")


def expect_status(page: Page, status: str, contribution_id: str = "") -> None:
    expect(card(page, contribution_id).locator(".status")).to_have_text(status)


def left_on_shelf(page: Page) -> list[int]:
    """Return how many pieces, drafts and parts the phone keeps."""
    counted: list[int] = page.evaluate(COUNT_SHELVES)
    return counted


def wait_for_pieces_on_shelf(page: Page, count: int) -> None:
    page.wait_for_function(f"async (count) => (await ({COUNT_SHELVES})())[0] === count", arg=count)


def assert_axe_finds_nothing(page: Page, state: str) -> None:
    """Run axe-core over the page as it is, once nothing moves any more (a colour half faded in has no contrast)."""
    page.evaluate(AT_REST)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    said = [(rule["id"], rule["help"], [node["html"] for node in rule["nodes"]]) for rule in found]
    assert not said, f"{state}: {json.dumps(said, indent=2)}"
