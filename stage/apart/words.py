"""The words between the stage and a process that hosts an output: fixed heads, then bytes. Pure; others have sockets.

Down go the task, then pictures (by their place in the ring) and blocks; the end of the line is the end of the output.
Up come places that are free again, how the output stands where that has changed, and keys pressed in a window.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from live.messages.base import Message, Tagged
from stage.hub_address import HubAddress

HEAD = struct.Struct("<BxHIq")
MAX_WORD_BYTES = 1 << 16


class Kind(IntEnum):
    TASK = 1
    """Down, first: `Task` as JSON."""
    PICTURE = 2
    """Down: the picture `number` lies in the ring at `place`."""
    BLOCK = 3
    """Down: float32 stereo from frame `number` on."""
    FREE = 4
    """Up: nobody looks at `place` any more."""
    STANDING = 5
    """Up: `Standing` as JSON."""
    KEY = 6
    """Up: the name of a key that was pressed in the window."""


class Record(Tagged, frozen=True):
    """Host a recording into this file."""

    path: str


class Broadcast(Tagged, frozen=True):
    """Host the stream to the hub."""

    hub: HubAddress


class Window(Tagged, frozen=True):
    """Host the program's window, on this display (None: the first)."""

    display: int | None
    fullscreen: bool


Hosted: TypeAlias = Record | Broadcast | Window


class Task(Message, frozen=True):
    """What a host is told before all else."""

    output: Hosted
    width: int
    height: int
    pictures_per_second: int
    places: int


class Standing(Message, frozen=True):
    """How the output stands: as `ports.Output` has it, and what it has use for now."""

    state: str
    dropped: int
    wants_pictures: bool
    wants_sound: bool


class Word(NamedTuple):
    kind: Kind
    place: int
    number: int
    body: bytes


class Broken(Exception):
    """The other end says what none of ours says."""


def write(kind: Kind, *, place: int = 0, number: int = 0, body: bytes = b"") -> bytes:
    return HEAD.pack(kind, place, len(body), number) + body


class Reader:
    """Bytes in, whole words out. Raises Broken."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Word]:
        self._rest += data
        at = 0
        while len(self._rest) - at >= HEAD.size:
            kind, place, length, number = HEAD.unpack_from(self._rest, at)
            if kind not in _KINDS or length > MAX_WORD_BYTES:
                raise Broken(f"expected a word, got one of kind {kind} with {length} bytes")
            end = at + HEAD.size + length
            if end > len(self._rest):
                break
            yield Word(_KINDS[kind], place, number, bytes(self._rest[at + HEAD.size : end]))
            at = end
        del self._rest[:at]


_KINDS = {kind.value: kind for kind in Kind}
