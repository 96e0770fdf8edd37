"""Live from the phones: who asks to be live, is asked, gets ready, is on air. Events, acts and views of one subject.

A *guest* is a person who is, or may soon be, live; a *stream* is the live media of one guest, and its id is also the id
of the layer and of the strip it becomes on stage. Who holds which stream is journaled, so that a restarted hub lets the
same phones go on; the media itself is not (`live.messages.packets`).

    hand up → invited → accepted (the phone publishes, only the crew sees it) → called (counts down) → on air → ended
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.messages.base import Message, Tagged
from live.messages.ids import Id, Kind
from live.messages.scene import FadeMs, Transition

Wants = Literal["camera", "microphone", "both"]
"""What is live of a guest."""
Gathering = Literal["solo", "mosaic", "choir"]
"""One guest by themselves; many cameras at once; many microphones at once."""
Side = Literal["", "left", "centre", "right"]
GuestState = Literal["asking", "invited", "getting_ready", "called", "on_air"]
EndReason = Literal["declined", "left", "dropped", "banned", "expired", "silent"]
"""`expired`: an invitation nobody answered, a slot nobody used. `silent`: a phone held the line and sent nothing."""

CountdownMs = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
GuestIds = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=500)]
Row = Annotated[int, msgspec.Meta(ge=0, le=999)]


class Group(Message, frozen=True):
    """Whom in the hall a call is for; what is left empty asks for nothing, an empty group is everybody."""

    side: Side = ""
    team: Annotated[str, msgspec.Meta(max_length=40)] = ""
    first_row: Row = 0
    last_row: Row = 0


class Seat(Message, frozen=True):
    """Where somebody says they sit; rows and seats count from 1, 0 is not said. Row 1 is nearest to the stage."""

    side: Side = ""
    team: Annotated[str, msgspec.Meta(max_length=40)] = ""
    row: Row = 0
    number: Row = 0


# events
class HandRaised(Tagged, frozen=True):
    """`by_host`: the host asked their group for this `gathering`, and there was no place left; they stand in line like
    a raised hand.
    """

    person_id: Id
    wants: Wants
    by_host: bool = False
    gathering: Gathering = "solo"


class HandLowered(Tagged, frozen=True):
    person_id: Id


class SeatTold(Tagged, frozen=True):
    person_id: Id
    seat: Seat


class GuestInvited(Tagged, frozen=True):
    """A stream is set aside for a person. `ready` where they asked for it by joining a call: nothing is left to answer.

    `label` names a crew camera, which has no person behind it: `person_id` is then the stream's own id.
    """

    stream_id: Id
    person_id: Id
    wants: Wants
    gathering: Gathering
    by: str
    accepted: bool = False
    label: str = ""
    call_id: Id | None = None
    """The call they joined."""


class GuestAccepted(Tagged, frozen=True):
    """The phone may publish the stream from here on; host, moderators and stage may watch it, nobody else."""

    stream_id: Id


class GuestCalled(Tagged, frozen=True):
    """The guest's phone counts down to `on_air_us`; then the hub gives the cue that brings the stream on stage."""

    stream_id: Id
    on_air_us: int
    transition: Transition
    fade_ms: FadeMs
    by: str


class GuestLeft(Tagged, frozen=True):
    """The stream is over, whatever it was; it leaves the stage where it is there."""

    stream_id: Id
    reason: EndReason
    by: str


class StreamWithdrawn(Tagged, frozen=True):
    """The guest takes it back: what was kept of it goes, on the hub's machine and on the stage's, and no more is kept.

    A stream that goes on is shown as before.
    """

    stream_id: Id


class CallOpened(Tagged, frozen=True):
    """Everybody in `group` may join at once; with `straight_on` whoever is ready goes on air without another word."""

    call_id: Id
    gathering: Gathering
    wants: Wants
    group: Group
    straight_on: bool
    by: str


class CallClosed(Tagged, frozen=True):
    """Nobody else can join; who is on air stays."""

    call_id: Id


AirEvent = (
    HandRaised
    | HandLowered
    | SeatTold
    | GuestInvited
    | GuestAccepted
    | GuestCalled
    | GuestLeft
    | StreamWithdrawn
    | CallOpened
    | CallClosed
)


# acts of the audience
class RaiseHand(Tagged, frozen=True):
    wants: Wants


class LowerHand(Tagged, frozen=True):
    pass


class TellSeat(Tagged, frozen=True):
    seat: Seat


class AnswerInvitation(Tagged, frozen=True):
    stream_id: Id
    accepted: bool


class JoinCall(Tagged, frozen=True):
    """Say yes to an open call; the answer's `result` is the stream's id."""

    call_id: Id


class LeaveAir(Tagged, frozen=True):
    """The guest goes, at any time."""

    stream_id: Id


class WithdrawStream(Tagged, frozen=True):
    """The guest takes back what they were live with, by itself; one that goes on is left as well."""

    stream_id: Id


# acts of the crew
class OfferCamera(Tagged, frozen=True):
    """A crew camera or the desk feed: the stream may be published at once and waits for the host to bring it on."""

    stream_id: Id
    wants: Wants
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


