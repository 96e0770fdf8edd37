"""When the hub is told how a stream stands: whenever that changed, and first on every new line. Pure."""

from __future__ import annotations

from collections.abc import Callable

from live.messages.air import Trouble

LOOK_EVERY_S = 0.5


class Telling:
    def __init__(self) -> None:
        self._told: Trouble | None = None
        self._looked_s = 0.0

    def begin(self) -> None:
        """Nobody at the other end has heard anything yet."""
        self._told = None

    def take(self, standing: Callable[[], Trouble], now_s: float, *, at_once: bool) -> Trouble | None:
        """Return what is to be sent now; `at_once`: there will be no other time."""
        if not at_once and now_s - self._looked_s < LOOK_EVERY_S:
            return None
        self._looked_s = now_s
        trouble = standing()
        if trouble == self._told:
            return None
        self._told = trouble
        return trouble
