"""The stage's own copy of where the show stands, so that it can come up alone: one small file of JSON lines.

The first line is the scene as a run began with it; each line after it is something that the stage did and told the
hub: a run begun, a cue taken. A stage that is killed reads it back, has the scene again without asking anyone, and
tells the hub whatever the journal lacks. A line is written before its picture is shown; `kill -9` loses none.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from live.errors import UnknownMessage
from live.messages import coding
from live.messages.acts import EndRecording, EndRun, StartRecording, StartRun, TakeCue
from live.messages.base import Tagged
from live.messages.ids import Id
from live.messages.scene import Scene
from live.scene import apply

log = structlog.get_logger(__name__)

FILE_NAME = "stage.jsonl"
FRESH_S = 60.0
"""A sheet touched within this time is that of a stage just killed; an older one may be of another night."""


class Standing(Tagged, frozen=True):
    """Where the show stood when the sheet was begun. `opened_at_s` is the wall time of show time 0, as last known.

    `untold` are acts that the journal may lack; `scene` holds what they did.
    """

    show_id: Id
    opened_at_s: float
    scene: Scene
    untold: tuple[StartRun | TakeCue | EndRun | StartRecording | EndRecording, ...] = ()


Act = StartRun | TakeCue | EndRun | StartRecording | EndRecording
Line = Standing | Act


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a sheet says: the scene to go on with, and the acts that the hub may not have heard of, in order."""

    show_id: str
    opened_at_s: float
    scene: Scene
    acts: tuple[Act, ...]
    touched_at_s: float = 0.0
    """Wall time at which the run was last known to run."""

    def is_fresh(self, now_s: float) -> bool:
        return abs(now_s - self.touched_at_s) < FRESH_S

    @property
    def taken(self) -> frozenset[str]:
        return frozenset(act.cue_id for act in self.acts if isinstance(act, TakeCue))


class CueSheet:
    """Appends to the sheet. A disk that refuses costs the memory only: it is logged once and the show goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._file: int | None = None

    def begin(self, standing: Standing) -> None:
        """Start a new sheet in place of the old one, atomically."""
        self.close()
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(coding.to_json(standing) + b"\n")
            fresh.replace(self._path)
        except OSError as error:
            log.error(
                "no cue sheet can be kept: killed now, the stage would need the hub to come back", reason=str(error)
            )
            return
        self.go_on()

    def go_on(self) -> None:
        """Append to the sheet that is there."""
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            log.error("the stage cannot go on in its cue sheet", reason=str(error))

    def add(self, act: Act) -> None:
        if self._file is None:
            return
        try:
            os.write(self._file, coding.to_json(act) + b"\n")
        except OSError as error:
            log.error("the cue sheet cannot be written any more", reason=str(error))
            self.close()

    def touch(self) -> None:
        """Note that the run still runs; call it now and then."""
        if self._file is not None:
            with suppress(OSError):  # a memory a minute too old costs a restart a few seconds, no more
                os.utime(self._file)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def read_cue_sheet(folder: Path) -> Remembered | None:
    """Read the sheet of an earlier run; None where there is none that can be read. A line cut short is passed over."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    lines: list[Line] = []
    for line in path.read_bytes().splitlines():
        try:
            lines.append(coding.from_json(line, Line))  # type: ignore[arg-type]  # a union is a type to msgspec
        except UnknownMessage as error:
            log.warning("a line of the cue sheet is passed over", reason=str(error))
    if not lines or not isinstance(lines[0], Standing):
        return None
    return _remember(lines[0], [line for line in lines[1:] if not isinstance(line, Standing)], path.stat().st_mtime)


def forget_cue_sheet(folder: Path) -> None:
    (folder / FILE_NAME).unlink(missing_ok=True)


def _remember(standing: Standing, acts: list[Act], touched_at_s: float) -> Remembered:
    scene = standing.scene
    for act in acts:
        if isinstance(act, TakeCue) and act.cue is not None:
            scene = apply(scene, act.cue, act.picture)
    return Remembered(standing.show_id, standing.opened_at_s, scene, (*standing.untold, *acts), touched_at_s)
