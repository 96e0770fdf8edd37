"""The queue keeps its order and moves on, whatever one piece does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from live.errors import Unavailable
from live.intake.desk import Outcome
from live.intake.nursery import Patience
from live.messages.events import ContributionFailed, ContributionPrepared
from live.messages.views import Progress
from tests import hostile_files, media_files
from tests.live.intake.hall import Hall, open_hall

pytestmark = pytest.mark.asyncio(loop_scope="session")


def jobs_at_work() -> list[psutil.Process]:
    return [job for zygote in psutil.Process().children() for job in zygote.children()]


async def test_one_worker_keeps_the_order(hall: Hall, tmp_path: Path) -> None:
    sent = []
    for index in range(8):
        path = media_files.photo_jpeg(tmp_path / f"{index}.jpg", (64 + index, 48))
        sent.append(await hall.received(path, "photo"))
    for received in sent:
        hall.intake.submit(received)
    assert hall.intake.waiting == 8
    for received in sent:
        await hall.outcome_of(received.contribution_id)
    assert [outcome.contribution_id for outcome in hall.announced] == [r.contribution_id for r in sent]
    assert hall.intake.waiting == 0
    assert hall.intake.counters["prepared"] == 8


async def test_what_was_submitted_twice_is_done_once(hall: Hall, tmp_path: Path) -> None:
    first = await hall.received(media_files.photo_jpeg(tmp_path / "a.jpg"), "photo")
    last = await hall.received(media_files.photo_jpeg(tmp_path / "b.jpg"), "photo")
    for received in (first, first, last, first):
        hall.intake.submit(received)
    await hall.outcome_of(last.contribution_id)
    assert [o.contribution_id for o in hall.announced] == [first.contribution_id, last.contribution_id]


async def said_of(hall: Hall, folder: Path, befalls: Callable[[psutil.Process], None]) -> str:
    """Why a clip failed whose child this befalls at work; the photo behind it is prepared all the same."""
    clip = await hall.received(media_files.phone_clip_mp4(folder / "clip", 2.0), "video")
    after = await hall.received(media_files.photo_jpeg(folder / "photo"), "photo")

    def strike(step: Progress) -> None:
        if step.contribution_id == clip.contribution_id:
            for job in jobs_at_work():
                befalls(job)

    hall.on_progress = strike
    hall.intake.submit(clip)
    hall.intake.submit(after)
    failed = await hall.outcome_of(clip.contribution_id)
    assert isinstance(failed, ContributionFailed)
    assert isinstance(await hall.outcome_of(after.contribution_id), ContributionPrepared)
    return failed.reason


async def test_a_piece_that_hangs_is_put_aside_and_the_next_goes_on(tmp_path: Path) -> None:
    patience = Patience(silence_s=0.5, total_s=60)
    async with open_hall(tmp_path, 1, {"photo": patience, "sound": patience, "video": patience}) as hall:
        assert "kept its opener busy" in await said_of(hall, tmp_path, psutil.Process.suspend)
        assert hall.intake.counters["killed"] == 1


async def test_a_piece_that_fells_its_child_is_put_aside_and_the_next_goes_on(hall: Hall, tmp_path: Path) -> None:
    assert "fall over" in await said_of(hall, tmp_path, psutil.Process.kill)


async def test_a_killed_zygote_costs_its_author_nothing(hall: Hall, tmp_path: Path) -> None:
    received = await hall.received(media_files.phone_clip_mp4(tmp_path / "clip", 1.0), "video")
    killed: list[int] = []

    def kill_zygote(step: Progress) -> None:
        if not killed:
            killed.extend(job.ppid() for job in jobs_at_work())
            os.kill(killed[0], 9)

    hall.on_progress = kill_zygote
    hall.intake.submit(received)
    assert isinstance(await hall.outcome_of(received.contribution_id), ContributionPrepared)
    assert killed


@pytest.mark.parametrize("error", [Unavailable("expected a journal, got none; it was taken away"), KeyError("ours")])
async def test_a_journal_that_is_away_or_a_fault_of_ours_leaves_the_piece_for_the_next_start(
    hall: Hall, tmp_path: Path, error: Exception
) -> None:
    received = await hall.received(media_files.photo_jpeg(tmp_path / "photo"), "photo")
    after = await hall.received(media_files.photo_jpeg(tmp_path / "photo"), "photo")
    keep = hall.announce

    async def refuse(outcome: Outcome) -> None:
        if outcome.contribution_id == received.contribution_id:
            raise error
        await keep(outcome)

    hall.intake.announce = refuse
    hall.intake.submit(received)
    hall.intake.submit(after)
    await hall.outcome_of(after.contribution_id)
    assert hall.intake.counters["postponed"] == 1
    hall.intake.announce = keep
    hall.intake.submit(received)
    assert isinstance(await hall.outcome_of(received.contribution_id), ContributionPrepared)


async def test_a_restart_does_what_was_cut_off_and_leaves_no_scraps(tmp_path: Path) -> None:
    async with open_hall(tmp_path) as hall:
        received = await hall.received(media_files.phone_clip_mp4(tmp_path / "clip", 2.0), "video")
        hall.intake.submit(received)
    assert hall.announced == []
    (tmp_path / "scratch" / received.contribution_id).mkdir(parents=True)
    async with open_hall(tmp_path) as hall:
        hall.intake.submit(received)
        outcome = await hall.outcome_of(received.contribution_id)
        assert isinstance(outcome, ContributionPrepared)
        hall.path(outcome.renditions.clip)
        assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the walls")
async def test_the_sandbox_is_told_for_the_health_page(hall: Hall) -> None:
    assert hall.intake.sandbox["level"] == "full"
    assert hall.intake.sandbox["leaks"] == ()


async def test_renditions_belong_to_the_hub_and_to_nobody_else(hall: Hall, tmp_path: Path) -> None:
    renditions = await hall.prepared(media_files.photo_jpeg(tmp_path / "photo"), "photo")
    found = hall.path(renditions.still).stat()
    assert (found.st_uid, found.st_nlink, found.st_mode & 0o777) == (os.geteuid(), 1, 0o644)


class TestHostileFiles:
    """Each gets a sentence, and costs nothing but itself."""

    @pytest.mark.parametrize("kind", ["photo", "video", "sound"])
    async def test_an_empty_file(self, hall: Hall, tmp_path: Path, kind: str) -> None:
        assert "an empty file" in await hall.refusal(hostile_files.zero_bytes(tmp_path / "file"), kind)  # type: ignore[arg-type]

    async def test_a_picture_of_40000_by_40000(self, hall: Hall, tmp_path: Path) -> None:
        reason = await hall.refusal(hostile_files.png_bomb(tmp_path / "bomb.png"), "photo")
        assert "got 40000 × 40000" in reason

    async def test_a_drawing_and_a_playlist_named_jpg(self, hall: Hall, tmp_path: Path) -> None:
        drawing = await hall.refusal(hostile_files.svg_named_jpg(tmp_path / "drawing.jpg"), "photo")
        assert "got an SVG drawing" in drawing
        for kind in ("photo", "video"):
            reason = await hall.refusal(hostile_files.hls_named_jpg(tmp_path / "list.jpg"), kind)
            assert "got a playlist" in reason
        assert "got a playlist" in await hall.refusal(hostile_files.concat_named_mp4(tmp_path / "list.mp4"), "video")

    async def test_ten_hours_of_sound(self, hall: Hall, tmp_path: Path) -> None:
        reason = await hall.refusal(hostile_files.hours_of_sound(tmp_path / "long"), "sound")
        assert "at most 10 minutes, got 10 hours" in reason

    async def test_ten_hours_that_do_not_say_so(self, hall: Hall, tmp_path: Path) -> None:
        reason = await hall.refusal(hostile_files.hours_of_sound_webm(tmp_path / "long"), "sound")
        assert "at most 10 minutes, got more" in reason

    async def test_one_kind_sent_as_another(self, hall: Hall, tmp_path: Path) -> None:
        photo = media_files.photo_jpeg(tmp_path / "photo", (64, 48))
        clip = media_files.phone_clip_mp4(tmp_path / "clip", 0.2, (64, 48))
        assert "send it as a photo" in await hall.refusal(photo, "video")
        assert "send it as a photo" in await hall.refusal(photo, "sound")
        assert "send it as a video" in await hall.refusal(clip, "photo")
        silent = media_files.phone_clip_mp4(tmp_path / "silent", 0.2, (64, 48), sound=False)
        assert "a video without any" in await hall.refusal(silent, "sound")

    async def test_a_thousand_random_bytes_under_every_good_beginning(self, hall: Hall, tmp_path: Path) -> None:
        """The readers meet nonsense: a sentence each, and no child falls. (AMR and AAC take any bits for sound.)"""
        fell_before = hall.intake.counters["killed"]
        noise = bytes((i * 7919 + i * i * 31) % 251 for i in range(1000))
        beginnings = {
            "photo": [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\1\0WEBP", b"\0\0\0\x18ftypheic"],
            "video": [b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3"],
            "sound": [b"RIFF\0\0\1\0WAVE", b"OggS", b"ID3", b"fLaC", b"caff\0\1\0\0"],
        }
        for kind, heads in beginnings.items():
            for head in heads:
                (tmp_path / "noise").write_bytes(head + noise)
                outcome = await hall.send(tmp_path / "noise", kind)  # type: ignore[arg-type]
                assert isinstance(outcome, ContributionFailed), head
                assert "fall over" not in outcome.reason, head
        assert hall.intake.counters["killed"] == fell_before
