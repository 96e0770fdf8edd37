"""How much is taken: per kind, per device, in all. A hall sits behind one address, so nothing counts addresses."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from live.errors import TooMuch

UploadKind = Literal["photo", "sound", "video"]

MB = 1_000_000


def _kind_bytes() -> dict[UploadKind, int]:
    return {"photo": 60 * MB, "sound": 300 * MB, "video": 1500 * MB}


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    kind_bytes: dict[UploadKind, int] = field(default_factory=_kind_bytes)
    open_per_device: int = 24
    """Unfinished uploads; past it a device's abandoned tries of the same piece give way, else 429."""
    remembered: int = 100_000
    """Uploads in all, finished ones too until they are forgotten."""
    creations_burst: int = 40
    creations_per_s: float = 0.5
    reserve_bytes: int = 256 * MB
    """Room on the disk that uploads leave alone, so that the journal can always be written."""
    idle_s: float = 60.0
    """A PATCH that brings nothing for this long is ended; what it brought is kept."""
    expire_s: float = 24 * 3600.0
    """An upload that nothing was added to for this long is swept; of a finished one only its address is forgotten."""
    sweep_every_s: float = 300.0
    progress_every_s: float = 0.25

    @property
    def largest_bytes(self) -> int:
        return max(self.kind_bytes.values())


class Pace:
    """A token bucket a device: `burst` at once, then `per_s`. Past `devices` of them the longest unseen gives way."""

    def __init__(self, burst: int, per_s: float, devices: int = 20_000) -> None:
        self._burst = burst
        self._per_s = per_s
        self._devices = devices
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, at (seconds)

    def take(self, device: str, now_s: float) -> None:
        """Take one token. Raises TooMuch with the time until the next."""
        tokens, at_s = self._buckets.pop(device, (float(self._burst), now_s))
        tokens = min(float(self._burst), tokens + (now_s - at_s) * self._per_s)
        allowed = tokens >= 1.0
        self._buckets[device] = (tokens - 1.0 if allowed else tokens, now_s)
        if len(self._buckets) > self._devices:
            self._buckets.popitem(last=False)
        if not allowed:
            wait_s = (1.0 - tokens) / self._per_s
            raise TooMuch(
                f"expected at most {self._burst} new uploads at once from one device; come again in {wait_s:.0f} s",
                retry_after_s=wait_s,
            )
