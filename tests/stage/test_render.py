"""The heart of the stage: what was shown and played live is rendered again offline, byte for byte.

Everything is real but the devices: sources with their decoder threads, typesetting, compositor, mixer, journal, side
log, and the pacer that runs a show. Each test plays a show with cues at odd moments, writes the journal that a hub
would have written, renders it, and compares every picture and every block.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import threading
import time
from pathlib import Path

import pytest
import soundfile
from msgspec.structs import replace

from live.clock import ShowClock
from live.errors import NotFound
from live.messages.events import ContributionWithdrawn, Cued, RunStarted
from live.messages.scene import (
    Panic,
    Put,
    SetStrip,
)
from stage.picture import BLOCK_FRAMES, Picture, silence
from stage.render import render
from tests.stage.pieces import ADA, BO, LOOP, PHOTO, SONG, STORY, make_pieces
from tests.stage.shows import PROGRAM, HandShow, Show, assert_same, first_act, second_act


@pytest.fixture
def folder(tmp_path: Path, pieces: Path) -> Path:
    (tmp_path / "media").symlink_to(pieces)
    return tmp_path


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    media = tmp_path_factory.mktemp("media")
    make_pieces(media)
    return media


def test_a_show_with_every_kind_of_cue_is_rendered_to_the_same_bytes(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    first_act(show)
    second_act(show)
    show.end_run()
    show.write_journal()
    assert len(set(show.hall.pictures.values())) > 100
    assert len(set(show.hall.blocks.values())) > 200
    assert_same(show.hall, show.rendered())


def test_a_stage_killed_in_the_middle_goes_on_and_both_runs_are_rendered(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    first_act(show)
    show.give(Put(layer_id="layer-again", source=LOOP, credit=BO, transition="cut"))
    show.go(1)
    show.wait_ready()
    show.go(40)
    show.kill_run()
    show.hand.advance_us(1_234_567)
    show.start_run()
    show.go(3)
    show.wait_ready()
    show.go(12)
    second_act(show)
    show.end_run()
    show.write_journal()
    offline = show.rendered()
    # The journal cannot know when a killed run drew its last picture: its render may go on up to the next run.
    first_of_second = next(e.first_picture for e in reversed(show.events) if isinstance(e, RunStarted))
    last_live = max(n for n in show.hall.pictures if n < first_of_second)
    last_block = max(n for n in show.hall.blocks if n < PROGRAM.first_frame(first_of_second))
    offline.pictures = {n: p for n, p in offline.pictures.items() if not last_live < n < first_of_second}
    offline.blocks = {
        n: b for n, b in offline.blocks.items() if not last_block < n < PROGRAM.first_frame(first_of_second)
    }
    assert_same(show.hall, offline)


def test_late_pictures_and_a_starved_clip_are_rendered_as_they_were_shown(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-clip", source=LOOP, fade_ms=0), Put(layer_id="layer-photo", source=PHOTO))
    show.go(1)
    show.wait_ready()
    # The clock runs as fast as this machine draws, and in jumps: no decoder can follow.
    for pictures in (1, 30, 1, 17, 1, 1, 40, 5, 1, 12, 1, 1, 1):
        show.jump(pictures)
    show.end_run()
    show.write_journal()
    lines = (folder / "recordings" / f"{show.run_id}.side.jsonl").read_text()
    assert '"skipped"' in lines
    assert '"missed"' in lines
    assert '"lag":' in lines
    assert_same(show.hall, show.rendered())


def test_media_that_could_not_be_had_live_is_left_out_again(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    gone = PHOTO.__class__(contribution_id="photo-99", key="renditions/photo-99/still.jpg", width_px=4, height_px=4)
    show.give(Put(layer_id="layer-gone", source=gone), Put(layer_id="layer-text", source=STORY))
    show.go(2)
    show.wait_ready()
    show.go(20)
    show.end_run()
    show.write_journal()
    assert_same(show.hall, show.rendered())


def test_a_piece_taken_back_since_is_left_out(folder: Path, pieces: Path) -> None:
    (folder / "media").unlink()
    shutil.copytree(pieces, folder / "media")
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-photo", source=PHOTO, fade_ms=0), Put(layer_id="strip-song", source=SONG))
    show.go(1)
    show.wait_ready()
    show.go(10)
    show.end_run()
    show.events += [ContributionWithdrawn(contribution_id=one.contribution_id) for one in (PHOTO, SONG)]
    show.write_journal()
    for one in (PHOTO, SONG):
        (folder / "media" / one.key).unlink()
    rendered = rendered_lines(folder)
    last = list(show.hall.pictures)[-1], list(show.hall.blocks)[-1] // BLOCK_FRAMES
    black, silent = Picture.black(PROGRAM.width, PROGRAM.height).data.tobytes(), silence(BLOCK_FRAMES).tobytes()
    assert f"picture {last[0]} {hashlib.sha256(black).hexdigest()}" in rendered
    assert f"block {last[1]} {hashlib.sha256(silent).hexdigest()}" in rendered


def test_who_took_a_piece_back_is_not_named_for_it(folder: Path) -> None:
    """Ada's words are taken back; her song sounds from the middle on, and names her. Bo is named throughout."""
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-text", source=STORY, credit=ADA), Put(layer_id="layer-loop", source=LOOP, credit=BO))
    show.go(1)
    show.wait_ready()
    show.go(20)
    show.give(Put(layer_id="strip-song", source=SONG, credit=ADA))
    show.go(1)
    show.wait_ready()
    show.go(20)
    show.end_run()
    assert STORY.contribution_id is not None
    show.events.append(ContributionWithdrawn(contribution_id=STORY.contribution_id))
    show.write_journal()
    rendered = rendered_lines(folder)

    words = next(event for event in show.events if isinstance(event, Cued))
    show.events[show.events.index(words)] = replace(words, cue=replace(words.cue, credit=None))
    (folder / "journal.sqlite").unlink()
    show.write_journal()
    assert len(set(rendered)) > 100
    assert rendered == rendered_lines(folder)


