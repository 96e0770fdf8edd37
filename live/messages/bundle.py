"""Many live streams on one WebSocket, `GET /live/watch`: what a watcher asks for, and how packets are gathered.

The watcher gives each stream that it wants a number of its own choice and hears of it under that number until it takes
the number back. A binary message holds one or more packets as `live.messages.packets` has them, each behind a head of
six bytes, little-endian: number (u16), bytes of the packet (u32). Texts to the watcher are `Begun`, `Ended` and
`Refused`; a stream's packets come after its `Begun`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from live.errors import UnknownMessage
from live.messages.air import Trouble
from live.messages.base import Tagged
from live.messages.packets import HEADER_BYTES, MAX_PACKET_BYTES, Hello
from live.messages.views import Problem

HEAD = struct.Struct("<HI")
MAX_NUMBER = 0xFFFF
GATHERED_BYTES = 128 * 1024
"""A message that has so much is sent; the packet that made it so much is still in it."""
MAX_BUNDLE_BYTES = GATHERED_BYTES + MAX_PACKET_BYTES + HEAD.size


class Numbered(Tagged, frozen=True):
    """Of the stream that has this number, on this line."""

    number: int


class Follow(Numbered, frozen=True):
    """From the watcher: hear this stream from now on, of these tracks. The number must be free."""

    stream_id: str
    tracks: tuple[int, ...]


class Leave(Numbered, frozen=True):
    """From the watcher: no more of it. Packets on their way may still come."""


class KeyOf(Numbered, frozen=True):
    """From the watcher: please, a key picture."""


class TroubleOf(Numbered, frozen=True):
    """From the stage: what is wrong with the stream (`live.messages.air.Trouble`)."""

    trouble: Trouble


class Begun(Numbered, frozen=True):
    """To the watcher: what the stream's publisher sends, first and whenever that changes."""

    hello: Hello


class Ended(Numbered, frozen=True):
    """To the watcher: the stream is over for good; the number is free."""


class Refused(Numbered, frozen=True):
    """To the watcher: this stream cannot be heard; the number is free."""

    problem: Problem


Asked = Follow | Leave | KeyOf | TroubleOf
Said = Begun | Ended | Refused


def split(bundle: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each packet with its number. Raises UnknownMessage at the first thing that is no packet."""
    at, size = 0, len(bundle)
    while at < size:
        if size - at < HEAD.size:
            raise UnknownMessage(f"expected a head of {HEAD.size} bytes before each packet, got {size - at} bytes more")
        number, length = HEAD.unpack_from(bundle, at)
        at += HEAD.size
        if not HEADER_BYTES < length <= MAX_PACKET_BYTES or length > size - at:
            raise UnknownMessage(
                f"expected a packet of more than {HEADER_BYTES} bytes and within the message, got {length} "
                f"of {size - at} that are left"
            )
        yield number, bundle[at : at + length]
        at += length
