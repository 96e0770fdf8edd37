"""A walled child as the stage sees it: it may be in a stranger's hands, and harms nobody but itself."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from live.messages.packets import Packet, Track, pack
from stage.air.bounds import slot_bytes
from stage.air.orders import NO_SLOT, Opening, Word, WordKind
from stage.air.places import FRAME_BYTES, PLACE_FRAMES, PLACES
from stage.air.receiving.seats import PICTURES_AT_ONCE, PICTURES_OF_A_SEAT_AT_ONCE, Child, Listener, Seat
from stage.air.slots import SLOTS, Slots
from tests.footage import footage
from tests.scripted_phones import ScriptedPhone

WITHIN_S = 20.0


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.lost: list[bool] = []

    def on_word(self, word: Word, slots: Slots) -> None:
        self.words.append(word)
        slots.give_back(word.slot)

    def on_skipped(self) -> None:
        """Nothing is sent here."""

    def on_child_lost(self, *, suspected: bool) -> None:
        self.lost.append(suspected)


class InOrder(Told):
    """Notes its name in an order that several share, for each picture; rings when it has one."""

    def __init__(self, name: str, order: list[str]) -> None:
        super().__init__()
        self.rang = asyncio.Event()
        self._name, self._order = name, order

    def on_word(self, word: Word, slots: Slots) -> None:
        if word.kind is WordKind.PICTURE:
            slots.give_back(word.slot)
            self._order.append(self._name)
            self.rang.set()


def packet_of_sound() -> Packet:
    return Packet(track=1, key=True, sequence=0, captured_us=0, sent_us=0, payload=b"sound")


def seated(child: Child, told: Listener, tracks: tuple[Track, ...] = (), slot_bytes: int = 4096) -> Seat:
    files = os.open(os.devnull, os.O_RDWR), os.open(os.devnull, os.O_RDWR)
    opening = Opening(tracks=tracks, slot_bytes=slot_bytes, slots=SLOTS)
    return child.seat(opening, Slots(slot_bytes, SLOTS), files, told)


@pytest.mark.parametrize("kind", [WordKind.PICTURE, WordKind.SOUND, WordKind.NOTHING, WordKind.BAD])
async def test_an_answer_that_nobody_asked_for_is_not_believed(kind: WordKind) -> None:
    """No packet is with the child: there is nothing that its answer could be held against."""
    gone: list[Child] = []
    child, told = Child(gone.append), Told()
    seat = seated(child, told)
    child._hear(Word(kind, seat.number, slot=NO_SLOT, width=7, height=3))
    assert (gone, told.words, told.lost) == ([child], [], [False])


@pytest.mark.parametrize(("place", "frames"), [(5, 480), (NO_SLOT - 1, 480), (None, 0), (None, PLACE_FRAMES + 1)])
async def test_sound_is_looked_for_only_where_it_was_to_lie(place: int | None, frames: int) -> None:
    """`place` None: the right one, with so many frames as cannot be there."""
    gone: list[Child] = []
    child, told = Child(gone.append), Told()
    seat = seated(child, told)
    seat.put(pack(packet_of_sound()), 0, is_picture=False)
    asked = child._with_child[0].place
    assert asked is not None
    assert asked != place
    child._hear(Word(WordKind.SOUND, seat.number, asked if place is None else place, frames))
    assert (gone, told.words, told.lost) == ([child], [], [True])


async def test_every_place_is_free_again_once_its_packet_is_answered() -> None:
    child, told = Child(lambda gone: None), Told()
    seat = seated(child, told)
    for _ in range(3 * PLACES):
        seat.put(pack(packet_of_sound()), 0, is_picture=False)
        place = child._with_child[0].place
        assert place is not None
        child._hear(Word(WordKind.SOUND, seat.number, place, 480))
    assert [len(word.body) for word in told.words] == [480 * FRAME_BYTES] * 3 * PLACES
    child.close()


async def test_a_child_leaves_nothing_behind_even_with_its_stage_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is gone while it decodes."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone: list[Child] = []
    child, told = Child(gone.append), Told()
    seated(child, told)
    assert list(tmp_path.iterdir()) == []
    child._ended("for this test")
    assert (gone, told.lost) == ([child], [False])


async def test_a_guest_with_many_pictures_waiting_holds_up_no_other() -> None:
    """Of what one guest has waiting only what is with the child already comes before another's picture."""
    child, order = Child(lambda gone: None), list[str]()
    loop = footage(320, 180, 10, "h264", 4)
    told = {name: InOrder(name, order) for name in ("many", "one")}
    seats = {
        name: seated(child, listener, (loop.track(),), slot_bytes((loop.track(),))) for name, listener in told.items()
    }
    for name, count in (("many", 30), ("one", 1)):
        phone = ScriptedPhone(name, loop)
        for _ in range(count):
            packet = phone.next_picture()
            assert packet is not None
            seats[name].put(pack(packet), 0, is_picture=True)
    async with asyncio.timeout(WITHIN_S):
        await told["one"].rang.wait()
    assert order.count("many") <= PICTURES_AT_ONCE + PICTURES_OF_A_SEAT_AT_ONCE
    child.close()
