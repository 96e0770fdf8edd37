"""The way of a file from "all bytes are here" to "it can be shown": journal first, then intake, then journal again."""

from __future__ import annotations

from typing import Protocol

from live.access import Caller
from live.decisions.audience import receive
from live.hub import Hub
from live.intake.job import is_draft
from live.messages.events import ContributionFailed, ContributionPrepared, ContributionReceived, Renditions
from live.messages.ids import PersonId
from live.shredder import Shredder


class Prepares(Protocol):
    """The intake, as far as this needs it."""

    def submit(self, contribution: ContributionReceived, made: Renditions | None = None) -> None: ...


class Receiving:
    def __init__(self, hub: Hub, shredder: Shredder) -> None:
        self._hub = hub
        self._shredder = shredder
        self._intake: Prepares | None = None

    def hand_on_to(self, intake: Prepares) -> None:
        """Name the intake; the two know each other, so one of them is told later."""
        self._intake = intake

    async def receive(self, event: ContributionReceived) -> None:
        """Journal a contribution whose bytes are in the store, once; return when it is on disk. Raises NotAllowed."""
        events, _ = receive(self._hub.desk(Caller("audience", PersonId(event.person_id))), event)
        await self._hub.show.record(*events)
        for taken in events:
            if isinstance(taken, ContributionReceived) and self._intake is not None:
                self._intake.submit(taken)
        # Sent again after it was taken back: it has its tick, and its bytes go where the first ones went.
        await self._shredder.shred_if_withdrawn(event.contribution_id)

    async def announce(self, outcome: ContributionPrepared | ContributionFailed) -> None:
        """Journal what intake made of a contribution."""
        if outcome.contribution_id in self._hub.show.state.contributions:
            await self._hub.show.record(outcome)
            await self._shredder.shred_if_withdrawn(outcome.contribution_id)

    def resume(self) -> None:
        """Hand intake everything that a former hub received and did not get prepared, or only as a draft."""
        for piece in list(self._hub.show.state.contributions.values()):
            unfinished = piece.renditions is None or is_draft(piece.renditions)
            is_open = unfinished and not piece.failure and not piece.withdrawn
            if is_open and piece.original is not None and self._intake is not None:
                self._intake.submit(
                    ContributionReceived(
                        contribution_id=piece.contribution_id,
                        person_id=piece.person_id,
                        kind=piece.kind,
                        consent=piece.consent,
                        original=piece.original,
                        trim=piece.trim,
                    ),
                    piece.renditions,
                )
