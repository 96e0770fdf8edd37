"""Imports run towards the ground, in no circles, and importing does nothing but define.

stage ──┐                        ground floor: errors clock mailbox messages link scene fades gliding absent stillness
        ├──► live's ground floor               pulse layout journal doorplate kept_streams logs sandbox urgency
        │                                      open_files keyboard common_cause
capture ┘                        live knows neither stage nor capture: its __main__ starts them as processes
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("live", "stage", "capture")
GROUND_FLOOR = (
    "errors",
    "clock",
    "mailbox",
    "messages",
    "link",
    "scene",
    "fades",
    "gliding",
    "absent",
    "stillness",
    "pulse",
    "layout",
    "journal",
    "doorplate",
    "kept_streams",
    "logs",
    "sandbox",
    "urgency",
    "open_files",
    "keyboard",
    "common_cause",
)
TOP_LEVEL = {
    "live",
    "stage",
    "capture",
    "web",
    "tests",
    "docs",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "Makefile",
}
MAX_LINES = 400


@cache
def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(), module)


@cache
def imports(module: str) -> frozenset[str]:
    """Return which of our own modules `module` imports anywhere in it, for types only included."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: imports are absolute here"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in modules() else str(node.module))
    return frozenset(found & modules().keys())


def is_ground_floor(module: str) -> bool:
    package, _, rest = module.partition(".")
    return package == "live" and rest.partition(".")[0] in ("", *GROUND_FLOOR)


@pytest.mark.parametrize("package", ["stage", "capture"])
def test_stage_and_capture_stand_on_the_ground_floor_alone(package: str) -> None:
    for module in modules():
        if module.partition(".")[0] == package:
            strangers = {
                name for name in imports(module) if name.partition(".")[0] != package and not is_ground_floor(name)
            }
            assert not strangers, f"{module} may import live's ground floor {GROUND_FLOOR} and {package} only"


def test_live_knows_neither_stage_nor_capture() -> None:
    for module in modules():
        if module.partition(".")[0] == "live":
            assert {name for name in imports(module) if name.partition(".")[0] != "live"} == set(), module


def test_the_ground_floor_stands_on_itself() -> None:
    for module in modules():
        if is_ground_floor(module):
            assert all(is_ground_floor(name) for name in imports(module)), f"{module} imports {sorted(imports(module))}"


def circle(module: str, path: tuple[str, ...], done: set[str]) -> tuple[str, ...] | None:
    if module in path:
        return (*path[path.index(module) :], module)
    if module in done:
        return None
    for name in sorted(imports(module)):
        if name != module and (found := circle(name, (*path, module), done)):
            return found
    done.add(module)
    return None


def test_no_module_imports_itself_by_way_of_others() -> None:
    done: set[str] = set()
    for module in modules():
        found = circle(module, (), done)
        assert found is None, " → ".join(found or ())


def own_names(path: Path) -> Iterator[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=path, capture_output=True, text=True, check=True).stdout
    yield from {line.partition("/")[0] for line in listed.splitlines()}


def test_the_top_level_holds_the_rooms_of_the_house_only() -> None:
    others = {name for name in own_names(ROOT) if not name.startswith((".", "LICENSE", "NOTICE"))} - TOP_LEVEL
    assert others == set()


def test_modules_stay_readable_in_one_sitting() -> None:
    long = {name: lines for name, path in modules().items() if (lines := path.read_text().count("\n")) > MAX_LINES}
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    assert [name for name in modules() if not ast.get_docstring(tree(name)) and modules()[name].stat().st_size] == []


def rooms_of_the_page() -> set[str]:
    """What stands in the first column of the table of rooms: modules and, with all that is in them, folders."""
    found: set[str] = set()
    for row in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        package = ""
        for name in re.findall(r"`([a-z_/]+)`", row.split("|")[1]) if row.startswith("| `") else ():
            first, slash, rest = name.partition("/")
            package, module = (first, rest) if slash else (package, name)
            found.add(f"{package}.{module.strip('/').replace('/', '.')}")
    return found


def test_the_page_of_the_architecture_names_every_room_and_no_other() -> None:
    rooms = rooms_of_the_page()
    inside = {module for module in modules() if "." in module}
    assert {one for one in inside if not any(f"{one}.".startswith(f"{room}.") for room in rooms)} == set()
    there = inside | {module.rpartition(".")[0] for module in inside}
    assert {room for room in rooms if room.partition(".")[0] in PACKAGES} - there == set()


def reads_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and ast.unparse(node.value) == "os"


def runs_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what an import executes: not the bodies of functions, nor what stands under `if __name__ == …`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "__name__" in ast.unparse(child.test):
            continue
        yield child
        yield from runs_at_import(child)


def test_importing_reads_no_environment() -> None:
    assert [name for name in modules() if any(map(reads_environment, runs_at_import(tree(name))))] == []


IMPORT_ALL = """
import importlib, sys, threading

seen = []

def watch(event, details):
    if event in {"socket.bind", "socket.connect", "subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn"}:
        seen.append((event, repr(details)))
    if event == "open" and isinstance(details[1], str) and set(details[1]) & set("wax+"):
        if not str(details[0]).endswith((".pyc",)) and "__pycache__" not in str(details[0]):
            seen.append((event, repr(details)))

importlib.import_module("asyncio")
importlib.import_module("socketio")  # its HTTP library looks, on import, whether ::1 can be bound: not ours to mend
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
threads = [thread.name for thread in threading.enumerate()]
assert threads == ["MainThread"], f"importing started {threads}"
assert "sounddevice" not in sys.modules, "importing sounddevice opens the sound system: do it where a speaker starts"
assert not seen, seen
"""


def test_importing_everything_opens_no_device_and_starts_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, *modules()],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def is_log_call(node: ast.AST) -> TypeGuard[ast.Call]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)):
            return level in LEVELS
    return False


def test_a_log_line_is_an_event_with_fields() -> None:
    """What varies is a field: one can ask a log for `stream`, never for the third word of a sentence."""
    for module in modules():
        for call in filter(is_log_call, ast.walk(tree(module))):
            said = f"{module}, line {call.lineno}: {ast.unparse(call)}"
            assert [type(argument) for argument in call.args] == [ast.Constant], said
        standard = {
            alias.name for node in ast.walk(tree(module)) if isinstance(node, ast.Import) for alias in node.names
        }
        assert "logging" not in standard or module == "live.logs", f"{module} logs past structlog"
