"""What a client asks of the hub, by Socket.IO event `act`; the answer is an `Ack` (views).

Every act carries an `act_id` that the client made: asked twice, done once, answered alike.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from live.messages.air import (
    AnswerInvitation,
    BringOnAir,
    ClearLine,
    CloseCall,
    DropGuests,
    InviteAnyone,
    InviteGroup,
    InviteGuests,
    JoinCall,
    LeaveAir,
    LowerHand,
    MuteGuest,
    OfferCamera,
    OpenCall,
    RaiseHand,
    TellSeat,
    WithdrawStream,
)
from live.messages.base import Message, Tagged
from live.messages.events import Consent, Name, Verdict
from live.messages.ids import Id, Kind, Role
from live.messages.phones import CuePhones
from live.messages.scene import Cue, FadeMs, Rect, Transition

PromptText = Annotated[str, msgspec.Meta(max_length=280)]
Note = Annotated[str, msgspec.Meta(max_length=2000)]
Some = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=5000)]


# audience
class SetName(Tagged, frozen=True):
    name: Name
    credit: Name = ""


class SendText(Tagged, frozen=True):
    """A tiny story: at most 280 graphemes after control characters are taken out."""

    contribution_id: Id
    text: Annotated[str, msgspec.Meta(max_length=8000)]
    consent: Consent
    prompt_id: Id | None = None
    parents: Annotated[tuple[Id, ...], msgspec.Meta(max_length=8)] = ()


class ChangeConsent(Tagged, frozen=True):
    contribution_id: Id
    consent: Consent


class Withdraw(Tagged, frozen=True):
    contribution_id: Id


# host and moderator
class Judge(Tagged, frozen=True):
    contribution_ids: Some
    verdict: Verdict


class Ban(Tagged, frozen=True):
    """Ban a device: it can send no more, and what it sent leaves the queue and the stage. Lifting brings nothing
    back.
    """

    person_id: Id
    banned: bool


class SetPerformer(Tagged, frozen=True):
    """Say who is a performer; it is kept for the show, and holds for a stream that goes on too."""

    person_id: Id
    performer: bool


class Retract(Tagged, frozen=True):
    """Off the stage at once, and held."""

    contribution_ids: Some


# host
class SetPrompt(Tagged, frozen=True):
    prompt_id: Id
    text: PromptText
    kinds: tuple[Kind, ...] = ("text", "photo", "sound", "video")


class Share(Tagged, frozen=True):
    contribution_id: Id
    shared: bool


class MakeAlbum(Tagged, frozen=True):
    album_id: Id
    title: Name


class EditAlbum(Tagged, frozen=True):
    album_id: Id
    title: Name
    note: Note = ""


class PlaceInAlbum(Tagged, frozen=True):
    """Put a piece into an album, or change its place or its note there.

    What is None stays as it is (a new piece comes last, without a note): a move must not carry the note that its page
    knew, a note not the place, or of two changes close together the later would undo the earlier.
    """

    album_id: Id
    contribution_id: Id
    position: int | None = None
    note: Note | None = None


class DropFromAlbum(Tagged, frozen=True):
    album_id: Id
    contribution_id: Id


class PutOnStage(Tagged, frozen=True):
    """Bring an approved contribution on stage; the hub makes the cue (source, credit, place) of it."""

    contribution_id: Id
    layer_id: Id
    transition: Transition = "add"
    fade_ms: FadeMs = 400
    place: Rect | None = None


class GiveCue(Tagged, frozen=True):
    """Any cue but `Put` of a contribution, which only `PutOnStage` makes, `SetSlate`, which the prompt makes, and
    `SetAway`, which the hub gives by itself."""

    cue_id: Id
    cue: Cue


class TurnKeys(Tagged, frozen=True):
    """Revoke every link of a role; the answer's `result` is the new link."""

    role: Role


# stage
class StartRun(Tagged, frozen=True):
    run_id: Id
    first_picture: int
    pictures_per_second: int
    width_px: int
    height_px: int


class TakeCue(Tagged, frozen=True):
    """Say when a cue took effect. `cue` is given for one that the stage's own keys made (PANIC with the hub away)."""

    cue_id: Id
    run_id: Id
    picture: int
    cue: Cue | None = None


class EndRun(Tagged, frozen=True):
    run_id: Id
    last_picture: int


class StartRecording(Tagged, frozen=True):
    recording_id: Id
    run_id: Id
    path: str
    first_picture: int


class EndRecording(Tagged, frozen=True):
    recording_id: Id
    last_picture: int


AudienceAct = (
    SetName
    | SendText
    | ChangeConsent
    | Withdraw
    | RaiseHand
    | LowerHand
    | TellSeat
    | AnswerInvitation
    | JoinCall
    | LeaveAir
    | WithdrawStream
)
ModeratorAct = Judge | Ban | Retract | MuteGuest | DropGuests
HostAct = (
    Judge
    | Ban
    | Retract
    | SetPrompt
    | Share
    | MakeAlbum
    | EditAlbum
    | PlaceInAlbum
    | DropFromAlbum
    | PutOnStage
    | GiveCue
    | TurnKeys
    | InviteGuests
    | InviteAnyone
    | InviteGroup
    | ClearLine
    | OpenCall
    | CloseCall
    | BringOnAir
    | MuteGuest
    | DropGuests
    | SetPerformer
    | CuePhones
)
CrewAct = OfferCamera | LeaveAir
StageAct = StartRun | TakeCue | EndRun | StartRecording | EndRecording


class AudienceAsk(Message, frozen=True):
    act_id: Id
    act: AudienceAct


class ModeratorAsk(Message, frozen=True):
    act_id: Id
    act: ModeratorAct


class HostAsk(Message, frozen=True):
    act_id: Id
    act: HostAct


class CrewAsk(Message, frozen=True):
    act_id: Id
    act: CrewAct


class StageAsk(Message, frozen=True):
    act_id: Id
    act: StageAct
