"""What the stage reports: runs, recordings, and when each cue took effect."""

from __future__ import annotations

from live.decisions.desk import Decision, Desk
from live.errors import NotFound
from live.messages import acts
from live.messages.events import Cued, Event, RecordingEnded, RecordingStarted, RunEnded, RunStarted, Taken


def start_run(desk: Desk, act: acts.StartRun) -> Decision:
    return [
        RunStarted(
            run_id=act.run_id,
            first_picture=act.first_picture,
            pictures_per_second=act.pictures_per_second,
            width_px=act.width_px,
            height_px=act.height_px,
        )
    ], ""


def take_cue(desk: Desk, act: acts.TakeCue) -> Decision:
    """Journal when a cue took effect; one that the stage's own keys gave is journaled with it, so that none is
    unknown.
    """
    state = desk.state
    taken = Taken(cue_id=act.cue_id, run_id=act.run_id, picture=act.picture)
    if act.cue_id in state.pending:
        return [taken], ""
    if act.cue_id in state.cues:
        return [], ""
    if act.cue is None:
        raise NotFound(f"expected a cue of this show, got {act.cue_id!r} without its cue; send the cue with it")
    events: list[Event] = [Cued(cue_id=act.cue_id, cue=act.cue, by=desk.by), taken]
    return events, ""


def end_run(desk: Desk, act: acts.EndRun) -> Decision:
    return [RunEnded(run_id=act.run_id, last_picture=act.last_picture)], ""


def start_recording(desk: Desk, act: acts.StartRecording) -> Decision:
    return [
        RecordingStarted(
            recording_id=act.recording_id, run_id=act.run_id, path=act.path, first_picture=act.first_picture
        )
    ], ""


def end_recording(desk: Desk, act: acts.EndRecording) -> Decision:
    return [RecordingEnded(recording_id=act.recording_id, last_picture=act.last_picture)], ""
