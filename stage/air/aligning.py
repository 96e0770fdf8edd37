"""Where a phone's own recording lies on the show's clock, found out by what is seen: pure.

When a recorder really began, its browser does not say: between a few milliseconds and half a second after it was told
to. The stream's pictures have their capture times, and the recording's are the same camera's: the offset is the one at
which both look alike. It also tells a recording of something else, which nobody saw on stage, from that of the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stage.picture import Picture

LOOK_PX = 24
NEAR_US = 17_000
"""Half a picture: what is farther off is another one. The times of the same one differ by a millisecond or two."""
EARLIEST_US, LATEST_US, STEP_US = -400_000, 700_000, 4_000
"""Before it was told to: phones of earlier shows noted when the recorder said that it had begun, which it says late."""
USUAL_US = 20_000
"""How long after it was told to a recorder of Chromium's begins: 2…49 ms were measured."""
LEVELS_PER_S = 3.0
"""So much more alike than at the usual offset must it look at one that is a second off: what is still always does."""
MOST_UNLIKE = 10.0
"""In levels of luma, of 255: no more than what two encoders make of the same picture."""
MOST_ASPECT = 1.05
LEAST_SHARE = 1 / 3
"""Of the stream's pictures that must have one in the recording for an offset to count."""

Luma = npt.NDArray[np.float32]


class Look(NamedTuple):
    """A picture as far as it takes to know it again."""

    at_us: int
    luma: Luma
    aspect: float


def look(at_us: int, picture: Picture) -> Look:
    small = cv2.resize(picture.y, (LOOK_PX, LOOK_PX), interpolation=cv2.INTER_AREA)
    return Look(at_us, np.asarray(small, np.float32), picture.width / picture.height)


def is_alike(one: Look, other: Look) -> bool:
    return _has_shape(one, other) and unlike(one, other) <= MOST_UNLIKE


def unlike(one: Look, other: Look) -> float:
    return float(np.abs(one.luma - other.luma).mean())


def offset_us(stream: Sequence[Look], recording: Sequence[Look], started_us: int) -> int | None:
    """Return what the recording's own times lie behind `started_us`; None where it is never like the stream."""
    if not stream or not recording or not _has_shape(stream[0], recording[0]):
        return None
    captured = np.array([one.at_us for one in stream], np.int64) - started_us
    times = np.array([one.at_us for one in recording], np.int64)
    recorded = np.stack([one.luma for one in recording])
    unlikeness = np.array([np.abs(recorded - one.luma).mean(axis=(1, 2)) for one in stream])
    rows = np.arange(len(stream))
    best: tuple[float, int] | None = None
    for offset in range(EARLIEST_US, LATEST_US + 1, STEP_US):
        nearest = _nearest(times, captured - offset)
        is_near = np.abs(times[nearest] - (captured - offset)) <= NEAR_US
        if is_near.sum() < max(1, LEAST_SHARE * len(stream)):
            continue
        seen = float(unlikeness[rows, nearest][is_near].mean())
        cost = seen + abs(offset - USUAL_US) / 1e6 * LEVELS_PER_S
        if seen <= MOST_UNLIKE and (best is None or cost < best[0]):
            best = cost, offset
    return None if best is None else _exact(times, captured, best[1])


def _exact(times: npt.NDArray[np.int64], captured: npt.NDArray[np.int64], offset: int) -> int:
    """Of the same camera's pictures both know the times to a millisecond."""
    off = captured - offset - times[_nearest(times, captured - offset)]
    return offset + round(float(np.median(off[np.abs(off) <= NEAR_US])))


def _nearest(times: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    after = np.clip(np.searchsorted(times, wanted), 0, len(times) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(times[before] - wanted) <= np.abs(times[after] - wanted), before, after)


def _has_shape(one: Look, other: Look) -> bool:
    return 1 / MOST_ASPECT < one.aspect / other.aspect < MOST_ASPECT
