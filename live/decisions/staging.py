"""From a contribution to a cue. This is the door to the stage: what is not approved, ready and allowed does not
pass.
"""

from __future__ import annotations

from live.decisions.desk import Decision, Desk
from live.errors import Conflict, NotAllowed
from live.messages import acts
from live.messages.events import Cued
from live.messages.ids import new_id
from live.messages.scene import (
    ClipSource,
    Credit,
    Put,
    ReactionsSource,
    SetAway,
    SetSlate,
    SolidSource,
    SoundSource,
    Source,
    StillSource,
    TextSource,
)
from live.state import Contribution

OWN_SOURCES = TextSource | SolidSource | ReactionsSource
"""What the host may put on stage without anybody else's leave."""


def put_on_stage(desk: Desk, act: acts.PutOnStage) -> Decision:
    contribution = desk.contribution(act.contribution_id)
    check_may_be_staged(contribution)
    if act.transition == "add" and is_staged(desk, contribution):
        raise Conflict("expected a piece that is not on stage yet, got one that is; take it off first, or cut to it")
    cue = Put(
        layer_id=act.layer_id,
        source=source_of(contribution),
        credit=credit_of(desk, contribution),
        transition=act.transition,
        fade_ms=act.fade_ms,
        place=act.place,
    )
    return [Cued(cue_id=new_id(), cue=cue, by=desk.by)], ""


def is_staged(desk: Desk, contribution: Contribution) -> bool:
    """Is it on stage, or about to be? (What has left stays in the scene until the next cue.)"""
    pending = (cue.source for cue in desk.state.pending.values() if isinstance(cue, Put))
    return contribution.is_on_stage or any(
        getattr(source, "contribution_id", None) == contribution.contribution_id for source in pending
    )


def check_may_be_staged(contribution: Contribution) -> None:
    """Raises Conflict, saying which of the four conditions is missing."""
    if contribution.withdrawn:
        raise Conflict("expected a piece that is there, got one its author took back; choose another")
    if contribution.verdict != "approved":
        raise Conflict(f"expected an approved piece, got one that is {contribution.verdict}; approve it first")
    if not contribution.consent.stage:
        raise Conflict("expected a piece that may be shown, got one its author keeps off the stage; choose another")
    if not contribution.is_ready:
        raise Conflict(
            "expected a piece that is ready, got one that is still being prepared or failed; wait for its picture"
        )


def source_of(contribution: Contribution) -> Source:
    """Return the stage's source for a ready contribution."""
    if contribution.kind == "text":
        return TextSource(text=contribution.text, contribution_id=contribution.contribution_id)
    made = contribution.renditions
    if made is not None and made.clip is not None:
        return ClipSource(
            contribution_id=contribution.contribution_id,
            key=made.clip.key,
            sound_key=made.sound.key if made.sound else None,
            width_px=made.width_px,
            height_px=made.height_px,
            duration_us=made.duration_us,
        )
    if made is not None and made.still is not None:
        return StillSource(
            contribution_id=contribution.contribution_id,
            key=made.still.key,
            width_px=made.width_px,
            height_px=made.height_px,
        )
    if made is not None and made.sound is not None:
        return SoundSource(
            contribution_id=contribution.contribution_id, key=made.sound.key, duration_us=made.duration_us
        )
    raise Conflict("expected a piece with something to show, got one without a rendition; hold it and tell the crew")


def credit_of(desk: Desk, contribution: Contribution) -> Credit:
    return Credit(person_id=contribution.person_id, name=desk.state.credit_line(contribution))


def give_cue(desk: Desk, act: acts.GiveCue) -> Decision:
    """Pass a cue on. Contributions come in by `put_on_stage` alone, so that none gets past its checks."""
    if act.cue_id in desk.state.cues:
        return [], ""
    if isinstance(act.cue, Put) and getattr(act.cue.source, "contribution_id", None):
        raise NotAllowed(
            "expected put_on_stage for a contribution, got a cue that names one; send put_on_stage instead"
        )
    if isinstance(act.cue, Put) and not isinstance(act.cue.source, OWN_SOURCES):
        raise NotAllowed(
            "expected words, a colour or the reactions, got another source; contributions come by put_on_stage, "
            "guests by bring_on_air"
        )
    if isinstance(act.cue, SetSlate):
        raise NotAllowed("expected set_prompt for a new slate, got a slate cue; send set_prompt instead")
    if isinstance(act.cue, SetAway):
        raise NotAllowed("expected a cue for the host to give, got set_away; the hub gives it, by what guests send")
    return [Cued(cue_id=act.cue_id, cue=act.cue, by=desk.by)], ""
