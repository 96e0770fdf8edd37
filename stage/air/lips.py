"""Lip-sync: by how much a guest's sound comes later than their picture, and whether to say so.

Both are stamped by the phone's one clock, so that only differences are needed and a wrong clock does no harm. Pictures
are shown as soon as they come, which is as early as can be; sound waits in its playout. The ear forgives a voice that
is a little late (it is what distance does), so pictures are not held back for it; whoever wants to may wait that long.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_BEHIND_US = 80_000
"""EBU R37 and ITU-R BT.1359 put the bounds of what is noticed near here."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was taken at `captured_us` of the phone's clock came into the program at `given_us` of ours."""

    captured_us: int
    given_us: int

    @property
    def age_us(self) -> int:
        """Means something only beside another moment of the same phone."""
        return self.given_us - self.captured_us


def behind_us(sound: Moment, picture: Moment) -> int:
    """How much later the sound of something comes than its picture; negative where it comes sooner."""
    return sound.age_us - picture.age_us


def trouble(behind_by_us: int) -> str | None:
    """A sentence for the health of a stream whose sound is noticeably late."""
    if behind_by_us <= MOST_BEHIND_US:
        return None
    return f"its sound is {behind_by_us // 1000} ms behind its picture: its line stalls; ask the guest to come nearer"
