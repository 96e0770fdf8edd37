"""From the phone in the hand to the program: each kind of piece is seen in the mirror and kept in the recording.

Everything is real: the show's processes, Chromium with its camera and microphone, three pages. What is asserted is
pictures and sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Page

from live.messages.acts import GiveCue
from live.messages.ids import Kind, new_id
from live.messages.scene import Clear, Layer, Strip
from live.messages.views import ContributionView, StageView
from stage.sources.text import set_text
from tests.e2e.pages import PLAIN_HTTP_NAME, TONE_HZ, Pages, seen_in, wait_drawn, write_tone
from tests.e2e.recording import Seen, has_quarters, last_number, let_pass, pictures, recordings, sound
from tests.e2e.show import Console, Show
from tests.media_files import FIRST_TONE_HZ, phone_clip_mp4, photo_jpeg, sound_file
from tests.signals import BARS, SAMPLE_RATE_HZ, Rgb, level_db, read_bars, read_strip, strongest_hz
from tests.web.air_watcher import Watcher
from tests.web.page_in_hand import expect_status, record, send, send_text, start, take_photo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ENOUGH_PICTURES = 45
MOST_LOOKS = 200


@pytest.fixture(scope="module")
def devices(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return camera, write_tone(tmp_path_factory.mktemp("microphone"))


@pytest.fixture
def mirror(mirror: Page, console: Console) -> Iterator[Page]:
    """The mirror once nothing is left in it of the piece before."""
    wait_seen(mirror, lambda seen: not is_bars(seen) and not has_quarters(seen), "the empty stage")
    yield mirror
    console.ask(GiveCue(cue_id=new_id(), cue=Clear(fade_ms=0)))


@pytest.fixture(scope="module")
def phone(room: Pages) -> Page:
    """One person sends what is recorded in the page."""
    return room.phone("Mina")


@pytest.fixture(scope="module")
def plain_phone(room: Pages) -> Page:
    """Another came by plain http and sends what the phone's own apps recorded."""
    return room.phone("Hana", PLAIN_HTTP_NAME)


def ready_piece(console: Console, name: str, kind: Kind) -> ContributionView:
    """Wait for the one piece of this kind that `name` sent, made ready by the intake."""

    def found(pieces: dict[str, ContributionView]) -> list[str]:
        return [piece.contribution_id for piece in pieces.values() if (piece.name, piece.kind) == (name, kind)]

    [contribution_id] = found(console.wait_until(lambda pieces: bool(found(pieces))))
    return console.wait_ready(contribution_id)


def stage_by_clicks(host: Page, console: Console, piece: ContributionView) -> int:
    """Approve and stage on the console page; return the program picture from which the piece is wholly there."""
    which = host.get_by_role("group", name="Which pieces")
    row = host.get_by_role("row").and_(host.locator(f"#row-{piece.contribution_id}"))
    which.get_by_role("button", name="Waiting").click()
    row.get_by_role("button", name="Approve").click()
    which.get_by_role("button", name="Approved").click()
    row.get_by_role("button", name="Put on stage").click()
    stage = console.wait_stage(lambda stage: bool(fades(stage, piece.contribution_id)))
    return max(fades(stage, piece.contribution_id))


def fades(stage: StageView, contribution_id: str) -> list[int]:
    """Return when what shows or sounds of a piece is wholly faded in."""
    parts: list[Layer | Strip] = [*stage.scene.layers, *stage.scene.strips]
    return [part.fade.end_picture for part in parts if getattr(part.source, "contribution_id", None) == contribution_id]


def wait_seen(mirror: Page, claim: Callable[[Rgb], bool], what: str) -> Rgb:
    """Return the first picture of the mirror that fits; the show goes on meanwhile."""
    for _ in range(MOST_LOOKS):
        seen = seen_in(mirror)
        if claim(seen):
            return seen
        wait_drawn(mirror, 3)
    raise AssertionError(f"the mirror never showed {what}")


def recorded(show: Show, watcher: Watcher, first: int) -> list[Seen]:
    """Return ENOUGH_PICTURES of the recording from program picture `first` on, once they are in the file."""
    [path] = recordings(show.folder)
    while last_number(path) < first + ENOUGH_PICTURES:
        let_pass(watcher)
    # No more than these: the file grows meanwhile, on a busy machine faster than it is read.
    return list(islice(pictures(path, first=first), ENOUGH_PICTURES))


def is_bars(picture: Rgb) -> bool:
    return read_bars(picture) == BARS


