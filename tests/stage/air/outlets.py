"""Where a reception's pictures and sound go in tests of what comes before."""

from __future__ import annotations

from stage.air.orders import Word
from stage.air.slots import Slots


class Kept:
    """Remembers what was played; pictures go back at once."""

    def __init__(self) -> None:
        self.played: list[Word] = []

    def show(self, word: Word, slots: Slots, segment: int) -> None:
        slots.give_back(word.slot)

    def play(self, word: Word, segment: int) -> None:
        self.played.append(word)
