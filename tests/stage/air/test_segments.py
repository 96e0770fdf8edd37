"""Where streams are kept: numbers rise for ever, a full disk leaves nothing open, what is taken back goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from live.errors import NotFound
from live.kept_streams import TOMBSTONE, shred_stream
from live.messages.packets import Hello
from stage.air.decoding.kept import Keeping
from stage.air.segments import begin_segment, is_kept, open_segment
from tests.signals import tone
from tests.stage.air.sound_packets import numbered, opus_packets, opus_track

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


NO_DISK_IS_SO_LARGE = 1 << 62


def test_a_disk_with_little_room_is_left_to_the_recording(tmp_path: Path) -> None:
    """Each such segment has a number of its own, or the sound of the second would be taken for the first one's past."""
    before = len(os.listdir("/proc/self/fd"))
    first, second = (begin_segment(tmp_path, HELLO, NO_DISK_IS_SO_LARGE) for _ in range(2))
    assert "left to the recording" in first.trouble
    assert first.number != second.number
    assert not is_kept(first.number)
    assert list((tmp_path / "guest").iterdir()) == []
    for segment in (first, second):
        segment.close()
    assert len(os.listdir("/proc/self/fd")) == before
    with begin_segment(tmp_path, HELLO) as again:
        assert (again.number, again.trouble) == (1, "")


def test_a_disk_that_fills_while_a_guest_is_live_ends_the_keeping(tmp_path: Path) -> None:
    """The child then says so (`NOT_KEPT`) and decodes on."""
    keeping = Keeping(HELLO.tracks, *begin_segment(tmp_path, HELLO).files, leave_bytes=NO_DISK_IS_SO_LARGE)
    (packet,) = numbered(opus_packets(tone(440.0, 0.02)))
    with pytest.raises(OSError, match="left to the recording"):
        keeping.sound(packet, 0)
    keeping.close()


def test_what_is_not_kept_goes_nowhere_and_harms_nothing(tmp_path: Path) -> None:
    """The child need not know: it writes where nothing is kept, and a device that has no room is no full disk."""
    segment = begin_segment(tmp_path, HELLO, NO_DISK_IS_SO_LARGE)
    keeping = Keeping(HELLO.tracks, *segment.files)
    for packet in numbered(opus_packets(tone(440.0, 0.2))):
        keeping.sound(packet, 0)
    keeping.close()
    assert not is_kept(segment.number)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_of_a_stream_that_was_taken_back_no_more_is_kept(tmp_path: Path) -> None:
    with begin_segment(tmp_path, HELLO) as segment:
        shred_stream(tmp_path, "guest")
        os.write(segment.files[0], b"what still comes is nobody's to find")
    with begin_segment(tmp_path, HELLO) as again:
        assert not is_kept(again.number)
        assert again.trouble == "", "that is as it should be"
    assert [file.name for file in (tmp_path / "guest").iterdir()] == [TOMBSTONE]