def likeness_to_words(picture: Rgb, words: str) -> float:
    """Return how much what is bright is like the words as the stage sets them, wherever they stand (1: just so)."""
    light = picture[: picture.shape[0] * 3 // 4].mean(axis=2)
    if light.max() < 100:
        return 0.0
    return float(np.corrcoef(trimmed(light).ravel(), set_words(words).ravel())[0, 1])


@cache
def set_words(words: str) -> npt.NDArray[np.float32]:
    cutout = set_text(words, 640, 360)
    return trimmed((cutout.picture.y.astype(float) - 16) * cutout.alpha / 255)


def trimmed(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return the part that has light in it, at a size that can be compared."""
    rows, columns = np.nonzero(light > light.max() / 2)
    part = light[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.asarray(Image.fromarray(part.astype(np.uint8)).resize((320, 120)), np.float32)


def test_words(phone: Page, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show) -> None:
    words = "The tram sang one note."
    send_text(phone, words)
    piece = ready_piece(console, "Mina", "text")
    first = stage_by_clicks(host, console, piece)
    expect_status(phone, "ON STAGE now", piece.contribution_id)
    wait_seen(mirror, lambda seen: likeness_to_words(seen, words) > 0.9, "the words")
    assert all(likeness_to_words(seen.rgb, words) > 0.9 for seen in recorded(show, watcher, first)[::15])


def test_a_photo_taken_in_the_page(
    phone: Page, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show
) -> None:
    take_photo(phone)
    send(phone)
    first = stage_by_clicks(host, console, ready_piece(console, "Mina", "photo"))
    number = read_strip(wait_seen(mirror, is_bars, "the bars of the photo"))
    assert number in range(1, 61)
    kept = recorded(show, watcher, first)
    assert {read_strip(seen.rgb) for seen in kept} == {number}
    assert all(is_bars(seen.rgb) for seen in kept[::15])


def test_a_video_recorded_in_the_page(
    phone: Page, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show
) -> None:
    record(phone, "video", seconds=2)
    send(phone)
    first = stage_by_clicks(host, console, ready_piece(console, "Mina", "video"))
    wait_seen(mirror, is_bars, "the bars of the clip")
    kept = recorded(show, watcher, first)
    numbers = [read_strip(seen.rgb) for seen in kept]
    assert numbers.count(None) == 0
    assert len(set(numbers)) > ENOUGH_PICTURES // 4, f"the clip stands still: {numbers}"
    check_tone(show, first)


def test_a_sound_recorded_in_the_page(
    phone: Page, host: Page, mirror: Page, watcher: Watcher, console: Console, show: Show
) -> None:
    record(phone, "sound", seconds=3)
    send(phone)
    first = stage_by_clicks(host, console, ready_piece(console, "Mina", "sound"))
    recorded(show, watcher, first)
    check_tone(show, first)


def check_tone(show: Show, first: int) -> None:
    """The recording hums as the microphone did."""
    [path] = recordings(show.folder)
    heard = sound(path, first=first + 15)[:SAMPLE_RATE_HZ]
    assert strongest_hz(heard) == pytest.approx(TONE_HZ, abs=3)
    assert level_db(heard, TONE_HZ) > -40


FILES: dict[Kind, Callable[[Path], Path]] = {
    "photo": photo_jpeg,
    "video": phone_clip_mp4,
    "sound": sound_file,
}


@pytest.mark.parametrize("kind", ["photo", "video", "sound"])
def test_over_plain_http_a_file_from_the_phone(
    kind: Kind,
    plain_phone: Page,
    host: Page,
    mirror: Page,
    watcher: Watcher,
    console: Console,
    show: Show,
    tmp_path: Path,
) -> None:
    assert plain_phone.evaluate("isSecureContext") is False
    start(plain_phone, kind)
    plain_phone.locator("input[capture]").set_input_files(FILES[kind](tmp_path / f"from_{kind}"))
    send(plain_phone)
    first = stage_by_clicks(host, console, ready_piece(console, "Hana", kind))
    if kind == "sound":
        recorded(show, watcher, first)
        [path] = recordings(show.folder)
        heard = sound(path, first=first)
        assert strongest_hz(heard[: SAMPLE_RATE_HZ // 4]) == pytest.approx(FIRST_TONE_HZ, abs=3)
        return
    wait_seen(mirror, has_quarters, "the coloured quarters")
    assert all(has_quarters(seen.rgb) for seen in recorded(show, watcher, first)[::15])
