"""One stream of live media: what its publisher sends is handed on, as it is, to everybody who watches.

Pure: it knows packets, tracks and time, no socket and no task, and never looks inside a picture; `live.streams`
is the rim around it. Data runs publisher → `Relay.publish` → each `Ear` → subscriber, and nobody waits for anybody: an
ear that cannot follow loses what it has not heard and goes on at the next key picture.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from live.ear import Bounds, Choice, Ear, Heard, everything_but_stills, only_stills
from live.errors import BadInput
from live.messages.packets import FLAG_KEY, HEADER, HEADER_BYTES, MAX_PACKET_BYTES, Hello, Track

PROGRAM = "program"
"""The stream of what the hall sees and hears."""
_STREAM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

MOST_TRACKS = 8
MOST_GAP = 1000
KEY_EVERY_US = 500_000
"""A publisher is asked for a key picture at most this often, however many ask."""
STALL_US = 500_000
"""Pictures (or sound, where there are none) that come no sooner than this after the last have stalled: everybody sees
it, long before the stream is given up."""

SILENCE_DB = -120.0


class Backlog:
    """What a late joiner needs to see a picture at once: per video track the packets from its last key picture on, and
    the sound between them, in the order they came.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._heard: list[Heard] = []
        self._bytes = 0
        self._running: set[int] = set()  # video tracks that have a key picture in here

    def __iter__(self) -> Iterator[Heard]:
        return iter(self._heard)

    def keep(self, heard: Heard) -> None:
        number = heard.number
        if heard.is_picture and heard.key:
            self.forget(number)
            self._running.add(number)
        elif not self._running or (heard.is_picture and number not in self._running):
            return
        self._heard.append(heard)
        self._bytes += heard.size_bytes
        if len(self._heard) > self._bounds.packets or self._bytes > self._bounds.bytes:
            self.clear()  # key pictures too far apart to keep what lies between: a joiner waits for the next

    def forget(self, track: int) -> None:
        """Drop the track, and then the sound that came before any picture that is left."""
        self._running.discard(track)
        kept = [heard for heard in self._heard if heard.number != track]
        first = next((place for place, heard in enumerate(kept) if heard.is_picture), len(kept))
        self._heard = kept[first:]
        self._bytes = sum(heard.size_bytes for heard in self._heard)

    def clear(self) -> None:
        self._heard.clear()
        self._bytes = 0
        self._running.clear()


