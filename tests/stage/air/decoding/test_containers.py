"""A browser's recording is decoded while it is made, and never more of it than can have been made."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from live.errors import BadMedia
from live.messages.packets import Track
from stage.air.decoding.containers import FEED_WITHIN_S, MOST_AHEAD_S, WAITED_SHARE, ContainerDecoder, Patience
from stage.air.decoding.pictures import Framed
from stage.picture import SAMPLE_RATE_HZ
from tests import time_strip
from tests.footage import footage

MOST_FEEDS = 100


def silent_webm(seconds: int) -> bytes:
    """Hours of it would be a few kilobytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
        for second in range(seconds):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, SAMPLE_RATE_HZ), np.float32), "flt", "mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, second * SAMPLE_RATE_HZ
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_more_sound_than_time_is_refused() -> None:
    """The clock stands still: what comes beyond the slack was never recorded live."""
    decoder = ContainerDecoder(Track(track=1, kind="audio", codec="webm"), now_s=lambda: 0.0)
    came: list[int] = []

    def feed_on() -> None:
        for chunk in (silent_webm(60), *(b"\0" for _ in range(MOST_FEEDS))):
            came.extend(len(piece) for piece in decoder.feed(chunk) if not isinstance(piece, Framed))

    with pytest.raises(BadMedia, match="while it is made"):
        feed_on()
    assert sum(came) <= (MOST_AHEAD_S + 1.0) * SAMPLE_RATE_HZ
    decoder.close()


def test_of_many_pictures_at_once_the_newest_is_kept() -> None:
    loop = footage(320, 180, 30, "webm", 4)
    decoder = ContainerDecoder(loop.track())
    shown = [piece for chunk in loop.pictures for piece in decoder.feed(chunk.payload) if isinstance(piece, Framed)]
    decoder.close()
    assert [one.index for one in shown] == sorted({one.index for one in shown})
    assert [time_strip.read(one.frame.to_ndarray()[:180].astype(np.uint8)) for one in shown] == [
        one.index for one in shown
    ]


def test_a_recording_that_is_never_ready_costs_the_others_a_share_of_the_time() -> None:
    """Chunk upon chunk, each waited for as long as it may be, a few ms apart."""
    now_s, waited_s, chunks = 0.0, 0.0, 2000
    patience = Patience(now_s)
    for _ in range(chunks):
        wait_s = patience.left_s(now_s)
        assert 0.0 <= wait_s <= FEED_WITHIN_S
        patience.spend(wait_s)
        waited_s += wait_s
        now_s += wait_s + 0.005
    assert waited_s <= 1.05 * WAITED_SHARE * now_s


def test_a_recording_that_is_soon_ready_is_waited_for_each_time() -> None:
    now_s = 0.0
    patience = Patience(now_s)
    for _ in range(2000):
        assert patience.left_s(now_s) == FEED_WITHIN_S
        patience.spend(0.005)
        now_s += 0.033
