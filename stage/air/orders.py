"""The words between the stage and a walled child that decodes: fixed heads, then bytes. Pure; the sockets are others'.

The stage orders, the child answers each `PACKET` and each `FETCH` with one word, in order, so that the oldest order
without an answer is what the child is at. What a child says is believed only as far as it can be checked: it reads
what strangers sent.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import msgspec

from live.messages.base import Message
from live.messages.packets import Track
from live.sandbox.limits import Limits

ORDER = struct.Struct("<BxHHHIq")
WORD = struct.Struct("<BBHHHHHIqqqI")
MAX_ORDER_BYTES = 5 << 20
MAX_WORD_BYTES = 4 << 20
NO_SLOT = 0xFFFF
NOT_KEPT = 0xFFFF_FFFF


class OrderKind(IntEnum):
    OPEN = 1
    """With `Opening` as JSON and the descriptors of the slots and of the two files."""
    PACKET = 2
    """With the message as it came from the hub, header and all."""
    CLOSE = 3
    REPLAY = 4
    """With `Opening` as JSON and the descriptors of the slots and of the two files, which are there already."""
    FETCH = 5
    """The picture `number` of a replayed segment into a slot; with no slot its next sound packet."""


class WordKind(IntEnum):
    READY = 1
    """The walls stand; with `Confinement` in plain words."""
    PICTURE = 2
    """A picture lies in the slot."""
    SOUND = 3
    """With the frames, float32 stereo; or `width` frames lie in the place `slot`, which the order named."""
    NOTHING = 4
    """The packet gave nothing to show or hear: no fault of its own."""
    BAD = 5
    """The packet was no media, or too much of it; with a sentence."""
    REFUSED = 6
    """The stream cannot be decoded at all; with a sentence. No answer to a packet."""
    MORE_SOUND = 7
    """As `SOUND`, and the answer to the packet is still to come."""
    NOT_KEPT = 8
    """From here on the stream is not written; with a sentence. No answer to a packet."""


ANSWERS = frozenset((WordKind.PICTURE, WordKind.SOUND, WordKind.NOTHING, WordKind.BAD))


class Opening(Message, frozen=True):
    """What a child is told of a segment. A slot holds `slot_bytes`; pictures that do not fit are refused."""

    tracks: tuple[Track, ...]
    slot_bytes: int
    slots: int
    is_recording: bool = False
    """Replayed: what the phone recorded beside the stream, one track of it; it says itself how it stands upright."""


class Task(Message, frozen=True):
    """The first line that a child hears."""

    limits: Limits


class Order(msgspec.Struct, frozen=True, gc=False):
    kind: OrderKind
    stream: int
    slot: int
    place: int
    at_us: int
    body: bytes


class Word(msgspec.Struct, frozen=True, gc=False):
    kind: WordKind
    stream: int
    slot: int = NO_SLOT
    width: int = 0
    height: int = 0
    concealed: int = 0
    index: int = NOT_KEPT
    first_frame: int = 0
    captured_us: int = 0
    arrived_us: int = 0
    body: bytes = b""


def order_head(
    kind: OrderKind, stream: int, body_bytes: int, *, slot: int = NO_SLOT, place: int = NO_SLOT, at_us: int = 0
) -> bytes:
    """For `FETCH`, `at_us` is the picture's number."""
    return ORDER.pack(kind, stream, slot, place, body_bytes, at_us)


def write_word(word: Word) -> bytes:
    head = WORD.pack(
        word.kind, 0, word.stream, word.slot, word.width, word.height, word.concealed, word.index,
        word.first_frame, word.captured_us, word.arrived_us, len(word.body),
    )  # fmt: skip
    return head + word.body


class Broken(Exception):
    """The other end says what nobody of ours says."""


class OrderReader:
    """Bytes in, whole orders out, one by one. What the stage says is believed."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        del self._bytes[: self._at]
        self._bytes += data
        self._at = 0

    def next(self) -> Order | None:
        """The next order, if all of it is there."""
        start = self._at + ORDER.size
        if start > len(self._bytes):
            return None
        kind, stream, slot, place, length, at_us = ORDER.unpack_from(self._bytes, self._at)
        end = start + length
        if end > len(self._bytes):
            return None
        self._at = end
        return Order(_ORDERS[kind], stream, slot, place, at_us, bytes(self._bytes[start:end]))


class WordReader:
    """Bytes in, whole words out. Raises Broken."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Word]:
        """What is whole already is read in place."""
        if self._rest:
            self._rest += data
        source = self._rest or data
        words: list[Word] = []
        at = 0
        while len(source) - at >= WORD.size:
            kind, _, *fields, length = WORD.unpack_from(source, at)
            if length > MAX_WORD_BYTES or kind not in _WORDS:
                raise Broken(f"a word of kind {kind} with {length} bytes")
            end = at + WORD.size + length
            if len(source) < end:
                break
            body = bytes(source[at + WORD.size : end])
            words.append(Word(_WORDS[kind], *fields, body))  # type: ignore[call-arg]  # struct gives no types
            at = end
        if source is self._rest:
            del self._rest[:at]
        else:
            self._rest += source[at:]
        return words


_ORDERS = {kind.value: kind for kind in OrderKind}
_WORDS = {kind.value: kind for kind in WordKind}
