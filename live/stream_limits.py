"""How many streams and watchers there may be, and how long each may take; what one may send is `live.allowance`."""

from __future__ import annotations

from dataclasses import dataclass, field

from live.ear import Bounds


@dataclass(frozen=True, kw_only=True)
class StreamLimits:
    streams: int = 1024
    """Against what goes wrong; how many guests there are is decided where they say yes (`live.slots`)."""
    watchers_per_stream: int = 250
    watchers: int = 2500
    watchers_per_device: int = 4
    """Of the audience: one phone must not take the places of all others."""
    second_lines: int = 16
    """How many publishers are asked for a second line at once: where more lines lose, it is the air that is full."""
    hello_s: float = 10.0
    """A publisher says its hello within this time."""
    write_s: float = 10.0
    """One write to a subscriber may take this long; then it is let go."""
    heartbeat_s: float = 15.0
    bounds: Bounds = field(default_factory=Bounds)
