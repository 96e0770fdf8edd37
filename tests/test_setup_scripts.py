"""The scripts on other systems: what they may be written in, and what they say where no show can run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(path for path in (ROOT / ".ci").iterdir() if path.is_file())
AFTER_BASH_3_2 = {
    "an associative array": r"\b(?:declare|local|typeset)\s+-\w*A",
    "a name reference": r"\b(?:declare|local|typeset)\s+-\w*n\b",
    "a global from within": r"\bdeclare\s+-\w*g",
    "mapfile": r"\b(?:mapfile|readarray)\b",
    "another case": r"\$\{\w+(?:\[[^]]*\])?(?:\^|,)",
    "a transformation": r"\$\{\w+(?:\[[^]]*\])?@\w\}",
    "wait -n": r"\bwait\s+-\w*n",
    "is it set": r"\[\[\s+(?:!\s+)?-v\b",
    "both streams appended": r"&>>",
    "both streams piped": r"\|&",
    "time by printf": r"%\([^)]*\)T",
    "an index from the end": r"\[-\d",
    "a coprocess": r"\bcoproc\b",
    "the process's own id": r"\$\{?BASHPID\b",
    "the clock": r"\$\{?EPOCH(?:SECONDS|REALTIME)\b",
    "falling through a case": r";;&|;&",
}
"""macOS has bash 3.2 for ever."""
NOT_ON_MACOS = r"(?<![\w./-])(?:timeout|flock|setsid|nproc|sha256sum|md5sum|ldconfig|tac|shuf|numfmt|prlimit|taskset)\s"
GNU_OPTIONS = (
    r"\b(?:sed\s+(?:-\w*i|--)|grep\s+-\w*P|stat\s+-c|date\s+-d|cp\s+-\w*[tu]\b|xargs\s+-\w*[rd]\b|ls\s+--"
    r"|head\s+-n\s*-|mktemp\s+--)"
)


def code(script: Path) -> str:
    """The script's words for the shell: no comments, and no Python of a here-document."""
    text = re.sub(r"<<'(\w+)'\n.*?\n\1\n", "\n", script.read_text(), flags=re.S)
    return "\n".join("" if line.lstrip().startswith("#") else line.partition(" # ")[0] for line in text.splitlines())


def maybe_empty(text: str) -> list[str]:
    """Arrays that begin empty and are spread where nothing says that they are not: bash 3.2 calls that unbound."""
    begin = set(re.findall(r"\b(\w+)=\(\)", text))
    counted = set(re.findall(r'"\$\{#(\w+)\[@\]\}"', text))
    spread = set(re.findall(r'(?<!\+)"\$\{(\w+)\[[@*]\]\}', text))
    return sorted(begin & spread - counted - FILLED)


FILLED = {"NPM"}
"""Where it is spread, the function that fills it has said that it did."""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_written_for_bash_3_2(script: Path) -> None:
    text = code(script)
    assert [what for what, pattern in AFTER_BASH_3_2.items() if re.search(pattern, text)] == []
    assert maybe_empty(text) == [], 'write ${NAME[@]+"${NAME[@]}"}'


@pytest.mark.parametrize(
    "line",
    ["mapfile -t names", "declare -A ages", 'echo "${name,,}"', "wait -n", "run &>>log", 'echo "${names[-1]}"'],
)
def test_what_came_after_bash_3_2_is_found(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in AFTER_BASH_3_2.values())


def test_an_array_that_may_be_empty_is_found() -> None:
    assert maybe_empty('more=()\nrun "${more[@]}"\n') == ["more"]
    assert maybe_empty('more=()\nrun ${more[@]+"${more[@]}"}\n') == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_calls_no_program_that_macos_lacks(script: Path) -> None:
    """What only Linux goes through, such as apt and ldconfig, is in `libraries`, behind its look at the system."""
    text = code(script)
    assert re.search(GNU_OPTIONS, text) is None
    if script.name != "libraries":
        assert re.search(NOT_ON_MACOS, text) is None


def setup_on_a_mac(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the scripts where `uname` and `sw_vers` say that it is a Mac, with this machine's own Python."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    tools = folder / "tools"
    tools.mkdir()
    for name, says in (("uname", "Darwin"), ("sw_vers", version)):
        (tools / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tools / name).chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(folder / ".ci" / "setup"), "run"],
        env={**os.environ, "PATH": path, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_mac_that_no_package_is_built_for_is_told_so_before_anything_is_made(tmp_path: Path) -> None:
    done = setup_on_a_mac(tmp_path, "13.7.2")
    assert done.returncode == 1
    assert "needs macOS 14 or newer on Apple silicon; found macOS 13.7.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(os.uname().machine == "arm64", reason="there it would go on")
def test_a_python_for_intel_macs_is_told_so(tmp_path: Path) -> None:
    done = setup_on_a_mac(tmp_path, "15.1")
    assert done.returncode == 1
    assert f"and a Python for {os.uname().machine}" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_pages_tools_are_locked_for_every_system_that_a_show_runs_on() -> None:
    """npm leaves out a build that the lock does not have, and a Mac's linter would be missing."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        for build in package.get("optionalDependencies", {}):
            if re.search(r"(?:darwin|linux)-(?:x64|arm64)$", build):
                assert f"node_modules/{build}" in packages, f"{name} has no {build} in the lock"
