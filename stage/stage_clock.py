"""The clock that the stage plays by: the hub's, and before the hub was heard what an earlier run knew of it."""

from __future__ import annotations

from live.clock import FollowedClock, ShowClock, ShowUs


class StageClock:
    """`opened_at_s` is the wall time of show time 0 as remembered; without it show time stands at 0 until the hub is
    heard.
    """

    def __init__(self, opened_at_s: float | None = None) -> None:
        self._alone = None if opened_at_s is None else ShowClock(opened_at_s)
        self._followed: FollowedClock | None = None

    def follow(self, clock: FollowedClock) -> None:
        """Go by this clock as soon as it has heard the hub."""
        self._followed = clock

    @property
    def is_synchronised(self) -> bool:
        return self._followed is not None and self._followed.is_synchronised

    def now_us(self) -> ShowUs:
        if self._followed is not None and self._followed.is_synchronised:
            return self._followed.now_us()
        return ShowUs(0) if self._alone is None else self._alone.now_us()
