"""What it costs to hand live media on: processor time of the hub for each byte that arrives at somebody who watches.

One program of 3 Mbit/s to 200 viewers, and a choir of 200 microphones to one stage, each beside the shortest relay that
aiohttp allows, which reads no header and bounds nothing. Hub and crowd are processes of their own, each on its core;
ours and the bare one take turns. A `ratio` of 0.9 is to be reached with the program.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks._relay_hall import CASES, RUN_S
from tests.benchmarks.figures import emit, median

ROUNDS = 2
BY_DEFAULT = ("program", "choir-20")
"""`choir-60` is there to be asked for."""


@dataclass(frozen=True, slots=True)
class Measured:
    cpu_s: float
    received: int
    least: float
    """What the viewer who got least got, as a part of what the one who got most did."""

    @property
    def us_per_mb(self) -> float:
        return self.cpu_s * 1e12 / self.received


def child(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmarks._relay_hall", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if not said:
        raise RuntimeError(f"expected {process.args!r} to answer, got nothing; run it alone to see why")
    return said


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return line(process)


def measure(which: str, name: str) -> Measured:
    hub = child("hub", which)
    crowd = child("crowd", line(hub), name)
    try:
        assert line(crowd) == "ready"
        assert ask(crowd) == "measure"
        before_s = float(ask(hub))
        got = json.loads(line(crowd))
        return Measured(float(ask(hub)) - before_s, got["bytes"], got["least"])
    finally:
        for process in (crowd, hub):
            process.kill()
            process.communicate()


def main(names: Sequence[str], rounds: int = ROUNDS) -> None:
    for name in names:
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(measure("ours", name))
            bare.append(measure("bare", name))
        mine, theirs = median([one.us_per_mb for one in ours]), median([one.us_per_mb for one in bare])
        case = CASES[name]
        emit(
            "relay", case.label, mine, theirs, "bare aiohttp", "µs/MB", theirs / mine,
            viewers=case.streams * case.watchers,
            cpu_percent=median([100 * one.cpu_s / RUN_S for one in ours]),
            mbit_per_s=median([one.received * 8e-6 / RUN_S for one in ours]),
            least=min(one.least for one in ours),
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:] or BY_DEFAULT)
