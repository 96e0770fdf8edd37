"""Where a stream is kept: `streams/STREAM_ID/NNN.mkv`, its headers `NNN.heads` and its hello `NNN.json`.

A segment begins with each hello, and whenever a decoding child is replaced. Numbers go up and are never used again, in
all runs of a show: pictures and sound on stage are named by them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from live.errors import NotFound
from live.messages.coding import from_json, to_json
from live.messages.packets import Hello

_NAME = re.compile(r"(\d{3,9})\.(?:mkv|heads|json)")
_OLD = os.O_RDONLY | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Segment:
    """`files` are open descriptors of the media and of the headers; whoever has the segment closes them."""

    number: int
    hello: Hello
    files: tuple[int, int]

    def close(self) -> None:
        _close_all(self.files)


def begin_segment(folder: Path, hello: Hello) -> Segment:
    """Make the files of a stream's next segment. Raises OSError."""
    place = folder / hello.stream_id
    place.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(found[1]) for name in os.listdir(place) if (found := _NAME.fullmatch(name))), default=0)
    base = place / f"{number:03}"
    opened: list[int] = []
    try:
        opened.append(os.open(base.with_suffix(".mkv"), _NEW, 0o644))
        opened.append(os.open(base.with_suffix(".heads"), _NEW, 0o644))
        base.with_suffix(".json").write_bytes(to_json(hello))
    except OSError:
        _close_all(opened)
        raise
    media, heads = opened
    return Segment(number, hello, (media, heads))


def open_segment(folder: Path, stream_id: str, number: int) -> Segment:
    """Open a segment that is kept. Raises NotFound."""
    base = folder / stream_id / f"{number:03}"
    opened: list[int] = []
    try:
        hello = from_json(base.with_suffix(".json").read_bytes(), Hello)
        opened.append(os.open(base.with_suffix(".mkv"), _OLD))
        opened.append(os.open(base.with_suffix(".heads"), _OLD))
        media, heads = opened
        return Segment(number, hello, (media, heads))
    except OSError as error:
        _close_all(opened)
        raise NotFound(
            f"expected the kept stream {stream_id}/{number:03}.mkv with its headers and hello, got: {error}; "
            "bring the show's streams folder back and render again"
        ) from None


def _close_all(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
