"""Pictures held back for the sound of their moment where that plays much later: when each is shown, where it waits.

On a good line sound is some 40 ms behind its picture, which nobody notices, and every picture is shown as it comes:
nothing waits, nothing is copied. ITU-R BT.1359 has sound noticed from 125 ms behind (45 ms ahead) and accepted up to
185 (90). So pictures are held back from BEGIN_US on, until LEFT_US are left, and no further than MOST_HELD_US; it ends
below END_US. How old a picture is when it is shown changes by a tenth of the time that passes: a motion somewhat
slower, neither a freeze nor a jump. Who is held back is also shown evenly, however unevenly the line brings it.

Pure; both tracks are stamped by the phone's one clock, so that only differences are needed (`stage.air.lips`).
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from stage.air.lips import MOST_BELIEVED_US, Moment

BEGIN_US, END_US, LEFT_US = 80_000, 60_000, 40_000
MOST_HELD_US = 250_000
LONGER, SHORTER = 0.1, 0.25
"""Of the time that passes. Sound that is ahead is noticed sooner than sound that is behind: back it goes quicker."""
SHARE = 0.1
"""How much the newest counts in what is usual."""
WITHOUT_US = 1_000_000
"""So long a pause in the sound changes nothing; after it there is none to wait for."""
LONGEST_STEP_US = 500_000

MOST_WAITING = 8
"""Pictures: MOST_HELD_US of 30 a second. Of faster ones the closest to its neighbours gives way and is counted."""

Held = TypeVar("Held")


class Holding:
    """When each picture of one stream is shown."""

    def __init__(self) -> None:
        self._segment = 0
        self._picture_age_us = 0.0
        self._sound_age_us: float | None = None
        """As they come, and as they are heard; usually. They mean something only beside each other."""
        self._heard_at_us = self._at_us = 0
        self._is_wanted = False
        self._shown_age_us: float | None = None
        """How old pictures are shown; None: as they come."""

    @property
    def held_us(self) -> int:
        """By how much pictures are shown later than they could be."""
        age_us = self._shown_age_us
        return 0 if age_us is None else max(0, round(age_us - self._picture_age_us))

    def due_us(self, picture: Moment, sound: Moment | None) -> int:
        """When a picture that came just now is to be shown, by what is heard just now: at once, nearly always."""
        now_us = picture.given_us
        if picture.segment != self._segment:  # the phone may count its time anew
            self._begin(picture)
        passed_us = min(max(0, now_us - self._at_us), LONGEST_STEP_US)
        self._at_us = now_us
        self._picture_age_us += SHARE * (picture.age_us - self._picture_age_us)
        self._hear(sound, now_us)
        self._shown_age_us = self._led(self._goal_us(), passed_us)
        if self._shown_age_us is None:
            return now_us
        return min(max(now_us, picture.captured_us + round(self._shown_age_us)), now_us + MOST_HELD_US)

    def _begin(self, picture: Moment) -> None:
        self._segment, self._at_us = picture.segment, picture.given_us
        self._picture_age_us = picture.age_us
        self._sound_age_us = self._shown_age_us = None
        self._is_wanted = False

    def _hear(self, sound: Moment | None, now_us: int) -> None:
        if sound is None or sound.segment != self._segment:
            if now_us - self._heard_at_us > WITHOUT_US:
                self._sound_age_us = None
            return
        if abs(sound.age_us - self._picture_age_us) > MOST_BELIEVED_US:
            self._sound_age_us = None
            return
        self._heard_at_us = now_us
        usual_us = self._sound_age_us
        self._sound_age_us = sound.age_us if usual_us is None else usual_us + SHARE * (sound.age_us - usual_us)

    def _goal_us(self) -> float | None:
        """How old pictures should be when they are shown; None: as they come."""
        behind_us = 0.0 if self._sound_age_us is None else self._sound_age_us - self._picture_age_us
        self._is_wanted = behind_us > (END_US if self._is_wanted else BEGIN_US)
        return self._picture_age_us + min(behind_us - LEFT_US, MOST_HELD_US) if self._is_wanted else None

    def _led(self, goal_us: float | None, passed_us: int) -> float | None:
        """From how old they are shown to the goal, as far as that goes unnoticed."""
        usual_us = self._picture_age_us
        last_us = usual_us if self._shown_age_us is None else self._shown_age_us
        wanted_us = usual_us if goal_us is None else goal_us
        led_us = min(max(wanted_us, last_us - SHORTER * passed_us), last_us + LONGER * passed_us)
        return None if goal_us is None and led_us <= usual_us else led_us


class Waiting(Generic[Held]):
    """What is held back, in the order in which it came. Whoever calls sees to it that nobody else does."""

    def __init__(self) -> None:
        self.held = 0
        self.thinned = 0
        self._waiting: deque[tuple[int, Held]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def last(self) -> Held:
        """What came last. Raises IndexError where nothing waits."""
        return self._waiting[-1][1]

    def put(self, one: Held, due_us: int) -> None:
        self.held += 1
        self._waiting.append((due_us, one))
        if len(self._waiting) > MOST_WAITING:
            self._thin()

    def take(self, now_us: int) -> Held | None:
        """Return the newest that is due; those before it are skipped. None: none is due yet."""
        taken = None
        while self._waiting and self._waiting[0][0] <= now_us:
            taken = self._waiting.popleft()[1]
        return taken

    def drop(self) -> None:
        """Something newer is shown at once."""
        self.thinned += len(self._waiting)
        self._waiting.clear()

    def _thin(self) -> None:
        dues = [due_us for due_us, _ in self._waiting]
        closest = min(range(1, len(dues) - 1), key=lambda at: dues[at + 1] - dues[at - 1])
        del self._waiting[closest]
        self.thinned += 1
