"""How many files and connections this process, and whatever it starts, may have open: as many as the system allows.

Programs get few unless they ask, 1024 on Debian and Ubuntu and 256 on macOS, and a hall has more phones than that.
"""

from __future__ import annotations

import resource

WANTED = (65_536, 10_240)
"""macOS calls its most "unlimited" and refuses what is above another number of its own, which is never under 10,240."""


def allow_many() -> int:
    """Return how many it may have open now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in WANTED:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= most:
            return soft
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            continue
        return most
    return soft
