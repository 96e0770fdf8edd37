"""Key pictures are known by their bits, and H.264 in MP4's packing becomes annexb."""

from __future__ import annotations

import base64

import pytest

from live.errors import BadMedia
from stage.air.decoding.bitstream import START_CODE, Unpacking, key_test, nal_types
from tests.footage import Codec, footage


@pytest.mark.parametrize(("codec", "name"), [("h264", "h264"), ("vp8", "vp8"), ("jpeg", "mjpeg")])
def test_key_pictures_are_told_by_their_bits(codec: Codec, name: str) -> None:
    is_key = key_test(name)
    for coded in footage(320, 180, 10, codec, 4).pictures:
        assert is_key(coded.payload) == coded.key


@pytest.mark.parametrize("name", ["h264", "vp8", "vp9", "mjpeg"])
@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0\1", b"\xff" * 5, bytes(range(256))])
def test_what_is_no_picture_is_no_key(name: str, payload: bytes) -> None:
    assert not key_test(name)(payload)


def test_units_behind_lengths_become_annexb_with_parameters_before_each_key() -> None:
    key = footage(320, 180, 10, "h264", 4).pictures[0].payload
    units = [unit.rstrip(b"\0") for unit in key.replace(START_CODE, b"\0\0\1").split(b"\0\0\1") if unit]
    sps, pps = (next(unit for unit in units if unit[0] & 0x1F == kind) for kind in (7, 8))
    record = bytes([1, *sps[1:4], 0xFF, 0xE1]) + len(sps).to_bytes(2, "big") + sps
    record += bytes([1]) + len(pps).to_bytes(2, "big") + pps
    idr = next(unit for unit in units if unit[0] & 0x1F == 5)
    unpacking = Unpacking(base64.b64encode(record).decode())
    annexb = unpacking.annexb(len(idr).to_bytes(4, "big") + idr)
    assert list(nal_types(annexb))[:2] == [7, 8]
    assert annexb.endswith(START_CODE + idr)
    with pytest.raises(BadMedia, match="cut short"):
        unpacking.annexb(b"\0\0\xff\xff\1\2\3")


@pytest.mark.parametrize(
    "description", ["", "no base64!", base64.b64encode(bytes([1, 2, 3, 4, 255, 225, 0, 99])).decode()]
)
def test_a_description_that_is_none_is_refused(description: str) -> None:
    with pytest.raises(BadMedia, match="avcC"):
        Unpacking(description)
