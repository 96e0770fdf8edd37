"""How quickly one device may ask for something: a token bucket a device. A hall sits behind one address, so addresses
are never counted.
"""

from __future__ import annotations

from collections import OrderedDict

from live.errors import TooMuch


class Pace:
    """`burst` at once, then `per_s`. Past `devices` of them the longest unseen gives way; `refused` counts."""

    def __init__(self, burst: int, per_s: float, devices: int = 20_000, what: str = "asks") -> None:
        self._burst, self._per_s, self._devices, self._what = burst, per_s, devices, what
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, at (seconds)
        self.refused = 0

    def take(self, device: str, now_s: float) -> None:
        """Take one token. Raises TooMuch with the time until the next; a refusal costs nothing."""
        tokens, at_s = self._buckets.pop(device, (float(self._burst), now_s))
        tokens = min(float(self._burst), tokens + (now_s - at_s) * self._per_s)
        allowed = tokens >= 1.0
        self._buckets[device] = (tokens - 1.0 if allowed else tokens, now_s)
        if len(self._buckets) > self._devices:
            self._buckets.popitem(last=False)
        if not allowed:
            self.refused += 1
            wait_s = (1.0 - tokens) / self._per_s
            raise TooMuch(
                f"expected at most {self._burst} {self._what} at once from one device; come again in {wait_s:.0f} s, "
                "nothing is lost",
                retry_after_s=wait_s,
            )
