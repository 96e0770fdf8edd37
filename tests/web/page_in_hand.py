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
# One that is taken back (its element goes, or moves otherwise) is refused here; what came in its place is waited for.
AT_REST = """async () => {
  const moving = () => document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1);
  for (let rests = false; !rests; ) {
    rests = await Promise.all(moving().map((one) => one.finished)).then(() => true, () => false);
  }
}"""
RUN_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map((rule) => [rule.id, rule.help, rule.nodes.map((node) => node.html)]);
}"""
LOOKS, LOOK_EVERY_MS = 500, 50
ASK_SHELVES = """async (names, asked) => {
  const opening = indexedDB.open("houselights");
  await new Promise((done) => (opening.onsuccess = done));
  const shelves = opening.result.transaction(names);
  const all = await Promise.all(names.map((name) => {
    const reading = shelves.objectStore(name)[asked]();
    return new Promise((done) => (reading.onsuccess = () => done(reading.result)));
  }));
  opening.result.close();
  return all;
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
    counted: list[int] = page.evaluate(f"({ASK_SHELVES})(['pieces', 'drafts', 'parts'], 'count')")
    return counted


def wait_for_pieces_on_shelf(page: Page, count: int, least_bytes: int = 0, *, are_whole: bool = False) -> int:
    """Wait until the phone keeps so many pieces, of so many bytes together; return their bytes. Those that `are_whole`
    are not being recorded any more.
    """
    # In the page: what `wait_for_function` is given may not be asynchronous.
    waiting = f"""async ([count, least, areWhole, looks, everyMs]) => {{
      for (let look = 0; look < looks; look++) {{
        const [pieces] = await ({ASK_SHELVES})(["pieces"], "getAll");
        const bytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
        const isOver = !areWhole || pieces.every((piece) => !piece.isOpen);
        if (pieces.length === count && bytes >= least && isOver) return bytes;
        await new Promise((done) => setTimeout(done, everyMs));
      }}
      throw new Error(`never ${{count}} pieces of ${{least}} bytes`);
    }}"""
    return int(page.evaluate(waiting, [count, least_bytes, are_whole, LOOKS, LOOK_EVERY_MS]))


def assert_axe_finds_nothing(page: Page, state: str) -> None:
    """Run axe-core over the page as it is, once nothing moves any more (a colour half faded in has no contrast)."""
    page.evaluate(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    said = page.evaluate(RUN_AXE)
    assert not said, f"{state}: {json.dumps(said, indent=2)}"
