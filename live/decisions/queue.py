"""What host and moderators decide about contributions, people, prompts and albums."""

from __future__ import annotations

from live.decisions.audience import clean_text
from live.decisions.desk import Decision, Desk, removal, slate_cue
from live.decisions.hands import ends, hand_down
from live.errors import BadInput, Conflict, NotFound
from live.messages import acts
from live.messages.events import (
    AlbumDropped,
    AlbumEdited,
    AlbumMade,
    AlbumPlaced,
    ContributionJudged,
    ContributionShared,
    Event,
    KeysTurned,
    PersonBanned,
    PersonPerforms,
    PromptSet,
)
from live.state import Album, Person


def judge(desk: Desk, act: acts.Judge) -> Decision:
    """Give a verdict; anything but `approved` also takes the piece off the stage."""
    changed = [i for i in act.contribution_ids if desk.contribution(i).verdict != act.verdict]
    for contribution_id in changed:
        if desk.contribution(contribution_id).withdrawn:
            raise Conflict("expected a piece that is there, got one its author took back; nothing was changed")
    events: list[Event] = [ContributionJudged(contribution_id=i, verdict=act.verdict, by=desk.by) for i in changed]
    if act.verdict != "approved":
        events += removal(desk.state, act.contribution_ids, desk.by)
    return events, ""


def retract(desk: Desk, act: acts.Retract) -> Decision:
    """Off the stage at once, held, and no longer offered for remixing."""
    events: list[Event] = []
    for contribution_id in act.contribution_ids:
        contribution = desk.contribution(contribution_id)
        if contribution.verdict != "held":
            events.append(ContributionJudged(contribution_id=contribution_id, verdict="held", by=desk.by))
        if contribution.shared:
            events.append(ContributionShared(contribution_id=contribution_id, shared=False, by=desk.by))
    return events + removal(desk.state, act.contribution_ids, desk.by), ""


def ban(desk: Desk, act: acts.Ban) -> Decision:
    person = _person(desk, act.person_id)
    if person.banned == act.banned:
        return [], ""
    events: list[Event] = [PersonBanned(person_id=act.person_id, banned=act.banned, by=desk.by)]
    if act.banned:
        pieces = [desk.state.contributions[i] for i in person.contributions]
        for piece in pieces:
            if piece.verdict != "rejected" and not piece.withdrawn:
                events.append(ContributionJudged(contribution_id=piece.contribution_id, verdict="rejected", by=desk.by))
            if piece.shared:
                events.append(ContributionShared(contribution_id=piece.contribution_id, shared=False, by=desk.by))
        events += removal(desk.state, person.contributions, desk.by)
        guest = desk.state.guests.of_person(act.person_id)
        events += hand_down(desk.state, act.person_id)
        events += ends(desk.state, [guest], "banned", desk.by) if guest is not None else []
    return events, ""


def set_performer(desk: Desk, act: acts.SetPerformer) -> Decision:
    person = _person(desk, act.person_id)
    if person.performer == act.performer:
        return [], ""
    return [PersonPerforms(person_id=act.person_id, performer=act.performer, by=desk.by)], ""


def share(desk: Desk, act: acts.Share) -> Decision:
    contribution = desk.contribution(act.contribution_id)
    if act.shared and (contribution.verdict != "approved" or not contribution.is_ready):
        raise Conflict("expected an approved piece that is ready, got one that is not; approve it first, then share it")
    if act.shared and not contribution.consent.stage:
        raise Conflict("expected a piece that may be shown, got one its author keeps off the stage; choose another")
    if contribution.shared == act.shared:
        return [], ""
    return [ContributionShared(contribution_id=act.contribution_id, shared=act.shared, by=desk.by)], ""


def set_prompt(desk: Desk, act: acts.SetPrompt) -> Decision:
    text = clean_text(act.text, keep_lines=False)
    if not act.kinds:
        raise BadInput("expected at least one kind of answer, got none; choose words, photo, sound or video")
    prompt = PromptSet(prompt_id=act.prompt_id, text=text, kinds=act.kinds, by=desk.by)
    return [prompt, slate_cue(desk, text)], ""


def make_album(desk: Desk, act: acts.MakeAlbum) -> Decision:
    if act.album_id in desk.state.albums:
        return [], ""
    return [AlbumMade(album_id=act.album_id, title=clean_text(act.title, keep_lines=False) or "Album", by=desk.by)], ""


def edit_album(desk: Desk, act: acts.EditAlbum) -> Decision:
    _album(desk, act.album_id)
    title, note = clean_text(act.title, keep_lines=False) or "Album", clean_text(act.note, keep_lines=True)
    return [AlbumEdited(album_id=act.album_id, title=title, note=note)], ""


def place_in_album(desk: Desk, act: acts.PlaceInAlbum) -> Decision:
    album = _album(desk, act.album_id)
    if desk.contribution(act.contribution_id).withdrawn:
        raise Conflict("expected a piece that is there, got one its author took back; choose another")
    here = ((place, note) for place, (each, note) in enumerate(album.entries) if each == act.contribution_id)
    place, note = next(here, (len(album.entries), ""))
    return [
        AlbumPlaced(
            album_id=act.album_id,
            contribution_id=act.contribution_id,
            position=place if act.position is None else min(max(0, act.position), len(album.entries)),
            note=note if act.note is None else clean_text(act.note, keep_lines=True),
        )
    ], ""


def drop_from_album(desk: Desk, act: acts.DropFromAlbum) -> Decision:
    album = _album(desk, act.album_id)
    if all(contribution_id != act.contribution_id for contribution_id, _ in album.entries):
        return [], ""
    return [AlbumDropped(album_id=act.album_id, contribution_id=act.contribution_id)], ""


def turn_keys(desk: Desk, act: acts.TurnKeys) -> Decision:
    """Revoke a role's links; the answer is the new one. For the audience that is a new join code, shown on the
    slate.
    """
    generation = desk.state.generations.get(act.role, 0) + 1
    events: list[Event] = [KeysTurned(role=act.role, generation=generation)]
    if act.role == "audience":
        prompt = desk.state.prompt.text if desk.state.prompt else ""
        return [*events, slate_cue(desk, prompt, generation)], desk.join_url(generation)
    return events, desk.link(act.role, generation)


def _person(desk: Desk, person_id: str) -> Person:
    person = desk.state.people.get(person_id)
    if person is None:
        raise NotFound(f"expected a person of this show, got {person_id!r}; reload the page to see who is there")
    return person


def _album(desk: Desk, album_id: str) -> Album:
    album = desk.state.albums.get(album_id)
    if album is None:
        raise NotFound(f"expected an album of this show, got {album_id!r}; reload the page to see the albums")
    return album
