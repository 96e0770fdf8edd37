"""One stream as it is received: what it is told by a phone, and by a child that may be in a stranger's hands."""

from __future__ import annotations

import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from live.messages.air import Trouble
from live.messages.packets import Hello, Track
from stage.air.orders import Word, WordKind
from stage.air.receiving.nursery import Nursery
from stage.air.receiving.reception import MOST_SEGMENTS, Reception
from stage.air.slots import Slots
from tests.stage.air.outlets import Kept
from tests.stage.air.sound_packets import opus_track

HELLO = Hello(stream_id="guest-0ill", tracks=(opus_track(),))


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    found = Nursery(1)
    found.start()
    try:
        yield found
    finally:
        await found.close()


async def test_a_phone_that_begins_anew_all_the_time_is_rested(tmp_path: Path) -> None:
    """Each beginning is a segment of three files."""
    async with nursery() as children:
        stream = Reception(HELLO.stream_id, children, tmp_path, Kept())
        for _ in range(3 * MOST_SEGMENTS):
            stream.begin(HELLO)
        assert "begins anew all the time" in stream.trouble
        assert len(list((tmp_path / HELLO.stream_id).iterdir())) < 3 * MOST_SEGMENTS
        stream.leave()


@contextmanager
def only_so_many_files(free: int) -> Iterator[None]:
    """Meanwhile this process can open so many more and not one beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (psutil.Process().num_fds() + 64, hard))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(free):
            os.close(taken.pop())
        yield
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("free", [2, 3, 4])
async def test_a_receiver_short_of_files_leaves_the_stream_for_later_and_keeps_none_of_its_files_open(
    tmp_path: Path, free: int
) -> None:
    """There are enough for the segment, then not for its memory, for a look at that, or for the child's own end."""
    async with nursery() as children:
        stream = Reception(HELLO.stream_id, children, tmp_path, Kept())
        before = psutil.Process().num_fds()
        with only_so_many_files(free):
            stream.begin(HELLO)
        assert "cannot be shown" in stream.trouble
        assert psutil.Process().num_fds() == before
        stream.begin(HELLO)
        assert stream._seat is not None
        stream.leave()


@pytest.mark.parametrize("first_frame", [-(1 << 63), -1, 1 << 62])
def test_sound_from_beyond_all_time_is_not_played(tmp_path: Path, first_frame: int) -> None:
    """Nothing that a child says may overflow what the mixing thread reckons with."""
    outlet = Kept()
    stream = Reception(HELLO.stream_id, Nursery(1), tmp_path, outlet)
    body = np.zeros((480, 2), np.float32).tobytes()
    for first in (first_frame, 0):
        stream.on_word(Word(WordKind.SOUND, 1, first_frame=first, body=body), Slots(64, 1))
    assert [word.first_frame for word in outlet.played] == [0]


def test_what_a_child_says_is_cut_to_what_a_console_shows(tmp_path: Path) -> None:
    stream = Reception(HELLO.stream_id, Nursery(1), tmp_path, Kept())
    stream.on_word(Word(WordKind.NOT_KEPT, 1, body=b"\x1b[2J\nfull " + b"x" * 4_000_000), Slots(64, 1))
    assert "full" in stream.trouble
    assert stream.trouble.isprintable()
    assert len(stream.trouble) < 400


async def test_a_microphone_that_goes_well_again_is_no_trouble_any_more(tmp_path: Path) -> None:
    async with nursery() as children:
        stream = Reception(HELLO.stream_id, children, tmp_path, Kept())
        stream.on_word(Word(WordKind.REFUSED, 1, body=b"for now"), Slots(64, 1))
        assert "cannot be decoded: for now" in stream.trouble
        stream.begin(HELLO)
        stream.on_word(Word(WordKind.SOUND, 1, body=np.zeros((480, 2), np.float32).tobytes()), Slots(64, 1))
        assert stream.trouble == ""
        assert stream.told() == Trouble(text="")
        stream.leave()


async def test_good_sound_does_not_hide_that_no_picture_is_shown(tmp_path: Path) -> None:
    async with nursery() as children:
        stream = Reception(HELLO.stream_id, children, tmp_path, Kept())
        pictures = Track(track=0, kind="video", codec="vp8", width_px=64, height_px=36)
        stream.begin(Hello(stream_id=HELLO.stream_id, tracks=(pictures, *HELLO.tracks)))
        stream.on_word(Word(WordKind.REFUSED, 1, body=b"for now"), Slots(64, 1))
        stream.begin(Hello(stream_id=HELLO.stream_id, tracks=(pictures, *HELLO.tracks)))
        stream.on_word(Word(WordKind.SOUND, 1, body=np.zeros((480, 2), np.float32).tobytes()), Slots(64, 1))
        assert "for now" in stream.told().text
        assert not stream.told().is_shown
        stream.leave()
