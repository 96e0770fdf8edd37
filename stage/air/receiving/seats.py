"""A stream's seat with a walled child, and the child as the receiver's event loop sees it.

Packets go in, words come out. Few packets are with a child, the rest waits here, where old pictures can still give way:
sound goes first, for it is cheap and its lack is heard; pictures go by turns of their seats, so that a guest whose
pictures are heavy waits for themselves. The oldest packet without an answer is what the child is at: who dies or hangs,
dies or hangs of it.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec
import structlog
from msgspec.structs import replace

from live.messages.packets import FLAG_KEY
from live.pulse import Watch, pulse_of
from stage.air.orders import ANSWERS, NO_SLOT, Opening, OrderKind, Word, WordKind, WordReader, order_head
from stage.air.places import PLACE_FRAMES, PLACES, Places
from stage.air.process import ChildProcess
from stage.air.receiving.wire import Wire
from stage.air.slots import Slots

log = structlog.get_logger(__name__)

MOST_AT_ONCE = PLACES
"""With a child: enough for it to have work while our loop is kept waiting for some 20 ms."""
PICTURES_AT_ONCE, PICTURES_OF_A_SEAT_AT_ONCE = 6, 2
"""With a child; of the second kind two, so that it need not wait for the next."""
PICTURES_WAITING, BEHIND_S = 5, 0.2
"""More than so many waiting, and for longer: the child cannot follow. What comes in one burst is soon decoded."""
MOST_WAITING = 200
SOUNDS_WAITING = 50
HUNG_AFTER_S, LOST_AFTER_S = 5.0, 30.0
"""So long may a child stay at one packet, and so long while it is starting, by its own time (`live.pulse`): one that
goes short of the processor is not hung, and another in its place would have to start besides."""


class Listener(Protocol):
    """Who has a seat; called in the loop."""

    def on_word(self, word: Word, slots: Slots) -> None:
        """`PICTURE` words lie in a slot of `slots`, which is the listener's to lend or give back."""
        ...

    def on_skipped(self) -> None:
        """Pictures gave way; a key picture is needed to go on."""
        ...

    def on_child_lost(self, *, suspected: bool) -> None:
        """The seat is gone. `suspected`: it was this stream's packet that the child was at."""
        ...


class Waiting:
    """One packet that waits for the child or is with it."""

    __slots__ = ("at_us", "is_picture", "message", "place", "seat", "slot")

    def __init__(self, seat: Seat, message: bytes, at_us: int, *, is_picture: bool) -> None:
        self.seat = seat
        self.message = message
        self.at_us = at_us
        self.is_picture = is_picture
        self.slot: int | None = None
        """Where its picture is to lie, or with `place` its sound."""
        self.place: int | None = None


class Seat:
    """One segment of a stream with a child."""

    def __init__(self, child: Child, number: int, slots: Slots, listener: Listener) -> None:
        self.child = child
        self.number = number
        self.slots = slots
        self.listener = listener
        self.pictures: deque[Waiting] = deque()
        self.pictures_with_child = self.sounds_waiting = 0
        self.has_turn = False
        self.skipped = 0
        self.needs_key = False
        self.is_open = True
        self.behind_since_s = 0.0
        """Since when (monotonic) pictures wait without a pause."""

    def put(self, message: bytes, at_us: int, *, is_picture: bool) -> None:
        """Have a packet decoded. Past the bounds pictures are left out up to the next key picture; sound is refused.

        What waits is decoded still, unless that key picture comes first: so even a starved child shows something.
        """
        if not self.is_open:
            return
        if is_picture and self.needs_key:
            if not message[1] & FLAG_KEY:
                self.skipped += 1
                self.listener.on_skipped()
                return
            self.needs_key = False
        if is_picture and self._is_behind():
            if not message[1] & FLAG_KEY:
                self.needs_key = True
                self.skipped += 1
                self.listener.on_skipped()
                return
            self.skipped += len(self.pictures)
            self.pictures.clear()
        if not is_picture and self.sounds_waiting >= SOUNDS_WAITING:
            self.skipped += 1
            return
        self.child.queue(Waiting(self, message, at_us, is_picture=is_picture))

    def _is_behind(self) -> bool:
        waiting = len(self.pictures)
        if waiting < PICTURES_WAITING or not self.child.is_ready:
            return waiting >= MOST_WAITING
        return waiting >= MOST_WAITING or time.monotonic() - self.behind_since_s > BEHIND_S

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.child.dismiss(self)
            self.slots.close()


