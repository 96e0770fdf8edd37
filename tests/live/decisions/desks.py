"""A desk with a small show on it, for tests of decisions: events in, events out, no disk."""

from __future__ import annotations

from live.access import Caller
from live.decisions.desk import Desk
from live.decisions.table import decide
from live.messages.base import Message
from live.messages.events import (
    Consent,
    ContributionPrepared,
    ContributionReceived,
    Entry,
    Event,
    PersonJoined,
    Rendition,
    Renditions,
    ShowOpened,
)
from live.messages.ids import Kind, PersonId
from live.slots import MODEST
from live.state import State

HOST = Caller("host")
STAGE = Caller("stage")
ANA = Caller("audience", PersonId("person-ana"))
BO = Caller("audience", PersonId("person-bo-"))

STILL = Renditions(
    still=Rendition(key="renditions/photo-ana/still.jpg", media_type="image/jpeg", size_bytes=9),
    width_px=640,
    height_px=480,
)
SOUND = Renditions(
    sound=Rendition(key="renditions/sound-ana/sound.flac", media_type="audio/flac", size_bytes=9),
    duration_us=2_000_000,
)


class Table:
    """A state and the journal that led to it."""

    def __init__(self) -> None:
        self.state = State()
        self.now_us = 5_000_000
        self.present: set[str] = set()
        self.slots = MODEST
        self.take(
            ShowOpened(
                show_id="show-one-1",
                title="Test night",
                opened_at_s=0.0,
                pictures_per_second=30,
                width_px=1920,
                height_px=1080,
            ),
            PersonJoined(person_id="person-ana", name="Ana"),
            PersonJoined(person_id="person-bo-", name="Bo", credit="Bo of Row F"),
        )

    def take(self, *events: Event) -> None:
        for event in events:
            self.state.fold(Entry(offset=self.state.offset + 1, at_us=self.state.offset * 1000, event=event))

    def desk(self, caller: Caller) -> Desk:
        return Desk(
            self.state,
            caller,
            lambda generation: f"http://hall/j/{generation}",
            lambda generation: f"CODE{generation}",
            lambda role, generation: f"http://hall/{role}/{generation}",
            now_us=self.now_us,
            present=lambda: self.present,
            slots=self.slots,
        )

    def do(self, caller: Caller, act: Message) -> list[Event]:
        """Decide and fold what follows; return it."""
        events, self.result = decide(self.desk(caller), act)
        self.take(*events)
        return events

    def photo(self, contribution_id: str = "photo-ana", consent: Consent | None = None) -> str:
        """A photo of Ana's, prepared."""
        return self._piece(contribution_id, "photo", STILL, consent or Consent())

    def sound(self, contribution_id: str = "sound-ana") -> str:
        return self._piece(contribution_id, "sound", SOUND, Consent())

    def _piece(self, contribution_id: str, kind: Kind, renditions: Renditions, consent: Consent) -> str:
        self.take(
            ContributionReceived(contribution_id=contribution_id, person_id="person-ana", kind=kind, consent=consent),
            ContributionPrepared(contribution_id=contribution_id, renditions=renditions),
        )
        return contribution_id
