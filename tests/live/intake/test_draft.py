"""A long clip plays as a draft first; the full one follows, once, whatever happens in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from live.errors import Unavailable
from live.intake.desk import ATTEMPTS, Outcome
from live.intake.job import is_draft
from live.messages.events import ContributionPrepared, ContributionReceived, Renditions, Trim
from tests import media_files
from tests.live.intake.hall import Hall, Rgb, assert_upright, clip_pictures, heard, open_hall, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECONDS = 3.2
"""The shortest that gets a draft, and a little."""
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Twice:
    """What a long clip was made into, with the bytes that belonged to the draft, and what was counted."""

    draft: Renditions
    sound_and_thumbnail: list[bytes]
    full: Renditions
    drafts: int
    finished: int


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long and large enough for a draft; of few pictures, which is soon done."""
    path = tmp_path_factory.mktemp("long") / "clip"
    return media_files.phone_clip_mp4(path, SECONDS, (1280, 720), pictures_per_second=5)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def twice(standing_hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """A long clip held upright, with as many pictures as there are."""
    hall = standing_hall
    hall.begin_anew()
    path = media_files.phone_clip_mp4(tmp_path_factory.mktemp("upright") / "clip", SECONDS, (1280, 720), rotation=90)
    received = await submitted(hall, path)
    draft = await hall.draft_of(received.contribution_id)
    before = [hall.path(part).read_bytes() for part in (draft.sound, draft.thumbnail)]
    full = await full_of(hall, received)
    return Twice(draft, before, full, hall.intake.counters["drafts"], hall.intake.counters["finished"])


def middle_grey(picture: Rgb) -> float:
    """Of the square that brightens from start to end."""
    height, width, _ = picture.shape
    return float(picture[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8].mean())


async def submitted(hall: Hall, path: Path, trim: Trim | None = None) -> ContributionReceived:
    received = await hall.received(path, "video", trim)
    hall.intake.submit(received)
    return received


async def full_of(hall: Hall, received: ContributionReceived) -> Renditions:
    outcome = await hall.outcome_of(received.contribution_id)
    assert isinstance(outcome, ContributionPrepared), outcome
    return outcome.renditions


async def test_a_long_clip_plays_as_a_draft_until_the_full_one_is_there(hall: Hall, twice: Twice) -> None:
    draft, full = twice.draft, twice.full
    assert (draft.width_px, draft.height_px) == (360, 640)
    assert (full.width_px, full.height_px) == (720, 1280)
    greys: list[list[float]] = []
    for made in (draft, full):
        pictures = clip_pictures(hall.path(made.clip))
        assert len(pictures) == pytest.approx(SECONDS * 30, abs=2)
        assert made.duration_us == draft.duration_us == len(pictures) * 1_000_000 // 30
        assert pictures[0].shape == (made.height_px, made.width_px, 3)
        assert_upright(pictures[-1], within=16)
        greys.append([middle_grey(picture) for picture in pictures])
    changes = np.abs(np.diff(greys[0]))
    assert changes[::2].sum() < changes[1::2].sum() / 5, "each of a draft's pictures stands for two"
    assert draft.clip != full.clip
    assert twice.drafts == twice.finished == 1


async def test_all_but_the_clip_is_the_drafts_for_good(hall: Hall, twice: Twice) -> None:
    """A key names the same bytes for ever: phones and the host's page keep them."""
    draft, full = twice.draft, twice.full
    assert [hall.path(part).read_bytes() for part in (full.sound, full.thumbnail)] == twice.sound_and_thumbnail
    assert (full.sound, full.thumbnail) == (draft.sound, draft.thumbnail)
    assert (full.duration_us, full.loudness_lufs, full.waveform) == (
        draft.duration_us,
        draft.loudness_lufs,
        draft.waveform,
    )
    assert len(heard(hall.path(full.sound))) == pytest.approx(SECONDS * 48_000, abs=3000)
    assert max(opened(hall.path(full.thumbnail)).size) == 480


async def test_a_short_or_small_clip_is_made_whole_at_once(hall: Hall, tmp_path: Path, long_clip: Path) -> None:
    trimmed = await submitted(hall, long_clip, Trim(start_us=0, end_us=500_000))
    small = await submitted(
        hall, media_files.phone_clip_mp4(tmp_path / "small", SECONDS, (320, 180), pictures_per_second=5)
    )
    for received in (trimmed, small):
        assert not is_draft(await full_of(hall, received))
    assert hall.drafts == {}


async def test_newcomers_come_before_what_plays_already(hall: Hall, long_clip: Path) -> None:
    """With one worker: every draft is there before the first of the full clips is, however long that takes."""
    keep, every_draft_is_there = hall.announce, asyncio.Event()

    async def full_clips_take_for_ever(outcome: Outcome) -> None:
        assert isinstance(outcome, ContributionPrepared), outcome
        if not is_draft(outcome.renditions):
            await every_draft_is_there.wait()
        await keep(outcome)

    hall.intake.announce = full_clips_take_for_ever
    sent = [await hall.received(long_clip, "video") for _ in range(3)]
    for received in sent:
        hall.intake.submit(received)
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*(hall.draft_of(received.contribution_id) for received in sent))
    assert (hall.intake.waiting, len(hall.announced)) == (0, 3)
    every_draft_is_there.set()
    for received in sent:
        await full_of(hall, received)
    assert [o.contribution_id for o in hall.announced] == 2 * [received.contribution_id for received in sent]
    assert hall.intake.drafts_waiting == 0


