"""What phones recorded beside their live streams, as the journal tells: which files the film may be made of, and whose.

Only the guest's own recording of their own stream counts, which they allow for the film and did not take back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from live.messages.air import GuestInvited
from live.messages.events import ConsentChanged, ContributionReceived, Entry, PersonJoined, PersonNamed
from stage.air.finest import PhoneRecording, Tally
from stage.picture import SAMPLE_RATE_HZ


def phone_recordings(
    entries: Iterable[Entry], media: Path, withdrawn: Collection[str]
) -> dict[str, tuple[PhoneRecording, ...]]:
    """By stream. `media` is the show's folder of files, `withdrawn` the pieces that were taken back."""
    guests: dict[str, str] = {}
    received: list[ContributionReceived] = []
    allowed: dict[str, bool] = {}
    for entry in entries:
        match entry.event:
            case GuestInvited(stream_id=stream_id, person_id=person_id):
                guests[stream_id] = person_id
            case ContributionReceived(kind="video" | "sound", consent=consent) as piece:
                received.append(piece)
                allowed[piece.contribution_id] = consent.anthology
            case ConsentChanged(contribution_id=contribution_id, consent=consent):
                allowed[contribution_id] = consent.anthology
    found: dict[str, tuple[PhoneRecording, ...]] = {}
    for piece in received:
        beside, original = piece.beside, piece.original
        if beside is None or original is None or guests.get(beside.stream_id) != piece.person_id:
            continue
        if allowed[piece.contribution_id] and piece.contribution_id not in withdrawn:
            recording = PhoneRecording(media / original.key, beside.started_us)
            found[beside.stream_id] = (*found.get(beside.stream_id, ()), recording)
    return found


def told(tallies: Mapping[str, Tally], entries: Iterable[Entry]) -> list[str]:
    """One line for each guest: how many of their pictures came from where."""
    names: dict[str, str] = {}
    guests: dict[str, str] = {}
    for entry in entries:
        match entry.event:
            case PersonJoined(person_id=person_id, name=name) | PersonNamed(person_id=person_id, name=name):
                names[person_id] = name
            case GuestInvited(stream_id=stream_id, person_id=person_id, label=label):
                guests[stream_id] = label or names.get(person_id, "")
    return [
        f"{guests.get(stream_id) or stream_id}: {tally.finest} of {tally.pictures} pictures and "
        f"{_seconds(tally.finest_frames)} of {_seconds(tally.frames)} s of sound from the phone's own recording"
        for stream_id, tally in tallies.items()
        if tally.pictures or tally.frames
    ]


def _seconds(frames: int) -> str:
    return f"{frames / SAMPLE_RATE_HZ:.1f}"
