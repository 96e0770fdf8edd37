"""The pure parts of publishing, tested in node by its own runner: bundled by the pages' esbuild, no browser needed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.web.air_hall import bundle


def test_ladder_stamps_pressure_and_words_do_as_they_say(tmp_path: Path) -> None:
    script = bundle("air_units.test.ts", tmp_path, "--platform=node")

    done = subprocess.run(["node", "--test", str(script)], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
