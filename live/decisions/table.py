"""From the type of an act to the function that decides it, and to who may ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from live.decisions import audience, hands, inviting, lights, queue, running, staging
from live.decisions.desk import Decision, Desk
from live.errors import NotAllowed
from live.messages import acts, air, phones
from live.messages.base import Message
from live.messages.ids import Role

_DECISIONS: dict[type[Message], Callable[[Desk, Any], Decision]] = {
    acts.SetName: audience.set_name,
    acts.SendText: audience.send_text,
    acts.ChangeConsent: audience.change_consent,
    acts.Withdraw: audience.withdraw,
    acts.Judge: queue.judge,
    acts.Ban: queue.ban,
    acts.SetPerformer: queue.set_performer,
    acts.Retract: queue.retract,
    acts.SetPrompt: queue.set_prompt,
    acts.Share: queue.share,
    acts.MakeAlbum: queue.make_album,
    acts.EditAlbum: queue.edit_album,
    acts.PlaceInAlbum: queue.place_in_album,
    acts.DropFromAlbum: queue.drop_from_album,
    acts.TurnKeys: queue.turn_keys,
    acts.PutOnStage: staging.put_on_stage,
    acts.GiveCue: staging.give_cue,
    acts.StartRun: running.start_run,
    acts.TakeCue: running.take_cue,
    acts.EndRun: running.end_run,
    acts.StartRecording: running.start_recording,
    acts.EndRecording: running.end_recording,
    air.RaiseHand: hands.raise_hand,
    air.LowerHand: hands.lower_hand,
    air.TellSeat: hands.tell_seat,
    air.AnswerInvitation: hands.answer_invitation,
    air.JoinCall: hands.join_call,
    air.LeaveAir: hands.leave_air,
    air.WithdrawStream: hands.withdraw_stream,
    air.OfferCamera: hands.offer_camera,
    air.InviteGuests: inviting.invite_guests,
    air.InviteAnyone: inviting.invite_anyone,
    air.InviteGroup: inviting.invite_group,
    air.ClearLine: inviting.clear_line,
    air.OpenCall: inviting.open_call,
    air.CloseCall: inviting.close_call,
    air.BringOnAir: inviting.bring_on_air,
    air.MuteGuest: inviting.mute_guest,
    air.DropGuests: inviting.drop_guests,
    phones.CuePhones: lights.cue_phones,
}

Ask = acts.AudienceAsk | acts.HostAsk | acts.ModeratorAsk | acts.CrewAsk | acts.StageAsk
ASKS: dict[Role, type[Any]] = {
    "audience": acts.AudienceAsk,
    "host": acts.HostAsk,
    "moderator": acts.ModeratorAsk,
    "crew": acts.CrewAsk,
    "stage": acts.StageAsk,
}
"""The shape of what each role may ask."""


def decide(desk: Desk, act: Message) -> Decision:
    """Return what follows from `act`. Raises a HouselightsError whose sentence the asker reads."""
    decision = _DECISIONS.get(type(act))
    if decision is None:
        raise NotAllowed(f"expected an act for {desk.caller.role}, got {type(act).__name__}; see docs/messages.md")
    return decision(desk, act)


def decided_acts() -> frozenset[type[Message]]:
    """Every act that has a row here; a test holds it against the unions in `live.messages.acts`."""
    return frozenset(_DECISIONS)


def asked_acts() -> frozenset[type[Message]]:
    unions = (acts.AudienceAct, acts.ModeratorAct, acts.HostAct, acts.CrewAct, acts.StageAct)
    return frozenset(member for union in unions for member in get_args(union))