# acts of the host (and `MuteGuest` and `DropGuests` of a moderator)
class InviteGuests(Tagged, frozen=True):
    person_ids: GuestIds
    wants: Wants
    gathering: Gathering = "solo"


class InviteAnyone(Tagged, frozen=True):
    """Invite people drawn by lot from those who are here and asked for nothing yet, or from a group of them."""

    count: Annotated[int, msgspec.Meta(ge=1, le=64)]
    wants: Wants
    gathering: Gathering = "solo"
    group: Group = Group()


class InviteGroup(Tagged, frozen=True):
    """Invite everybody of a group who is here, as many as there are places for; the others stand in line with their
    number. Asked again, it goes on with those in line. The answer's `result` says how many it was.
    """

    wants: Wants
    gathering: Gathering = "solo"
    group: Group = Group()


class ClearLine(Tagged, frozen=True):
    """Whom the host put in line waits no longer; who raised a hand keeps it."""


class OpenCall(Tagged, frozen=True):
    call_id: Id
    gathering: Gathering
    wants: Wants
    group: Group = Group()
    straight_on: bool = False


class CloseCall(Tagged, frozen=True):
    call_id: Id


class BringOnAir(Tagged, frozen=True):
    """Guests who are getting ready: count down on their phones, then bring them on stage."""

    stream_ids: GuestIds
    countdown_ms: CountdownMs = 3000
    transition: Transition = "add"
    fade_ms: FadeMs = 400


class MuteGuest(Tagged, frozen=True):
    """A guest's sound off the stage, or back; their picture stays."""

    stream_id: Id
    mute: bool


class DropGuests(Tagged, frozen=True):
    """Off the stage and out, at once."""

    stream_ids: GuestIds


# views
class GuestView(Message, frozen=True):
    """A guest as the host sees them. `number` is their place among the raised hands, from 1; 0 where there is none.

    `stream_id` is None while they only ask. A guest who is gone is told once more with `gone`.
    """

    person_id: Id
    name: str
    stream_id: Id | None
    wants: Wants
    gathering: Gathering
    state: GuestState
    number: int
    since_us: int
    on_air_us: int | None = None
    seat: Seat = Seat()
    is_crew: bool = False
    gone: bool = False
    by_host: bool = False
    """In line because the host asked their group."""
    is_away: bool = False
    """On air, and nothing comes of them: the others have moved up until they are back."""
    is_muted: bool = False
    """On air, and all of their sound is muted: nobody hears them."""
    ended: EndReason | None = None
    """Of one who is gone: why."""


class CallView(Message, frozen=True):
    """The call that is open now; `is_open` False: none."""

    call_id: Id
    gathering: Gathering
    wants: Wants
    group: Group
    straight_on: bool
    is_open: bool


class MyStreamView(Message, frozen=True):
    """A stream of one's own that is over and not taken back; `since_us`: from when on it could be published."""

    stream_id: Id
    since_us: int


class MyAirView(Message, frozen=True):
    """How the owner of a phone stands; `state` None: neither live nor asking. `ended`: why the last stream was over."""

    state: GuestState | None
    wants: Wants = "both"
    gathering: Gathering = "solo"
    stream_id: Id | None = None
    number: int = 0
    on_air_us: int | None = None
    ended: EndReason | None = None
    seat: Seat = Seat()
    streams: tuple[MyStreamView, ...] = ()
    """What was kept of them can be taken back, oldest first."""
    by_host: bool = False
    """In line because the host asked their group, not by a hand of their own."""
    is_muted: bool = False
    """On air, and all of their sound is muted: nobody hears them."""


class AirLimits(Message, frozen=True):
    """Live slots by measured capacity (`houselights doctor`). A tile or a microphone takes less of the machine than a
    camera with sound, so what still fits is said for each by itself.
    """

    streams: int
    """How many may be accepted at once: those there are, and as many guests by themselves as still fit."""
    used: int
    more_tiles: int = 0
    """Cameras in a mosaic that still fit."""
    more_microphones: int = 0
    """Microphones of a choir that still fit."""


class Trouble(Tagged, frozen=True):
    """What the stage says of a stream that it watches, whenever that changes; an empty text: nothing is wrong any more.

    The host is told in these words; the phone, in its own, only where nothing of it is shown.
    """

    text: Annotated[str, msgspec.Meta(max_length=400)]
    is_shown: bool = True


class StreamHealth(Message, frozen=True):
    """How a published stream is doing."""

    stream_id: Id
    kbits_per_s: int
    pictures_per_s: int
    dropped: int
    """What the phone or the hub had to leave out since the stream began."""
    level_db: float = -120.0
    is_live: bool = True
    kind: Kind = "video"
    trouble: str = ""
    """What the stage finds wrong with it, or that nothing comes; a sentence without its subject."""


class AirHealth(Message, frozen=True):
    """Ephemeral, hub → host about twice a second: the streams of all guests. One that broke off is told once more."""

    streams: tuple[StreamHealth, ...]
