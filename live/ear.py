"""What one subscriber of a stream has still to hear, and what it loses when it cannot follow.

Pure: it knows packets, tracks and time, no socket and no task. It never waits: past its bounds it forgets what waits
and goes on at the next key picture.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from live.messages.packets import Hello, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far behind an ear may be, and how much a late joiner is given; past any of them it is skipped ahead."""

    packets: int = 512
    bytes: int = 8 << 20
    age_us: int = 2_000_000


Choice = Callable[[Track], bool]
"""Which tracks a subscriber wants."""


def everything_but_stills(track: Track) -> bool:
    """Stills (JPEG, each picture by itself) cost most and are sent to those only who ask for them."""
    return track.codec != "jpeg"


def only_stills(track: Track) -> bool:
    return track.codec == "jpeg"


class Heard:
    """One packet on its way through: the message as it came, and what its header says."""

    __slots__ = ("_frame", "is_picture", "is_still", "key", "message", "number", "size_bytes", "track")

    def __init__(self, message: bytes, track: Track, key: bool) -> None:
        self.message = message
        self.track = track
        self.key = key
        self.number = track.track
        self.size_bytes = len(message)
        self.is_picture = track.kind == "video"
        self.is_still = only_stills(track)  # only the newest is worth sending
        self._frame = b""

    @property
    def frame(self) -> bytes:
        """The message as a WebSocket frame: the hub's frames are not masked, so one serves every subscriber."""
        if not self._frame:
            self._frame = frame_of(self.message)
        return self._frame


def nothing() -> None:
    """Nobody listens yet."""


def never(_heard: Heard) -> bool:
    """Packets wait until they are taken."""
    return False


class Ear:
    """What one subscriber has still to hear, of the tracks it chose."""

    def __init__(self, name: str, chooses: Choice, bounds: Bounds) -> None:
        self.name = name
        self.skipped = 0
        self.packets_out = 0
        self.bytes_out = 0
        self._chooses = chooses
        self._on_news: Callable[[], None] = nothing
        self._pass_on: Callable[[Heard], bool] = never
        self._bounds = bounds
        self._pictures: frozenset[int] = frozenset()
        self._hello_due: Hello | None = None
        self._heard: deque[tuple[int, Heard]] = deque()  # arrival (µs), packet
        self._bytes = 0
        self._needs_key: set[int] = set()
        self.wanted: frozenset[int] = frozenset()

    def listen(self, on_news: Callable[[], None], pass_on: Callable[[Heard], bool]) -> None:
        """`pass_on` may take a packet at once where nothing waits before it; `on_news` says that something waits."""
        self._on_news, self._pass_on = on_news, pass_on

    @property
    def needs_key(self) -> bool:
        return bool(self._needs_key)

    def begin(self, hello: Hello) -> None:
        """A publisher began, or began afresh: forget the packets of the one before."""
        self._drop_all()
        self._hello_due = hello
        self.wanted = frozenset(track.track for track in hello.tracks if self._chooses(track))
        self._pictures = frozenset(track.track for track in hello.tracks if track.kind == "video") & self.wanted
        self._needs_key = set(self._pictures)
        self._on_news()

    def offer(self, heard: Heard, now_us: int) -> None:
        number = heard.number
        if number not in self.wanted:
            return
        if self._heard:
            self._make_room(heard, now_us)
        if self._needs_key and number in self._needs_key:
            if not heard.key:
                self.skipped += 1
                return
            self._needs_key.discard(number)
        if not self._heard and self._hello_due is None and self._pass_on(heard):
            self.packets_out += 1
            self.bytes_out += heard.size_bytes
            return
        self._heard.append((now_us, heard))
        self._bytes += heard.size_bytes
        self._on_news()

    def count_out(self, heard: Heard) -> None:
        self.packets_out += 1
        self.bytes_out += heard.size_bytes

    def take(self) -> Hello | Heard | None:
        """The next thing to hear, or None for now. A hello comes before the packets it describes."""
        if self._hello_due is not None:
            due, self._hello_due = self._hello_due, None
            return due
        if not self._heard:
            return None
        _, heard = self._heard.popleft()
        self._bytes -= heard.size_bytes
        return heard

    def _make_room(self, heard: Heard, now_us: int) -> None:
        if heard.is_still:
            self._drop_stills(heard.number)
        if self._is_full(heard, now_us):
            self.skipped += len(self._heard)
            self._drop_all()
            self._needs_key = set(self._pictures)

    def _is_full(self, heard: Heard, now_us: int) -> bool:
        bounds = self._bounds
        too_many = len(self._heard) >= bounds.packets or self._bytes + heard.size_bytes > bounds.bytes
        return bool(self._heard) and (too_many or now_us - self._heard[0][0] > bounds.age_us)

    def _drop_stills(self, track: int) -> None:
        kept = [entry for entry in self._heard if entry[1].number != track]
        if len(kept) < len(self._heard):
            self.skipped += len(self._heard) - len(kept)
            self._heard = deque(kept)
            self._bytes = sum(heard.size_bytes for _, heard in kept)

    def _drop_all(self) -> None:
        self._heard.clear()
        self._bytes = 0


def frame_of(payload: bytes, *, is_text: bool = False) -> bytes:
    """A whole message in one frame, as a server sends it (RFC 6455, 5.2)."""
    first, size = (0x81 if is_text else 0x82), len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2) + payload
    return bytes((first, 127)) + size.to_bytes(8) + payload
