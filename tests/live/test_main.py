"""`houselights` with options that cannot work: one sentence at once, an exit code that is not 0, no stack."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from live.__main__ import print_farewell
from live.settings import LAST_PORT, free_port
from tests.web.hall import ROOT


def said(*arguments: str) -> str:
    """What the command says of itself before it fails."""
    command = [sys.executable, "-m", "live", *arguments]
    environment = os.environ | {"HOUSELIGHTS_HTTPS_PORT": "0"}  # a taken one would be said, too
    child = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert child.returncode in (1, 2), child
    assert "Traceback" not in child.stderr
    return " ".join((child.stdout + child.stderr).split())


@pytest.mark.parametrize("command", ["show", "hub"])
def test_a_folder_that_is_a_file_is_refused_before_anything_starts(tmp_path: Path, command: str) -> None:
    file = tmp_path / "a [file]"
    file.write_bytes(b"")
    words = said(command, "--folder", str(file), "--port", "0")
    assert words == (
        f"houselights: expected a folder for the show that can be written, got {str(file)!r} (File exists); "
        "name another one with --folder"
    )


@pytest.mark.parametrize(("command", "option"), [("show", "--port"), ("doctor", "--port"), ("hub", "--https-port")])
def test_a_port_that_no_machine_has_is_refused(tmp_path: Path, command: str, option: str) -> None:
    words = said(command, option, "99999", "--folder", str(tmp_path))
    assert all(part in words for part in (option, "99999", "65535"))
    assert not list(tmp_path.iterdir())


def test_no_port_is_tried_beyond_the_last() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", LAST_PORT))
        with pytest.raises(OSError, match=rf"expected a free port from {LAST_PORT} to {LAST_PORT}, got none"):
            free_port("127.0.0.1", LAST_PORT)


def test_who_closes_a_show_is_told_where_it_lies_and_what_was_recorded_tonight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one would type it there, and nothing of other nights."""
    monkeypatch.chdir(tmp_path)
    recordings = tmp_path / "a show" / "recordings"
    recordings.mkdir(parents=True)
    for name, at_s in (("before.mkv", 900.0), ("tonight.mkv", 1100.0), ("tonight-2.mkv", 1200.0)):
        (recordings / name).touch()
        os.utime(recordings / name, (at_s, at_s))
    print_farewell(tmp_path / "a show", 1000.0)
    said = capsys.readouterr().out
    assert [line.split(": ")[1] for line in said.splitlines() if ": " in line][:3] == [
        "'a show'",
        "'a show/recordings/tonight-2.mkv'",
        "'a show/recordings/tonight.mkv'",
    ]
    assert said.endswith("-m stage render 'a show' film.mkv\n")
