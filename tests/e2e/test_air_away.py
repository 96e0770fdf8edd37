"""Guests of a mosaic whose tabs are killed, in a whole show: the others move up, and make room when they are back.

Read from the recording: the strips in the tiles, where the journal's cues say that they are; and again from the render.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from live.absent import who_is_away
from live.layout import FULL, lay_out
from live.messages.air import GuestLeft
from live.messages.events import Cued, Taken
from live.messages.scene import Rect, SetAway
from tests.e2e.air import Programme
from tests.e2e.mosaic import RATE, Mosaic
from tests.e2e.recording import ALIKE_DB, alike_db, pictures
from tests.e2e.show import ROOT, open_show, sized

pytestmark = pytest.mark.timeout(120)

WIDTH, HEIGHT = 960, 540
GOOD = ("Good 1", "Good 2", "Good 3", "Good 4")
WIDE = 16 / 9
SOON = 5 * RATE
"""Pictures from a killed tab to the cue; the recording that says when that was is a second behind."""
AROUND = 8
"""Pictures before and after each move that are rendered again."""


@pytest.fixture(scope="module")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosaic]:
    with open_show(tmp_path_factory.mktemp("away") / "show", *sized(WIDTH, HEIGHT)) as show:
        gathered = Mosaic(show, GOOD)
        yield gathered
        gathered.close()


def moves(mosaic: Mosaic) -> list[tuple[int, frozenset[str]]]:
    """At which program pictures who was away from then on."""
    entries = mosaic.show.entries()
    cues = {entry.event.cue_id: entry.event.cue for entry in entries if isinstance(entry.event, Cued)}
    taken = [(entry.event.picture, cues[entry.event.cue_id]) for entry in entries if isinstance(entry.event, Taken)]
    return [(picture, frozenset(cue.stream_ids)) for picture, cue in taken if isinstance(cue, SetAway)]


def until_away(mosaic: Mosaic, *stream_ids: str) -> None:
    mosaic.console.wait_stage(lambda stage: who_is_away(stage.scene) == set(stream_ids))


def until_laid_out(mosaic: Mosaic, *areas: Rect) -> None:
    """Wait until the recording has tiles there and nowhere else: what moved has arrived, what left has faded."""
    mosaic.until(lambda: set(Programme(mosaic.show).areas(mosaic.now).values()) == set(areas))


def test_the_others_move_up_for_a_killed_tab_and_make_room_again(mosaic: Mosaic) -> None:
    stream_id = mosaic.come_on("Ana")
    mosaic.seen_moving(stream_id, *mosaic.good)
    until_laid_out(mosaic, *lay_out([WIDE] * 5))
    killed = mosaic.now

    mosaic.guests.kill(stream_id)

    until_away(mosaic, stream_id)
    [(gone, _)] = moves(mosaic)
    print(f"the others moved up {(gone - killed) / RATE:.1f} s after the last picture in the recording")
    assert gone - killed < SOON
    mosaic.seen_moving(*mosaic.good)
    until_laid_out(mosaic, *lay_out([WIDE] * 4))
    assert mosaic.guests.wait("Ana", lambda air: air.state == "on_air").stream_id == stream_id

    mosaic.guests.publish("Ana", stream_id)

    until_away(mosaic)
    mosaic.seen_moving(stream_id, *mosaic.good)
    until_laid_out(mosaic, *lay_out([WIDE] * 5))
    mosaic.assert_nobody_else_noticed(killed)
    mosaic.drop(stream_id)


def test_three_who_go_together_make_one_move(mosaic: Mosaic) -> None:
    before = len(moves(mosaic))
    last, *others = mosaic.good
    for stream_id in others:
        mosaic.guests.kill(stream_id)
    until_away(mosaic, *others)
    mosaic.seen_moving(last)
    until_laid_out(mosaic, FULL)
    assert len(moves(mosaic)) == before + 1
    for name, stream_id in zip(GOOD[1:], others, strict=True):
        mosaic.guests.publish(name, stream_id, has_sound=False)
    until_away(mosaic)
    mosaic.seen_moving(*mosaic.good)
    until_laid_out(mosaic, *lay_out([WIDE] * 4))
    assert mosaic.show.journaled(GuestLeft)[1:] == [], "nobody but Ana, who was dropped, had to be asked again"


def test_the_show_rendered_again_moves_at_the_same_pictures(mosaic: Mosaic, tmp_path: Path) -> None:
    """Last: the show is over then."""
    went, back = moves(mosaic)[:2]
    mosaic.show.stop()
    for moved, _ in (went, back):
        first, last = moved - AROUND, moved + 2 * AROUND
        render = [sys.executable, "-m", "stage", "render", str(mosaic.show.folder), str(tmp_path)]
        subprocess.run([*render, "--from", str(first), "--to", str(last)], check=True, cwd=ROOT, timeout=120)
        rendered = np.fromfile(tmp_path / "program.yuv", np.uint8).reshape(-1, HEIGHT * 3 // 2, WIDTH)[:, :HEIGHT]
        kept = {seen.number: seen for seen in pictures(mosaic.recording, first=first) if seen.number <= last}
        likeness = {number: alike_db(seen.rgb, rendered[number - first]) for number, seen in kept.items()}
        assert len(likeness) >= AROUND  # of those that were not late
        assert min(likeness.values()) > ALIKE_DB, likeness
