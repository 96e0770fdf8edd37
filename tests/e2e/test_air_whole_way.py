"""Live from the hand to the stage: a raised hand, the host's clicks, on air in the mirror and the recording, off again.

Everything is real: the show's processes, Chromium with a camera of numbered bars and a microphone that speaks, three
pages. Each way of publishing goes the whole way; what is asserted is pictures and sound.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.air import (
    VOICE_HZ,
    count_syllables,
    drop_everybody,
    live_streams,
    make_guest_devices,
    raise_hand,
    tile,
)
from tests.e2e.pages import PLAIN_HTTP_NAME, WITHIN_MS, Pages, chromium, seen_in, wait_drawn
from tests.e2e.recording import Seen, last_number, pictures, recordings, sound
from tests.e2e.show import Console, Show, open_show
from tests.signals import BARS, SAMPLE_RATE_HZ, Rgb, level_db, read_bars, read_strip

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]

ENOUGH_PICTURES, ENOUGH_NUMBERS = 60, 15
MOST_PICTURES = 900
MOST_LOOKS = 100
QUERY = "?record=0&performer=1"


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    with open_show(tmp_path_factory.mktemp("air_way") / "show") as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(make_guest_devices(tmp_path_factory.mktemp("devices"))) as running:
        yield running


@pytest.fixture(scope="module")
def console(show: Show) -> Iterator[Console]:
    """A second host, who only waits; the console page does everything."""
    someone = Console(show)
    someone.wait_stage(lambda stage: stage.run_id is not None)
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def room(browser: Browser, show: Show) -> Iterator[Pages]:
    """Pages that stay open for all tests."""
    opened = Pages(browser, show)
    yield opened
    opened.close()
    assert opened.errors == []


@pytest.fixture(scope="module")
def host(room: Pages) -> Page:
    page = room.console()
    page.get_by_role("button", name="Live").first.click()
    return page


@pytest.fixture(scope="module")
def mirror(room: Pages) -> Page:
    return room.mirror()


@pytest.fixture
def pages(browser: Browser, show: Show, console: Console) -> Iterator[Pages]:
    opened = Pages(browser, show)
    yield opened
    drop_everybody(show, console)
    opened.close()
    assert opened.errors == []


def is_seen(picture: Rgb) -> bool:
    return read_bars(picture) == BARS and read_strip(picture) is not None


def wait_seen(mirror: Page) -> None:
    """Wait until the mirror shows the bars with a number."""
    for _ in range(MOST_LOOKS):
        if is_seen(seen_in(mirror)):
            return
        wait_drawn(mirror, 3)
    raise AssertionError("the mirror never showed the guest")


def recorded(show: Show, mirror: Page) -> list[Seen]:
    """Return what the recording has of the guest from now on: pictures with a number, until there are enough.

    A guest who was starved for a second by a busy machine fades away and comes back: such pictures have no number.
    """
    [path] = recordings(show.folder)
    next_number = first = last_number(path) + 1
    found: list[Seen] = []
    while len(found) < ENOUGH_PICTURES or len({read_strip(seen.rgb) for seen in found}) < ENOUGH_NUMBERS:
        wait_drawn(mirror, 10)
        new = list(pictures(path, first=next_number))
        next_number = new[-1].number + 1 if new else next_number
        assert next_number - first < MOST_PICTURES, f"in the recording: {[read_strip(seen.rgb) for seen in found]}"
        found += [seen for seen in new if read_strip(seen.rgb) is not None]
    print(f"{len(found)} of {next_number - first} program pictures show the guest")
    return found


@pytest.mark.parametrize("way", ["a", "b", "c", "d"])
def test_a_raised_hand_ends_on_stage(
    way: str, pages: Pages, host: Page, mirror: Page, console: Console, show: Show
) -> None:
    name = f"Tia {way.upper()}"
    phone = pages.phone(name, query=f"{QUERY}&tier={way}")
    raise_hand(phone)
    host.get_by_role("group", name=name).get_by_role("button", name="Invite").click()
    phone.get_by_role("button", name="Join").click()
    guest = tile(host, name)
    expect(guest.locator("[playing]")).to_be_visible(timeout=WITHIN_MS)
    guest.get_by_role("button", name=f"On air: {name}").click()
    expect(phone.get_by_text("ON AIR", exact=True)).to_be_visible(timeout=WITHIN_MS)

    wait_seen(mirror)
    kept = recorded(show, mirror)
    assert all(read_bars(seen.rgb) == BARS for seen in kept[::15])
    check_voice(show, kept[0].number, kept[-1].number)

    guest.get_by_role("button", name="Drop").click()
    expect(phone.get_by_text("You are off. Thank you!")).to_be_visible(timeout=WITHIN_MS)
    console.wait_stage(lambda stage: not live_streams(stage))


def check_voice(show: Show, first: int, last: int) -> None:
    """The recording speaks as the microphone did: syllables with pauses, at the voice's pitch and nothing beside it."""
    [path] = recordings(show.folder)
    heard = sound(path, first=first)[: (last - first) * SAMPLE_RATE_HZ // 30]
    assert level_db(heard, VOICE_HZ) > max(-60.0, level_db(heard, VOICE_HZ * 1.5) + 15)
    assert count_syllables(heard) >= 2


@pytest.mark.parametrize(("host_name", "query"), [(PLAIN_HTTP_NAME, ""), ("localhost", "?tier=e")])
def test_where_nothing_can_be_live_clips_are_offered_and_the_reason_is_said(
    host_name: str, query: str, pages: Pages
) -> None:
    """The clips' own way to the stage is in test_whole_way."""
    phone = pages.phone("Eli", host_name, query=query)
    expect(phone.get_by_text("Going live", exact=False)).to_be_visible(timeout=WITHIN_MS)
    expect(phone.get_by_role("button", name="Go live")).to_have_count(0)
    expect(phone.get_by_role("button", name="Video", exact=True)).to_be_visible()
