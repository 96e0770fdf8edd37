"""What the hub tells its clients.

A client holds things by id; the hub sends the whole thing whenever it changed (an upsert), never a difference. So a
repeat does no harm, a client that was away gets each thing once, as it is now, and no page folds the journal again.
Every `Changes` says which stretch of the journal it covers: a client at offset n takes one with `since` ≤ n < `offset`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.errors import HouselightsError, TooMuch
from live.messages.air import AirLimits, CallView, GuestView, MyAirView
from live.messages.base import Message
from live.messages.events import Consent, Entry, Renditions, Verdict
from live.messages.ids import Id, Kind, Role
from live.messages.phones import PhoneCue
from live.messages.scene import Scene


class PromptView(Message, frozen=True):
    prompt_id: Id
    text: str
    kinds: tuple[Kind, ...]
    at_us: int


class PersonView(Message, frozen=True):
    """A contributor as the host sees them."""

    person_id: Id
    name: str
    credit: str
    banned: bool
    contributions: int
    performer: bool = False
    """Their sound is to come in the smallest packets, as it is."""


class ContributionView(Message, frozen=True):
    """A contribution as host and moderators see it. Times on stage are show time, `(from, to)`; an open end is None."""

    contribution_id: Id
    person_id: Id
    name: str
    """Whom to credit: empty when the author wants to stay anonymous."""
    kind: Kind
    at_us: int
    verdict: Verdict
    state: Literal["preparing", "ready", "failed", "withdrawn"]
    consent: Consent
    prompt_id: Id | None
    parents: tuple[Id, ...]
    text: str
    shared: bool
    on_stage: bool
    stage_times: tuple[tuple[int, int | None], ...]
    renditions: Renditions | None
    reason: str


Status = Literal["received", "waiting", "approved", "on_stage", "was_on_stage", "declined", "failed", "withdrawn"]


class MineView(Message, frozen=True):
    """A contribution as its author sees it. `received`: safe on the hub, being prepared."""

    contribution_id: Id
    kind: Kind
    at_us: int
    status: Status
    stage_times: tuple[tuple[int, int | None], ...]
    consent: Consent
    text: str
    parents: tuple[Id, ...]
    reason: str
    thumbnail_key: str | None
    remixes: int


class SharedView(Message, frozen=True):
    """A piece that the host offers for remixing, as everyone sees it."""

    contribution_id: Id
    name: str
    kind: Kind
    text: str
    shared: bool
    thumbnail_key: str | None
    clip_key: str | None
    still_key: str | None
    sound_key: str | None


class AlbumEntryView(Message, frozen=True):
    contribution_id: Id
    note: str


class AlbumView(Message, frozen=True):
    album_id: Id
    title: str
    note: str
    entries: tuple[AlbumEntryView, ...]


class StageView(Message, frozen=True):
    """`scene` as the stage last said it is; `pending` cues are accepted and not yet taken."""

    scene: Scene
    pending: int
    run_id: Id | None
    recording: bool


class Changes(Message, frozen=True):
    """Things as they are now, of those that changed after `since` up to and including `offset`."""

    since: int
    offset: int
    prompt: PromptView | None = None
    """The one that stands now, where it changed."""
    prompts: tuple[PromptView, ...] = ()
    """All that were set in this stretch: the console sorts the queue by them. Empty for the audience."""
    people: tuple[PersonView, ...] = ()
    contributions: tuple[ContributionView, ...] = ()
    albums: tuple[AlbumView, ...] = ()
    stage: StageView | None = None
    mine: tuple[MineView, ...] = ()
    shared: tuple[SharedView, ...] = ()
    me: PersonView | None = None
    guests: tuple[GuestView, ...] = ()
    """For host, moderators and crew: who asks to be live, is asked, or is."""
    call: CallView | None = None
    """The call, where it changed; for the audience only where it is for them."""
    limits: AirLimits | None = None
    my_air: MyAirView | None = None


class Entries(Message, frozen=True):
    """For the stage: the journal itself, in order (only what `live.hub.STAGE_EVENTS` names)."""

    since: int
    offset: int
    entries: tuple[Entry, ...]


class Welcome(Message, frozen=True):
    """First word of the hub on every connection. Another `epoch` than before: forget everything, start afresh."""

    show_id: Id
    title: str
    epoch: str
    offset: int
    now_us: int
    opened_at_s: float
    role: Role
    person_id: Id | None
    join_url: str
    code: str
    phones: tuple[PhoneCue, ...] = ()
    """What a phone that comes in should still do."""


class Problem(Message, frozen=True):
    code: str
    message: str
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: HouselightsError) -> Problem:
        """What is told of an error that was raised on purpose."""
        retry_after_s = error.retry_after_s if isinstance(error, TooMuch) else None
        return cls(code=error.code, message=str(error), retry_after_s=retry_after_s)


class Ack(Message, frozen=True):
    """The answer to an act. `offset` is where the journal stood once the act was in it, fsynced."""

    ok: bool
    offset: int = 0
    result: str = ""
    problem: Problem | None = None


class Pong(Message, frozen=True):
    """Answer to a `clock` ping."""

    now_us: int


class Presence(Message, frozen=True):
    """Ephemeral, at most once a second."""

    audience: int
    hosts: int
    stage: bool


CountName = Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,64}$")]


class Levels(Message, frozen=True):
    """Ephemeral, from the stage to the host at ≤ 15 a second: peak and RMS in dBFS (−120 is silence)."""

    picture: int
    master_peak_db: tuple[float, float]
    master_rms_db: tuple[float, float]
    strips: dict[str, float]
    late_pictures: int
    """Pictures that were due and not shown, since the stage started."""
    pictures: int
    """Pictures that were shown."""
    outputs: dict[str, str]
    """Each output's state: `on`, `off`, or a sentence saying what is wrong."""
    counts: Annotated[dict[CountName, int], msgspec.Meta(max_length=64)] = msgspec.field(default_factory=dict)
    """Of the live streams, about twice a second, for `/metrics`; empty in between. What ends in `_total` only rises."""


class Progress(Message, frozen=True):
    """Ephemeral: how far an upload or a preparation is, 0…1."""

    contribution_id: Id
    person_id: Id
    kind: Kind
    step: Literal["sending", "preparing"]
    fraction: float
