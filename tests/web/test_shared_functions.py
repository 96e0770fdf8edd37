"""The pages' pure functions say the same as Python's: show time, graphemes, ids. Run by Node, no browser."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import regex

from live.clock import FollowedClock
from live.messages.ids import is_id
from tests.web.air_hall import ESBUILD
from tests.web.hall import ROOT

WEB = ROOT / "web"
TEXTS = (
    "", "abc", "é", "e\u0301", "👩‍👩‍👧", "🇩🇪🇫🇷", "👍🏽", "1️⃣", "a\r\nb", "\u0928\u093f", "שָׁלוֹם", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "日本語", "❤️‍🔥",
)  # fmt: skip


def run(script: str, given: object = None) -> Any:
    """Run `script` (TypeScript, beside web/src) with `given` as a global, and return what it gives."""
    return json.loads(_node(_bundled(script), json.dumps(given)))


@cache
def _bundled(script: str) -> str:
    given = 'import { readFileSync } from "node:fs";\nconst given = JSON.parse(readFileSync(0, "utf8"));'
    command = [str(ESBUILD), "--bundle", "--format=esm", "--platform=node", "--loader=ts"]
    return _said(command, f"{given}\n{script}", WEB / "src")


def _node(module: str, stdin: str) -> str:
    node = shutil.which("node", path=f"{ROOT / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin") or shutil.which("node")
    assert node, "expected Node on this machine; `make test` brings one"
    return _said([node, "--input-type=module", "--eval", module], stdin, WEB)


def _said(command: list[str], stdin: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_pages_clock_follows_as_pythons_does() -> None:
    dice = random.Random(5)
    steps: list[tuple[int, int, int]] = []
    local = 1_000_000
    for _ in range(200):
        there, back = dice.randint(500, 60_000), dice.randint(500, 60_000)
        steps.append((local, round((local + there) * 1.00004) + 7_000_000, local + there + back))
        local += 250_000
    now = [0]
    clock = FollowedClock(lambda: now[0])
    expected: list[int] = []
    for sent, hub, received in steps:
        now[0] = received
        clock.observe(sent, hub, received)
        expected.append(clock.now_us())
    script = """
        import { FollowedClock } from "./shared/time.ts";
        let now = 0;
        const clock = new FollowedClock(() => now);
        const shown = given.map(([sent, hub, received]) => {
          now = received;
          clock.observe(sent, hub, received);
          return clock.nowUs();
        });
        console.log(JSON.stringify(shown));
    """
    shown = run(script, steps)
    # Python rounds the middle of a round trip down to whole microseconds.
    assert shown == [pytest.approx(one, abs=2) for one in expected]


@pytest.mark.parametrize("has_segmenter", [True, False])
def test_graphemes_are_counted_as_the_hub_counts_them(has_segmenter: bool) -> None:
    without = "" if has_segmenter else "delete Intl.Segmenter;"
    script = f"""
        {without}
        const {{ countGraphemes }} = await import("./phone/graphemes.ts");
        console.log(JSON.stringify(given.map(countGraphemes)));
    """
    assert run(script, TEXTS) == [len(regex.findall(r"\X", text)) for text in TEXTS]


def test_ids_are_what_the_hub_takes_and_never_the_same() -> None:
    script = """
        import { newId } from "./shared/ids.ts";
        console.log(JSON.stringify(Array.from({ length: 2000 }, newId)));
    """
    ids = run(script)
    assert all(is_id(one) for one in ids)
    assert len(set(ids)) == 2000


def test_the_hall_reads_times_as_people_say_them() -> None:
    script = """
        import { minutesAndSeconds, timeOfDay } from "./shared/time.ts";
        process.env.TZ = "UTC";
        console.log(JSON.stringify([minutesAndSeconds(7.9e6), minutesAndSeconds(750e6), timeOfDay(1795376400, 60e6)]));
    """
    short, long, at = run(script)
    assert (short, long) == ("0:07", "12:30")
    assert ":41" in at


def test_bytes_are_counted_as_phones_count() -> None:
    script = """
        import { bytesInWords } from "./phone/sizes.ts";
        console.log(JSON.stringify([0, 1, 640_000, 12_400_000, 140_000_000].map(bytesInWords)));
    """
    assert run(script) == ["0 KB", "1 KB", "640 KB", "12.4 MB", "140 MB"]
