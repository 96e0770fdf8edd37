"""A walled child that decodes live streams: `python -m stage.air.decoding.child CHANNEL FOLDER`.

Reads orders, answers words, in one thread.

It imports and opens everything first, then puts up the walls, and only then hears of the first stream. Whatever a
packet does to a library happens here: the stage sees a child that died, and starts another.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import mmap
import os
import socket
import sys
from collections import deque
from dataclasses import dataclass, field

import av
import cv2
import msgspec
import numpy as np

from live.errors import BadMedia
from live.messages.packets import Packet, Track, unpack
from live.sandbox.walls import confine
from stage.air.decoding.containers import ContainerDecoder, is_container
from stage.air.decoding.kept import Keeping, Kept
from stage.air.decoding.opus import SoundDecoder, load
from stage.air.decoding.pictures import Framed, PictureDecoder, Shaping
from stage.air.decoding.replay import Replayed
from stage.air.orders import NO_SLOT, NOT_KEPT, Opening, Order, OrderKind, OrderReader, Task, Word, WordKind, write_word
from stage.air.places import MappedPlaces
from stage.picture import Plane

FILES_PER_STREAM = 3
READ_BYTES = 1 << 16
MOST_SENTENCE = 300
FILE_ERRORS = (OSError, ValueError, av.FFmpegError)


class Line:
    """The channel to the stage: whole orders in, with the descriptors that came along; words out."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._orders = OrderReader()
        self.descriptors: deque[int] = deque()

    def next_order(self) -> Order:
        """Raises EOFError when the stage is gone."""
        while (order := self._orders.next()) is None:
            data, descriptors, _, _ = socket.recv_fds(self._channel, READ_BYTES, 2 * FILES_PER_STREAM)
            if not data:
                raise EOFError("the stage went away")
            self._orders.feed(data)
            self.descriptors.extend(descriptors)
        return order

    def say(self, word: Word) -> None:
        self.write(write_word(word))

    def write(self, word: bytes) -> None:
        self._channel.sendall(word)


@dataclass(slots=True)
class Slots:
    """The memory shared with the stage, in parts of equal size."""

    memory: Plane
    size: int

    @classmethod
    def mapped(cls, descriptor: int, opening: Opening) -> Slots:
        """The descriptor is closed, also where there is no memory for it."""
        try:
            mapping = mmap.mmap(descriptor, opening.slots * opening.slot_bytes)
        finally:
            os.close(descriptor)
        return cls(np.frombuffer(mapping, np.uint8), opening.slot_bytes)

    def part(self, slot: int) -> Plane:
        return self.memory[slot * self.size : (slot + 1) * self.size]


@dataclass(slots=True)
class Recorded:
    """A recorder's container that is being decoded, and how many frames and runs of sound came of it."""

    decoder: ContainerDecoder
    shaping: Shaping
    frames: int = 0
    runs: int = 0


@dataclass(slots=True)
class Received:
    """One live stream's segment in this child."""

    slots: Slots
    keeping: Keeping | None
    pictures: dict[int, tuple[PictureDecoder, Shaping]] = field(default_factory=dict)
    sounds: dict[int, SoundDecoder] = field(default_factory=dict)
    containers: dict[int, Recorded] = field(default_factory=dict)
    last_sequence: int | None = None

    @classmethod
    def of(cls, tracks: tuple[Track, ...], slots: Slots, keeping: Keeping) -> Received:
        """Raises BadMedia."""
        received = cls(slots, keeping)
        try:
            for track in tracks:
                received.add(track)
        except Exception:
            received.close()
            raise
        return received

    def add(self, track: Track) -> None:
        """Raises BadMedia."""
        if is_container(track):
            self.containers[track.track] = Recorded(ContainerDecoder(track), Shaping(track))
        elif track.kind == "video":
            self.pictures[track.track] = PictureDecoder(track), Shaping(track)
        else:
            self.sounds[track.track] = SoundDecoder(track)

    def close(self) -> None:
        for recorded in self.containers.values():
            recorded.decoder.close()
        if self.keeping is not None:
            self.keeping.close()


