"""Cues that wait for their picture: taken in the order of the journal, except that nothing urgent waits for media.

A cue that brings something on waits until its sources are prepared, at most `PATIENCE_S`; those behind it wait with
it, so that the host's order stands. Whatever takes away or only moves a fader goes ahead. Where such a cue concerns
one that waits (a removal of what is about to come on), all up to that one are taken with it, ready or not: overtaking
it would undo it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from live.messages.scene import (
    Blackout,
    Clear,
    Cue,
    Panic,
    Put,
    Remove,
    Scene,
    SetDucking,
    SetLayer,
    SetMaster,
    SetStrip,
    ShowCredits,
)
from live.scene import apply

PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class PendingCue:
    cue_id: str
    cue: Cue
    seen_at: int
    """The picture at which the stage first saw it."""
    own: bool = False
    """Made by the stage's own keys: the hub does not know it yet."""


class CueInbox:
    """Where any thread drops cues for the beat to take up. At most CAPACITY wait; more are dropped and counted."""

    CAPACITY = 4096

    def __init__(self) -> None:
        self.dropped = 0
        self._cues: deque[tuple[str, Cue, bool]] = deque()

    def __len__(self) -> int:
        return len(self._cues)

    def give(self, cue_id: str, cue: Cue, *, own: bool = False) -> None:
        """`own`: the stage's keys made it, the hub does not know it yet."""
        if len(self._cues) < self.CAPACITY:
            self._cues.append((cue_id, cue, own))
        else:
            self.dropped += 1

    def take_up(self, picture: int) -> Iterator[PendingCue]:
        while self._cues:
            cue_id, cue, own = self._cues.popleft()
            yield PendingCue(cue_id, cue, picture, own)


class PendingCues:
    """`is_ready(scene_before, scene_after)` says whether all that a cue brings on is prepared."""

    def __init__(self, pictures_per_second: int, is_ready: Callable[[Scene, Scene], bool]) -> None:
        self._patience = round(PATIENCE_S * pictures_per_second)
        self._is_ready = is_ready
        self._waiting: list[PendingCue] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[PendingCue]:
        return iter(tuple(self._waiting))

    def add(self, pending: PendingCue) -> None:
        self._waiting.append(pending)

    def take(self, scene: Scene, picture: int) -> tuple[Scene, list[PendingCue]]:
        """Return the scene from `picture` on and the cues that made it so, in the order they were taken."""
        held: list[PendingCue] = []
        taken: list[PendingCue] = []
        for pending in self._waiting:
            if is_urgent(pending.cue):
                along = _concerned(held, pending.cue)
                due, held = [*held[:along], pending], held[along:]
            elif held or not self._may_come(scene, pending, picture):
                held.append(pending)
                continue
            else:
                due = [pending]
            for one in due:
                scene = apply(scene, one.cue, picture)
            taken += due
        self._waiting = held
        return scene, taken

    def _may_come(self, scene: Scene, pending: PendingCue, picture: int) -> bool:
        if picture - pending.seen_at >= self._patience:
            return True
        return self._is_ready(scene, apply(scene, pending.cue, picture))


def is_urgent(cue: Cue) -> bool:
    match cue:
        case SetLayer():
            return cue.ken_burns is None
        case _:
            return isinstance(cue, Panic | Blackout | Clear | Remove | SetStrip | SetMaster | SetDucking | ShowCredits)


def _concerned(held: list[PendingCue], cue: Cue) -> int:
    """How many of those held must go along with an urgent cue: all up to the last one that it concerns."""
    touched = [at for at, one in enumerate(held) if isinstance(cue, Clear) or _names(one.cue) & _names(cue)]
    return touched[-1] + 1 if touched else 0


def _names(cue: Cue) -> frozenset[str]:
    match cue:
        case Put() | SetLayer():
            return frozenset([cue.layer_id])
        case SetStrip():
            return frozenset([cue.strip_id])
        case Remove():
            return frozenset(cue.layer_ids)
        case _:
            return frozenset()
