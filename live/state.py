"""The state of a show: the fold of its journal, and nothing else.

`State.fold(entry)` is the only way it changes. It reads no clock, asks nobody and never fails on an entry that the hub
wrote, so a restarted hub that folds the same journal stands exactly where the old one stood. Each thing remembers the
offset of the entry that last touched it; that is all that is needed to tell a client what changed since it was here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import msgspec

from live import scene as scenes
from live.absent import who_is_away
from live.guests import Guests, Touched
from live.lighting import Lighting
from live.messages import air
from live.messages import events as e
from live.messages.ids import Kind, Role
from live.messages.phones import PhonesCued
from live.messages.scene import Cue, LiveSource, Scene


class Person(msgspec.Struct, frozen=True, kw_only=True):
    person_id: str
    name: str = ""
    credit: str = ""
    banned: bool = False
    performer: bool = False
    contributions: tuple[str, ...] = ()


class StageTime(msgspec.Struct, frozen=True):
    """On stage from a program picture up to another (excluded); `end` None: still there."""

    start: int
    end: int | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    contribution_id: str
    person_id: str
    kind: Kind
    at_us: int
    consent: e.Consent
    prompt_id: str | None
    parents: tuple[str, ...]
    children: tuple[str, ...] = ()
    text: str
    original: e.Original | None
    trim: e.Trim | None
    beside: e.Beside | None = None
    verdict: e.Verdict = "waiting"
    renditions: e.Renditions | None = None
    failure: str = ""
    withdrawn: bool = False
    shared: bool = False
    stage_times: tuple[StageTime, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether it can be shown: words need no preparation, media needs renditions."""
        return not self.withdrawn and not self.failure and (self.kind == "text" or self.renditions is not None)

    @property
    def is_on_stage(self) -> bool:
        return bool(self.stage_times) and self.stage_times[-1].end is None


