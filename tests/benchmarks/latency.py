"""From a canvas in one browser to the stage, to the program, to the program drawn in another browser; beside aiortc.

Each picture carries the time at which it was drawn in its strip, so every delay is read from pictures: decoded at the
stage, in the program (1080p30, with recording and stream on), and drawn by the player in another browser process, the
last with a program of 720p30 too, which is streamed as it is. The peer is stock aiortc receiving the same canvas by
WebRTC, up to the decoded picture. All on this machine and its loopback; rounds of ours and theirs go in turn, all
delays of all rounds count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import time_strip
from tests.benchmarks.figures import emit, percentile
from tests.browsers import CHROMIUM, chromium_arguments, find, unwanted
from tests.web.air_hall import AirHall

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".bench-venv"
AIORTC = ("aiortc==1.16.0", "numpy")
WIDTH, HEIGHT = 640, 360
ROUNDS = 2
SECONDS = 7.0
STREAM = "guest-latency"
UNIT = "ms"
MORE_FLAGS = ("--allow-loopback-in-peer-connection",)


def peer_python() -> Path:
    """Make the peer's environment, once."""
    python = PEERS / "bin" / "python"
    if not (PEERS / "lib").exists() or not list(PEERS.glob("lib/*/site-packages/aiortc")):
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *AIORTC], check=True)
    return python


def ours(
    page: Page, viewer: Page, hall: AirHall, folder: Path, seconds: float, height: int = 1080
) -> dict[str, list[float]]:
    """Delays in ms: `decoded` at the stage, in the `program` of so many lines, `drawn` in the other browser."""
    page.evaluate("asked => window.latency.publish(asked)", {"streamId": STREAM, "tier": "a", "files": hall.files})
    command = [sys.executable, "-m", "tests.benchmarks._air_stage", hall.url, str(folder), str(seconds), "--no-sound"]
    command += [f"--height={height}", f"--line={hall.line}"]  # the line as a stage on the hub's machine has it
    stage = subprocess.Popen([*command, STREAM], stdout=subprocess.PIPE, text=True)
    viewer.wait_for_function("() => window.viewer.seen.length > 30", timeout=60_000)
    viewer.evaluate("() => window.viewer.take()")
    said, _ = stage.communicate(timeout=120)
    drawn = viewer.evaluate("() => window.viewer.take()")
    page.evaluate("() => window.latency.stop()")
    measured = json.loads(said)
    if measured["troubles"]:
        raise SystemExit(f"expected the stream playing, got {measured['troubles']}")
    return {
        "decoded": delays_ms(measured["decoded"]),
        "program": delays_ms(measured["seen"]),
        "drawn": [float(delay) for delay in drawn],
        "late_percent": [100.0 * measured["late"] / max(1, measured["pictures"] + measured["late"])],
    }


def delays_ms(read: list[tuple[str, int | None, int]]) -> list[float]:
    """From the time in the strip to when it was seen; a picture shown twice counts once."""
    ahead_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000
    first: dict[int, int] = {}
    for _, value, seen_ns in read:
        if value is not None:
            first.setdefault(value, seen_ns)
    return [time_strip.delay_us(value, seen_ns // 1000 + ahead_us) / 1000 for value, seen_ns in first.items()]


def aiortc(page: Page, python: Path, seconds: float) -> list[float]:
    peer = subprocess.Popen(
        [str(python), "-m", "tests.benchmarks._aiortc_peer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(json.dumps({"sdp": page.evaluate("() => window.latency.offer()")}) + "\n")
    peer.stdin.flush()
    page.evaluate("sdp => window.latency.answer(sdp)", json.loads(peer.stdout.readline())["sdp"])
    page.wait_for_timeout(1000 * (seconds + 2.0))
    said, _ = peer.communicate(timeout=30)
    page.evaluate("() => window.latency.stop()")
    seen: list[tuple[int | None, int]] = json.loads(said)
    warm = [one for one in seen if one[1] > seen[0][1] + 2_000_000]
    return [time_strip.delay_us(value, now_us) / 1000 for value, now_us in warm if value is not None]


def measure(rounds: int, seconds: float, *, with_720: bool = False) -> dict[str, list[float]]:
    """All delays in ms, of ours and of `aiortc`; and `late_percent` of each round's program pictures (1080p30)."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        hall = AirHall(Path(name), str(Path(__file__).with_name("_latency_page.ts")))
        flags = ["--headless=new", *chromium_arguments(), *MORE_FLAGS]
        program, chromium = find(CHROMIUM), playwright.chromium
        browsers = [
            chromium.launch(executable_path=program, args=flags, ignore_default_args=unwanted()) for _ in range(2)
        ]
        try:
            return _in_turn(browsers[0], browsers[1], hall, Path(name), rounds, seconds, with_720=with_720)
        finally:
            for browser in browsers:
                browser.close()
            hall.close()


def _in_turn(
    browser: Browser, other: Browser, hall: AirHall, folder: Path, rounds: int, seconds: float, *, with_720: bool
) -> dict[str, list[float]]:
    python = peer_python()
    page, viewer = browser.new_page(), other.new_page()
    for one in (page, viewer):
        one.goto(hall.url)
    page.wait_for_function("() => window.latency")
    page.evaluate("([w, h]) => window.latency.camera(w, h)", [WIDTH, HEIGHT])
    viewer.evaluate("() => window.viewer.watch()")
    names = ("decoded", "program", "drawn", "drawn 720", "late_percent", "aiortc")
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name, delays in ours(page, viewer, hall, folder / str(number), seconds).items():
            found[name] += delays
        if with_720:
            found["drawn 720"] += ours(page, viewer, hall, folder / f"{number}-720", seconds, 720)["drawn"]
        found["aiortc"] += aiortc(page, python, seconds)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="delays of a live picture")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    report(measure(given.rounds, given.seconds, with_720=True))


def report(found: dict[str, list[float]]) -> None:
    theirs = percentile(found["aiortc"], 50)
    cases = {
        "decoded": ("canvas → decoded at the stage, 360p30", theirs),
        "program": ("canvas → program picture, 1080p30", None),
        "drawn": ("canvas → program drawn in another browser, 1080p30 sent as 720p", None),
        "drawn 720": ("canvas → program drawn in another browser, 720p30", None),
    }
    for name, (case, peer) in cases.items():
        delays = found[name]
        p50, p95 = percentile(delays, 50), percentile(delays, 95)
        ratio = None if peer is None else peer / p50
        emit(
            "latency", case, p50, peer, None if peer is None else "aiortc", UNIT, ratio,
            p50=p50, p95=p95, pictures=float(len(delays)),
            **({"peer_p95": percentile(found["aiortc"], 95)} if peer is not None else {}),
        )  # fmt: skip


if __name__ == "__main__":
    main()
