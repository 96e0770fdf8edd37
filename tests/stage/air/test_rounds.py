"""Going round real streams and playouts: late sound is said of its stream, and counts stay when a stream goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.air.arrivals import Arrivals
from stage.air.lips import LOOKS
from stage.air.playout import Playout
from stage.air.reports import Report, ReportKind
from stage.air.rounds import LOOK_EVERY_S, Rounds
from stage.air.slots import MappedSlots, Slots
from stage.air.stream import SILENT_S, LiveStream
from stage.picture import BLOCK_FRAMES, Picture, silence
from stage.ports import LivePicture
from tests.stage.air.scripted_sound import chunks, listen


@pytest.fixture
def said() -> list[LiveStream]:
    """Who was told of: a stream whose sound's lateness changed."""
    return []


@pytest.fixture
def stream(said: list[LiveStream]) -> LiveStream:
    return LiveStream("guest-0001", 1, Arrivals(), said.append)


def playing(seconds: float = 1.0) -> Playout:
    """A playout that has read that much; its sound came as it was taken."""
    playout = Playout()
    arriving = chunks(silence(3 * 48_000), 10, lambda _: 2.0)
    for block in range(round(seconds * 100)):
        while arriving and arriving[0].arrived_us <= block * 10_000:
            playout.put(arriving.pop(0))
        playout.read(block * BLOCK_FRAMES)
    return playout


@pytest.mark.parametrize(("behind_ms", "is_said"), [(20, False), (200, True)])
def test_sound_that_stays_behind_its_picture_is_said_of_the_stream(
    stream: LiveStream, said: list[LiveStream], behind_ms: int, is_said: bool
) -> None:
    playout, rounds = playing(), Rounds()
    heard_us = playout.playing_us
    assert heard_us is not None
    rounds.joined(stream, playout)
    for look in range(LOOKS):
        now_s = 100.0 + look * LOOK_EVERY_S
        picture_us = heard_us + behind_ms * 1000
        stream.newest = LivePicture(Picture.black(64, 36), 1, look, look, now_s, picture_us)
        assert rounds.look([stream], now_s) is not None
        assert rounds.look([stream], now_s + 0.1) is None
    assert (f"{behind_ms} ms behind" in stream.late_sound) is is_said
    assert said == [stream] * is_said
    rounds.left(stream, playout)
    assert stream.late_sound == ""
    assert said == [stream] * 2 * is_said


@pytest.mark.parametrize(("late", "live", "is_common"), [(1, 1, False), (1, 2, False), (2, 2, True), (2, 3, False)])
def test_where_most_are_late_at_once_no_guest_is_to_come_nearer(late: int, live: int, *, is_common: bool) -> None:
    rounds, streams = Rounds(), [LiveStream(f"guest-{n:04}", n, Arrivals(), lambda _: None) for n in range(live)]
    playouts = [playing() for _ in streams]
    for stream, playout in zip(streams, playouts, strict=True):
        rounds.joined(stream, playout)
    for look in range(LOOKS):
        now_s = 100.0 + look * LOOK_EVERY_S
        for number, (stream, playout) in enumerate(zip(streams, playouts, strict=True)):
            assert playout.playing_us is not None
            picture_us = playout.playing_us + (200_000 if number < late else 20_000)
            stream.newest = LivePicture(Picture.black(64, 36), 1, look, look, now_s, picture_us)
        rounds.look(streams, now_s)
    told = [stream.late_sound for stream in streams]
    assert ["cannot keep up" in one for one in told] == [is_common] * late + [False] * (live - late)
    assert ["come nearer" in one for one in told] == [not is_common] * late + [False] * (live - late)


def test_each_stretch_of_a_track_is_told_from_the_one_before(stream: LiveStream) -> None:
    """Sound after a hole, a stall or in another segment has begun anew; so have pictures."""
    whole = chunks(silence(48_000), 10)
    stalled = chunks(silence(48_000), 10, lambda index: 400.0 if index == 50 else 2.0)
    again = chunks(silence(48_000), 10, segment=2, start_ms=1000.0)
    begun = []
    for arriving in (whole, whole[:50] + whole[60:], stalled, whole + again):
        playout = Playout()
        listen(playout, arriving, 180)
        begun.append(playout.beginnings)
    assert begun == [1, 2, 2, 2]

    slots = Slots(slot_bytes=64 * 36 * 3 // 2, slots=1)
    stream.open(MappedSlots(slots.descriptor, slots.slot_bytes, 1))
    begun = []
    for segment, pause_s in ((1, 0.0), (1, 0.0), (1, 2 * SILENT_S), (1, 0.0), (2, 0.0)):
        if stream.newest is not None:
            stream.newest = replace(stream.newest, arrived_s=stream.newest.arrived_s - pause_s)
        stream.show(Report(ReportKind.PICTURE, 1, width=64, height=36, segment=segment))
        begun.append(stream.beginnings)
    assert begun == [1, 1, 2, 2, 3]


def test_what_was_counted_stays_counted(stream: LiveStream) -> None:
    rounds, first, second = Rounds(), Playout(), Playout()
    rounds.joined(stream, first)
    stream.pictures, stream.bad, first.starved_blocks = 30, 2, 5
    counts = rounds.look([stream], 1.0)
    assert counts is not None
    assert (counts["live_pictures_total"], counts["live_bad_total"], counts["live_streams"]) == (30, 2, 1)
    first.starved_blocks = 7
    rounds.left(stream, first)
    rounds.joined(stream, second)
    second.starved_blocks = 1
    counts = rounds.look([], 2.0)
    assert counts is not None
    assert (counts["live_pictures_total"], counts["live_sound_starved_blocks_total"]) == (30, 8)
    assert counts["live_streams"] == 0
