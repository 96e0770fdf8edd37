"""Which recordings the film may be made of: the guest's own, which they allow for it and did not take back."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.messages.air import GuestInvited
from live.messages.events import (
    Beside,
    Consent,
    ConsentChanged,
    ContributionReceived,
    Entry,
    Event,
    Original,
    PersonJoined,
)
from stage.air.finest import PhoneRecording, Tally
from stage.phone_recordings import phone_recordings, told

MEDIA = Path("show/media")
JOINED = PersonJoined(person_id="person-0001", name="Fay")
INVITED = GuestInvited(stream_id="stream-0001", person_id="person-0001", wants="both", gathering="solo", by="host")
RECEIVED = ContributionReceived(
    contribution_id="piece-0001",
    person_id="person-0001",
    kind="video",
    consent=Consent(stage=False),
    original=Original(key="originals/piece-0001", size_bytes=1, sha256=""),
    beside=Beside(stream_id="stream-0001", started_us=7_000_000),
)


def entries(*events: Event) -> list[Entry]:
    return [Entry(offset=n, at_us=n, event=event) for n, event in enumerate(events, 1)]


def test_a_guests_own_recording_is_found() -> None:
    found = phone_recordings(entries(JOINED, INVITED, RECEIVED), MEDIA, ())
    assert found == {"stream-0001": (PhoneRecording(MEDIA / "originals/piece-0001", 7_000_000),)}


@pytest.mark.parametrize(
    "event",
    [
        ConsentChanged(contribution_id="piece-0001", consent=Consent(anthology=False)),
        GuestInvited(stream_id="stream-0001", person_id="person-0002", wants="both", gathering="solo", by="host"),
    ],
    ids=["not allowed any more", "of another's stream"],
)
def test_what_is_not_theirs_to_give_or_not_given_is_not_used(event: Event) -> None:
    assert phone_recordings(entries(JOINED, INVITED, RECEIVED, event), MEDIA, ()) == {}


def test_what_was_taken_back_is_not_used() -> None:
    assert phone_recordings(entries(JOINED, INVITED, RECEIVED), MEDIA, {"piece-0001"}) == {}


def test_each_guest_is_told_by_name() -> None:
    tallies = {
        "stream-0001": Tally(pictures=300, finest=280, frames=480_000, finest_frames=456_000),
        "stream-0002": Tally(),
    }
    assert told(tallies, entries(JOINED, INVITED)) == [
        "Fay: 280 of 300 pictures and 9.5 of 10.0 s of sound from the phone's own recording"
    ]
