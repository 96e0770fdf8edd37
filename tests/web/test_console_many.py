"""2,000 pieces in the queue: only what is in sight exists, and scrolling, searching and judging stay quick."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from live.messages.events import Consent, ContributionPrepared, ContributionReceived, Event, PersonJoined, Renditions
from live.show import Opening, Show
from tests.web.console_hall import open_page
from tests.web.hall import Hub

PIECES = 2000
PEOPLE = 100
MOST_ROWS = 40

SCROLL = """async (scroller) => {
  const times = [];
  let last = performance.now();
  for (let step = 0; step < 90; step += 1) {
    scroller.scrollTop += 700;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return times;
}"""


def facts() -> Iterator[Event]:
    """A full evening, as its journal would have it: words and sounds of many people."""
    for person in range(PEOPLE):
        yield PersonJoined(person_id=f"person-{person:04d}", name=f"Person {person}")
    for number in range(PIECES):
        is_sound = number % 2 == 1
        yield ContributionReceived(
            contribution_id=f"piece-{number:05d}",
            person_id=f"person-{number % PEOPLE:04d}",
            kind="sound" if is_sound else "text",
            consent=Consent(),
            text="" if is_sound else f"Story number {number}",
        )
        if is_sound:
            peaks = tuple((number * step) % 256 for step in range(200))
            loudness = -10.0 - number % 30
            yield ContributionPrepared(
                contribution_id=f"piece-{number:05d}",
                renditions=Renditions(duration_us=number * 10_000, loudness_lufs=loudness, waveform=peaks),
            )


async def fill(folder: Path) -> None:
    show = await Show.open(folder, Opening(), wall_s=1_800_000_000.0)
    await show.record(*facts())
    show.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("many") / "show"
    with ThreadPoolExecutor(1) as aside:  # Playwright's own loop runs in this thread
        aside.submit(asyncio.run, fill(folder)).result()
    hub = Hub(folder)
    page = open_page(chromium, f"{hub.url}/host?key={hub.host_key}")
    expect(page.get_by_role("button", name=f"{PIECES:,} Waiting")).to_be_visible()
    yield page
    page.context.close()
    hub.stop()


def rows(page: Page) -> int:
    return page.get_by_role("row").count()


def test_only_rows_in_sight_exist_while_scrolling(console: Page, capsys: pytest.CaptureFixture[str]) -> None:
    grid = console.get_by_role("grid", name="Pieces")
    expect(grid).to_have_attribute("aria-rowcount", str(PIECES))
    assert rows(console) <= MOST_ROWS

    times = sorted(grid.evaluate(SCROLL))

    with capsys.disabled():
        middle, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        print(
            f"\nscrolling through {PIECES} pieces: frame {middle:.1f} ms median, {p95:.1f} ms p95, {rows(console)} rows"
        )
    assert rows(console) <= MOST_ROWS
    assert grid.evaluate("grid => grid.scrollTop") > 50_000


def test_keys_reach_the_end_and_back(console: Page) -> None:
    console.keyboard.press("End")
    expect(console.get_by_role("row", selected=True)).to_have_attribute("aria-rowindex", str(PIECES))

    console.keyboard.press("Home")

    expect(console.get_by_role("row", selected=True)).to_have_attribute("aria-rowindex", "1")
    assert rows(console) <= MOST_ROWS


def test_search_and_order_reach_all_of_them(console: Page) -> None:
    console.get_by_role("searchbox").fill("number 1234")
    expect(console.get_by_role("row")).to_have_count(1)
    console.get_by_role("searchbox").fill("")
    console.get_by_role("button", name="More filters").click()

    console.get_by_role("combobox", name="Order").select_option("longest")

    expect(console.get_by_role("row").first).to_contain_text("0:20")


def test_all_of_them_are_judged_at_once(console: Page) -> None:
    console.get_by_role("grid", name="Pieces").focus()
    console.keyboard.press("*")
    expect(console.get_by_text(f"{PIECES:,} pieces marked")).to_be_visible()

    console.keyboard.press("a")

    expect(console.get_by_role("button", name=f"{PIECES:,} Approved")).to_be_visible()
    console.reload()
    expect(console.get_by_role("button", name=f"{PIECES:,} Approved")).to_be_visible()
