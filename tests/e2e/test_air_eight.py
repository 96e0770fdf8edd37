"""Eight browser phones and four by script on air at once, a tab that dies, a worker that freezes; the render of it all.

The program has a tile for each, read from the recording; how many pictures were late is printed and never judged: the
machine that runs this also runs the eight browsers.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from live.messages.air import GuestInvited, GuestLeft
from live.messages.events import PersonJoined
from tests.e2e.air import live_streams, write_voice
from tests.e2e.mosaic import RATE, Mosaic
from tests.e2e.pages import Pages
from tests.e2e.recording import ALIKE_DB, alike_db, pictures
from tests.e2e.show import ROOT, Show, open_show, sized
from tests.signals import counting_bars, write_camera

pytestmark = [pytest.mark.browser, pytest.mark.soak, pytest.mark.timeout(600)]

BROWSERS = tuple(f"Browser {number}" for number in range(1, 9))
SCRIPTS = tuple(f"Script {number}" for number in range(1, 5))
QUERY = "?record=0"
SMALL_CAMERA = (320, 180)
"""Eight at full size would be a test of this machine."""
RENDERED, ENOUGH = 2 * RATE, 5
FREEZE = "void setTimeout(() => { for (;;); })"
WHEN_BUSY_MS = 120_000
"""Eight pages share this machine: one that hardly gets a turn reckons that it slept, and takes no worker for frozen."""


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("devices")
    bars = counting_bars(*SMALL_CAMERA, 60)
    return write_camera(folder / "camera.y4m", bars, pictures_per_second=10), write_voice(folder)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    with open_show(tmp_path_factory.mktemp("eight") / "show", *sized(1280, 720)) as running:
        yield running


@pytest.fixture(scope="module")
def mosaic(show: Show) -> Iterator[Mosaic]:
    gathered = Mosaic(show, SCRIPTS, "camera")
    yield gathered
    gathered.close()


@pytest.fixture(scope="module")
def phones(room: Pages, mosaic: Mosaic) -> dict[str, Page]:
    """The eight, on air, by stream."""
    found: dict[str, Page] = {}
    for name in BROWSERS:
        page = room.phone(name, query=QUERY)
        page.context.set_default_timeout(WHEN_BUSY_MS)
        page.get_by_role("button", name="Join the picture wall").click()
        page.get_by_text("Only the crew sees you.").wait_for()
        found[stream_of(mosaic.show, name)] = page
    mosaic.bring_on(*found)
    return found


def stream_of(show: Show, name: str) -> str:
    [person_id] = [event.person_id for event in show.journaled(PersonJoined) if event.name == name]
    [stream_id] = [event.stream_id for event in show.journaled(GuestInvited) if event.person_id == person_id]
    return stream_id


def test_the_program_has_a_tile_of_everyone(mosaic: Mosaic, phones: dict[str, Page]) -> None:
    first = mosaic.now
    mosaic.seen_moving(*phones, *mosaic.good)
    stage = mosaic.console.wait_stage(lambda stage: stage.pending == 0)
    assert live_streams(stage) == {*phones, *mosaic.good}
    for page in phones.values():
        expect(page.get_by_text("ON AIR", exact=True)).to_be_visible(timeout=WHEN_BUSY_MS)
    mosaic.count_late(first)


def test_a_killed_tab_leaves_the_others_alone_and_comes_back_on_air(mosaic: Mosaic, phones: dict[str, Page]) -> None:
    stream_id, page = next(iter(phones.items()))
    context, address, first = page.context, page.url, mosaic.now
    page.close()
    mosaic.seen_gone(stream_id)
    mosaic.seen_moving(*mosaic.good, *list(phones)[1:])

    again = context.new_page()
    again.goto(address)

    again.get_by_text("ON AIR", exact=True).wait_for()
    mosaic.seen_moving(stream_id)
    assert mosaic.show.journaled(GuestLeft) == [], "nobody had to be asked again"
    mosaic.assert_nobody_else_noticed(first)


def test_a_worker_that_freezes_for_good_is_replaced_and_its_page_says_so(
    mosaic: Mosaic, phones: dict[str, Page]
) -> None:
    stream_id, page = list(phones.items())[1]
    [worker] = page.workers
    first = mosaic.now
    worker.evaluate(FREEZE)
    page.get_by_text("Sending stopped for a moment.").wait_for()
    mosaic.seen_moving(*mosaic.good)
    mosaic.seen_moving(stream_id)
    expect(page.get_by_text("ON AIR", exact=True)).to_be_visible(timeout=WHEN_BUSY_MS)
    [another] = page.workers
    assert another is not worker
    mosaic.assert_nobody_else_noticed(first)


def test_the_show_rendered_again_gives_the_pictures_of_the_recording(
    mosaic: Mosaic, phones: dict[str, Page], room: Pages, tmp_path: Path
) -> None:
    """Last: the show is over then."""
    mosaic.seen_moving(*phones, *mosaic.good)
    last = mosaic.now - RATE
    first = last - RENDERED + 1
    room.close()
    mosaic.show.stop()
    render = [sys.executable, "-m", "stage", "render", str(mosaic.show.folder), str(tmp_path)]
    subprocess.run([*render, "--from", str(first), "--to", str(last)], check=True, cwd=ROOT, timeout=120)
    rendered = np.fromfile(tmp_path / "program.yuv", np.uint8).reshape(-1, 720 * 3 // 2, 1280)[:, :720]
    kept = {seen.number: seen for seen in pictures(mosaic.recording, first=first) if seen.number <= last}
    likeness = {number: alike_db(seen.rgb, rendered[number - first]) for number, seen in kept.items()}
    assert len(likeness) >= ENOUGH  # of those that were not late
    print(f"the render is like the recording by {min(likeness.values()):.1f} dB and more")
    assert min(likeness.values()) > ALIKE_DB, likeness
