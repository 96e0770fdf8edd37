"""Whether a silent child hangs or only goes short of the processor.

On a busy machine a child that gives way may get a hundredth of a core and say nothing for minutes: that is no hang.
So its silence is counted in its own time: while it has something to run, only what it ran counts; while it has nothing
to run (it waits for what never comes, it was stopped), all that goes by. Where the system does not tell (no `/proc`),
time is time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_STATE, _USER, _SYSTEM = 0, 11, 12
"""Of what follows a process's name in its `stat`."""


@dataclass(frozen=True, slots=True)
class Pulse:
    cpu_s: float
    is_ready: bool
    """One of its threads runs, or waits for nothing but its turn."""


def pulse_of(pid: int) -> Pulse | None:
    try:
        whole = _fields(Path(f"/proc/{pid}/stat"))
        threads = [_fields(thread / "stat")[_STATE] for thread in Path(f"/proc/{pid}/task").iterdir()]
    except (OSError, IndexError):
        return None
    return Pulse((int(whole[_USER]) + int(whole[_SYSTEM])) / os.sysconf("SC_CLK_TCK"), "R" in threads)


def _fields(stat: Path) -> list[str]:
    """A name may hold spaces and brackets: what counts comes after the last one."""
    return stat.read_text(errors="replace").rpartition(")")[2].split()


class Watch:
    """Over one child: say when it was `heard`, and look every now and then how long it has been silent."""

    def __init__(self, take_pulse: Callable[[], Pulse | None], now_s: float) -> None:
        self._take_pulse = take_pulse
        self.heard(now_s)

    def heard(self, now_s: float) -> None:
        """Looks at nothing: most children never fall silent. The first look after it takes time for time."""
        self._silent_s, self._looked_s = 0.0, now_s
        self._pulse: Pulse | None = None

    def silent_s(self, now_s: float) -> float:
        """Since it was heard, by its own time."""
        before, self._pulse = self._pulse, self._take_pulse()
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        if before is not None and self._pulse is not None and self._pulse.is_ready:
            passed_s = min(passed_s, self._pulse.cpu_s - before.cpu_s)
        self._silent_s += passed_s
        return self._silent_s
