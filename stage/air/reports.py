"""The words between the stage and its receiver: wishes down as lines of JSON, reports up as fixed heads. Pure.

Down goes what is told before all else (`Begin`), then which streams are wanted. Up come pictures (by their slot) and
sound (by its place in the ring), many thousand a second of a full hall, and now and then how the streams stand. The
receiver is one of ours and is believed; what strangers sent was checked by it and by its children.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import msgspec

from live.messages.base import Message, Tagged
from stage.air.orders import Broken
from stage.hub_address import HubAddress

MAX_NUMBER = 0xFFFF
MAX_LINE_BYTES = 1 << 16
MAX_BODY_BYTES = 1 << 20


class Begin(Tagged, frozen=True):
    """The first wish. `offset_us` is show time less this machine's monotonic time."""

    hub: HubAddress
    folder: str
    children: int | None
    offset_us: int
    times: int
    """So often a receiver was started before in this run."""


class Want(Tagged, frozen=True):
    """Receive a stream, and call it by this number."""

    number: int
    stream_id: str


class LetGo(Tagged, frozen=True):
    """Nobody wants it; it lingers a while."""

    number: int


class Late(Tagged, frozen=True):
    """How late its sound is, by whoever plays it; empty where it is not."""

    number: int
    text: str


class Clock(Tagged, frozen=True):
    """The show's clock was corrected."""

    offset_us: int


Wish = Begin | Want | LetGo | Late | Clock


class StreamStanding(Message, frozen=True):
    """How one stream does; counts are since the receiver was started."""

    number: int
    trouble: str
    skipped: int
    bad: int


class Standing(Message, frozen=True):
    """Several times a second, so that a receiver that hangs is known by its silence; of `streams` those that changed.

    `left_out`: pictures and runs of sound that the stage could not take.
    """

    streams: tuple[StreamStanding, ...]
    children: tuple[int, ...]
    children_replaced: int
    left_out: int


class ReportKind(IntEnum):
    OPENED = 1
    """The stream's pictures lie from here on in other memory, whose descriptor comes along: `slot` slots of `size`."""
    PICTURE = 2
    """A picture lies in the slot."""
    SOUND = 3
    """`size` frames lie in the ring at `position`."""
    GONE = 4
    """The stream is not received any more."""
    STANDING = 5
    """With `Standing` as JSON, `size` bytes."""


class Report(NamedTuple):
    kind: int
    number: int
    slot: int = 0
    width: int = 0
    height: int = 0
    size: int = 0
    concealed: int = 0
    segment: int = 0
    kept_index: int = 0
    first_frame: int = 0
    captured_us: int = 0
    arrived_us: int = 0
    position: int = 0
    body: bytes = b""


_HEAD = struct.Struct("<BxHHHHIIIIqqqq")


def write_wish(wish: Wish) -> bytes:
    return msgspec.json.encode(wish) + b"\n"


def write_report(report: Report) -> bytes:
    return _HEAD.pack(*report[:-1]) + report.body


class WishReader:
    """Bytes in, whole wishes out. Raises Broken."""

    def __init__(self) -> None:
        self._rest = b""
        self._decoder = msgspec.json.Decoder(Wish)

    def feed(self, data: bytes) -> list[Wish]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise Broken(f"expected a line of up to {MAX_LINE_BYTES} bytes")
        try:
            return [self._decoder.decode(line) for line in lines]
        except msgspec.MsgspecError as error:
            raise Broken(str(error)) from None


class ReportReader:
    """Bytes in, whole reports out. Raises Broken."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Report]:
        self._rest += data
        at, end = 0, len(self._rest)
        while end - at >= _HEAD.size:
            fields = _HEAD.unpack_from(self._rest, at)
            kind, length = fields[0], fields[5]
            if not ReportKind.OPENED <= kind <= ReportKind.STANDING:
                raise Broken(f"expected a report, got one of kind {kind}")
            body = b""
            after = at + _HEAD.size
            if kind == ReportKind.STANDING:
                if length > MAX_BODY_BYTES:
                    raise Broken(f"expected a standing of up to {MAX_BODY_BYTES} bytes, got {length}")
                if end - after < length:
                    break
                body = bytes(self._rest[after : after + length])
                after += length
            yield Report._make((*fields, body))
            at = after
        del self._rest[:at]
