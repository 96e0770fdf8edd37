"""Lip-sync: by how much a guest's sound comes later than their picture, and whether to say so.

Both are stamped by the phone's one clock, so that only differences are needed and a wrong clock does no harm. Pictures
could be shown as soon as they come, which is as early as can be; sound waits in its playout. The ear forgives a voice
that is a little late (it is what distance does); for one that is later pictures are held back (`stage.air.holding`).

Only looks at one stretch count, within which neither track broke off: after a gap one of them may still be old.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from live.common_cause import TO_DO

MOST_BEHIND_US = 80_000
"""EBU R37 and ITU-R BT.1359 put the bounds of what is noticed near here."""
MOST_BELIEVED_US = 750_000
"""Farther apart than this the phone's stamps are not of one clock, whatever it promised: both tracks come by one line,
in order, and what waits in the phone's encoder (0.2 s) and here (0.26 s) is less. Chromium stamps encoded sound by
counting on from its first block, so that it falls behind by whatever was not given to it since."""
LOOKS = 4
"""It is said once it held for so many looks: one picture that came late says nothing."""
STEP_US = 30_000
"""What is said stays as it is for less than this."""
THEIR_LINE = "the line stalls; ask the guest to come nearer"


@dataclass(frozen=True, slots=True)
class Moment:
    """What was taken at `captured_us` of the phone's clock came into the program at `given_us` of ours."""

    captured_us: int
    given_us: int
    segment: int = 0
    """Of the stream; the phone may count its time anew with each."""
    beginning: int = 0
    """How often its track had begun by then: at first, and after each gap."""

    @property
    def age_us(self) -> int:
        """Means something only beside another moment of the same phone."""
        return self.given_us - self.captured_us


def behind_us(sound: Moment, picture: Moment) -> int:
    """How much later the sound of something comes than its picture; negative where it comes sooner."""
    return sound.age_us - picture.age_us


def trouble(behind_by_us: int, held_us: int = 0, *, is_common: bool = False) -> str | None:
    """A sentence for the health of a stream whose sound is noticeably later than its pictures come, which are held back
    by so much; `is_common`: it is so with most. Its subject is a stream, or by name a person."""
    if behind_by_us <= MOST_BEHIND_US:
        return None
    late_ms = behind_by_us // 1000
    why = f", as most are: {TO_DO}" if is_common else f": {THEIR_LINE}"
    if behind_by_us - held_us <= MOST_BEHIND_US:
        return f"is heard {late_ms} ms late, and the picture waits for the sound{why}"
    return f"is heard {late_ms} ms behind the picture{why}"


class Lips:
    """One stream, looked at now and then: the least of the last looks is what counts."""

    def __init__(self) -> None:
        self._behind_us: deque[int] = deque(maxlen=LOOKS)
        self._said_us = 0
        self._stretch: tuple[int, int] | None = None
        """How often sound and picture had begun at the last look."""

    def look(self, sound: Moment | None, picture: Moment | None) -> int:
        """Return how late (µs) the host is told that the sound is; 0: nothing is to be told. `picture` as it came."""
        if sound is None or picture is None or sound.segment != picture.segment:
            return self._forget()
        behind = behind_us(sound, picture)
        if abs(behind) > MOST_BELIEVED_US:
            return self._forget()
        stretch = sound.beginning, picture.beginning
        if stretch != self._stretch:
            self._forget()
            self._stretch = stretch
        self._behind_us.append(behind)
        least = min(self._behind_us)
        if len(self._behind_us) < LOOKS or least <= MOST_BEHIND_US:
            self._said_us = 0
            return 0
        if abs(least - self._said_us) >= STEP_US:
            self._said_us = least
        return self._said_us

    def _forget(self) -> int:
        self._behind_us.clear()
        return 0