def rendered_lines(folder: Path) -> list[str]:
    """The hashes of a show's render, a line for each picture and block."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        render(folder, None)
    return out.getvalue().splitlines()


def test_played_by_the_real_clock_with_both_threads(folder: Path) -> None:
    """The one test that takes real time: a second and a half of show."""
    show = Show(folder, ShowClock(time.time() - 100.0))
    pacer = show.start_run()
    reached = threading.Semaphore(0)
    first = pacer.next_picture
    marks = {first + 6, first + 17, first + 31, first + 45}
    show.give(Put(layer_id="layer-clip", source=LOOP, credit=ADA), Put(layer_id="strip-song", source=SONG))
    pacer._on_beat = lambda picture: reached.release() if picture in marks else None
    pacer.start()
    for cue in (
        Put(layer_id="layer-text", source=STORY, transition="crossfade", fade_ms=500),
        SetStrip(strip_id="strip-song", pan=0.8, gain_db=-4.0),
        Panic(on=True, fade_ms=300),
    ):
        assert reached.acquire(timeout=20)
        show.give(cue)
    assert reached.acquire(timeout=20)
    pacer.close()
    show.end_run()
    show.write_journal()
    assert_same(show.hall, show.rendered())


def test_the_command_prints_the_same_digests_twice_and_they_are_the_programs(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-text", source=STORY), Put(layer_id="strip-song", source=SONG))
    show.go(12)
    show.end_run()
    show.write_journal()

    def digests() -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            render(folder, None)
        return out.getvalue()

    printed = digests()
    assert printed == digests()
    expected = [f"picture {n} {hashlib.sha256(p).hexdigest()}" for n, p in show.hall.pictures.items()]
    expected += [f"block {n // 480} {hashlib.sha256(b).hexdigest()}" for n, b in show.hall.blocks.items()]
    assert sorted(printed.splitlines()) == sorted(expected)


def test_the_raw_files_are_as_long_as_the_show_though_pictures_were_skipped(folder: Path) -> None:
    show = HandShow(folder)
    show.start_run()
    show.go(3)
    show.jump(20)
    show.give(Put(layer_id="strip-song", source=SONG))
    show.go(2)
    show.jump(40)
    show.end_run()
    show.write_journal()
    render(folder, folder / "raw")
    pictures = (folder / "raw" / "program.yuv").read_bytes()
    sound, rate_hz = soundfile.read(folder / "raw" / "program.wav", dtype="float32", always_2d=True)
    size = PROGRAM.width * PROGRAM.height * 3 // 2
    numbers = range(min(show.hall.pictures), max(show.hall.pictures) + 1)
    assert len(pictures) == size * len(numbers)
    assert [pictures[i * size : (i + 1) * size] for i, n in enumerate(numbers) if n in show.hall.pictures] == list(
        show.hall.pictures.values()
    )
    assert abs(len(sound) / rate_hz - len(numbers) / 30) < 1 / 30


def test_a_folder_that_is_no_show_and_a_run_that_is_not_there_are_told(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"without a journal\.sqlite"):
        render(folder, None)
    show = HandShow(folder)
    show.start_run()
    show.end_run()
    show.write_journal()
    with pytest.raises(NotFound, match=r"it has \['run-00001'\]"):
        render(folder, None, run_id="run-99999")
