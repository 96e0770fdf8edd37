"""The offline render: a show's journal played again through the same engine, as fast as it goes, to the same bytes.

Data runs one way: journal → runs → engine → sink. Nothing is decided here: which cue fell on which picture stands in
the journal, what live media really gave stands in the side log beside the recording. What was skipped live is skipped
again. `finest` gives the same moments of each guest in the quality in which their phone recorded them.
"""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from live.errors import BadInput, NotFound
from live.journal import Journal
from live.messages.air import StreamWithdrawn
from live.messages.events import ContributionWithdrawn, Cued, Entry, RunEnded, RunStarted, ShowOpened, Taken
from live.messages.scene import Cue, LiveSource, Put, Scene
from live.scene import apply, contribution_of
from stage.air.finest import FinestAir
from stage.air.kept_air import KeptAir
from stage.asking import ReplayedAsking
from stage.engine import Engine
from stage.following.hall import Hall
from stage.parts import open_part
from stage.phone_recordings import phone_recordings, told
from stage.ports import LiveMedia
from stage.program import MediaFiles, ProgramFormat
from stage.side_log import Record, read_side_log
from stage.sinks import Sink, open_sink
from stage.sources.reactions import ReactionsSource
from stage.wings import Wings


@dataclass(slots=True)
class Run:
    """One run of the stage as the journal has it. `takes` are its cues by the picture they took effect at."""

    run_id: str
    program: ProgramFormat
    first_picture: int
    last_picture: int
    takes: dict[int, list[Cue]] = field(default_factory=lambda: defaultdict(list))