async def test_a_hub_that_died_in_between_makes_the_full_clip_at_its_next_start(
    tmp_path: Path, long_clip: Path
) -> None:
    async with open_hall(tmp_path) as hall:
        received = await submitted(hall, long_clip)
        draft = await hall.draft_of(received.contribution_id)
    assert len(hall.announced) == 1
    async with open_hall(tmp_path) as hall:
        hall.intake.submit(received, draft)
        hall.intake.submit(received, draft)
        full = await full_of(hall, received)
        assert (full.width_px, full.height_px) == (1280, 720)
        assert full.sound == draft.sound
        hall.path(full.sound)
        hall.intake.submit(received, full)
        assert (hall.intake.waiting, hall.intake.drafts_waiting) == (0, 0)
        assert len(hall.announced) == 1


async def test_a_draft_whose_full_clip_cannot_be_made_stays_and_is_not_tried_for_ever(
    hall: Hall, long_clip: Path
) -> None:
    keep = hall.announce

    async def fell_the_finisher(outcome: Outcome) -> None:
        """The original vanishes under it: the next child that opens it finds nothing."""
        if outcome.contribution_id == received.contribution_id:
            assert received.original is not None
            original = hall.store.local_path(received.original.key)
            assert original is not None
            original.unlink()
            original.write_bytes(b"")
        await keep(outcome)

    hall.intake.announce = fell_the_finisher
    received = await submitted(hall, long_clip)
    draft = await hall.draft_of(received.contribution_id)
    after = await submitted(hall, long_clip)
    await full_of(hall, after)  # the finisher keeps the order
    hall.intake.submit(received, draft)
    assert hall.intake.drafts_waiting == 0
    assert [o.contribution_id for o in hall.announced].count(received.contribution_id) == 1
    hall.path(draft.clip)


async def test_a_journal_that_is_away_leaves_the_draft_for_later(hall: Hall, long_clip: Path) -> None:
    keep, tried_twice = hall.announce, asyncio.Event()
    attempts = 0

    async def only_the_draft(outcome: Outcome) -> None:
        nonlocal attempts
        if not hall.drafts[received.contribution_id].done():
            return await keep(outcome)
        attempts += 1
        if attempts == ATTEMPTS:
            tried_twice.set()
        raise Unavailable("expected a journal, got none; the test took it away")

    hall.intake.announce = only_the_draft
    received = await submitted(hall, long_clip)
    draft = await hall.draft_of(received.contribution_id)
    await tried_twice.wait()
    assert hall.intake.counters["postponed"] == 1
    hall.intake.announce = keep
    hall.intake.submit(received, draft)
    assert not is_draft(await full_of(hall, received))
