"""Where a stream is kept: `streams/STREAM_ID/NNN.mkv`, its headers `NNN.heads` and its hello `NNN.json`.

A segment begins with each hello, and whenever a decoding child is replaced. Numbers go up and are never used again, in
all runs of a show: pictures and sound on stage are named by them. What was taken back, and what a disk has no room for,
is shown and not kept: such a segment has a number that is no file's.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from live.errors import NotFound
from live.kept_streams import is_withdrawn
from live.messages.coding import from_json, to_json
from live.messages.packets import Hello

LEAVE_BYTES = 2_000_000_000
"""Room on the disk that streams leave alone: the program's recording has some minutes of it at its most, a quarter of
an hour as a rule, and uploads, the journal and the side log go on. Uploads end at 256 MB (`live.uploads.limits`)."""
UNKEPT_FROM, MOST_UNKEPT, MOST_TIMES = 1_000_000_000, 1_000_000, 3000
"""Numbers of segments that are not kept; those that are have nine digits at most. So many for each start of a receiver
in one run."""

_unkept = itertools.count(UNKEPT_FROM)
_NAME = re.compile(r"(\d{3,9})\.(?:mkv|heads|json)")
_OLD = os.O_RDONLY | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Segment:
    """`files` are open descriptors of the media and of the headers; whoever has the segment closes them.

    `trouble` says why it is not kept, where that is not as it should be.
    """

    number: int
    hello: Hello
    files: tuple[int, int]
    trouble: str = ""

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _close_all(self.files)


def number_unkept(times: int) -> None:
    """Begin with numbers that no receiver of this run had, which was started so many times before."""
    global _unkept
    _unkept = itertools.count(UNKEPT_FROM + times % MOST_TIMES * MOST_UNKEPT)


def is_kept(number: int) -> bool:
    """Is there, or was there, a file of this segment?"""
    return 0 < number < UNKEPT_FROM


def begin_segment(folder: Path, hello: Hello, leave_bytes: int = LEAVE_BYTES) -> Segment:
    """Make the files of a stream's next segment, or one that is not kept. Raises OSError where nothing can be opened.

    Past `leave_bytes` of free room nothing more is kept.
    """
    place = folder / hello.stream_id
    try:
        place.mkdir(parents=True, exist_ok=True)
        check_room(shutil.disk_usage(place).free, leave_bytes)
        segment = None if is_withdrawn(place) else _new_segment(place, hello)
    except OSError as error:
        return _unkept_segment(hello, str(error))
    if segment is not None and is_withdrawn(place):  # taken back meanwhile: whoever shreds may not have seen it
        segment.close()
        for suffix in (".mkv", ".heads", ".json"):
            (place / f"{segment.number:03}{suffix}").unlink(missing_ok=True)
        segment = None
    return segment or _unkept_segment(hello)


def check_room(free_bytes: int, leave_bytes: int) -> None:
    """Raises OSError."""
    if free_bytes < leave_bytes:
        raise OSError(
            f"expected {leave_bytes / 1e6:.0f} MB of room on the stage's disk, got {free_bytes / 1e6:.0f} MB, "
            "which are left to the recording"
        )


def _new_segment(place: Path, hello: Hello) -> Segment:
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


def _unkept_segment(hello: Hello, trouble: str = "") -> Segment:
    media = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    return Segment(next(_unkept), hello, (media, os.dup(media)), trouble)


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
