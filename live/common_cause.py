"""Whether most of those who are live stall at once: then it is not their lines, and nobody is sent nearer to the Wi-Fi.

A machine that is too busy, or a network that is too full, shows as stalls of every stream. Pure.
"""

from __future__ import annotations

MANY = 3
"""So many must stall, and more than half of all; where fewer are live, both of two."""
LASTS_US = 10_000_000
"""They are not over it all at once: who still stalls so long after the others is not sent about for it."""
TO_DO = "the show's machine or the hall's network cannot keep up; have fewer people live, or end other programs there"


def are_most(stalling: int, live: int) -> bool:
    return stalling >= max(2, min(live, MANY)) and 2 * stalling > live


class CommonCause:
    def __init__(self) -> None:
        self._seen_us: int | None = None

    def look(self, stalling: int, live: int, now_us: int) -> bool:
        """Take how many stall by now, of so many who are live; return whether they have one cause."""
        if are_most(stalling, live):
            self._seen_us = now_us
        return self._seen_us is not None and now_us - self._seen_us <= LASTS_US
