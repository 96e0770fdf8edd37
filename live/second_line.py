"""A publisher's second line: whether it is worth asking for, and which copy of each packet counts. Pure.

On TCP one lost retransmission holds up everything behind it for 200 ms and more; two lines seldom stand still together.
A line that loses is known by what the system counts (`live.line_losses`), or by packets that were sent apart and come
together (`Stalls`); where nobody else was heard meanwhile either, it was the hub or the air that stood still, and no
second line helps (`Quiet`). What one has saved is counted, and one that saves nothing is given up, for longer each time
(`SecondLine`).
"""

from __future__ import annotations

import secrets
import struct
from collections import Counter, deque
from collections.abc import Callable, Iterator

from live.messages.packets import HEADER, HEADER_BYTES

TOGETHER_US = 5_000
"""Packets nearer to each other than this came together."""
UNEVEN_US = 25_000
"""The line stood still for so long: more than a busy Wi-Fi needs for its turns, less than anybody sees."""
LONG_US = 90_000
"""Once is enough to ask for a second line; of what is only uneven, UNEVEN_TIMES within UNEVEN_WITHIN_US."""
UNEVEN_TIMES, UNEVEN_WITHIN_US = 2, 10_000_000
LOOK_EVERY_US = 500_000
"""How often the system's count of losses is looked at; a single one asks for a second line, which then has to help."""
TRIAL_US, KEEP_US = 30_000_000, 60_000_000
"""It stays for so long after it was opened, and after it has saved something last."""
AGAIN_US = 10_000_000
"""It comes within this time after it was asked for; then it may be asked for again."""
FIRST_PAUSE_US, LONGEST_PAUSE_US = 60_000_000, 960_000_000
"""How soon after one that saved nothing: doubled each time."""
OTHERS_WITHIN_US = 1_000_000

PLACE = struct.Struct("<BxH")
"""Of a packet's header: its track and its sequence."""
HALF = 1 << 15
MOST_KEPT, MOST_KEPT_BYTES = 128, 512 * 1024
"""What may wait of a second line that is ahead; past either all of it is dropped, and the first line brings it."""


class Quiet:
    """When the hub last heard nothing from anybody: shared by all publishers."""

    def __init__(self) -> None:
        self._who: object = None
        self._turned_us = -2 * OTHERS_WITHIN_US  # never yet
        self._at_us = 0
        self._from_us = self._until_us = 0

    def note(self, who: object, now_us: int, *, is_new: bool) -> None:
        if now_us - self._at_us > TOGETHER_US:
            self._from_us, self._until_us = self._at_us, now_us
        self._at_us = now_us
        if who is not self._who:
            self._who = who
            if not is_new:  # who is new may have come in the place of another
                self._turned_us = now_us

    def explains(self, from_us: int, until_us: int) -> bool:
        """Were the others silent for most of that time too? Of one who is alone nobody can tell: no."""
        if from_us - self._turned_us > OTHERS_WITHIN_US:
            return False
        silent_us = min(until_us, self._until_us) - max(from_us, self._from_us)
        return 2 * silent_us > until_us - from_us


class Stalls:
    """One line: for how long it stood still. Of the sender's times only differences are taken, and only here."""

    def __init__(self, quiet: Quiet, now_us: int) -> None:
        self._quiet = quiet
        self._came_us = now_us
        self._first = self._last = b""
        self._gap_us = 0

    def note(self, message: bytes, now_us: int) -> int:
        """Take a packet; return for how long the line had stood still before those that came last, in µs."""
        gap_us, self._came_us = now_us - self._came_us, now_us
        self._quiet.note(self, now_us, is_new=not self._last)
        if gap_us < TOGETHER_US:
            self._last = message
            return 0
        stood_us = 0
        if self._last is not self._first and self._gap_us:
            stood_us = min(self._gap_us, sent_us(self._last) - sent_us(self._first))
        self._first = self._last = message
        self._gap_us = 0 if self._quiet.explains(now_us - gap_us, now_us) else gap_us
        return stood_us


