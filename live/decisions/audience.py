"""What a person in the audience may do: be called something, send words, change their mind."""

from __future__ import annotations

import unicodedata

import msgspec
import regex

from live.decisions.desk import Decision, Desk, removal
from live.errors import BadInput, NotAllowed
from live.messages import acts
from live.messages.air import StreamWithdrawn
from live.messages.events import ConsentChanged, ContributionReceived, ContributionWithdrawn, Event, PersonNamed
from live.state import Contribution

MAX_GRAPHEMES = 280
_GRAPHEME = regex.compile(r"\X")


def clean_text(text: str, *, keep_lines: bool) -> str:
    """Return `text` in NFC without control and other invisible-by-malice characters, outer space trimmed.

    Joiners and directional marks stay: emoji, Persian and Hebrew need them. Directional overrides go: they turn text
    around.
    """
    kept = [
        character
        for character in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        if (
            unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn")
            and character not in "\u202a\u202b\u202c\u202d\u202e"
        )
        or (character == "\n" and keep_lines)
        or character == "\t"
    ]
    cleaned = "".join(kept).replace("\t", " ")
    return regex.sub(r"\n{3,}", "\n\n", cleaned).strip()


def graphemes(text: str) -> int:
    """Return how many characters a person would count (extended grapheme clusters, UAX #29)."""
    return len(_GRAPHEME.findall(text))


def set_name(desk: Desk, act: acts.SetName) -> Decision:
    name, credit = clean_text(act.name, keep_lines=False), clean_text(act.credit, keep_lines=False)
    return [PersonNamed(person_id=str(desk.caller.person_id), name=name, credit=credit)], ""


def send_text(desk: Desk, act: acts.SendText) -> Decision:
    text = clean_text(act.text, keep_lines=True)
    if not text:
        raise BadInput("expected some words, got none; write a line and send it again")
    length = graphemes(text)
    if length > MAX_GRAPHEMES:
        raise BadInput(f"expected at most {MAX_GRAPHEMES} characters, got {length}; shorten it and send it again")
    return receive(
        desk,
        ContributionReceived(
            contribution_id=act.contribution_id,
            person_id=str(desk.caller.person_id),
            kind="text",
            consent=act.consent,
            prompt_id=act.prompt_id,
            parents=act.parents,
            text=text,
        ),
    )


def receive(desk: Desk, event: ContributionReceived) -> Decision:
    """Take a contribution in, once. What its phone could not know any better (an old prompt) is put right silently."""
    known = desk.state.contributions.get(event.contribution_id)
    if known is not None:
        if known.person_id != event.person_id:
            raise NotAllowed("expected a new piece, got the id of somebody else's; reload the page and send it again")
        return [], ""
    desk.not_banned()
    prompt_id = event.prompt_id if event.prompt_id in desk.state.prompts else None
    parents = tuple(dict.fromkeys(p for p in event.parents if _may_remix(desk, p, event.person_id)))
    return [msgspec.structs.replace(event, prompt_id=prompt_id, parents=parents)], ""


def _may_remix(desk: Desk, parent_id: str, person_id: str) -> bool:
    parent = desk.state.contributions.get(parent_id)
    if parent is None:
        return False
    # Once offered is enough: the remix may arrive after the host stopped sharing.
    return parent_id in desk.state.ever_shared or parent.person_id == person_id


def change_consent(desk: Desk, act: acts.ChangeConsent) -> Decision:
    contribution = desk.own(act.contribution_id)
    if contribution.consent == act.consent:
        return [], ""
    events: list[Event] = [ConsentChanged(contribution_id=act.contribution_id, consent=act.consent)]
    # A credit that stands on the screen cannot be changed under the hall's eyes, so a piece whose author no longer
    # wants to be named (or shown) leaves the stage.
    if not act.consent.stage or act.consent.anonymous != contribution.consent.anonymous:
        events += removal(desk.state, [act.contribution_id], desk.by, fade_ms=200)
    if not act.consent.stage and contribution.consent.stage:
        events += _stream_beside(desk, contribution)
    return events, ""


def withdraw(desk: Desk, act: acts.Withdraw) -> Decision:
    contribution = desk.own(act.contribution_id)
    if contribution.withdrawn:
        return [], ""
    return [
        ContributionWithdrawn(contribution_id=act.contribution_id),
        *removal(desk.state, [act.contribution_id], desk.by, fade_ms=200),
        *_stream_beside(desk, contribution),
    ], ""


def _stream_beside(desk: Desk, contribution: Contribution) -> list[Event]:
    """The live stream that a piece was recorded beside goes with it: it was kept for showing it again, no more.

    The phone says which stream that was, so it counts only where it was that person's.
    """
    guests, beside = desk.state.guests, contribution.beside
    if beside is None or beside.stream_id in guests.withdrawn:
        return []
    is_own = guests.owner_of.get(beside.stream_id) == contribution.person_id
    return [StreamWithdrawn(stream_id=beside.stream_id)] if is_own else []
