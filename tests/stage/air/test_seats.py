"""A walled child as the stage sees it: it may be in a stranger's hands, and harms nobody but itself."""

from __future__ import annotations

import os

import pytest

from stage.air.orders import NO_SLOT, Opening, Word, WordKind
from stage.air.seats import Child, Seat
from stage.air.slots import Slots


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.lost: list[bool] = []

    def on_word(self, word: Word, slots: Slots) -> None:
        self.words.append(word)

    def on_skipped(self) -> None:
        """Nothing is sent here."""

    def on_child_lost(self, *, suspected: bool) -> None:
        self.lost.append(suspected)


def seated(child: Child, told: Told) -> Seat:
    files = os.open(os.devnull, os.O_RDWR), os.open(os.devnull, os.O_RDWR)
    return child.seat(Opening(tracks=(), slot_bytes=4096, slots=2), Slots(4096, 2), files, told)


@pytest.mark.parametrize("kind", [WordKind.PICTURE, WordKind.SOUND, WordKind.NOTHING, WordKind.BAD])
async def test_an_answer_that_nobody_asked_for_is_not_believed(kind: WordKind) -> None:
    """No packet is with the child: there is nothing that its answer could be held against."""
    gone: list[Child] = []
    child, told = Child(gone.append), Told()
    seat = seated(child, told)
    child._hear(Word(kind, seat.number, slot=NO_SLOT, width=7, height=3))
    assert (gone, told.words, told.lost) == ([child], [], [False])


async def test_what_a_child_left_in_its_folder_holds_nobody_up() -> None:
    gone: list[Child] = []
    child, told = Child(gone.append), Told()
    seated(child, told)
    folder = child._process.folder
    (folder / "left behind").write_bytes(b"by a stranger")
    child._ended("for this test")
    assert (gone, told.lost, folder.exists()) == ([child], [False], False)
