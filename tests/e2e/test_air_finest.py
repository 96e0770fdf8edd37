"""From a browser's own recording to the film: what the phone recorded beside its stream, at the very moments shown.

Everything is real: the show's processes, Chromium's camera, microphone, encoder and recorder, the upload, two renders.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from live.messages.events import ContributionReceived
from stage.render import render
from tests.e2e.air import write_voice
from tests.e2e.air_way import PageGuest, bring_on_air, coming_number, drop, numbered_bars, recorded
from tests.e2e.pages import Pages
from tests.e2e.recording import pictures, sound
from tests.e2e.show import Console, Show
from tests.signals import Sound, read_strip
from tests.web.air_watcher import Watcher

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

LEAST_ALIKE = 0.95


@pytest.fixture(scope="module")
def devices(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return camera, write_voice(tmp_path_factory.mktemp("microphone"))


def test_the_finest_render_shows_the_same_moments_from_the_phones_recording(
    pages: Pages, host: Page, watcher: Watcher, console: Console, show: Show, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    host.get_by_role("button", name="Live").first.click()
    guest = PageGuest(pages.phone("Fay", query="?performer=1"), "Fay")
    bring_on_air(host, guest)
    recorded(show, watcher, numbered_bars)
    drop(host, guest)
    console.wait_for(1)
    [piece] = show.journaled(ContributionReceived)
    assert piece.beside is not None

    plain, finest = tmp_path / "plain.mkv", tmp_path / "finest.mkv"
    last = coming_number(show) - 1  # the show goes on
    render(show.folder, plain, last=last)
    render(show.folder, finest, last=last, finest=True)

    told = capsys.readouterr().err
    print(told)
    words = next(line for line in told.splitlines() if line.startswith("Fay: ")).split()
    own, shown = int(words[1]), int(words[3])
    # Some of the stream came before the recorder began, and on a busy machine it leaves some out.
    assert own > shown / 3
    as_shown, as_recorded = strips(plain), strips(finest)
    assert len(as_shown) == len(as_recorded)
    numbers = [pair for pair in zip(as_shown, as_recorded, strict=True) if None not in pair]
    assert len(numbers) > own / 2
    assert [pair for pair in numbers if pair[0] != pair[1]] == []
    assert alike(sound(plain), sound(finest)) > LEAST_ALIKE


def strips(path: Path) -> list[int | None]:
    return [read_strip(seen.rgb) for seen in pictures(path)]


def alike(one: Sound, other: Sound) -> float:
    """Correlation at the same moments: 1 at most; a tenth of a syllable off, and little of it is left."""
    return float(np.corrcoef(one.mean(axis=1), other.mean(axis=1))[0, 1])
