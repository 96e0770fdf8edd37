"""What is kept of a stream while it comes, read back packet by packet."""

from __future__ import annotations

from pathlib import Path

from live.messages.packets import Hello, Packet
from stage.air.decoding.kept import Keeping, Kept
from stage.air.segments import begin_segment, open_segment
from tests.footage import footage, sounding
from tests.scripted_phones import ScriptedPhone

LOST_AT_MOST_US = 1_000_000
STEP_US, STEPS = 20_000, 150


def test_a_machine_that_dies_at_once_costs_the_last_second(tmp_path: Path) -> None:
    """Nobody closes the files: what is on the disk by then is read again, each packet behind its own header."""
    now_us = 0
    phone = ScriptedPhone("guest", footage(320, 180, 30, "h264", 4), sounding(), now_us=lambda: now_us)
    hello = Hello(stream_id="guest", tracks=phone.hello().tracks)
    segment = begin_segment(tmp_path, hello, leave_bytes=0)
    keeping = Keeping(hello.tracks, *segment.files, leave_bytes=0)
    sent: dict[str, list[Packet]] = {"video": [], "audio": []}
    for now_us in range(0, STEPS * STEP_US, STEP_US):
        picture, sound = phone.next_picture(), phone.next_sound()
        assert picture is not None
        keeping.picture(picture, picture.payload, now_us)
        keeping.sound(sound, now_us)
        sent["video"].append(picture)
        sent["audio"].append(sound)
    kept = Kept(hello.tracks, *open_segment(tmp_path, "guest", segment.number).files)
    for kind, packets in sent.items():
        there = list(kept.packets(kind))
        assert now_us - there[-1].captured_us <= LOST_AT_MOST_US
        assert there == packets[: len(there)]
    kept.close()
    keeping.close()
