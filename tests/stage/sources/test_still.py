"""Photos: decoded once to BT.709, brought down to the program, drifting by position alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from live.errors import BadMedia
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.sources.still import StillSource

PROGRAM = ProgramFormat(320, 180, 30)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Red on the left, blue on the right, larger than the program."""
    image = Image.new("RGB", (801, 601), (255, 0, 0))
    image.paste((0, 0, 255), (400, 0, 801, 601))
    image.save(tmp_path / "photo.jpg", quality=95, subsampling=0)
    return tmp_path / "photo.jpg"


def prepared(path: Path, *, ken_burns: bool = False) -> StillSource:
    source = StillSource(lambda: path, PROGRAM, ken_burns=ken_burns)
    source.prepare()
    return source


def colour(picture: Picture, x: float, y: float) -> tuple[int, int, int]:
    column, row = int(x * picture.width), int(y * picture.height)
    return int(picture.y[row, column]), int(picture.u[row // 2, column // 2]), int(picture.v[row // 2, column // 2])


def test_colours_are_bt709_limited(photo: Path) -> None:
    picture = prepared(photo).picture_at(0, exact=True)
    assert np.abs(np.subtract(colour(picture, 0.2, 0.5), (63, 102, 240))).max() <= 3
    assert np.abs(np.subtract(colour(picture, 0.8, 0.5), (32, 240, 118))).max() <= 3


def test_it_is_no_larger_than_the_program_can_show(photo: Path) -> None:
    picture = prepared(photo).picture_at(0, exact=True)
    assert (picture.width, picture.height) == (320, 240)


def test_it_stands_still_without_ken_burns(photo: Path) -> None:
    source = prepared(photo)
    assert source.picture_at(0, exact=True) is source.picture_at(500, exact=True)


def test_ken_burns_moves_slowly_and_by_position_alone(photo: Path) -> None:
    live, offline = prepared(photo, ken_burns=True), prepared(photo, ken_burns=True)
    live.picture_at(3, exact=False)
    late = live.picture_at(600, exact=False)
    assert np.array_equal(late.data, offline.picture_at(600, exact=True).data)
    assert not np.array_equal(late.data, offline.picture_at(0, exact=True).data)
    near = np.abs(live.picture_at(601, exact=False).y.astype(int) - late.y)
    assert np.count_nonzero(near > 4) < near.size / 50


def test_ken_burns_never_shows_an_edge(photo: Path) -> None:
    """Left of the middle is red and right of it blue at all times: nothing else comes in."""
    source = prepared(photo, ken_burns=True)
    for position in range(0, 3000, 250):
        picture = source.picture_at(position, exact=True)
        assert np.abs(np.subtract(colour(picture, 0.02, 0.02), (63, 102, 240))).max() <= 3
        assert np.abs(np.subtract(colour(picture, 0.98, 0.98), (32, 240, 118))).max() <= 3


def test_what_is_no_photo_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "nothing.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    with pytest.raises(BadMedia, match=r"nothing\.jpg"):
        prepared(path)
