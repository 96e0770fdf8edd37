"""The journal as the stage hears it: what was taken becomes the scene, what was only cued becomes pending.

Entries come in order from the link's thread, each once. Until `begin`, cues that were taken are folded: a restarted
stage has the scene it had. From then on each new cue goes to the pacer once. Cues taken by a run of this very stage
and not yet in the journal (the hub was away) are in the cue sheet: they are neither taken twice nor forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from live.messages.acts import EndRecording, EndRun, StartRecording, StartRun, TakeCue
from live.messages.air import GuestInvited, StreamWithdrawn
from live.messages.events import Cued, Entry, RecordingStarted, RunEnded, RunStarted, ShowOpened, Taken
from live.messages.scene import Cue, Scene
from live.messages.views import Entries, Welcome
from live.scene import apply
from stage.cue_sheet import Act, Remembered


@dataclass(frozen=True, slots=True)
class Opening:
    """What a run begins with. `untold` are acts of earlier runs that the journal lacks, to be told again in order."""

    opened: ShowOpened
    scene: Scene
    untold: tuple[Act, ...]


class JournalFeed:
    """`entries` and `welcome` are called by the link's thread, `begin` once by whoever starts the run."""

    def __init__(
        self,
        remembered: Remembered | None = None,
        on_withdrawn: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        """`on_withdrawn` is told live streams that were taken back, in the link's thread; at every start all of
        them.
        """
        self._on_withdrawn = on_withdrawn
        self.guests_expected = threading.Event()
        """Somebody was invited to go live."""
        self.caught_up = threading.Event()
        self._remembered = remembered
        self._lock = threading.Lock()
        self._give: Callable[[str, Cue], None] | None = None
        self._is_giving = False
        self._welcome: Welcome | None = None
        self._opened: ShowOpened | None = None
        self._scene: Scene | None = None
        self._cued: dict[str, Cue] = {}
        self._known: set[str] = set()
        """Cues that were taken or handed to the pacer."""
        self._told: set[str] = set()
        """Runs, run ends and recordings that the journal has."""

    @property
    def show_id(self) -> str | None:
        return self._welcome.show_id if self._welcome else None

    @property
    def last_welcome(self) -> Welcome | None:
        return self._welcome

    @property
    def opened_at_s(self) -> float | None:
        return self._welcome.opened_at_s if self._welcome else None

    def welcome(self, welcome: Welcome) -> None:
        with self._lock:
            self._welcome = welcome

    def entries(self, entries: Entries) -> None:
        with self._lock:
            for entry in entries.entries:
                self._take(entry)
            withdrawn = tuple(e.event.stream_id for e in entries.entries if isinstance(e.event, StreamWithdrawn))
            if withdrawn:
                self._on_withdrawn(withdrawn)
            if self._welcome is not None and entries.offset >= self._welcome.offset and self._opened is not None:
                self.caught_up.set()

    def begin(self, give: Callable[[str, Cue], None]) -> Opening:
        """Return where the show stands; cues that nobody took go to `give`, now and later. Wait for `caught_up`."""
        with self._lock:
            assert self._opened is not None
            scene = self._scene or Scene(pictures_per_second=self._opened.pictures_per_second)
            untold = self._untold()
            for act in untold:
                if isinstance(act, TakeCue) and (cue := act.cue or self._cued.get(act.cue_id)) is not None:
                    scene = apply(scene, cue, act.picture)
                    self._known.add(act.cue_id)
            self._give = give
            self._give_all()
            return Opening(self._opened, scene, untold)

    def begin_alone(self, give: Callable[[str, Cue], None]) -> None:
        """Begin with the cue sheet's scene; what the hub has beyond it is given once the hub is back."""
        with self._lock:
            self._known.update(self._remembered.taken if self._remembered else ())
            self._give = give

    def give_missed(self) -> tuple[Act, ...]:
        """After `begin_alone`, once caught up: give the cues that nobody took, return the acts that the hub lacks."""
        with self._lock:
            self._give_all()
            return self._untold()

    def own(self, cue_id: str) -> None:
        """The stage's own keys made this cue: when the journal has it, it is not news."""
        with self._lock:
            self._known.add(cue_id)

    def _take(self, entry: Entry) -> None:
        match entry.event:
            case ShowOpened() as opened:
                self._opened = opened
            case Cued(cue_id=cue_id, cue=cue):
                self._cued[cue_id] = cue
                # After `begin_alone` cues wait until all is heard: the next entry may say that one was taken already.
                if self._is_giving:
                    self._offer(cue_id, cue)
            case Taken(cue_id=cue_id, picture=picture):
                self._fold(cue_id, picture)
            case GuestInvited():
                self.guests_expected.set()
            case RunStarted(run_id=run_id):
                self._told.add(f"run {run_id}")
            case RunEnded(run_id=run_id):
                self._told.add(f"end {run_id}")
            case RecordingStarted(recording_id=recording_id):
                self._told.add(f"recording {recording_id}")

    def _fold(self, cue_id: str, picture: int) -> None:
        cue = self._cued.pop(cue_id, None)
        self._told.add(f"cue {cue_id}")
        if self._give is None and cue is not None and self._opened is not None:
            scene = self._scene or Scene(pictures_per_second=self._opened.pictures_per_second)
            self._scene = apply(scene, cue, picture)
        self._known.add(cue_id)

    def _give_all(self) -> None:
        self._is_giving = True
        for cue_id, cue in self._cued.items():
            self._offer(cue_id, cue)

    def _offer(self, cue_id: str, cue: Cue) -> None:
        if self._give is not None and cue_id not in self._known:
            self._known.add(cue_id)
            self._give(cue_id, cue)

    def _untold(self) -> tuple[Act, ...]:
        remembered = self._remembered
        if remembered is None or remembered.show_id != self.show_id:
            return ()
        return tuple(act for act in remembered.acts if _label(act) not in self._told)


def _label(act: Act) -> str:
    match act:
        case TakeCue():
            return f"cue {act.cue_id}"
        case StartRun():
            return f"run {act.run_id}"
        case EndRun():
            return f"end {act.run_id}"
        case StartRecording():
            return f"recording {act.recording_id}"
        case EndRecording():
            return f"recording end {act.recording_id}"