class Child:
    """One process and its channel. `on_gone` is called once, however it went."""

    def __init__(self, on_gone: Callable[[Child], None]) -> None:
        self._on_gone = on_gone
        self.seats: dict[int, Seat] = {}
        self.is_ready = False
        self.walls = b""
        self._sounds: deque[Waiting] = deque()
        self._turns: deque[Seat] = deque()
        """Of the seats that have a picture waiting and may have one more with the child."""
        self._with_child: deque[Waiting] = deque()
        self._pictures_with_child = 0
        self._last_head: Waiting | None = None
        self._numbers = 0
        self._is_gone = False
        self._places = Places()
        self._process = ChildProcess(self._places.descriptor)
        self._watch = Watch(partial(pulse_of, self._process.pid), time.monotonic())
        self._wire = Wire(self._process.channel, WordReader(), self._hear, self._ended)

    @property
    def pid(self) -> int:
        return self._process.pid

    def seat(self, opening: Opening, slots: Slots, files: tuple[int, int], listener: Listener) -> Seat:
        """Raises OSError."""
        theirs = os.dup(slots.descriptor)
        self._numbers = self._numbers % 0xFFFF + 1
        while self._numbers in self.seats:
            self._numbers = self._numbers % 0xFFFF + 1
        seat = self.seats[self._numbers] = Seat(self, self._numbers, slots, listener)
        body = msgspec.json.encode(opening)
        self._wire.send(order_head(OrderKind.OPEN, seat.number, len(body)) + body, (theirs, *files))
        return seat

    def queue(self, waiting: Waiting) -> None:
        seat = waiting.seat
        if waiting.is_picture:
            if not seat.pictures:
                seat.behind_since_s = time.monotonic()
            seat.pictures.append(waiting)
            self._take_turn(seat)
        else:
            seat.sounds_waiting += 1
            self._sounds.append(waiting)
        self._go_on()

    def dismiss(self, seat: Seat) -> None:
        seat.pictures.clear()
        self._sounds = deque(one for one in self._sounds if one.seat is not seat)
        if self.seats.pop(seat.number, None) is not None:
            self._wire.send(order_head(OrderKind.CLOSE, seat.number, 0))

    def look(self) -> None:
        """Called now and then: a child that is at the same packet for long is hung, and killed."""
        head, now_s = self._with_child[0] if self._with_child else None, time.monotonic()
        if head is None or head is not self._last_head:
            self._last_head = head
            self._watch.heard(now_s)
        elif self._watch.silent_s(now_s) >= (HUNG_AFTER_S if self.is_ready else LOST_AFTER_S):
            self._ended("it did not answer")

    def close(self) -> None:
        """Let it finish its files; it ends when nobody talks to it any more."""
        self._is_gone = True
        self._wire.close()
        self._places.close()
        self._process.end(gently=self.is_ready)

    def _take_turn(self, seat: Seat) -> None:
        if seat.pictures and not seat.has_turn and seat.pictures_with_child < PICTURES_OF_A_SEAT_AT_ONCE:
            seat.has_turn = True
            self._turns.append(seat)

    def _go_on(self) -> None:
        while self._sounds and len(self._with_child) < MOST_AT_ONCE:
            one = self._sounds.popleft()
            one.seat.sounds_waiting -= 1
            one.place = self._places.take()
            self._give(one)
        while self._turns and self._pictures_with_child < PICTURES_AT_ONCE:
            seat = self._turns.popleft()
            seat.has_turn = False
            if seat.pictures:  # they may have been dropped since
                one = seat.pictures.popleft()
                one.slot = seat.slots.take()
                seat.pictures_with_child += 1
                self._pictures_with_child += 1
                self._give(one)
                self._take_turn(seat)

    def _give(self, one: Waiting) -> None:
        self._with_child.append(one)
        head = order_head(
            OrderKind.PACKET,
            one.seat.number,
            len(one.message),
            slot=NO_SLOT if one.slot is None else one.slot,
            place=NO_SLOT if one.place is None else one.place,
            at_us=one.at_us,
        )
        self._wire.send(head + one.message)

    def _hear(self, word: Word) -> None:
        if self._is_gone:
            return
        if word.kind is WordKind.READY:
            self.is_ready, self.walls = True, word.body
            for each in self.seats.values():
                each.behind_since_s = time.monotonic()
            return
        if word.kind in ANSWERS:
            if self._with_child:
                self._answered(word, self._with_child.popleft())
                self._go_on()
            else:
                self._ended("it answered though nobody had asked")
            return
        seat = self.seats.get(word.stream)
        if seat is not None:
            seat.listener.on_word(word, seat.slots)

    def _answered(self, word: Word, one: Waiting) -> None:
        if not _may_answer(word, one):
            self._with_child.appendleft(one)
            self._ended("it answered what nobody asked")
            return
        if one.is_picture:
            self._pictures_with_child -= 1
            one.seat.pictures_with_child -= 1
            self._take_turn(one.seat)
        if one.slot is not None and word.kind is not WordKind.PICTURE:
            one.seat.slots.give_back(one.slot)
        if one.place is not None:
            if word.kind is WordKind.SOUND and word.slot == one.place:
                word = replace(word, slot=NO_SLOT, width=0, body=self._places.copied(one.place, word.width))
            self._places.give_back(one.place)
        if one.seat.is_open:
            one.seat.listener.on_word(word, one.seat.slots)

    def _ended(self, why: str) -> None:
        if self._is_gone:
            return
        self._is_gone = True
        suspect = self._with_child[0].seat if self._with_child else None
        self._wire.close()
        self._places.close()
        status = self._process.end()
        log.warning("a decoding child is gone", reason=why, status=status)
        seats, self.seats = list(self.seats.values()), {}
        self._on_gone(self)
        for seat in seats:
            seat.is_open = False
            seat.slots.close()
            seat.listener.on_child_lost(suspected=seat is suspect)


def _may_answer(word: Word, one: Waiting) -> bool:
    """A child may be in a stranger's hands: only what was asked is believed, and only what fits its slot."""
    if word.stream != one.seat.number:
        return False
    if word.kind is WordKind.SOUND and word.slot != NO_SLOT:
        return word.slot == one.place and 0 < word.width <= PLACE_FRAMES
    if word.kind is not WordKind.PICTURE:
        return True
    fits = 0 < word.width * word.height * 3 // 2 <= one.seat.slots.slot_bytes
    return fits and word.slot == one.slot and word.width % 2 == word.height % 2 == 0
