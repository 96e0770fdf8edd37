"""Live media on a raw WebSocket: one text message says what comes, then one binary message per encoded access unit.

Header of a binary message, 24 bytes little-endian: track (u8), flags (u8), sequence (u16, wraps), reserved (u32, 0),
captured_us (i64, show time), sent_us (i64, show time).
"""

from __future__ import annotations

import struct
from typing import Literal

from live.errors import UnknownMessage
from live.messages.base import Message

HEADER = struct.Struct("<BBHIqq")
HEADER_BYTES = HEADER.size
assert HEADER_BYTES == 24

FLAG_KEY = 1
MAX_PACKET_BYTES = 4 << 20


class Track(Message, frozen=True):
    """`codec` is a WebCodecs codec string ("avc1.42e01f", "opus", …) or "jpeg", "pcm-s16"."""

    track: int
    kind: Literal["video", "audio"]
    codec: str
    width_px: int = 0
    height_px: int = 0
    sample_rate_hz: int = 0
    channels: int = 0
    annexb: bool = True
    rotation: Literal[0, 90, 180, 270] = 0
    """Clockwise degrees by which the stage turns the picture to stand upright."""
    full_range: bool | None = None
    """What the encoder says of its colours; None: as the bitstream says, else BT.709 limited."""
    matrix: Literal["bt709", "smpte170m", "bt470bg", "bt2020-ncl", "rgb"] | None = None
    description: str = ""
    """Codec description (avcC, OpusHead …) in base64 where the bitstream does not carry it."""
    packet_ms: int = 0
    """How much sound a packet holds; 0: not said."""


class Hello(Message, frozen=True):
    """First text message of a publisher, and again whenever a track changes (camera turned or switched).

    The hub sends it on to every subscriber; a key picture follows.
    """

    stream_id: str
    tracks: tuple[Track, ...]


class Packet(Message, frozen=True):
    track: int
    key: bool
    sequence: int
    captured_us: int
    sent_us: int
    payload: bytes


def pack(packet: Packet) -> bytes:
    flags = FLAG_KEY if packet.key else 0
    head = HEADER.pack(packet.track, flags, packet.sequence & 0xFFFF, 0, packet.captured_us, packet.sent_us)
    return head + packet.payload


def unpack(message: bytes) -> Packet:
    """Raises UnknownMessage for anything shorter than the header or longer than MAX_PACKET_BYTES."""
    if not HEADER_BYTES <= len(message) <= MAX_PACKET_BYTES:
        raise UnknownMessage(
            f"expected a media packet of {HEADER_BYTES} to {MAX_PACKET_BYTES} bytes, got {len(message)}; "
            "send one encoded access unit a message, behind its 24-byte header"
        )
    track, flags, sequence, _, captured_us, sent_us = HEADER.unpack_from(message)
    return Packet(
        track=track,
        key=bool(flags & FLAG_KEY),
        sequence=sequence,
        captured_us=captured_us,
        sent_us=sent_us,
        payload=message[HEADER_BYTES:],
    )