class Relay:
    """One stream: at most one publisher, and the ears that hear it."""

    def __init__(self, stream_id: str, bounds: Bounds) -> None:
        self.stream_id = stream_id
        self.counts: Counter[str] = Counter()
        self.kinds: frozenset[str] = frozenset()
        """Of the tracks that were announced last."""
        self.level_db = SILENCE_DB
        """How loud the publisher says it is."""
        self._bounds = bounds
        self._hello: Hello | None = None
        self._tracks: dict[int, Track] = {}
        self._ears: list[Ear] = []
        self._backlog = Backlog(bounds)
        self._key_asked_us: int | None = None
        self._sequences: dict[int, int] = {}
        self._came_us: int | None = None
        """When the last one came of what stalls are counted by; None: what comes next says nothing of one."""

    @property
    def is_live(self) -> bool:
        return self._hello is not None

    @property
    def needs_key(self) -> bool:
        """Is anybody waiting for a key picture?"""
        return any(ear.needs_key for ear in self._ears)

    @property
    def watchers(self) -> int:
        return len(self._ears)

    def wanted(self) -> tuple[int, ...]:
        """The tracks that somebody watches now, sorted."""
        return tuple(sorted(frozenset().union(*(ear.wanted for ear in self._ears))))

    def begin(self, hello: Hello) -> None:
        """A publisher says what it sends; `check_hello` passed it."""
        self._hello = hello
        self._tracks = {track.track: track for track in hello.tracks}
        self.kinds = frozenset(track.kind for track in hello.tracks)
        self.level_db = SILENCE_DB
        self._backlog.clear()
        self._sequences.clear()
        self._key_asked_us = None
        for ear in self._ears:
            ear.begin(hello)

    def end(self) -> None:
        """The publisher went. Whoever watches stays, and hears the next one."""
        self._hello = None
        self._tracks = {}
        self.level_db = SILENCE_DB
        self._backlog.clear()

    def publish(self, message: bytes, now_us: int) -> None:
        """Hand one packet on. Raises BadInput for what is no packet of a track that was announced."""
        heard = self._read(message)
        counts = self.counts
        counts["packets_in"] += 1
        counts["bytes_in"] += len(message)
        if heard.is_picture:
            counts["pictures_in"] += 1
        if heard.is_picture or "video" not in self.kinds:
            if self._came_us is not None and now_us - self._came_us > STALL_US:
                counts["stalls"] += 1
            self._came_us = now_us
        self._backlog.keep(heard)
        for ear in self._ears:
            ear.offer(heard, now_us)

    def join(self, ear: Ear, now_us: int) -> None:
        self._ears.append(ear)
        self._came_us = None  # it may be that nobody wanted it until now
        if self._hello is None:
            return
        ear.begin(self._hello)
        for heard in self._backlog:
            ear.offer(heard, now_us)

    def leave(self, ear: Ear) -> None:
        self._ears.remove(ear)
        self.counts.update(_heard_by([ear]))
        for number, track in self._tracks.items():
            if only_stills(track) and number not in self.wanted():
                self._backlog.forget(number)  # it stops here; who comes in a minute must not see this minute's picture

    def may_ask_key(self, now_us: int) -> bool:
        """True at most once in KEY_EVERY_US: then the publisher is to be asked."""
        if self._hello is None or (self._key_asked_us is not None and now_us - self._key_asked_us < KEY_EVERY_US):
            return False
        self._key_asked_us = now_us
        self.counts["keys_asked"] += 1
        return True

    def counted(self) -> Counter[str]:
        """Totals of this stream, with what the present ears have heard and skipped."""
        return self.counts + _heard_by(self._ears)

    def _read(self, message: bytes) -> Heard:
        if not HEADER_BYTES < len(message) <= MAX_PACKET_BYTES:
            raise BadInput(
                f"expected a media packet of more than {HEADER_BYTES} and at most {MAX_PACKET_BYTES} bytes, "
                f"got {len(message)}; send one encoded access unit a message, behind its header"
            )
        number, flags, sequence, *_ = HEADER.unpack_from(message)
        track = self._tracks.get(number)
        if track is None:
            raise BadInput(f"expected a packet of tracks {sorted(self._tracks)}, as the hello said, got track {number}")
        before = self._sequences.get(number, sequence - 1)
        self._sequences[number] = sequence
        if sequence != before + 1:
            self._note_gap(before, sequence)
        return Heard(message, track, bool(flags & FLAG_KEY))

    def _note_gap(self, before: int, sequence: int) -> None:
        """Count what the publisher numbered and did not send. A large jump says nothing: it began afresh."""
        gap = (sequence - before - 1) & 0xFFFF
        if 0 < gap < MOST_GAP:
            self.counts["lost"] += gap


def is_stream_id(text: str) -> bool:
    """`program`, or an id; stricter than it must be, as it stands in addresses and logs."""
    return _STREAM_ID.fullmatch(text) is not None


def _heard_by(ears: Iterable[Ear]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for ear in ears:
        counts["skipped"] += ear.skipped
        counts["packets_out"] += ear.packets_out
        counts["bytes_out"] += ear.bytes_out
    return counts


def parse_tracks(query: str | None) -> Choice:
    """Read `?tracks=0,1`. Raises BadInput."""
    if query is None:
        return everything_but_stills
    numbers = query.split(",")
    if len(numbers) > MOST_TRACKS or not all(number.isascii() and number.isdigit() for number in numbers):
        raise BadInput(f"expected ?tracks= with up to {MOST_TRACKS} track numbers like 0,1, got {query[:40]!r}")
    asked = frozenset(int(number) for number in numbers)
    return lambda track: track.track in asked
