"""Going round real streams and playouts: late sound is said of its stream, and counts stay when a stream goes."""

from __future__ import annotations

import pytest

from stage.air.arrivals import Arrivals
from stage.air.lips import LOOKS
from stage.air.playout import Playout
from stage.air.rounds import LOOK_EVERY_S, Rounds
from stage.air.stream import LiveStream
from stage.picture import BLOCK_FRAMES, Picture, silence
from stage.ports import LivePicture
from tests.stage.air.scripted_sound import chunks


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
