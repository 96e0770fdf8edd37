"""From a phone's uneven pictures to a constant rate: which picture stands in which slot. Pure.

A picture is shown from the slot nearest to its time until the next one's; what comes in between two slots gives way.
"""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

PICTURES_PER_SECOND = 30


class Cadence(Generic[T]):
    """Feed with pictures and their times in seconds, in order of showing; get `(slot, picture)` without gaps from 0."""

    def __init__(self) -> None:
        self._waiting: T | None = None
        self._waiting_slot = 0
        self._next_slot = 0

    def put(self, picture: T, time_s: float) -> list[tuple[int, T]]:
        """Return the slots that are settled now. Times that run backwards count as no time passing."""
        slot = max(self._waiting_slot, round(time_s * PICTURES_PER_SECOND))
        settled = self._fill(slot)
        self._waiting, self._waiting_slot = picture, slot
        return settled

    def end(self, end_s: float) -> list[tuple[int, T]]:
        """The last picture stands until `end_s`; there is one slot at least."""
        return self._fill(max(1, round(end_s * PICTURES_PER_SECOND)))

    def _fill(self, until_slot: int) -> list[tuple[int, T]]:
        if self._waiting is None:  # what is before the first picture shows the first
            return []
        first, self._next_slot = self._next_slot, max(self._next_slot, until_slot)
        return [(slot, self._waiting) for slot in range(first, self._next_slot)]
