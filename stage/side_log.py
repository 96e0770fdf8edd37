"""What the program really showed where it differs from what the scene asked for: one JSON line each, beside the
recording.

Live media may be late: a clip's decoder is starved, a strip's sound is not there, a picture comes too late to be drawn.
The hall then sees the next best thing, and the offline render must give the same. So each line says what holds from its
picture or block on, until the next line of its kind. The engine writes (`SideLog`), the render reads (`read_side_log`).
Whoever notes never waits for the disk: a thread of its own does, and brings what was gathered ten times a second.
"""

from __future__ import annotations

import errno
import os
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import Protocol

from live.errors import UnknownMessage
from live.messages import coding
from live.messages.base import Message, Tagged
from live.urgency import SOON, be_urgent


class Given(Message, frozen=True):
    """`lag`: by how many pictures the source was behind. `level`: how much of it was left, where it broke and went."""

    lag: int
    level: float = 1.0


class Shown(Tagged, frozen=True):
    """From `picture` on these layers differ from what was asked; None: not there at all."""

    picture: int
    layers: dict[str, Given | None]


class Rested(Tagged, frozen=True):
    """From `block` on the sound of these strips was not there."""

    block: int
    strips: tuple[str, ...]


class Played(Tagged, frozen=True):
    """What this block of a live strip was made of (`stage.air.player.Take`), where it did not follow by itself.

    Later blocks are the next frames, as they are; after `frames` 0, still nothing.
    """

    block: int
    strip: str
    segment: int
    first_frame: int
    frames: int


class Live(Tagged, frozen=True):
    """From `picture` on these live layers show this picture of their stream: segment and index of what is kept of it.

    Only those that changed are named. Segment 0: the picture was not kept.
    """

    picture: int
    layers: dict[str, tuple[int, int]]


class Reacted(Tagged, frozen=True):
    """What a layer of reactions was given at program picture `position`; it draws from these numbers alone.

    `is_new`: the column began anew here, what came before is not shown any more.
    """

    layer: str
    position: int
    hearts: int
    hands: int
    lighters: int
    applause: float
    is_new: bool = False


class Felt(Tagged, frozen=True):
    """What the hall gave back as heard at program picture `picture`, while something on stage followed it.

    Each is 0…1 of what the whole hall could do; `bpm` 0: it taps no tempo.
    """

    picture: int
    applause: float
    hearts: float
    hands: float
    lighters: float
    bpm: float = 0.0
    beat_us: int = 0


class Skipped(Tagged, frozen=True):
    """This picture was not drawn: it came too late."""

    picture: int


class Missed(Tagged, frozen=True):
    """The machine stood still: neither pictures nor sound from `first_picture` up to and including `last_picture`."""

    first_picture: int
    last_picture: int


Line = Shown | Live | Rested | Played | Reacted | Felt | Skipped | Missed


class Notes(Protocol):
    """Where the engine notes what it really gave."""

    def note(self, line: Line) -> None: ...


class SideLog:
    """Appends lines to a file in a thread of its own; `close` writes the rest. `state` tells trouble with the file.

    Past CAPACITY the newest line is left out and counted. A stage that is killed loses what it noted within GATHER_S.
    """

    CAPACITY = 100_000
    GATHER_S = 0.1
    """A choir notes hundreds of lines a second: woken for each, the thread would hold up the beat that notes them."""

    def __init__(self, path: Path) -> None:
        self.state = "on"
        self.dropped = 0
        self._lines: deque[Line] = deque()
        self._path = path
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="side-log", daemon=True)
        self._thread.start()

    def note(self, line: Line) -> None:
        if len(self._lines) < self.CAPACITY:
            self._lines.append(line)
        else:
            self.dropped += 1

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        be_urgent(SOON)
        while not self._closing.wait(self.GATHER_S):
            self._write()
        self._write()

    def _write(self) -> None:
        gathered = [self._lines.popleft() for _ in range(len(self._lines))]
        if not gathered:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab", buffering=0) as file:
                _append(file, b"".join(coding.to_json(line) + b"\n" for line in gathered))
        except OSError as error:
            self.dropped += len(gathered)
            self.state = f"the side log {self._path.name} cannot be written: {error}; a later render may differ"


def _append(file: FileIO, lines: bytes) -> None:
    """All of them or none: with half a line in its middle no render could read the log. Raises OSError."""
    before = file.tell()
    if file.write(lines) < len(lines):
        file.truncate(before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Record:
    """What side-log lines say, asked by picture and block."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._skipped: set[int] = set()
        self._missed: list[Missed] = []
        self._shown: list[Shown] = []
        self._rested: list[Rested] = []
        self._played: dict[tuple[int, str], Played] = {}
        self._live: dict[str, list[tuple[int, tuple[int, int]]]] = {}
        self._reacted: dict[str, list[Reacted]] = {}
        self.felt: list[Felt] = []
        """What the hall gave back while something followed it, in order."""
        for line in lines:
            self._add(line)
        self._shown.sort(key=lambda line: line.picture)
        self._rested.sort(key=lambda line: line.block)
        for shown in self._live.values():
            shown.sort()

    def is_drawn(self, picture: int) -> bool:
        return picture not in self._skipped and not self.is_missed(picture)

    def is_missed(self, picture: int) -> bool:
        return any(line.first_picture <= picture <= line.last_picture for line in self._missed)

    def given(self, picture: int, layer_id: str) -> Given | None:
        """How the layer was given: behind by `lag`, or None where it was not there."""
        at = bisect_right(self._shown, picture, key=lambda line: line.picture)
        return self._shown[at - 1].layers.get(layer_id, AS_ASKED) if at else AS_ASKED

    def live(self, picture: int, layer_id: str) -> tuple[int, int] | None:
        """Segment and index of the picture that a live layer showed; None where there was none."""
        shown = self._live.get(layer_id, [])
        at = bisect_right(shown, picture, key=lambda entry: entry[0])
        return shown[at - 1][1] if at else None

    def rests(self, block: int, strip_id: str) -> bool:
        at = bisect_right(self._rested, block, key=lambda line: line.block)
        return bool(at) and strip_id in self._rested[at - 1].strips

    def played(self, block: int, strip_id: str) -> Played | None:
        """What was noted of a live strip's block; None: it followed by itself."""
        return self._played.get((block, strip_id))

    def reacted(self, layer_id: str) -> list[Reacted]:
        """What a layer of reactions was given, in order."""
        return self._reacted.get(layer_id, [])

    def _add(self, line: Line) -> None:
        match line:
            case Shown():
                self._shown.append(line)
            case Live():
                for layer_id, shown in line.layers.items():
                    self._live.setdefault(layer_id, []).append((line.picture, shown))
            case Rested():
                self._rested.append(line)
            case Played():
                self._played[line.block, line.strip] = line
            case Reacted():
                self._reacted.setdefault(line.layer, []).append(line)
            case Felt():
                self.felt.append(line)
            case Skipped():
                self._skipped.add(line.picture)
            case Missed():
                self._missed.append(line)


AS_ASKED = Given(lag=0)


def read_side_log(path: Path) -> Record:
    """Read a side log; a missing file is an empty one, and a last line cut short by a crash is passed over."""
    if not path.exists():
        return Record()
    *lines, last = path.read_bytes().split(b"\n")
    try:
        tail = [_parse(last)] if last else []
    except UnknownMessage:
        tail = []
    return Record([*map(_parse, lines), *tail])


def _parse(line: bytes) -> Line:
    parsed: Line = coding.from_json(line, Line)  # type: ignore[arg-type]  # a union is a type to msgspec
    return parsed
