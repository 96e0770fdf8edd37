"""How each guest's stream is doing, from the counts of its relay: told to the host about twice a second. Pure.

Rates are differences between two looks. A stream that broke off is told once more, as not live.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from live.common_cause import TO_DO, CommonCause
from live.messages.air import AirHealth, StreamHealth, Trouble

SHORTEST_US = 100_000
"""Looks nearer together than this say nothing of a rate."""
QUIET_US = 3_000_000
"""A publisher whose line stands and who sends nothing of what is due for so long is frozen, or left alone."""
NOTHING_COMES = "sends nothing, though its line stands"

STALLS, STALLS_WITHIN_US = 3, 15_000_000
CALM_US = 10_000_000
"""Who stalled so often in that time stalls again and again, until all came evenly for CALM_US."""
STALLS_AGAIN = "stalls again and again; ask the guest to come nearer"
ALL_STALL = f"stalls again and again, as most do: {TO_DO}"


@dataclass(frozen=True, slots=True)
class Look:
    """What a relay has counted so far."""

    stream_id: str
    counts: Mapping[str, int]
    is_live: bool
    has_picture: bool
    level_db: float = -120.0
    told: Trouble | None = None
    """By the stage."""
    nothing_since_us: int | None = None


class Unevenness:
    """Whether one stream stalls again and again, none of the stalls long enough to be said by itself."""

    def __init__(self) -> None:
        self.is_told = False
        self._stalled_us: deque[int] = deque(maxlen=STALLS)

    def look(self, stalls: int, now_us: int) -> None:
        """So many stalls have ended since the last look."""
        self._stalled_us.extend([now_us] * min(stalls, STALLS))
        if self.is_told and now_us - self._stalled_us[-1] > CALM_US:
            self.is_told = False
            self._stalled_us.clear()
        elif not self.is_told and len(self._stalled_us) == STALLS:
            self.is_told = now_us - self._stalled_us[0] <= STALLS_WITHIN_US


def trouble_of(look: Look, now_us: int, *, is_uneven: bool, is_common: bool = False) -> str:
    """What is wrong with a stream: that nothing comes or is shown, that it stalls, else what the stage says of it."""
    if look.nothing_since_us is not None and now_us - look.nothing_since_us > QUIET_US:
        return NOTHING_COMES
    if is_uneven and (look.told is None or look.told.is_shown):
        return ALL_STALL if is_common else STALLS_AGAIN
    return "" if look.told is None else look.told.text


class Healths:
    def __init__(self) -> None:
        self._before: dict[str, Look] = {}
        self._at_us = 0
        self._unevenness: dict[str, Unevenness] = {}
        self._common_cause = CommonCause()
        self._is_common = False

    def is_uneven(self, stream_id: str) -> bool:
        """Did it stall again and again by the last look, and not most others with it? Else its guest can do nothing."""
        unevenness = self._unevenness.get(stream_id)
        return unevenness is not None and unevenness.is_told and not self._is_common

    def look(self, looks: Iterable[Look], now_us: int) -> AirHealth:
        """Say how each stream did since the last look; nothing the first time a stream is seen."""
        passed_us = now_us - self._at_us
        if passed_us < SHORTEST_US:
            return AirHealth(streams=())
        now = {look.stream_id: look for look in looks}
        before, self._before, self._at_us = self._before, now, now_us
        self._unevenness = {i: self._unevenness.get(i) or Unevenness() for i in now}
        self._look_for_stalls(before, now)
        going_on = [self._health(before[i], look, passed_us) for i, look in now.items() if i in before]
        gone = [_health(look, look, passed_us) for i, look in before.items() if i not in now]
        return AirHealth(streams=(*going_on, *gone))

    def _look_for_stalls(self, before: Mapping[str, Look], now: Mapping[str, Look]) -> None:
        for stream_id in before.keys() & now.keys():
            self._unevenness[stream_id].look(_risen(before[stream_id], now[stream_id], "stalls"), self._at_us)
        live = [stream_id for stream_id, look in now.items() if look.is_live]
        stalling = sum(self._unevenness[stream_id].is_told for stream_id in live)
        self._is_common = self._common_cause.look(stalling, len(live), self._at_us)

    def _health(self, before: Look, now: Look, passed_us: int) -> StreamHealth:
        is_uneven = self._unevenness[now.stream_id].is_told
        trouble = trouble_of(now, self._at_us, is_uneven=is_uneven, is_common=self._is_common)
        return _health(before, now, passed_us, is_live=now.is_live, trouble=trouble)


def _risen(before: Look, now: Look, name: str) -> int:
    return max(0, now.counts[name] - before.counts[name])


def _health(before: Look, now: Look, passed_us: int, *, is_live: bool = False, trouble: str = "") -> StreamHealth:
    return StreamHealth(
        stream_id=now.stream_id,
        kbits_per_s=round(_risen(before, now, "bytes_in") * 8000 / passed_us),
        pictures_per_s=round(_risen(before, now, "pictures_in") * 1_000_000 / passed_us),
        dropped=now.counts["lost"] + now.counts["skipped"],
        level_db=now.level_db,
        is_live=is_live,
        kind="video" if now.has_picture else "sound",
        trouble=trouble,
    )
