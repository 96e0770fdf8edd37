"""The locks hold what pyproject.toml asks for: by version and hash, without addresses, for a show as for its tests."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("run.lock", "dev.lock")
ENTRY = re.compile(r"^(?P<requirement>[A-Za-z0-9][^\\]*?)\s*\\\n(?:\s+--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.M)


def locked(name: str) -> list[Requirement]:
    text = (ROOT / ".ci" / "locks" / name).read_text()
    return [Requirement(found["requirement"]) for found in ENTRY.finditer(text)]


def asked(*parts: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    for group in parts:
        wanted += project["dependency-groups"][group]
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_one_version_with_hashes(name: str) -> None:
    text = (ROOT / ".ci" / "locks" / name).read_text()
    assert ENTRY.sub("", text).strip() == ""
    assert all([specifier.operator for specifier in each.specifier] == ["=="] for each in locked(name))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    assert not re.search(r"https?:|--index-url|--find-links| @ ", (ROOT / ".ci" / "locks" / name).read_text())


@pytest.mark.parametrize(("name", "groups"), [("run.lock", ()), ("dev.lock", ("dev",))])
def test_a_lock_has_what_the_project_asks_for(name: str, groups: tuple[str, ...]) -> None:
    versions: dict[str, list[str]] = {}
    for entry in locked(name):
        versions.setdefault(canonicalize_name(entry.name), []).append(next(iter(entry.specifier)).version)
    for want in asked(*groups):
        found = versions.get(canonicalize_name(want.name))
        assert found, f"expected {want.name} in .ci/locks/{name}; run make lock"
        assert all(want.specifier.contains(version) for version in found), f"{want}: locked {found}; run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_python_gets_the_same_versions(name: str) -> None:
    """Another PyAV for newer Pythons broke uploads there, and nothing here could see it."""
    names = [canonicalize_name(entry.name) for entry in locked(name)]
    assert sorted(names) == sorted(set(names)), "run make lock, or ask in pyproject.toml for what every Python can have"


def test_tests_run_with_the_versions_of_a_show() -> None:
    assert {str(entry) for entry in locked("run.lock")} <= {str(entry) for entry in locked("dev.lock")}


def test_the_lock_of_the_pages_names_no_address() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package.get("link") or package["integrity"].startswith("sha512-"), name
