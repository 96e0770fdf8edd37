"""Clips whose every picture carries its number as a strip of black and white squares, read back from what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from live.errors import BadMedia
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.sources.clip import ClipSource

BITS, SQUARE_PX = 8, 16
WIDTH, HEIGHT = BITS * SQUARE_PX, 64
PICTURES, RATE = 45, 30
DURATION_US = PICTURES * 1_000_000 // RATE
PROGRAM = ProgramFormat(1280, 720, RATE)


def write_clip(path: Path, *, full_range: bool = False) -> Path:
    """Number n as BITS squares, lowest first: white is 1."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"g": "15", "bf": "0", "crf": "10", "threads": "1"}
        stream.codec_context.color_range = 2 if full_range else 1
        stream.codec_context.colorspace = 1
        black, white = (0, 255) if full_range else (16, 235)
        for n in range(PICTURES):
            picture = Picture.black(WIDTH, HEIGHT)
            for bit in range(BITS):
                picture.y[:, bit * SQUARE_PX : (bit + 1) * SQUARE_PX] = white if n >> bit & 1 else black
            frame = av.VideoFrame.from_ndarray(picture.data, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def number_of(picture: object) -> int:
    assert isinstance(picture, Picture)
    squares = picture.y[HEIGHT // 2, SQUARE_PX // 2 :: SQUARE_PX] > 125
    return int(np.packbits(squares, bitorder="little")[0])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "numbered.mp4")


@pytest.fixture
def looping(path: Path) -> Iterator[ClipSource]:
    source = ClipSource(lambda: path, PROGRAM, loop=True, duration_us=DURATION_US)
    source.prepare()
    yield source
    source.close()


@pytest.fixture
def once(path: Path) -> Iterator[ClipSource]:
    source = ClipSource(lambda: path, PROGRAM, loop=False, duration_us=DURATION_US)
    source.prepare()
    yield source
    source.close()


def test_each_position_shows_its_picture_over_three_laps(looping: ClipSource) -> None:
    shown = [number_of(looping.picture_at(p, exact=True)) for p in range(3 * PICTURES)]
    assert shown == [p % PICTURES for p in range(3 * PICTURES)]
    assert looping.shown_position() == 3 * PICTURES - 1


@pytest.mark.parametrize("positions", [[0, 40, 3, 44, 45, 0], [100, 20, 21, 22, 500], [7, 7, 30, 31, 5, 6]])
def test_jumps_land_on_the_very_picture(looping: ClipSource, positions: list[int]) -> None:
    assert [number_of(looping.picture_at(p, exact=True)) for p in positions] == [p % PICTURES for p in positions]


def test_a_clip_that_plays_once_stays_on_its_last_picture(once: ClipSource) -> None:
    assert [number_of(once.picture_at(p, exact=True)) for p in (43, 44, 45, 200)] == [43, 44, 44, 44]
    assert number_of(once.picture_at(3, exact=True)) == 3


def test_the_same_position_is_the_same_object(looping: ClipSource) -> None:
    assert looping.picture_at(4, exact=True) is looping.picture_at(4, exact=True)


def test_a_slower_program_skips_and_a_faster_one_repeats(path: Path) -> None:
    for rate in (15, 25, 60):
        source = ClipSource(lambda: path, ProgramFormat(1280, 720, rate), loop=True, duration_us=DURATION_US)
        source.prepare()
        shown = [number_of(source.picture_at(p, exact=True)) for p in range(2 * rate)]
        source.close()
        assert shown == [p * RATE // rate % PICTURES for p in range(2 * rate)]


def test_what_was_shown_live_is_found_again_offline(path: Path, looping: ClipSource) -> None:
    """Live the decoder may be behind: the position that is told gives the very same bytes offline."""
    offline = ClipSource(lambda: path, PROGRAM, loop=True, duration_us=DURATION_US)
    offline.prepare()
    for position in [*range(20), 300, 301, 40, 41, 42, *range(100, 130)]:
        live = looping.picture_at(position, exact=False)
        again = offline.picture_at(looping.shown_position(), exact=True)
        assert live is not None
        assert again is not None
        assert np.array_equal(live.data, again.data)
    offline.close()


def test_live_never_waits_and_catches_up(looping: ClipSource) -> None:
    assert number_of(looping.picture_at(0, exact=False)) == 0
    looping.picture_at(20, exact=True)
    assert number_of(looping.picture_at(20, exact=False)) == 20
    assert looping.shown_position() == 20


def test_pictures_that_are_held_are_not_drawn_over(looping: ClipSource) -> None:
    held = [looping.picture_at(p, exact=True) for p in range(40)]
    assert [number_of(picture) for picture in held] == list(range(40))


def test_full_range_becomes_limited(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "full.mp4", full_range=True)
    source = ClipSource(lambda: path, PROGRAM, loop=False, duration_us=DURATION_US)
    source.prepare()
    picture = source.picture_at(1, exact=True)
    source.close()
    assert picture is not None
    assert abs(int(picture.y[32, 8]) - 235) <= 2
    assert abs(int(picture.y[32, 24]) - 16) <= 2


def test_what_is_no_clip_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(BadMedia, match=r"noise\.mp4"):
        ClipSource(lambda: path, PROGRAM, loop=True, duration_us=0).prepare()
