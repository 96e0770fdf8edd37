"""Live streams as they were received, for the offline render: the pictures and the sound that the side log names.

What is kept came from strangers, so a walled child decodes it here too; one child serves a whole render, one question
after the other. `KeptAir` stands where `Air` stands live.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from live.errors import Unavailable
from live.messages.packets import Track
from live.messages.scene import LiveSource
from stage.air.bounds import slot_bytes
from stage.air.live_sound import ReplayedSound
from stage.air.orders import NO_SLOT, Broken, Opening, OrderKind, Word, WordKind, WordReader, order_head
from stage.air.process import ChildProcess
from stage.air.segments import is_kept, open_segment
from stage.air.slots import SLOTS, MappedSlots, Slots
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block, Picture, silence

READ_BYTES = 1 << 16
MOST_NUMBER = 0xFFFF
ANSWER_WITHIN_S = 60.0
KEPT_FRAMES = 2 * SAMPLE_RATE_HZ
"""Sound that stays at hand behind what was asked for; a longer gap is not filled."""
MOST_FRAMES = 1 << 48
"""Of one segment: 180 years."""
MOST_IDLE = 1000
"""Answers in a row that hold no sound: there is none any more. A resampler's first few may be so."""
FRAME_BYTES = 4 * CHANNELS
MOST_SENTENCE = 300


class ReplayChild:
    """Asks a walled child for what is in kept segments; waits for each answer. Any thread, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = ChildProcess()
        self._channel = self._process.channel
        self._channel.settimeout(ANSWER_WITHIN_S)
        self._reader = WordReader()
        self._words: deque[Word] = deque()
        self._numbers = 0
        if self._next_word().kind is not WordKind.READY:
            raise Unavailable("expected a decoding child to be ready, got another word; render again")

    def open(self, folder: Path, stream_id: str, segment: int) -> ReplayedSegment:
        """Raises NotFound, BadMedia."""
        with open_segment(folder, stream_id, segment) as kept:
            return self._replay(kept.hello.tracks, kept.files)

    def open_recording(self, track: Track, file: int) -> ReplayedSegment:
        """Open a track of what a phone recorded beside its stream; the descriptor stays the caller's."""
        return self._replay((track,), (file, file), is_recording=True)

    def _replay(
        self, tracks: tuple[Track, ...], files: tuple[int, int], *, is_recording: bool = False
    ) -> ReplayedSegment:
        size = slot_bytes(tracks)
        opening = Opening(tracks=tracks, slot_bytes=size, slots=SLOTS, is_recording=is_recording)
        body = msgspec.json.encode(opening)
        with self._lock:
            slots = Slots(size)
            self._numbers = self._numbers % MOST_NUMBER + 1
            head = order_head(OrderKind.REPLAY, self._numbers, len(body))
            socket.send_fds(self._channel, [head + body], [slots.descriptor, *files])
            return ReplayedSegment(self, self._numbers, slots)

    def ask(self, number: int, slot: int, index: int) -> Word:
        with self._lock:
            self._channel.sendall(order_head(OrderKind.FETCH, number, 0, slot=slot, at_us=index))
            while (word := self._next_word()).stream != number:
                continue
            return word

    def forget(self, number: int) -> None:
        """Have the child close a segment's files."""
        with self._lock, contextlib.suppress(OSError):  # it may have ended before
            self._channel.sendall(order_head(OrderKind.CLOSE, number, 0))

    def close(self) -> None:
        self._channel.close()
        self._process.end(gently=True)

    def _next_word(self) -> Word:
        while not self._words:
            data = self._channel.recv(READ_BYTES)
            if not data:
                raise Unavailable("expected a decoding child to answer, it died; render again")
            try:
                self._words.extend(self._reader.feed(data))
            except Broken as error:
                raise Unavailable(f"expected a decoding child to answer, it said {error}; render again") from None
        return self._words.popleft()


class ReplayedSegment:
    """One kept segment; pictures are given as the very same object while the same one is asked for."""

    def __init__(self, child: ReplayChild, number: int, slots: Slots) -> None:
        self._child = child
        self._number = number
        self._slots = slots
        self._shown = MappedSlots(slots.descriptor, slots.slot_bytes)
        self._last: tuple[int, Picture] | None = None
        self.captured_us = 0
        """Of the picture given last, in show time, 0 where nobody knows; of a phone's own recording, by its file."""

    def picture(self, index: int) -> Picture:
        """Raises Unavailable."""
        if self._last is not None and self._last[0] == index:
            return self._last[1]
        slot = self._slots.take()
        word = self._child.ask(self._number, NO_SLOT if slot is None else slot, index)
        if word.kind is not WordKind.PICTURE or slot is None or word.slot != slot:
            why = word.body[:MOST_SENTENCE].decode(errors="replace")
            raise Unavailable(f"expected picture {index} of a kept stream, got {why or 'none'}")
        self._slots.lend(slot)
        try:
            picture = self._shown.picture(slot, word.width, word.height)
        except ValueError as error:
            raise Unavailable(f"expected picture {index} of a kept stream: {error}") from None
        self._last = index, picture
        self.captured_us = word.captured_us
        return picture

    def close(self) -> None:
        """Pictures that were given stay."""
        self._child.forget(self._number)
        self._slots.close()

    def next_sound(self) -> Word | None:
        word = self._child.ask(self._number, NO_SLOT, 0)
        return word if word.kind is WordKind.SOUND else None