class Album(msgspec.Struct, frozen=True, kw_only=True):
    album_id: str
    title: str
    note: str = ""
    entries: tuple[tuple[str, str], ...] = ()
    """(contribution id, note), in order."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    prompt_id: str
    text: str
    kinds: tuple[Kind, ...]
    at_us: int
    offset: int


class State:
    def __init__(self) -> None:
        self.offset = 0
        self.at_us = 0
        self.show: e.ShowOpened | None = None
        self.prompts: dict[str, Prompt] = {}
        self.prompt: Prompt | None = None
        self.people: dict[str, Person] = {}
        self.contributions: dict[str, Contribution] = {}
        self.ever_shared: set[str] = set()
        self.albums: dict[str, Album] = {}
        self.scene = Scene(pictures_per_second=30)
        self.cues: dict[str, Cue] = {}
        self.pending: dict[str, Cue] = {}
        self.run: e.RunStarted | None = None
        self.recording: e.RecordingStarted | None = None
        self.generations: dict[Role, int] = {}
        self.guests = Guests()
        self.lighting = Lighting()
        self.touched_people = Touched()
        self.touched_contributions = Touched()
        self.touched_albums = Touched()
        self.prompt_offset = 0
        self.stage_offset = 0

    def fold(self, entry: e.Entry) -> None:
        """Take the next entry. Offsets must follow each other."""
        if entry.offset != self.offset + 1:
            raise ValueError(f"expected entry {self.offset + 1} of the journal, got {entry.offset}: a line is missing")
        before = self.offset, self.at_us
        self.offset, self.at_us = entry.offset, entry.at_us
        try:
            _FOLDS[type(entry.event)](self, entry.event)
        except Exception:  # it did not happen: the next entry stands in its place
            self.offset, self.at_us = before
            raise

    @property
    def pictures_per_second(self) -> int:
        return self.scene.pictures_per_second

    def picture_us(self, picture: int) -> int:
        return picture * 1_000_000 // self.pictures_per_second

    def credit_line(self, contribution: Contribution) -> str:
        """The name that may be shown with a piece: empty for an author who wants to stay anonymous."""
        person = self.people.get(contribution.person_id)
        if person is None or contribution.consent.anonymous:
            return ""
        return person.credit or person.name

    def touch_contribution(self, contribution: Contribution) -> None:
        self.contributions[contribution.contribution_id] = contribution
        self.touched_contributions.mark(contribution.contribution_id, self.offset)

    def change_contribution(self, contribution_id: str, **changes: Any) -> None:
        self.touch_contribution(msgspec.structs.replace(self.contributions[contribution_id], **changes))

    def change_person(self, person_id: str, **changes: Any) -> None:
        person = self.people.get(person_id, Person(person_id=person_id))
        self.people[person_id] = msgspec.structs.replace(person, **changes)
        self.touched_people.mark(person_id, self.offset)

    def change_album(self, album: Album) -> None:
        self.albums[album.album_id] = album
        self.touched_albums.mark(album.album_id, self.offset)


def _show_opened(state: State, event: e.ShowOpened) -> None:
    state.show = event
    state.scene = Scene(pictures_per_second=event.pictures_per_second)
    state.prompt_offset = state.stage_offset = state.offset


def _prompt_set(state: State, event: e.PromptSet) -> None:
    state.prompt = Prompt(
        prompt_id=event.prompt_id, text=event.text, kinds=event.kinds, at_us=state.at_us, offset=state.offset
    )
    state.prompts[event.prompt_id] = state.prompt
    state.prompt_offset = state.offset


def _person_joined(state: State, event: e.PersonJoined) -> None:
    state.change_person(event.person_id, name=event.name, credit=event.credit)


def _person_named(state: State, event: e.PersonNamed) -> None:
    state.change_person(event.person_id, name=event.name, credit=event.credit)
    for contribution_id in state.people[event.person_id].contributions:
        state.touch_contribution(state.contributions[contribution_id])
    state.guests.renamed(event.person_id, state.offset)


def _person_banned(state: State, event: e.PersonBanned) -> None:
    state.change_person(event.person_id, banned=event.banned)


def _person_performs(state: State, event: e.PersonPerforms) -> None:
    state.change_person(event.person_id, performer=event.performer)


def _received(state: State, event: e.ContributionReceived) -> None:
    contribution = Contribution(
        contribution_id=event.contribution_id,
        person_id=event.person_id,
        kind=event.kind,
        at_us=state.at_us,
        consent=event.consent,
        prompt_id=event.prompt_id,
        parents=event.parents,
        text=event.text,
        original=event.original,
        trim=event.trim,
        beside=event.beside,
    )
    state.touch_contribution(contribution)
    for parent_id in event.parents:
        parent = state.contributions[parent_id]
        state.change_contribution(parent_id, children=(*parent.children, event.contribution_id))
    known = state.people.get(event.person_id)
    earlier = known.contributions if known else ()
    state.change_person(event.person_id, contributions=(*earlier, event.contribution_id))


def _prepared(state: State, event: e.ContributionPrepared) -> None:
    state.change_contribution(event.contribution_id, renditions=event.renditions, failure="")


def _failed(state: State, event: e.ContributionFailed) -> None:
    state.change_contribution(event.contribution_id, failure=event.reason)


def _judged(state: State, event: e.ContributionJudged) -> None:
    state.change_contribution(event.contribution_id, verdict=event.verdict)


def _consent_changed(state: State, event: e.ConsentChanged) -> None:
    state.change_contribution(event.contribution_id, consent=event.consent)


def _withdrawn(state: State, event: e.ContributionWithdrawn) -> None:
    state.change_contribution(event.contribution_id, withdrawn=True, shared=False)


def _shared(state: State, event: e.ContributionShared) -> None:
    state.ever_shared.add(event.contribution_id)
    state.change_contribution(event.contribution_id, shared=event.shared)


def _album_made(state: State, event: e.AlbumMade) -> None:
    state.change_album(Album(album_id=event.album_id, title=event.title))


def _album_edited(state: State, event: e.AlbumEdited) -> None:
    album = state.albums[event.album_id]
    state.change_album(msgspec.structs.replace(album, title=event.title, note=event.note))


def _album_placed(state: State, event: e.AlbumPlaced) -> None:
    album = state.albums[event.album_id]
    entries = [entry for entry in album.entries if entry[0] != event.contribution_id]
    entries.insert(max(0, event.position), (event.contribution_id, event.note))
    state.change_album(msgspec.structs.replace(album, entries=tuple(entries)))


def _album_dropped(state: State, event: e.AlbumDropped) -> None:
    album = state.albums[event.album_id]
    entries = tuple(entry for entry in album.entries if entry[0] != event.contribution_id)
    state.change_album(msgspec.structs.replace(album, entries=entries))


def _cued(state: State, event: e.Cued) -> None:
    state.cues[event.cue_id] = event.cue
    state.pending[event.cue_id] = event.cue
    state.stage_offset = state.offset


def _taken(state: State, event: e.Taken) -> None:
    cue = state.pending.pop(event.cue_id, None)
    if cue is None:
        return
    settled = scenes.settled(state.scene, event.picture)
    before = _staged(state.scene)
    state.scene = scenes.apply(settled, cue, event.picture)
    state.stage_offset = state.offset
    _keep_stage_times(state, before, event.picture)
    scene = state.scene
    state.guests.staged(_live(scene), who_is_away(scene), _muted(scene), state.at_us, state.offset)


def _live(scene: Scene) -> frozenset[str]:
    """Streams that are on stage and not on their way out. One that is hidden or muted may be back at any moment, so
    its guest is still on air.
    """
    shown = [layer.source for layer in scene.layers if layer.fade.end > 0]
    sources = [*shown, *(strip.source for strip in scene.strips if strip.fade.end > 0)]
    return frozenset(source.stream_id for source in sources if isinstance(source, LiveSource))


def _muted(scene: Scene) -> frozenset[str]:
    """Streams on stage with sound, all of it muted. One that is faded to nothing is not: that is mixing."""
    sounding = [(strip.source, strip.mute) for strip in scene.strips if strip.fade.end > 0]
    live = [(source.stream_id, mute) for source, mute in sounding if isinstance(source, LiveSource)]
    return frozenset(one for one, _ in live) - frozenset(one for one, mute in live if not mute)


def _staged(scene: Scene) -> frozenset[str]:
    """Contributions that are on stage and not on their way out; a fade-in counts from its first picture."""
    layers = (p.source for p in scene.layers if p.on and p.opacity > 0 and p.fade.end > 0)
    strips = (s.source for s in scene.strips if not s.mute and s.fade.end > 0)
    ids = (getattr(source, "contribution_id", None) for source in (*layers, *strips))
    return frozenset(contribution_id for contribution_id in ids if contribution_id)


def _keep_stage_times(state: State, before: frozenset[str], picture: int) -> None:
    after = _staged(state.scene)
    for contribution_id in after - before:
        if contribution_id in state.contributions:
            times = state.contributions[contribution_id].stage_times
            state.change_contribution(contribution_id, stage_times=(*times, StageTime(picture)))
    for contribution_id in before - after:
        contribution = state.contributions.get(contribution_id)
        if contribution is not None and contribution.is_on_stage:
            last = msgspec.structs.replace(contribution.stage_times[-1], end=picture)
            state.change_contribution(contribution_id, stage_times=(*contribution.stage_times[:-1], last))


def _run_started(state: State, event: e.RunStarted) -> None:
    state.run = event
    state.stage_offset = state.offset


def _run_ended(state: State, event: e.RunEnded) -> None:
    if state.run is not None and state.run.run_id == event.run_id:
        state.run = None
        state.recording = None
    state.stage_offset = state.offset


def _recording_started(state: State, event: e.RecordingStarted) -> None:
    state.recording = event
    state.stage_offset = state.offset


def _recording_ended(state: State, event: e.RecordingEnded) -> None:
    state.recording = None
    state.stage_offset = state.offset


def _keys_turned(state: State, event: e.KeysTurned) -> None:
    state.generations[event.role] = event.generation


def _phones_cued(state: State, event: PhonesCued) -> None:
    state.lighting.fold(event, state.at_us)


def _air(state: State, event: air.AirEvent) -> None:
    state.guests.fold(event, state.at_us, state.offset)


_FOLDS: dict[type, Callable[[State, Any], None]] = {
    e.ShowOpened: _show_opened,
    e.PromptSet: _prompt_set,
    e.PersonJoined: _person_joined,
    e.PersonNamed: _person_named,
    e.PersonBanned: _person_banned,
    e.PersonPerforms: _person_performs,
    e.ContributionReceived: _received,
    e.ContributionPrepared: _prepared,
    e.ContributionFailed: _failed,
    e.ContributionJudged: _judged,
    e.ConsentChanged: _consent_changed,
    e.ContributionWithdrawn: _withdrawn,
    e.ContributionShared: _shared,
    e.AlbumMade: _album_made,
    e.AlbumEdited: _album_edited,
    e.AlbumPlaced: _album_placed,
    e.AlbumDropped: _album_dropped,
    e.Cued: _cued,
    e.Taken: _taken,
    e.RunStarted: _run_started,
    e.RunEnded: _run_ended,
    e.RecordingStarted: _recording_started,
    e.RecordingEnded: _recording_ended,
    e.KeysTurned: _keys_turned,
    PhonesCued: _phones_cued,
    **dict.fromkeys(get_args(air.AirEvent), _air),
}
