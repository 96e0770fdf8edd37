"""What can be told of an encoded picture without decoding it: is it a key picture, and H.264 in which packing.

A sender's word for it (the packet's key flag) is not believed: who goes on at a picture that is no key shows garbage.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from live.errors import BadMedia

START_CODE = b"\x00\x00\x00\x01"
IDR, SPS, PPS = 5, 7, 8


def key_test(codec: str) -> Callable[[bytes], bool]:
    """Return what tells key pictures of a decoder's name."""
    return _KEY_TESTS[codec]


def nal_types(annexb: bytes) -> Iterator[int]:
    at = annexb.find(b"\x00\x00\x01")
    while 0 <= at < len(annexb) - 3:
        yield annexb[at + 3] & 0x1F
        at = annexb.find(b"\x00\x00\x01", at + 3)


def _is_h264_key(payload: bytes) -> bool:
    """SPS, PPS and SEI stand before the picture: a look at the first units is enough, however large it is."""
    for _, kind in zip(range(16), nal_types(payload[:4096]), strict=False):
        if 1 <= kind <= IDR:
            return kind == IDR
    return False


def _is_vp8_key(payload: bytes) -> bool:
    return len(payload) > 10 and not payload[0] & 1 and payload[3:6] == b"\x9d\x01\x2a"


def _is_vp9_key(payload: bytes) -> bool:
    """Two bits of marker, two of profile, then `show_existing_frame` and, 0 for a key, `frame_type`."""
    return bool(payload) and payload[0] >> 6 == 2 and payload[0] & 0x30 != 0x30 and not payload[0] & 0x0C


def _is_jpeg(payload: bytes) -> bool:
    return payload[:2] == b"\xff\xd8"


_KEY_TESTS: dict[str, Callable[[bytes], bool]] = {
    "h264": _is_h264_key,
    "vp8": _is_vp8_key,
    "vp9": _is_vp9_key,
    "mjpeg": _is_jpeg,
}


class Unpacking:
    """H.264 as MP4 has it (units behind their lengths, SPS and PPS in the description) becomes annexb."""

    def __init__(self, description: str) -> None:
        """Raises BadMedia."""
        try:
            record = base64.b64decode(description, validate=True)
            self._length_bytes = (record[4] & 3) + 1
            self._parameters = b"".join(START_CODE + unit for unit in _units_of(record))
        except (binascii.Error, IndexError):
            raise BadMedia(
                "expected an avcC record in the track's description, got none that is whole; send H.264 as annexb"
            ) from None

    def annexb(self, payload: bytes) -> bytes:
        """Raises BadMedia."""
        units: list[bytes] = []
        at = 0
        while at < len(payload):
            start = at + self._length_bytes
            end = start + int.from_bytes(payload[at:start], "big")
            if end > len(payload) or end == start:
                raise BadMedia("expected whole units behind their lengths, got a picture cut short")
            units.append(payload[start:end])
            at = end
        is_key = any(unit[0] & 0x1F == IDR for unit in units)
        return (self._parameters if is_key else b"") + b"".join(START_CODE + unit for unit in units)


def _units_of(record: bytes) -> Iterator[bytes]:
    """The SPS and PPS of an avcC record. Raises IndexError where it is cut short."""
    at = 5
    for mask in (0x1F, 0xFF):
        count, at = record[at] & mask, at + 1
        for _ in range(count):
            start = at + 2
            end = start + int.from_bytes(record[at:start], "big")
            if end > len(record):
                raise IndexError
            yield record[start:end]
            at = end
