"""Live from the hand to the stage: a raised hand, the host's clicks, on air in the mirror and the recording, off again.

Everything is real: the show's processes, Chromium with a camera of numbered bars and a microphone that speaks, three
pages. Each way of publishing goes the whole way; what is asserted is pictures and sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from live.messages.air import GuestInvited
from tests.e2e.air import drop_everybody, live_streams, write_voice
from tests.e2e.air_way import (
    PageGuest,
    bring_on_air,
    check_bars_and_voice,
    coming_number,
    drop,
    recorded,
    sound_of,
    wait_seen,
)
from tests.e2e.firefox import firefox_guest
from tests.e2e.pages import PLAIN_HTTP_NAME, WITHIN_MS, Pages
from tests.e2e.show import Console, Show
from tests.e2e.webkit_browser import (
    SELENIUM_TO_ITSELF,
    WebKitGuest,
    compile_plugins,
    hums,
    made_up_camera,
    webkit,
)
from tests.web.air_watcher import Watcher

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]

QUERY = "?record=0&performer=1"


@pytest.fixture(scope="module")
def devices(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return camera, write_voice(tmp_path_factory.mktemp("microphone"))


@pytest.fixture(scope="module")
def host(host: Page) -> Page:
    host.get_by_role("button", name="Live").first.click()
    return host


@pytest.fixture
def pages(pages: Pages, show: Show, console: Console) -> Iterator[Pages]:
    yield pages
    drop_everybody(show, console)


@pytest.mark.parametrize("way", ["a", "b", "c", "d"])
def test_a_raised_hand_ends_on_stage(
    way: str, pages: Pages, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show
) -> None:
    name = f"Tia {way.upper()}"
    guest = PageGuest(pages.phone(name, query=f"{QUERY}&tier={way}"), name)
    bring_on_air(host, guest)
    check_bars_and_voice(show, mirror, watcher)
    drop(host, guest)
    console.wait_stage(lambda stage: not live_streams(stage))


@pytest.mark.timeout(180)  # two browsers and a show share the machine
def test_firefox_ends_on_stage(
    host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show, tmp_path: Path
) -> None:
    """It reads no tracks: its best way takes pictures from a playing video, and its microphone from the worklet. Where
    its H.264 keeps pictures to itself, VP8 takes over.
    """
    with firefox_guest(f"{show.url}/j/{show.code}{QUERY}", "Fenna Fox", tmp_path) as guest:
        bring_on_air(host, guest)
        check_bars_and_voice(show, mirror, watcher)
        assert kept_codecs(show) in ({"h264", "opus"}, {"vp8", "opus"})
        drop(host, guest)
    console.wait_stage(lambda stage: not live_streams(stage))


# A browser that crashes by itself now and then: `make test-webkit`, which may repeat it.
@pytest.mark.webkit
@pytest.mark.timeout(240)
@pytest.mark.filterwarnings(SELENIUM_TO_ITSELF)
@pytest.mark.usefixtures("pages")  # drops everybody: after a failure the next one would find them on stage
@pytest.mark.parametrize("way", ["a2", "d"])
def test_webkit_ends_on_stage(
    way: str, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show, tmp_path: Path
) -> None:
    """Safari's way: the camera's track goes to the worker, H.264 comes length-prefixed (avcC). Its recorder's, where it
    is made to: MP4 in pieces of half a second of pictures or a second of sound, taken apart on the phone.
    """
    with webkit(compile_plugins(tmp_path)) as driver:
        guest = WebKitGuest(driver, f"{show.url}/j/{show.code}{QUERY}&tier={way}", f"Willa {way.upper()}")
        before = coming_number(show)
        bring_on_air(host, guest)
        wait_seen(mirror, made_up_camera)
        # From the first moment on air: a hum that goes on is soon ducked, before a busy machine shows anything.
        assert hums(sound_of(show, recorded(show, watcher, made_up_camera), before))
        assert kept_codecs(show) == {"h264", "opus"}
        drop(host, guest)
    console.wait_stage(lambda stage: not live_streams(stage))


def kept_codecs(show: Show) -> set[str]:
    """Of the newest guest's stream, as it was received."""
    stream_id = show.journaled(GuestInvited)[-1].stream_id
    *_, newest = sorted((show.folder / "streams" / stream_id).glob("*.mkv"))
    with av.open(str(newest), "r") as file:
        return {stream.codec_context.name for stream in (*file.streams.video, *file.streams.audio)}


@pytest.mark.parametrize(("host_name", "query"), [(PLAIN_HTTP_NAME, ""), ("localhost", "?tier=e")])
def test_where_nothing_can_be_live_clips_are_offered_and_the_reason_is_said(
    host_name: str, query: str, pages: Pages
) -> None:
    """The clips' own way to the stage is in test_whole_way."""
    phone = pages.phone("Eli", host_name, query=query)
    expect(phone.get_by_text("Going live", exact=False)).to_be_visible(timeout=WITHIN_MS)
    expect(phone.get_by_role("button", name="Go live")).to_have_count(0)
    expect(phone.get_by_role("button", name="Video", exact=True)).to_be_visible()
