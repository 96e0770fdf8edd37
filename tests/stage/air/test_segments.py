"""Where streams are kept: numbers rise for ever, and a disk that refuses leaves nothing open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from live.errors import NotFound
from live.messages.packets import Hello
from stage.air.segments import begin_segment, open_segment
from tests.stage.air.sound_packets import opus_track

HELLO = Hello(stream_id="guest", tracks=(opus_track(),))


def test_a_number_is_never_used_again(tmp_path: Path) -> None:
    for number in (1, 2):
        segment = begin_segment(tmp_path, HELLO)
        assert segment.number == number
        segment.close()
    for name in ("001.mkv", "002.mkv", "002.heads"):
        (tmp_path / "guest" / name).unlink()
    segment = begin_segment(tmp_path, HELLO)
    assert segment.number == 3
    segment.close()


@pytest.mark.parametrize("lacking", ["001.mkv", "001.heads", "001.json"])
def test_a_segment_that_is_not_whole_is_said_and_leaves_no_file_open(tmp_path: Path, lacking: str) -> None:
    begin_segment(tmp_path, HELLO).close()
    (tmp_path / "guest" / lacking).unlink()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(NotFound, match="guest/001"):
        open_segment(tmp_path, "guest", 1)
    assert len(os.listdir("/proc/self/fd")) == before