class LocalMedia:
    """A show folder's own renditions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        path = self._folder / key
        if not path.is_file():
            raise NotFound(f"expected the rendition {key} in {self._folder.name}/, got none: was it withdrawn?")
        return path


def render(
    show_folder: Path,
    out: Path | None,
    *,
    run_id: str | None = None,
    first: int | None = None,
    last: int | None = None,
    finest: bool = False,
) -> None:
    """Render runs of a show into a file, a folder, or (None) hashes on standard output. Raises HouselightsError.

    `finest`: not to the same bytes, but with guests as their phones recorded them, where they did.
    """
    if not (show_folder / "journal.sqlite").is_file():
        raise NotFound(f"expected a show's folder, got {str(show_folder)!r} without a journal.sqlite in it")
    journal = Journal.open(show_folder)
    try:
        entries = list(journal.read())
    finally:
        journal.close()
    streams, pieces = withdrawn_streams(entries), withdrawn_pieces(entries)
    runs = read_runs(entries, streams | pieces)
    chosen = [run for run in runs if run_id in (None, run.run_id)]
    if not chosen:
        raise NotFound(f"expected a run of this show, got {run_id!r}; it has {[run.run_id for run in runs]}")
    if len({run.program for run in chosen}) > 1:
        raise BadInput(f"runs differ in size: render them one by one with --run {[run.run_id for run in chosen]}")
    _check_range(chosen, first, last)
    media = LocalMedia(show_folder / "media")
    kept = KeptAir(show_folder / "streams", streams)
    recordings = phone_recordings(entries, show_folder / "media", pieces) if finest else {}
    air = FinestAir(kept, recordings) if finest else kept
    with contextlib.closing(air), open_sink(out, chosen[0].program) as sink:
        for run in chosen:
            record = read_side_log(show_folder / "recordings" / f"{run.run_id}.side.jsonl")
            play(run, opening_scene(runs, run), media, record, sink, air, pieces, first=first, last=last)
    if isinstance(air, FinestAir):
        print(*told(air.tallies, entries), sep="\n", file=sys.stderr)


def _check_range(runs: Sequence[Run], first: int | None, last: int | None) -> None:
    """Raises BadInput where no picture of the runs is asked for."""
    wanted_from, wanted_to = first or 0, sys.maxsize if last is None else last
    if any(max(run.first_picture, wanted_from) <= min(run.last_picture, wanted_to) for run in runs):
        return
    there = " and ".join(f"{run.first_picture} to {run.last_picture}" for run in runs)
    asked = f"from {wanted_from}" + ("" if last is None else f" to {last}")
    raise BadInput(f"expected pictures of the program, which go from {there}, got a range {asked}; see --from and --to")


def read_runs(entries: Iterable[Entry], withdrawn: Collection[str] = ()) -> list[Run]:
    """Return every run, in the order of their pictures. For a piece or stream that was `withdrawn` nobody is named.

    A run that was killed ends where the journal last heard of the show before the next one began.
    """
    rate, heard_us = 0, 0
    cues: dict[str, Cue] = {}
    runs: dict[str, Run] = {}
    ended: set[str] = set()
    for entry in entries:
        heard_us = max(heard_us, entry.at_us)
        match entry.event:
            case ShowOpened(pictures_per_second=rate):
                pass
            case Cued(cue_id=cue_id, cue=cue):
                cues[cue_id] = _unnamed(cue, withdrawn)
            case RunStarted() as started if started.run_id not in runs:
                program = ProgramFormat(started.width_px, started.height_px, started.pictures_per_second)
                runs[started.run_id] = Run(started.run_id, program, started.first_picture, started.first_picture)
            case RunEnded(run_id=run_id, last_picture=last_picture) if run_id in runs:
                runs[run_id].last_picture = last_picture
                ended.add(run_id)
            case Taken(cue_id=cue_id, run_id=run_id, picture=picture) if run_id in runs and cue_id in cues:
                runs[run_id].takes[picture].append(cues.pop(cue_id))
    ordered = sorted(runs.values(), key=lambda run: run.first_picture)
    ends = [*(run.first_picture - 1 for run in ordered[1:]), heard_us * rate // 1_000_000]
    for run, end in zip(ordered, ends, strict=True):
        if run.run_id not in ended:
            run.last_picture = max(end, run.first_picture, *run.takes)
    return ordered


def _unnamed(cue: Cue, withdrawn: Collection[str]) -> Cue:
    """The cue, naming nobody where it brings on what was taken back: its author may be there with other pieces."""
    if not isinstance(cue, Put):
        return cue
    brought = cue.source.stream_id if isinstance(cue.source, LiveSource) else contribution_of(cue.source)
    return replace(cue, credit=None) if brought in withdrawn else cue


def withdrawn_streams(entries: Iterable[Entry]) -> frozenset[str]:
    """Live streams that their guests took back: a render goes on without them."""
    return frozenset(entry.event.stream_id for entry in entries if isinstance(entry.event, StreamWithdrawn))


def withdrawn_pieces(entries: Iterable[Entry]) -> frozenset[str]:
    """Pieces that their authors took back: their files are gone, and a render goes on without them."""
    events = (entry.event for entry in entries)
    return frozenset(event.contribution_id for event in events if isinstance(event, ContributionWithdrawn))


def opening_scene(runs: Iterable[Run], run: Run) -> Scene:
    """The scene with which a run began: what all runs before it left."""
    scene = Scene(pictures_per_second=run.program.pictures_per_second)
    for earlier in runs:
        if earlier is run:
            break
        for picture, cues in earlier.takes.items():
            for cue in cues:
                scene = apply(scene, cue, picture)
    return scene


def play(
    run: Run,
    scene: Scene,
    media: MediaFiles,
    record: Record,
    sink: Sink,
    air: LiveMedia | None = None,
    withdrawn: Collection[str] = (),
    *,
    first: int | None = None,
    last: int | None = None,
) -> None:
    """Play a run into a sink, or its pictures from `first` to `last`: what comes before is mixed and not drawn.

    `withdrawn` pieces are left out.
    """

    def reactions(layer_id: str) -> ReactionsSource:
        return ReactionsSource(layer_id, run.program, record.reacted(layer_id))

    wings = Wings(lambda part: open_part(part, media, run.program, air, reactions), exact=True)
    engine = Engine(run.program, scene, wings, ReplayedAsking(wings, record, withdrawn), Hall(run.program, record.felt))
    try:
        for number in range(
            run.first_picture, min(run.last_picture, last if last is not None else run.last_picture) + 1
        ):
            for cue in run.takes.get(number, ()):
                engine.take(cue, number)
            if record.is_missed(number):
                continue  # nothing was decided then
            now = engine.settle(number)
            is_shown = first is None or number >= first
            for first_frame, block in engine.sound(number):
                if is_shown:
                    sink.put_block(first_frame, block)
            if is_shown and record.is_drawn(number):
                sink.put_picture(number, engine.picture(now, number))
    finally:
        wings.close()
