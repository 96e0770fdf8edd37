"""Real-time priority for the threads that a show may not wait for, where the system lets one have it.

As in other live-sound programs: a thread that must act every 10 ms is put before those that need not. Encoders, hub and
browsers on the same machine then wait for it, never it for them. Without the right (`ulimit -r`, docs/operating.md) all
stays as it is. Linux alone; elsewhere the system's own scheduling stands.
"""

from __future__ import annotations

import contextlib
import os
import sys

SOON, NOW = 1, 2
"""For the beat, and for the painter that follows it and whoever else is often at work in their process: who holds the
interpreter's lock while other processes have the processor holds up the beat.
"""


def be_urgent(urgency: int) -> bool:
    """Put the calling thread before all that are not urgent; False where nobody gave us the right.

    What it starts is not urgent by itself.
    """
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(urgency))
    except OSError:
        return False
    return True


def be_patient() -> None:
    """Take the calling thread back among all others."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
