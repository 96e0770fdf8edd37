"""How each guest's stream is doing, from the counts of its relay: told to the host about twice a second. Pure.

Rates are differences between two looks. A stream that broke off is told once more, as not live.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from live.messages.air import AirHealth, StreamHealth, Trouble

SHORTEST_US = 100_000
"""Looks nearer together than this say nothing of a rate."""
QUIET_US = 3_000_000
"""A publisher whose line stands and who sends nothing of what is due for so long is frozen, or left alone."""
NOTHING_COMES = "sends nothing, though its line stands"


@dataclass(frozen=True, slots=True)
class Look:
    """What a relay has counted so far."""

    stream_id: str
    counts: Mapping[str, int]
    is_live: bool
    has_picture: bool
    level_db: float = -120.0
    trouble: str = ""


def trouble_of(told: Trouble | None, nothing_since_us: int | None, now_us: int) -> str:
    """What is wrong with a stream: that nothing comes, else what the stage says of it; empty where nothing is."""
    if nothing_since_us is not None and now_us - nothing_since_us > QUIET_US:
        return NOTHING_COMES
    return "" if told is None else told.text


class Healths:
    def __init__(self) -> None:
        self._before: dict[str, Look] = {}
        self._at_us = 0

    def look(self, looks: Iterable[Look], now_us: int) -> AirHealth:
        """Say how each stream did since the last look; nothing the first time a stream is seen."""
        passed_us = now_us - self._at_us
        if passed_us < SHORTEST_US:
            return AirHealth(streams=())
        now = {look.stream_id: look for look in looks}
        before, self._before, self._at_us = self._before, now, now_us
        going_on = [_health(before[i], look, passed_us) for i, look in now.items() if i in before]
        gone = [_health(look, look, passed_us, is_gone=True) for i, look in before.items() if i not in now]
        return AirHealth(streams=(*going_on, *gone))


def _health(before: Look, now: Look, passed_us: int, *, is_gone: bool = False) -> StreamHealth:
    def risen(name: str) -> int:
        return max(0, now.counts[name] - before.counts[name])

    return StreamHealth(
        stream_id=now.stream_id,
        kbits_per_s=round(risen("bytes_in") * 8000 / passed_us),
        pictures_per_s=round(risen("pictures_in") * 1_000_000 / passed_us),
        dropped=now.counts["lost"] + now.counts["skipped"],
        level_db=now.level_db,
        is_live=now.is_live and not is_gone,
        kind="video" if now.has_picture else "sound",
        trouble="" if is_gone else now.trouble,
    )
