"""How many phones can be on air: live streams with sound, 1080p30 program, recording and stream on.

Phones by script in a process of their own, the hub's own streams in another, the stage with its walled children in
the rest, all on this machine. `late_percent` is the share of program pictures that came too late (skipped or missed),
`left_out` the pictures and runs of sound that the stage could not take; `ours` is the CPU of the stage with its
processes for a second of show, `beside_cpu_s` that of hub and phones, and `thread …` that of the stage's threads by
name. The delays are from a packet sent to its picture decoded at the stage, and to its picture in the program, read
from the strip that each picture carries.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import emit, percentile

SECONDS = 12.0
WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Case:
    phones: int
    size: str
    sound: bool

    @property
    def name(self) -> str:
        what = "audio alone" if self.size == "none" else self.size
        return f"{self.phones} phones, {what}{' + Opus' if self.sound and self.size != 'none' else ''}"


PARTS = ("stage", "receiver", "children", "outputs")
CASES = (Case(16, "360p30", True), Case(64, "180p10", True), Case(200, "none", True))


async def measure(case: Case, seconds: float, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the stage measured and what the phones sent."""
    hub = await _process("tests.benchmarks._air_relay")
    assert hub.stdout is not None
    url, line = (await hub.stdout.readline()).decode().split()
    streams = [f"guest-{number:04}" for number in range(case.phones)]
    chosen = [word for stream in streams for word in ("--stream", stream)]
    phones = await _process("tests.scripted_phones", url, "key", "--size", case.size, *chosen)
    assert phones.stdout is not None
    await phones.stdout.readline()
    beside = [f"--beside={one.pid}" for one in (hub, phones)]
    stage = await _process(
        "tests.benchmarks._air_stage", url, str(folder), str(seconds), *streams, *beside, f"--line={line}"
    )
    said, _ = await stage.communicate(b"")
    sent, _ = await phones.communicate(b"")
    await hub.communicate(b"")
    return json.loads(said), json.loads(sent)


async def _process(module: str, *arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=pipe, stdout=pipe, limit=64 << 20
    )


def delays_ms(read: list[tuple[str, int | None, int]], sent: dict[str, Any]) -> list[float]:
    """From sent to seen, for each strip that was read; one that is torn counts as nothing. Phones send a loop, and tell
    when they sent each of its pictures last: what was seen may be of a round before.
    """
    delays = []
    for stream, value, seen_ns in read:
        when = dict(sent[stream]["pictures"]).get(value)
        if when is not None:
            delays.append((seen_ns - when) % sent[stream]["loop_ns"] / 1e6)
    return delays


def main() -> None:
    parser = argparse.ArgumentParser(description="phones on air at once")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--phones", type=int)
    parser.add_argument("--size", default="360p30")
    given = parser.parse_args()
    cases = CASES if given.phones is None else (Case(given.phones, given.size, True),)
    for case in cases:
        with tempfile.TemporaryDirectory() as name:
            measured, sent = asyncio.run(asyncio.wait_for(measure(case, given.seconds, Path(name)), WITHIN_S))
        report(case, measured, sent, given.seconds)


def report(case: Case, measured: dict[str, Any], sent: dict[str, Any], seconds: float) -> None:
    if measured["troubles"] or not measured["watched"]:
        raise SystemExit(f"expected all streams playing and the program watched; got {measured['troubles']}")
    if case.size != "none" and not measured["received"]:
        raise SystemExit("expected pictures of the phones, got none; run the phones by themselves to see why")
    cpu: dict[str, float] = measured["cpu"]
    decoded, seen = delays_ms(measured["decoded"], sent), delays_ms(measured["seen"], sent)
    figures = {
        f"{name}_{label}": percentile(delays, percent)
        for name, delays in (("decoded_ms", decoded), ("program_ms", seen))
        for label, percent in (("p50", 50), ("p95", 95))
        if delays
    }
    emit(
        "capacity", case.name, sum(cpu[f"{part}_cpu_s"] for part in PARTS), None, None,
        "s of CPU per s of show", None,
        phones=float(case.phones),
        late_percent=100.0 * measured["late"] / (measured["pictures"] + measured["late"]),
        received_per_s=measured["received"] / seconds,
        skipped=float(measured["skipped"]),
        left_out=float(measured["left_out"]),
        dropped=float(measured["dropped"]),
        paint_ms=measured["paint_ms"],
        seconds=seconds,
        **cpu,
        **figures,
    )  # fmt: skip


if __name__ == "__main__":
    main()
