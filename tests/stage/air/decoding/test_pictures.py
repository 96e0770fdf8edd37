"""Decoded pictures: colours as announced, upright, no larger than announced, nothing torn."""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import replace
from PIL import Image

from live.errors import BadMedia
from live.messages.packets import Track
from stage.air.bounds import slot_bytes
from stage.air.decoding.pictures import PictureDecoder, Shaping
from stage.picture import Picture
from tests import time_strip
from tests.footage import bomb, footage

LOOP = footage(320, 180, 10, "h264", 4)
TRACK = LOOP.track()


def shaped(frame: av.VideoFrame, track: Track) -> Picture:
    into = np.empty(slot_bytes((replace(track, width_px=0, height_px=0),)), np.uint8)
    width, height = Shaping(track).shape(frame, into)
    return Picture(into[: width * height * 3 // 2].reshape(-1, width))


def flat(y: int, u: int, v: int) -> av.VideoFrame:
    data: npt.NDArray[np.uint8] = np.empty((270, 320), np.uint8)
    data[:180], data[180:225], data[225:] = y, u, v
    return av.VideoFrame.from_ndarray(data, format="yuv420p")


@pytest.mark.parametrize(
    ("announced", "came", "expected"),
    [
        ({}, (81, 90, 240), (81, 90, 240)),
        ({"matrix": "bt709", "full_range": True}, (255, 128, 128), (235, 128, 128)),
        ({"matrix": "smpte170m", "full_range": False}, (81, 90, 240), (63, 102, 240)),
        ({"matrix": "bt470bg", "full_range": True}, (76, 85, 255), (63, 102, 240)),
    ],
)
def test_colours_are_as_the_hello_says(
    announced: dict[str, object], came: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    picture = shaped(flat(*came), replace(TRACK, **announced))
    assert np.abs(picture.y.astype(int) - expected[0]).max() <= 2
    assert np.abs(picture.u.astype(int) - expected[1]).max() <= 2
    assert np.abs(picture.v.astype(int) - expected[2]).max() <= 2


def test_a_turned_phone_stands_upright() -> None:
    framed = PictureDecoder(TRACK).decode(LOOP.pictures[0].payload)
    assert framed is not None
    upright = framed.frame.to_ndarray()[:180]
    for rotation, turns in ((90, -1), (180, 2), (270, 1)):
        picture = shaped(framed.frame, replace(TRACK, rotation=rotation))
        np.testing.assert_array_equal(picture.y, np.rot90(upright, turns))


def test_a_bomb_is_refused_before_it_is_decoded_and_the_next_key_goes_on() -> None:
    decoder = PictureDecoder(TRACK)
    assert decoder.may_come(LOOP.pictures[0].payload)
    assert decoder.decode(LOOP.pictures[0].payload) is not None
    with pytest.raises(BadMedia):
        decoder.decode(bomb())
    assert not decoder.may_come(LOOP.pictures[1].payload)
    assert decoder.may_come(LOOP.pictures[20].payload)
    framed = decoder.decode(LOOP.pictures[20].payload)
    assert framed is not None
    assert framed.index == 1
    assert time_strip.read(framed.frame.to_ndarray()[:180].astype(np.uint8)) == 20


@pytest.mark.parametrize(("codec", "width"), [("hev1.1.6.L93", 320), ("avc1.42e01f", 7680)])
def test_what_nobody_may_send_is_refused_at_the_hello(codec: str, width: int) -> None:
    with pytest.raises(BadMedia, match="expected pictures"):
        PictureDecoder(replace(TRACK, codec=codec, width_px=width, height_px=4320 if width > 4000 else 180))


def test_a_ribbon_is_no_picture() -> None:
    """Few pixels, but wider than any camera and than what the words to the stage can say."""
    file = BytesIO()
    Image.new("RGB", (8192, 2)).save(file, "JPEG")
    decoder = PictureDecoder(replace(TRACK, codec="jpeg", width_px=0, height_px=0))
    assert decoder.may_come(file.getvalue())
    with pytest.raises(BadMedia, match="8192×2"):
        decoder.decode(file.getvalue())
