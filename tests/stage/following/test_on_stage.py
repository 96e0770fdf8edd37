"""The hall's applause on stage: pictures shine and grow with it, sound swells, and a render gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live.messages.phones import Tempo
from live.messages.scene import Following, Put, Rect, SetLayer, SetStrip, SolidSource, SoundFollowing
from tests.stage.pieces import SONG, make_pieces
from tests.stage.shows import PROGRAM, HandShow, assert_same

WHITE = SolidSource(color="#ffffff")
MIDDLE = Rect(x=0.25, y=0.25, width=0.5, height=0.5)


@pytest.fixture
def show(tmp_path: Path) -> HandShow:
    make_pieces(tmp_path / "media")
    show = HandShow(tmp_path)
    show.start_run()
    return show


def fill_white(show: HandShow, follows: Following) -> int:
    """Have the whole picture white, and following; return how many pictures were shown until it stands."""
    show.give(Put(layer_id="layer-white", source=WHITE, fade_ms=0))
    show.give(SetLayer(layer_id="layer-white", follows=follows))
    show.go(2)
    show.wait_ready()
    show.go(3)
    return len(show.hall.pictures)


def clap(show: HandShow, tenths: int, applause: float) -> None:
    for _ in range(tenths):
        show.react(applause=applause)
        show.go(3)


def lumas(show: HandShow) -> list[np.ndarray]:
    """The luma of each program picture, in order."""
    height, width = PROGRAM.height, PROGRAM.width
    return [
        np.frombuffer(data, np.uint8)[: height * width].reshape(height, width)
        for _, data in sorted(show.hall.pictures.items())
    ]


def middles(show: HandShow) -> list[int]:
    """The luma in the middle of each."""
    return [int(luma[90, 160]) for luma in lumas(show)]


def test_a_layer_that_follows_the_applause_shines_with_it_and_is_rendered_so(show: HandShow) -> None:
    still = fill_white(show, Following(control="applause", depth=0.5))
    clap(show, 10, 1.0)
    clap(show, 40, 0.0)
    show.give(SetLayer(layer_id="layer-white", steady=True))
    show.go(3)
    show.end_run()
    show.write_journal()

    middle = middles(show)
    assert middle[still - 1] == pytest.approx((16 + 235) / 2, abs=2), "half of it, while nobody claps"
    loudest = still + 30
    assert middle[loudest] >= 234
    assert middle[still:loudest] == sorted(middle[still:loudest])
    assert middle[loudest + 100] == middle[still - 1]
    assert max(abs(b - a) for a, b in zip(middle[still:-5], middle[still + 1 : -5], strict=False)) < 40
    assert middle[-1] == 235, "and all of it where it follows nothing any more"
    assert_same(show.hall, show.rendered())


def test_a_layer_that_swells_grows_about_its_middle_and_passes_the_edges(show: HandShow) -> None:
    show.give(Put(layer_id="layer-white", source=WHITE, fade_ms=0, place=MIDDLE))
    show.give(Put(layer_id="layer-whole", source=WHITE, fade_ms=0, place=Rect(x=0, y=0, width=0.1, height=1)))
    swells = Following(control="hearts", effect="swell", depth=1.0)
    show.give(*(SetLayer(layer_id=one, fit="cover", follows=swells) for one in ("layer-white", "layer-whole")))
    show.go(2)
    show.wait_ready()
    show.go(1)
    for _ in range(10):
        show.react(hearts=9, heart_level=1.0)
        show.go(3)
    show.end_run()
    show.write_journal()

    white = [luma[:, 40:] > 200 for luma in lumas(show)]
    columns = [np.flatnonzero(one[90]) + 40 for one in white]
    assert (columns[2][0], columns[2][-1]) == (80, 239)
    assert (columns[-1][0], columns[-1][-1]) == (40, 279), "half as wide again"
    assert (lumas(show)[-1][:, :40] > 200).all(axis=0).tolist() == [True] * 40
    assert_same(show.hall, show.rendered())


def test_on_the_beat_that_is_tapped_a_layer_pulses_gently(show: HandShow) -> None:
    first = fill_white(show, Following(control="beat", depth=0.4))
    beat_us = PROGRAM.picture_time_us(show.pacer.next_picture + 14)
    for _ in range(30):
        show.react(tempo=Tempo(bpm=120.0, confidence=0.9, beat_us=beat_us))
        show.go(3)
    show.end_run()
    show.write_journal()

    middle = middles(show)[first:]
    tops = [n for n in range(1, 89) if middle[n - 1] < middle[n] >= middle[n + 1]]
    assert tops == [14, 29, 44, 59, 74], "every fifteenth picture of thirty a second"
    assert_same(show.hall, show.rendered())


def test_a_sound_that_follows_the_applause_swells_with_it(show: HandShow) -> None:
    show.give(Put(layer_id="strip-song", source=SONG, fade_ms=0))
    show.give(SetStrip(strip_id="strip-song", follows=SoundFollowing(control="applause", depth=0.9)))
    show.go(2)
    show.wait_ready()
    show.go(10)
    clap(show, 10, 1.0)
    clap(show, 50, 0.0)
    show.end_run()
    show.write_journal()

    blocks = [np.frombuffer(data, np.float32) for _, data in sorted(show.hall.blocks.items())]
    loud = [float(np.sqrt(np.mean(np.square(block)))) for block in blocks]
    before, loudest, after = (float(np.median(loud[at : at + 10])) for at in (25, 130, len(loud) - 12))
    assert before == pytest.approx(0.1 * loudest, rel=0.05)
    assert after == pytest.approx(before, rel=0.05)
    assert np.abs(np.diff(np.concatenate(blocks)[::2])).max() < 0.1, "without a click"
    assert_same(show.hall, show.rendered())
