"""The pure parts of publishing, tested in node by its own runner: bundled by the pages' esbuild, no browser needed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.media_files import recorded_mp4_broken
from tests.web.air_hall import bundle


@pytest.mark.parametrize("units", ["air_units", "air_phone_units"])
def test_ladder_stamps_pressure_and_words_do_as_they_say(units: str, tmp_path: Path) -> None:
    script = bundle(f"{units}.test.ts", tmp_path, "--platform=node")

    recorded = recorded_mp4_broken(tmp_path / "recorded.mp4", 2.0, sound_codec="libopus")
    environment = os.environ | {"RECORDED_MP4": str(recorded)}

    done = subprocess.run(
        ["node", "--test", str(script)], capture_output=True, text=True, timeout=60, check=False, env=environment
    )

    assert done.returncode == 0, done.stdout + done.stderr
