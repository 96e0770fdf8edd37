"""The console's and the player's pure functions, tested in node by its own runner: bundled by the pages' esbuild, no
browser needed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "web" / "node_modules" / "esbuild" / "bin" / "esbuild"


@pytest.mark.parametrize("units", ["console_units", "player_units"])
def test_filters_orders_keys_faders_and_playout_do_as_they_say(units: str, tmp_path: Path) -> None:
    bundle = tmp_path / f"{units}.mjs"
    source = Path(__file__).with_name(f"{units}.test.ts")
    bundling = [str(ESBUILD), str(source), "--bundle", "--platform=node", "--format=esm", f"--outfile={bundle}"]
    subprocess.run(bundling, check=True, capture_output=True, timeout=60)

    done = subprocess.run(["node", "--test", str(bundle)], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout or "ℹ fail 0" in done.stdout, done.stdout
