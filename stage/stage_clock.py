"""The clock that the stage plays by: the hub's, and before the hub was heard what an earlier run knew of it."""

from __future__ import annotations

from live.clock import FollowedClock, ShowClock, ShowUs


class StageClock:
    """`opened_at_s` is the wall time of show time 0 as remembered; None where nothing is."""

    def __init__(self, followed: FollowedClock, opened_at_s: float | None) -> None:
        self._followed = followed
        self._alone = None if opened_at_s is None else ShowClock(opened_at_s)

    def now_us(self) -> ShowUs:
        if self._alone is None or self._followed.is_synchronised:
            return self._followed.now_us()
        return self._alone.now_us()