class SecondLine:
    """Of one publisher's connection. `is_due`: to be asked for now, if there is room. Counts `copies` that came second,
    and `stalls_saved` of the first line that nobody saw.
    """

    def __init__(self, quiet: Quiet, counts: Counter[str], losses: Callable[[], int], now_us: int) -> None:
        self.is_due = False
        self.is_open = False
        self.key = ""
        """What a second line of the present hello has to show, once; empty: none is asked for."""
        self._counts = counts
        self._stalls = Stalls(quiet, now_us)
        self._losses = losses
        self._lost = losses()
        self._look_us = now_us + LOOK_EVERY_US
        self._uneven: deque[int] = deque(maxlen=UNEVEN_TIMES)
        self._last: dict[int, int] = {}
        self._kept: dict[tuple[int, int], bytes] = {}
        """By track and sequence, what the second line brought before what comes before it."""
        self._kept_bytes = 0
        self._led_since_us: int | None = None
        self._until_us = 0
        self._not_before_us = 0
        self._pause_us = FIRST_PAUSE_US

    # whether it is wanted

    def ask(self, now_us: int) -> str:
        """It is asked for: return the key to show."""
        self.put_off(now_us)
        self.key = secrets.token_urlsafe(9)
        return self.key

    def put_off(self, now_us: int) -> None:
        """It is not to be asked for again at once."""
        self.is_due = False
        self._not_before_us = now_us + AGAIN_US

    def is_there(self, now_us: int) -> bool:
        """It is open, or may be any moment."""
        return self.is_open or (bool(self.key) and now_us < self._not_before_us)

    def fits(self, key: str, now_us: int) -> bool:
        return bool(self.key) and key == self.key and now_us < self._not_before_us

    def open(self, now_us: int) -> None:
        self.is_open = True
        self.key = ""
        self._until_us = now_us + TRIAL_US
        self._last.clear()
        self._drop_kept()
        self._led_since_us = None

    def close(self) -> None:
        self._drop_kept()
        self.is_open = False
        self.key = ""

    def begin_anew(self) -> None:
        """A new hello: what a second line still brings belongs to the one before. Another is due in its place."""
        self.is_due = self.is_open
        self.close()

    def is_over(self, now_us: int) -> bool:
        """It has saved nothing for long. Another one is not asked for soon where it never did."""
        if now_us <= self._until_us:
            return False
        self._not_before_us = now_us + self._pause_us
        self._pause_us = min(2 * self._pause_us, LONGEST_PAUSE_US)
        return True

    # which copy counts

    def takes_first(self, message: bytes, now_us: int) -> bool:
        """A packet came by the first line: does it count, or was it here already?"""
        stood_us = self._stalls.note(message, now_us)
        if stood_us > UNEVEN_US:
            self._stalled(stood_us, now_us)
        if now_us >= self._look_us:
            self._look(now_us)
        if not self.is_open or len(message) < HEADER_BYTES:
            return True
        track, sequence = PLACE.unpack_from(message)
        last = self._last.get(track)
        if last is None or 0 < (sequence - last) & 0xFFFF < HALF:
            self._last[track] = sequence
            return True
        if sequence == last:
            self._caught_up(now_us)
        self._counts["copies"] += 1
        return False

    def takes_second(self, message: bytes, now_us: int) -> bool:
        """A packet came by the second line. It counts where it is the next one, or once it is (`follows`): what is left
        out here, as from a line that came in the middle or was full, the first line brings.
        """
        if len(message) < HEADER_BYTES:
            return True  # to be refused
        track, sequence = PLACE.unpack_from(message)
        last = self._last.get(track)
        if last is None or 1 < (sequence - last) & 0xFFFF < HALF:
            self._keep(track, sequence, message)
            return False
        if (sequence - last) & 0xFFFF != 1:
            self._counts["copies"] += 1
            return False
        self._lead(track, sequence, now_us)
        return True

    def follows(self, now_us: int) -> Iterator[bytes]:
        """What the second line brought already and is the next one now, after a packet that counted."""
        for track in list(self._last) if self._kept else ():
            sequence = (self._last[track] + 1) & 0xFFFF
            while (message := self._kept.pop((track, sequence), None)) is not None:
                self._kept_bytes -= len(message)
                self._lead(track, sequence, now_us)
                yield message
                sequence = (sequence + 1) & 0xFFFF

    def _lead(self, track: int, sequence: int, now_us: int) -> None:
        self._last[track] = sequence
        if self._led_since_us is None:
            self._led_since_us = now_us

    def _keep(self, track: int, sequence: int, message: bytes) -> None:
        self._kept[track, sequence] = message
        self._kept_bytes += len(message)
        if len(self._kept) > MOST_KEPT or self._kept_bytes > MOST_KEPT_BYTES:
            self._drop_kept()

    def _drop_kept(self) -> None:
        self._counts["copies"] += len(self._kept)
        self._kept.clear()
        self._kept_bytes = 0

    def _caught_up(self, now_us: int) -> None:
        led_us = 0 if self._led_since_us is None else now_us - self._led_since_us
        self._led_since_us = None
        if led_us > UNEVEN_US:
            self._counts["stalls_saved"] += 1
            self._until_us = now_us + KEEP_US
            self._pause_us = FIRST_PAUSE_US

    def _look(self, now_us: int) -> None:
        self._look_us = now_us + LOOK_EVERY_US
        before, self._lost = self._lost, self._losses()
        if self._lost > before:
            self._want(now_us)

    def _want(self, now_us: int) -> None:
        self.is_due = not self.is_open and now_us >= self._not_before_us

    def _stalled(self, stood_us: int, now_us: int) -> None:
        self._uneven.append(now_us)
        is_uneven = len(self._uneven) == UNEVEN_TIMES and now_us - self._uneven[0] < UNEVEN_WITHIN_US
        if stood_us > LONG_US or is_uneven:
            self._want(now_us)


def sent_us(message: bytes) -> int:
    return int(HEADER.unpack_from(message)[-1]) if len(message) >= HEADER_BYTES else 0