class Decoding:
    """All streams of this child, and what each order does."""

    def __init__(self, line: Line, places: MappedPlaces | None = None) -> None:
        self._line = line
        self._places = places
        self._received: dict[int, Received] = {}
        self._replayed: dict[int, Replayed] = {}

    def obey(self, order: Order) -> None:
        match order.kind:
            case OrderKind.OPEN | OrderKind.REPLAY:
                self._open(order)
            case OrderKind.PACKET:
                self._answer(order)
            case OrderKind.FETCH:
                replayed = self._replayed.get(order.stream)
                self._line.say(Word(WordKind.NOTHING, order.stream) if replayed is None else replayed.fetch(order))
            case OrderKind.CLOSE:
                self._close(order.stream)

    def close(self) -> None:
        """Finish every file; nobody listens any more."""
        for received in self._received.values():
            with contextlib.suppress(*FILE_ERRORS):
                received.close()

    def _open(self, order: Order) -> None:
        self._close(order.stream)
        opening = msgspec.json.decode(order.body, type=Opening)
        slots_fd, file_fd, heads_fd = (self._line.descriptors.popleft() for _ in range(FILES_PER_STREAM))
        try:
            slots = Slots.mapped(slots_fd, opening)
        except (OSError, ValueError) as error:
            os.close(file_fd)
            os.close(heads_fd)
            self._line.say(_spoken(WordKind.REFUSED, order.stream, error))
            return
        try:
            if order.kind is OrderKind.REPLAY:
                kept = Kept(opening.tracks, file_fd, heads_fd)
                self._replayed[order.stream] = Replayed(order.stream, opening, kept, slots.part)
            else:
                keeping = Keeping(opening.tracks, file_fd, heads_fd)
                self._received[order.stream] = Received.of(opening.tracks, slots, keeping)
        except Exception as error:  # no memory or no thread for it, too: the child's other streams go on
            self._line.say(_spoken(WordKind.REFUSED, order.stream, error))

    def _close(self, stream: int) -> None:
        replayed = self._replayed.pop(stream, None)
        if replayed is not None:
            replayed.close()
        received = self._received.pop(stream, None)
        if received is not None:
            try:
                received.close()
            except FILE_ERRORS as error:
                self._line.say(_spoken(WordKind.NOT_KEPT, stream, error))

    def _answer(self, order: Order) -> None:
        """Whatever a packet does to us, the child's other streams go on."""
        try:
            answer = write_word(self._packet(order))
        except Exception as error:
            fault = BadMedia(f"expected media, got what nobody foresaw: {error!r}")
            answer = write_word(_spoken(WordKind.BAD, order.stream, fault, order.slot))
        self._line.write(answer)

    def _packet(self, order: Order) -> Word:
        received = self._received.get(order.stream)
        if received is None:
            return Word(WordKind.NOTHING, order.stream)
        packet = unpack(order.body)
        if packet.track in received.pictures:
            return self._picture(order, received, packet)
        if packet.track in received.sounds:
            return self._sound(order, received, packet)
        if packet.track in received.containers:
            return self._chunk(order, received, packet)
        return Word(WordKind.NOTHING, order.stream)

    def _picture(self, order: Order, received: Received, packet: Packet) -> Word:
        decoder, shaping = received.pictures[packet.track]
        last, received.last_sequence = received.last_sequence, packet.sequence
        if last is not None and packet.sequence != (last + 1) & 0xFFFF:
            decoder.needs_key = True
        try:
            payload = decoder.unpacked(packet.payload)
            if not decoder.may_come(payload):
                if packet.key:
                    raise BadMedia("expected a key picture, as its header says, got none")
                return Word(WordKind.NOTHING, order.stream, order.slot, arrived_us=order.at_us)
            framed = decoder.decode(payload)
        except BadMedia as error:
            return _spoken(WordKind.BAD, order.stream, error, order.slot)
        is_kept = self._keep_picture(order, received, packet, payload)
        if framed is None or order.slot == NO_SLOT:
            return Word(WordKind.NOTHING, order.stream, order.slot)
        width, height = shaping.shape(framed.frame, received.slots.part(order.slot))
        return Word(
            WordKind.PICTURE, order.stream, order.slot, width, height, index=framed.index if is_kept else NOT_KEPT,
            captured_us=packet.captured_us, arrived_us=order.at_us,
        )  # fmt: skip

    def _sound(self, order: Order, received: Received, packet: Packet) -> Word:
        index = NOT_KEPT
        if received.keeping is not None:
            try:
                index = received.keeping.sound(packet, order.at_us)
            except FILE_ERRORS as error:
                self._stop_keeping(order.stream, received, error)
        decoded = received.sounds[packet.track].decode(packet)
        if decoded is None:
            return Word(WordKind.NOTHING, order.stream)
        is_left = self._places is not None and self._places.leave(order.place, decoded.sound)
        return Word(
            WordKind.SOUND, order.stream, order.place if is_left else NO_SLOT, len(decoded.sound) if is_left else 0,
            concealed=decoded.concealed, index=index, first_frame=decoded.first_frame,
            captured_us=decoded.captured_us, arrived_us=order.at_us, body=b"" if is_left else decoded.sound.tobytes(),
        )  # fmt: skip

    def _chunk(self, order: Order, received: Received, packet: Packet) -> Word:
        """A chunk of a container holds many pictures, of which the newest is shown, and much sound."""
        recorded = received.containers[packet.track]
        is_kept = self._keep_chunk(order, received, packet)
        try:
            pieces = recorded.decoder.feed(packet.payload)
        except BadMedia as error:
            return _spoken(WordKind.BAD, order.stream, error, order.slot)
        newest: Framed | None = None
        for piece in pieces:
            if isinstance(piece, Framed):
                newest = piece
                continue
            self._line.say(
                Word(
                    WordKind.MORE_SOUND, order.stream, index=recorded.runs if is_kept else NOT_KEPT,
                    first_frame=recorded.frames, captured_us=packet.captured_us, arrived_us=order.at_us,
                    body=piece.tobytes(),
                )
            )  # fmt: skip
            recorded.frames += len(piece)
            recorded.runs += 1
        if newest is None or order.slot == NO_SLOT:
            return Word(WordKind.NOTHING, order.stream, order.slot)
        width, height = recorded.shaping.shape(newest.frame, received.slots.part(order.slot))
        return Word(
            WordKind.PICTURE, order.stream, order.slot, width, height, index=newest.index if is_kept else NOT_KEPT,
            captured_us=packet.captured_us, arrived_us=order.at_us,
        )  # fmt: skip

    def _keep_chunk(self, order: Order, received: Received, packet: Packet) -> bool:
        if received.keeping is None:
            return False
        try:
            received.keeping.chunk(packet, order.at_us)
        except FILE_ERRORS as error:
            self._stop_keeping(order.stream, received, error)
            return False
        return True

    def _keep_picture(self, order: Order, received: Received, packet: Packet, payload: bytes) -> bool:
        if received.keeping is None:
            return False
        try:
            return received.keeping.picture(packet, payload, order.at_us) is not None
        except FILE_ERRORS as error:
            self._stop_keeping(order.stream, received, error)
            return False

    def _stop_keeping(self, stream: int, received: Received, error: Exception) -> None:
        keeping, received.keeping = received.keeping, None
        if keeping is not None:
            with contextlib.suppress(*FILE_ERRORS):  # what was kept up to here can be played, if the disk takes it
                keeping.close()
        self._line.say(_spoken(WordKind.NOT_KEPT, stream, error))


def _spoken(kind: WordKind, stream: int, error: Exception, slot: int = NO_SLOT) -> Word:
    return Word(kind, stream, slot, body=str(error)[:MOST_SENTENCE].encode())


def preload() -> None:
    """Load what the libraries would otherwise read from disk at first use: behind the walls no file can be read."""
    importlib.import_module("av.subtitles.stream")  # opening any container imports it
    cv2.setNumThreads(1)
    load()
    av.logging.set_level(None)
    gc.freeze()  # what the libraries made stays: the collector need not look at it again


def main(channel_fd: int, folder_fd: int) -> None:
    preload()
    line = Line(socket.socket(fileno=channel_fd))
    task = msgspec.json.decode(line.next_order().body, type=Task)
    places = MappedPlaces(line.descriptors.popleft()) if line.descriptors else None
    walls = confine(folder_fd, task.limits)
    os.close(folder_fd)
    line.say(Word(WordKind.READY, 0, body=msgspec.json.encode(walls)))
    decoding = Decoding(line, places)
    try:
        while True:
            decoding.obey(line.next_order())
    except (EOFError, ConnectionError):  # the stage closed the line, or is gone
        decoding.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
