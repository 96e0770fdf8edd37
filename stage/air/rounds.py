"""Goes round the live streams twice a second: by how much sound is behind its picture, and what all of them come to.

It reads what streams and playouts count for themselves, from whichever thread asks, and holds nobody up. Counts only
rise: what a stream had counted stays when it has gone.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from live.common_cause import CommonCause
from stage.air.lips import Lips, Moment, trouble
from stage.air.playout import Playout

if TYPE_CHECKING:
    from stage.air.stream import LiveStream

LOOK_EVERY_S = 0.5
STALE_S = 0.5
"""A picture that has stood for longer says nothing of lip-sync."""


class Rounds:
    """`joined` and `left` may be called by any thread, `look` by one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._playouts: dict[LiveStream, Playout] = {}
        self._lips: WeakKeyDictionary[LiveStream, Lips] = WeakKeyDictionary()
        self._seen: WeakKeyDictionary[object, Mapping[str, int]] = WeakKeyDictionary()
        self._totals: Counter[str] = Counter()
        self._looked_s = float("-inf")
        self._common_cause = CommonCause()

    def joined(self, stream: LiveStream, playout: Playout) -> None:
        with self._lock:
            self._playouts[stream] = playout

    def left(self, stream: LiveStream, playout: Playout) -> None:
        with self._lock:
            self._count(playout, _sound_counts(playout))
            if self._playouts.get(stream) is playout:
                del self._playouts[stream]
                stream.say_late("")

    def look(self, streams: Iterable[LiveStream], now_s: float) -> Mapping[str, int] | None:
        """Return the counts of all streams since the start; None: it was looked a moment ago."""
        if now_s - self._looked_s < LOOK_EVERY_S:
            return None
        self._looked_s = now_s
        live = list(streams)
        with self._lock:
            for stream in live:
                self._count(stream, _stream_counts(stream))
            for playout in self._playouts.values():
                self._count(playout, _sound_counts(playout))
            self._look_at_lips(now_s)
            totals = {f"live_{name}_total": count for name, count in self._totals.items()}
        return {**totals, "live_streams": len(live)}

    def _look_at_lips(self, now_s: float) -> None:
        moments = {stream: _moments(stream, playout, now_s) for stream, playout in self._playouts.items()}
        late_us = {stream: self._lips.setdefault(stream, Lips()).look(*both) for stream, both in moments.items()}
        judged = sum(None not in both for both in moments.values())
        late = sum(one > 0 for one in late_us.values())
        is_common = self._common_cause.look(late, judged, round(now_s * 1e6))
        for stream, behind_us in late_us.items():
            stream.say_late(trouble(behind_us, stream.held_us, is_common=is_common) or "")

    def _count(self, thing: LiveStream | Playout, counts: Mapping[str, int]) -> None:
        before = self._seen.get(thing, {})
        now = {name: max(count, before.get(name, 0)) for name, count in counts.items()}
        self._totals.update({name: count - before.get(name, 0) for name, count in now.items()})
        self._seen[thing] = now


def _stream_counts(stream: LiveStream) -> Mapping[str, int]:
    return {
        "pictures": stream.pictures,
        "pictures_held": stream.held,
        "pictures_thinned": stream.thinned,
        "skipped": stream.skipped,
        "bad": stream.bad,
    }


def _sound_counts(playout: Playout) -> Mapping[str, int]:
    return {
        "sound_starved_blocks": playout.starved_blocks,
        "sound_stretches": playout.stretches,
        "sound_skips": playout.skips,
        "sound_refused": playout.refused,
    }


def _moments(stream: LiveStream, playout: Playout, now_s: float) -> tuple[Moment | None, Moment | None]:
    """What is heard now, and the newest picture with the moment it came; None where nothing is."""
    sound, newest = playout.heard(round(now_s * 1e6)), stream.newest
    if newest is None or now_s - newest.arrived_s > STALE_S:
        return sound, None
    return sound, Moment(newest.captured_us, round(newest.arrived_s * 1e6), newest.segment, stream.beginnings)