class KeptAir:
    """Opens what a show folder's `streams` hold. Of `withdrawn` nothing is shown again, whatever the folder holds."""

    def __init__(self, folder: Path, withdrawn: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._withdrawn = withdrawn
        self._child: ReplayChild | None = None
        self._lock = threading.Lock()

    def open_picture(self, source: LiveSource) -> KeptPictures:
        return KeptPictures(self, source.stream_id)

    def open_sound(self, source: LiveSource) -> ReplayedSound:
        kept = KeptSound(self, source.stream_id)
        return ReplayedSound(kept.fetch, kept.close)

    def open(self, stream_id: str, segment: int) -> ReplayedSegment | None:
        """None for what was not kept or was taken back. Raises NotFound, BadMedia."""
        if stream_id in self._withdrawn or not is_kept(segment):
            return None
        with self._lock:
            if self._child is None:
                self._child = ReplayChild()
        return self._child.open(self._folder, stream_id, segment)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


class KeptPictures:
    """A `ports.KeptPictureSource`."""

    def __init__(self, air: KeptAir, stream_id: str) -> None:
        self._air = air
        self._stream_id = stream_id
        self._segments: dict[int, ReplayedSegment | None] = {}

    def prepare(self) -> None:
        """Nothing is opened before it is needed."""

    def picture(self, segment: int, index: int) -> Picture | None:
        """Raises NotFound, Unavailable."""
        replayed = self.segment(segment)
        return None if replayed is None else replayed.picture(index)

    def segment(self, segment: int) -> ReplayedSegment | None:
        """The segment that is open for this, None for what was not kept. Raises NotFound."""
        if segment not in self._segments:
            self.close()
            self._segments[segment] = self._air.open(self._stream_id, segment)
        return self._segments[segment]

    def close(self) -> None:
        for replayed in self._segments.values():
            if replayed is not None:
                replayed.close()
        self._segments.clear()


class Segments(Protocol):
    def open(self, stream_id: str, segment: int) -> ReplayedSegment | None: ...


class KeptSound:
    """A stream's sound by segment and frame, decoded in order; silence where nothing was kept."""

    def __init__(self, air: Segments, stream_id: str, kept_frames: int = KEPT_FRAMES) -> None:
        self._air = air
        self._kept_frames = kept_frames
        self._stream_id = stream_id
        self._segment = 0
        self._replayed: ReplayedSegment | None = None
        self._base = 0
        self._sound = silence(0)
        self.captured = 0, 0
        """Of the sound decoded last: its first frame, and the show time at which it was captured (µs), 0: not known."""

    def fetch(self, segment: int, first: int, frames: int) -> Block:
        """Raises NotFound, Unavailable."""
        if segment != self._segment or first < self._base:
            self.close()
            self._replayed = self._air.open(self._stream_id, segment)
            self._segment, self._base, self._sound = segment, 0, silence(0)
        self._play_to(first + frames)
        block = silence(frames)
        start = max(first, self._base)
        there = self._sound[start - self._base : max(start, first + frames) - self._base]
        block[start - first : start - first + len(there)] = there
        return block

    def close(self) -> None:
        if self._replayed is not None:
            self._replayed.close()
            self._replayed = None

    def _play_to(self, end: int) -> None:
        """Have what is kept decoded up to a frame, or as far as there is any."""
        idle = 0
        while self._replayed is not None and self._base + len(self._sound) < end:
            word = self._replayed.next_sound()
            idle += 1
            if word is None or idle > MOST_IDLE:
                self.close()
            elif word.body and not len(word.body) % FRAME_BYTES and self._base <= word.first_frame < MOST_FRAMES:
                idle = 0
                self.captured = word.first_frame, word.captured_us
                self._append(word.first_frame, np.frombuffer(word.body, np.float32).reshape(-1, CHANNELS))

    def _append(self, first: int, sound: Block) -> None:
        gap = max(0, first - self._base - len(self._sound))
        if gap > self._kept_frames:
            self._base, self._sound = first, sound
            return
        self._sound = np.concatenate((self._sound, silence(gap), sound))
        if len(self._sound) > 2 * self._kept_frames:
            dropped = len(self._sound) - self._kept_frames
            self._base += dropped
            self._sound = self._sound[dropped:].copy()
