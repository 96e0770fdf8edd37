"""Either half of a show may die: the stage comes back with its scene, and goes on playing while the hub is away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from live.messages.acts import GiveCue, PutOnStage
from live.messages.events import RunStarted, Taken
from live.messages.ids import new_id
from live.messages.scene import Rect, Remove, TextSource
from tests.e2e.recording import has_quarters, pictures, recordings, sound
from tests.e2e.show import Console, Show, open_show
from tests.fakes import FakePhone, street
from tests.media_files import FIRST_TONE_HZ, SECOND_TONE_HZ, phone_clip_mp4
from tests.signals import SAMPLE_RATE_HZ, level_db

pytestmark = pytest.mark.timeout(180)

PICTURES_PER_SECOND = 30


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    with open_show(tmp_path / "show") as running:
        yield running


@pytest.fixture
def console(show: Show) -> Iterator[Console]:
    someone = Console(show)
    someone.wait_stage(lambda stage: stage.run_id is not None)
    yield someone
    someone.close()


async def contribute(show: Show, clip: Path) -> tuple[str, str]:
    """Send words and a clip as somebody in the hall; return their ids."""
    async with street() as session:
        phone = await FakePhone.come(session, show.url, show.code, "Ida")
        words = await phone.say("Still here.")
        video = await phone.send("video", clip.read_bytes(), "video/mp4")
        await phone.leave()
    return words, video


CORNER = Rect(x=0.02, y=0.02, width=0.12, height=0.12)


def on_stage(console: Console, contribution_id: str, place: Rect | None = None) -> None:
    """Put a piece on stage with what is there, and wait until the stage has taken it."""
    console.wait_ready(contribution_id)
    console.judge(contribution_id, "approved")
    console.ask(PutOnStage(contribution_id=contribution_id, layer_id=new_id(), fade_ms=0, place=place))
    console.wait_until(lambda known: known[contribution_id].on_stage)


def let_time_pass(console: Console, words: str, fade_ms: int = 1500) -> None:
    """Bring words on and take them off with a slow fade: when they have left, so much of the show went by."""
    on_stage(console, words, CORNER)
    stage = console.wait_stage(lambda stage: stage.pending == 0)
    layers = tuple(
        layer.layer_id
        for layer in stage.scene.layers
        if isinstance(layer.source, TextSource) and layer.leaves_picture is None
    )
    console.ask(GiveCue(cue_id=new_id(), cue=Remove(layer_ids=layers, fade_ms=fade_ms)))
    console.wait_until(lambda known: not known[words].on_stage)


def check_playing(recording: Path, first: int, last: int) -> None:
    """The clip is seen and heard all the time: no slate, no silence, nothing missing."""
    seen = [one for one in pictures(recording, first=first) if one.number <= last]
    gaps = [b.number - a.number for a, b in pairwise(seen)]
    assert max(gaps) < PICTURES_PER_SECOND, f"nothing was shown for {max(gaps)} pictures"
    assert [one.number for one in seen[::10] if not has_quarters(one.rgb)] == []
    heard = sound(recording, first=first)[: (last - first) * SAMPLE_RATE_HZ // PICTURES_PER_SECOND]
    step = SAMPLE_RATE_HZ // 4
    levels = [
        max(level_db(heard[at : at + step], hz) for hz in (FIRST_TONE_HZ, SECOND_TONE_HZ))
        for at in range(0, len(heard) - step, step)
    ]
    assert min(levels) > -40, levels


async def test_a_killed_stage_is_back_with_the_scene_that_was(show: Show, console: Console, tmp_path: Path) -> None:
    words, clip = await contribute(show, phone_clip_mp4(tmp_path / "clip.mp4"))
    on_stage(console, clip)
    let_time_pass(console, words)
    before = console.wait_stage(lambda stage: stage.pending == 0)

    show.kill_child("stage")

    after = console.wait_stage(lambda stage: stage.run_id not in (None, before.run_id))
    assert [layer.source for layer in after.scene.layers] == [layer.source for layer in before.scene.layers]
    let_time_pass(console, words)
    show.stop()
    runs = [entry.event for entry in show.entries() if isinstance(entry.event, RunStarted)]
    killed, back = (show.folder / "recordings" / f"{run.run_id}.mkv" for run in runs)
    last = max(one.number for one in pictures(killed))
    lit = next(one.number for one in pictures(back) if has_quarters(one.rgb))
    print(f"dark for {(lit - last) / PICTURES_PER_SECOND:.2f} s by the recordings")
    check_playing(back, lit, lit + PICTURES_PER_SECOND)


async def test_while_the_hub_is_away_the_stage_goes_on_playing(show: Show, console: Console, tmp_path: Path) -> None:
    words, clip = await contribute(show, phone_clip_mp4(tmp_path / "clip.mp4"))
    on_stage(console, clip)
    let_time_pass(console, words)
    first = max(entry.event.picture for entry in show.entries() if isinstance(entry.event, Taken))

    show.kill_child("hub")

    # Asked while the hub is away; done when it is back, and the stage with it.
    let_time_pass(console, words)
    show.stop()
    taken = [entry.event.picture for entry in show.entries() if isinstance(entry.event, Taken)]
    runs = [entry.event for entry in show.entries() if isinstance(entry.event, RunStarted)]
    assert len(runs) == 1, "the stage was started again, though only the hub was killed"
    [recording] = recordings(show.folder)
    check_playing(recording, first + PICTURES_PER_SECOND, max(taken))
