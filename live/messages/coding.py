"""JSON in and out. What does not fit its type becomes an `UnknownMessage` whose sentence names the field."""

from __future__ import annotations

import json
import threading
from typing import Any, TypeVar

import msgspec

from live.errors import UnknownMessage

T = TypeVar("T")

_ready: set[object] = set()
_making_ready = threading.Lock()


def to_plain(message: msgspec.Struct) -> Any:
    """Return the message as dicts, lists, strings and numbers (what Socket.IO wants)."""
    return msgspec.to_builtins(message)


def from_plain(plain: object, kind: type[T]) -> T:
    """Parse what Socket.IO gave. Raises UnknownMessage.

    Half an emoji, as a page may cut it off, comes through Socket.IO's JSON and could never be written again, by the
    journal least of all: it becomes a question mark.
    """
    _make_ready(kind)
    try:
        message = msgspec.convert(plain, kind)
        try:
            to_json(message)
        except UnicodeEncodeError:
            text = json.dumps(msgspec.to_builtins(message), ensure_ascii=False)
            return msgspec.json.decode(text.encode(errors="replace"), type=kind)
        return message
    except msgspec.MsgspecError as error:
        raise UnknownMessage(f"expected {_name(kind)}: {error}; see docs/messages.md for its fields") from None


def to_json(message: object) -> bytes:
    return msgspec.json.encode(message)


def from_json(data: bytes | str, kind: type[T]) -> T:
    """Parse JSON text. Raises UnknownMessage."""
    _make_ready(kind)
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise UnknownMessage(f"expected {_name(kind)} as JSON: {error}; see docs/messages.md for its fields") from None


def _make_ready(kind: object) -> None:
    """Have msgspec work out a type before it is used, one thread at a time.

    It does so at a type's first use and keeps the result on the classes: two threads at it together, and the process
    dies of a segmentation fault (seen with msgspec 0.22 and many links in one process).
    """
    if kind not in _ready:
        with _making_ready:
            msgspec.json.Decoder(kind)
            _ready.add(kind)


def _name(kind: type[T]) -> str:
    return getattr(kind, "__name__", str(kind))
