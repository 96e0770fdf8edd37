"""What is journaled: every fact of a show, and nothing else (levels, presence and live media are not facts).

An event once written is never changed; a new field gets a default, so that old journals stay readable.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.messages.air import AirEvent
from live.messages.base import Message, Tagged
from live.messages.ids import Id, Kind, Role
from live.messages.phones import PhonesCued
from live.messages.scene import Cue

Verdict = Literal["waiting", "held", "approved", "rejected"]
Name = Annotated[str, msgspec.Meta(max_length=80)]


class Consent(Message, frozen=True):
    """What the author allows, use by use. Nothing is used that is not allowed here."""

    stage: bool = True
    anthology: bool = True
    paid: bool = False
    anonymous: bool = False


class Original(Message, frozen=True):
    """The bytes as the phone sent them; never served to a page."""

    key: str
    size_bytes: int
    sha256: str
    claimed_type: str = ""


class Trim(Message, frozen=True):
    """The part the author wants used, in microseconds of the original."""

    start_us: int
    end_us: int


class Beside(Message, frozen=True):
    """Recorded on the phone beside a live stream, in full quality: which stream, and when it began (show time)."""

    stream_id: Id
    started_us: int


class Rendition(Message, frozen=True):
    key: str
    media_type: str
    size_bytes: int


class Renditions(Message, frozen=True):
    """What intake made of an original: safe to show, without metadata.

    photo → `still`, `thumbnail`; video → `clip` (H.264/AAC MP4), `sound` (48 kHz FLAC) where it sounds, `thumbnail`;
    sound → `sound`. An animated GIF becomes a clip. `waveform` holds up to 200 peaks, 0…255, over the whole duration.
    """

    still: Rendition | None = None
    clip: Rendition | None = None
    sound: Rendition | None = None
    thumbnail: Rendition | None = None
    width_px: int = 0
    height_px: int = 0
    duration_us: int = 0
    loudness_lufs: float | None = None
    waveform: tuple[int, ...] = ()


class ShowOpened(Tagged, frozen=True):
    show_id: Id
    title: str
    opened_at_s: float
    """Wall time (Unix seconds) of show time 0."""
    pictures_per_second: int
    width_px: int
    height_px: int


class PromptSet(Tagged, frozen=True):
    prompt_id: Id
    text: str
    kinds: tuple[Kind, ...] = ("text", "photo", "sound", "video")
    by: str = "host"


class PersonJoined(Tagged, frozen=True):
    person_id: Id
    name: Name = ""
    credit: Name = ""


class PersonNamed(Tagged, frozen=True):
    """`name` is how the host knows the person, `credit` the line that is shown (empty: the name)."""

    person_id: Id
    name: Name
    credit: Name = ""


class PersonBanned(Tagged, frozen=True):
    person_id: Id
    banned: bool
    by: str


class PersonPerforms(Tagged, frozen=True):
    """A performer's phone sends sound in the smallest packets, as it is; or no longer."""

    person_id: Id
    performer: bool
    by: str


class ContributionReceived(Tagged, frozen=True):
    """The bytes and this row are on disk; the phone shows its tick."""

    contribution_id: Id
    person_id: Id
    kind: Kind
    consent: Consent
    prompt_id: Id | None = None
    parents: tuple[Id, ...] = ()
    text: str = ""
    original: Original | None = None
    trim: Trim | None = None
    beside: Beside | None = None


class ContributionPrepared(Tagged, frozen=True):
    contribution_id: Id
    renditions: Renditions


class ContributionFailed(Tagged, frozen=True):
    """Intake could make nothing of it; `reason` is a sentence for its author."""

    contribution_id: Id
    code: str
    reason: str


class ContributionJudged(Tagged, frozen=True):
    contribution_id: Id
    verdict: Verdict
    by: str


class ConsentChanged(Tagged, frozen=True):
    contribution_id: Id
    consent: Consent


class ContributionWithdrawn(Tagged, frozen=True):
    """Its author takes it back: off the stage, out of every use. The row stays, as a tombstone."""

    contribution_id: Id


class ContributionShared(Tagged, frozen=True):
    """The host offers it to everyone for remixing (or no longer)."""

    contribution_id: Id
    shared: bool
    by: str


class AlbumMade(Tagged, frozen=True):
    album_id: Id
    title: str
    by: str


class AlbumEdited(Tagged, frozen=True):
    album_id: Id
    title: str
    note: str = ""


class AlbumPlaced(Tagged, frozen=True):
    """Put a contribution into an album at `position` (moves it where it is in already), with a note."""

    album_id: Id
    contribution_id: Id
    position: int
    note: str = ""


class AlbumDropped(Tagged, frozen=True):
    album_id: Id
    contribution_id: Id


class Cued(Tagged, frozen=True):
    """The hub accepted a cue; it happens when the stage says so (`Taken`)."""

    cue_id: Id
    cue: Cue
    by: str


class Taken(Tagged, frozen=True):
    """The cue took effect with program picture `picture` of run `run_id`. Scenes are the fold of cues in this order."""

    cue_id: Id
    run_id: Id
    picture: int


class RunStarted(Tagged, frozen=True):
    """A stage process began to tick: its first program picture is `first_picture`."""

    run_id: Id
    first_picture: int
    pictures_per_second: int
    width_px: int
    height_px: int


class RunEnded(Tagged, frozen=True):
    """The stage stopped in good order; a run without this one was killed."""

    run_id: Id
    last_picture: int


class RecordingStarted(Tagged, frozen=True):
    """`path` is relative to the show's folder."""

    recording_id: Id
    run_id: Id
    path: str
    first_picture: int


class RecordingEnded(Tagged, frozen=True):
    recording_id: Id
    last_picture: int


class KeysTurned(Tagged, frozen=True):
    """Every link of this role made before is worthless from here on."""

    role: Role
    generation: int


Event = (
    ShowOpened
    | PromptSet
    | PersonJoined
    | PersonNamed
    | PersonBanned
    | PersonPerforms
    | ContributionReceived
    | ContributionPrepared
    | ContributionFailed
    | ContributionJudged
    | ConsentChanged
    | ContributionWithdrawn
    | ContributionShared
    | AlbumMade
    | AlbumEdited
    | AlbumPlaced
    | AlbumDropped
    | Cued
    | Taken
    | RunStarted
    | RunEnded
    | RecordingStarted
    | RecordingEnded
    | KeysTurned
    | AirEvent
    | PhonesCued
)


class Entry(Message, frozen=True):
    """One line of the journal. `offset` counts from 1 without gaps."""

    offset: int
    at_us: int
    event: Event
