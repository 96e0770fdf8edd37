"""How well phones keep the show clock: 50 of them, each with a clock of its own drift, behind a jittery line.

    python -m tests.benchmarks.sync

Each phone pings as the page does (8 quickly, then two a second for half a minute, then one in three seconds) through a
line that holds every message up by 5 to 80 ms. `symmetric`: both ways alike on average, though never for one message;
`wifi`: mostly quick with a long tail, both ways alike; `asymmetric`: the way back 30 ms longer than the way there,
which no client can know and half of which it must be off by. Both clocks take the same round trips: the hub's and the
stage's in Python (`live.clock`), and the pages' own (`web/src/shared/time.ts`) in Node. There is no peer.

Reported are p95 of the offset error over all phones, once from 45 s after connecting on and once already after 5 s; the
cue skew is how far the first and the last of the 50 phones lie apart when all wait for the same show time, p95 over
cues.
"""

from __future__ import annotations

import random
import shutil
import statistics
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from live.clock import FollowedClock
from tests.benchmarks.figures import emit, percentile
from tests.web.test_shared_functions import run as run_in_node

PHONES = 50
DRIFT_PPM = 100.0
MINUTES = 8
QUICK, EARLY, EARLY_PINGS, LATE = 0.15, 0.5, 60, 3.0
EARLY_LOOK_S, SETTLED_S = 5.0, 45.0
LOOK_EVERY_S = 5.0

Delay = Callable[[random.Random], float]
"""Milliseconds that a message is held up."""
LINES: dict[str, tuple[Delay, Delay]] = {
    "symmetric": (lambda rng: rng.uniform(5, 80), lambda rng: rng.uniform(5, 80)),
    "wifi": (lambda rng: min(80.0, 5 + rng.expovariate(1 / 10)), lambda rng: min(80.0, 5 + rng.expovariate(1 / 10))),
    "asymmetric": (lambda rng: rng.uniform(5, 50), lambda rng: rng.uniform(35, 80)),
}


class Ping(NamedTuple):
    sent_us: int
    hub_us: int
    received_us: int


class Phone(NamedTuple):
    """What one phone sees: its round trips, and the local times at which it is asked what time it is."""

    pings: list[Ping]
    looks: list[tuple[int, int]]
    """(local time, true show time)."""


def phone(rng: random.Random, there: Delay, back: Delay) -> Phone:
    rate = 1.0 + rng.uniform(-DRIFT_PPM, DRIFT_PPM) * 1e-6
    opened_us = rng.uniform(0, 1e9)

    def local_us(show_us: float) -> int:
        return round(opened_us + show_us * rate)

    began_us = 60e6
    pings = []
    for sent_us in ping_times_us(began_us, MINUTES * 60):
        hub_us = sent_us + there(rng) * 1000
        pings.append(Ping(local_us(sent_us), round(hub_us), local_us(hub_us + back(rng) * 1000)))
    looks_s = [EARLY_LOOK_S, *(SETTLED_S + i * LOOK_EVERY_S for i in range(int((MINUTES * 60 - SETTLED_S) / 5)))]
    return Phone(pings, [(local_us(began_us + s * 1e6), round(began_us + s * 1e6)) for s in looks_s])


def ping_times_us(began_us: float, seconds: float) -> Iterator[float]:
    at_s, done = 0.0, 0
    while at_s < seconds:
        yield began_us + at_s * 1e6
        at_s += QUICK if done < 8 else EARLY if done < EARLY_PINGS else LATE
        done += 1


def errors_in_python(phones: list[Phone]) -> list[list[float]]:
    """How far each phone is off at each look, milliseconds."""
    return [_errors(one) for one in phones]


def _errors(one: Phone) -> list[float]:
    now = [one.pings[0].sent_us]
    clock = FollowedClock(lambda: now[0])
    found: list[float] = []
    pings = deque(one.pings)
    for at_us, true_us in one.looks:
        while pings and pings[0].received_us <= at_us:
            ping = pings.popleft()
            now[0] = ping.received_us
            clock.observe(*ping)
        now[0] = at_us
        found.append((clock.now_us() - true_us) / 1000)
    return found


IN_NODE = """
    import { FollowedClock } from "./shared/time.ts";
    console.log(JSON.stringify(given.map(({ pings, looks }) => {
      const events = [...pings.map((ping) => [ping[2], 0, ping]), ...looks.map(([at, show]) => [at, 1, show])];
      events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      let now = pings[0][0];
      const clock = new FollowedClock(() => now);
      const found = [];
      for (const [at, isLook, what] of events) {
        now = at;
        if (isLook) found.push((clock.nowUs() - what) / 1000);
        else clock.observe(...what);
      }
      return found;
    })));
"""


def errors_in_node(phones: list[Phone]) -> list[list[float]]:
    found: list[list[float]] = run_in_node(IN_NODE, [one._asdict() for one in phones])
    return found


def report(case: str, clock: str, errors: list[list[float]]) -> None:
    early = [abs(one[0]) for one in errors]
    settled = [abs(error) for one in errors for error in one[1:]]
    skews = [max(at_once) - min(at_once) for at_once in zip(*(one[1:] for one in errors), strict=True)]
    emit(
        "sync",
        f"{case}, {clock}",
        percentile(settled, 95),
        None,
        None,
        "ms offset error, p95",
        None,
        early_p95_ms=percentile(early, 95),
        cue_skew_p95_ms=percentile(skews, 95),
        cue_skew_worst_ms=max(skews),
        bias_ms=statistics.fmean(error for one in errors for error in one[1:]),
        phones=PHONES,
    )


def main() -> None:
    for case, (there, back) in LINES.items():
        rng = random.Random(17)
        phones = [phone(rng, there, back) for _ in range(PHONES)]
        report(case, "Python", errors_in_python(phones))
        if shutil.which("node"):
            report(case, "the page's, in Node", errors_in_node(phones))


if __name__ == "__main__":
    main()
