"""Keys typed in a real terminal: each is heard at once, and the terminal is left as it was found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from live.keyboard import HELD_S, Presses
from tests.terminals import CTRL_BACKSLASH, CTRL_C, CTRL_Z, Terminal

ROOT = Path(__file__).parents[2]

HEARS = textwrap.dedent("""
    import signal, sys, threading
    from live.keyboard import Keyboard

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keyboard = Keyboard(lambda name: print("<" + name + ">", flush=True))
    print("there" if keyboard.start() else "none", flush=True)
    try:
        while not stop.wait(0.05):
            if "raises" in sys.argv:
                raise SystemExit("something broke")
    finally:
        keyboard.close()
""")
SHELL = textwrap.dedent("""
    import os, signal, subprocess, sys
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    def front(group):
        os.tcsetpgrp(0, group)
    hears = subprocess.Popen([sys.executable, *sys.argv[1:]], process_group=0)
    print("group", hears.pid, flush=True)
    for line in sys.stdin:
        print("shell heard", line.strip(), flush=True)
        if line.strip() == "fg":
            front(hears.pid)
            hears.send_signal(signal.SIGCONT)
            _, status = os.waitpid(hears.pid, os.WUNTRACED)
            front(os.getpgrp())
            print("back", os.WIFSTOPPED(status), flush=True)
        elif line.strip() == "exit":
            hears.terminate()
            print("ended", hears.wait(), flush=True)
            break
""")


@pytest.fixture
def run() -> Iterator[Callable[..., Terminal]]:
    terminals: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        terminals.append(Terminal([sys.executable, "-c", *arguments], ROOT))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def names(*typed: tuple[float, bytes]) -> list[str]:
    presses = Presses()
    return [name for at_s, data in typed for name in presses.taken(data, at_s)]


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"p", "p"), (b"P", "p"), (b"b", "b"), (b"B", "b"), (b"\x1b", "escape"), (b"\x1b[20~", "f9"), (b"\x1b[19~", "f8")],
)
def test_a_key_is_called_what_a_window_calls_it(data: bytes, name: str) -> None:
    assert names((0.0, data)) == [name]


def test_a_key_pressed_again_is_told_again() -> None:
    assert names((0.0, b"b"), (1.0, b"b")) == ["b", "b"]
    assert names((0.0, b"bp")) == ["b", "p"]
    assert names((0.0, b"\x1b[Bp\x1b[20~")) == ["p", "f9"]
    assert names((0.0, b"\x1b\x1b")) == ["escape"]


def test_a_key_that_is_held_down_is_pressed_once() -> None:
    """It would switch the hall dark and bright thirty times a second."""
    held = [(0.66 + 0.03 * i, b"b" * (i % 3 + 1)) for i in range(200)]
    assert names((0.0, b"b"), *held) == ["b"]
    assert names((0.0, b"b"), *held, (held[-1][0] + HELD_S + 0.01, b"b")) == ["b", "b"]


@pytest.mark.parametrize("data", [b"\x1b[A", b"\x1b[B", b"\x1bOP", b"\x1bp", b"a problem, maybe", b"x\n", "é".encode()])
def test_arrows_and_what_is_pasted_are_no_keys(data: bytes) -> None:
    assert names((0.0, data)) == []


def test_a_key_is_heard_without_enter_and_not_shown(run: Callable[..., Terminal]) -> None:
    terminal = run(HEARS)
    terminal.wait_for(b"there")
    terminal.type(b"p")
    terminal.wait_for(b"<p>")
    terminal.type(b"\x1b")
    terminal.wait_for(b"<escape>")
    terminal.type(b"\x1b[B")
    terminal.type(b"b")
    terminal.wait_for(b"<b>")
    terminal.type(CTRL_C)
    assert terminal.wait_end() == 0
    assert terminal.said.strip() in (b"", b"^C")


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "Ctrl-\\", "an error"])
def test_the_terminal_is_set_back_on_every_way_out(run: Callable[..., Terminal], way: str) -> None:
    terminal = run(HEARS, *(["raises"] if way == "an error" else []))
    terminal.wait_for(b"there")
    if way != "an error":
        terminal.type(b"p")
        terminal.wait_for(b"<p>")
        assert terminal.gives_each_key
    if way == "SIGTERM":
        terminal.process.terminate()
    elif way != "an error":
        terminal.type(CTRL_C if way == "Ctrl-C" else CTRL_BACKSLASH)
    terminal.wait_end()
    assert terminal.settings() == terminal.before


def test_in_the_background_it_neither_reads_nor_stops(run: Callable[..., Terminal]) -> None:
    """As a shell does it: in the background, in front, suspended with Ctrl-Z, in front again."""
    terminal = run(SHELL, "-c", HEARS)
    terminal.wait_for(b"there")
    terminal.type(b"pbp\n")
    terminal.wait_for(b"shell heard pbp")
    assert terminal.settings() == terminal.before
    terminal.type(b"fg\n")
    terminal.wait_for(b"shell heard fg")
    hears = next(iter(psutil.Process(terminal.process.pid).children()))
    assert hears.status() != psutil.STATUS_STOPPED
    wait_until_keys_are_given(terminal)
    terminal.type(b"p")
    terminal.wait_for(b"<p>")
    terminal.type(CTRL_Z)
    terminal.wait_for(b"back True")
    assert terminal.settings() == terminal.before
    terminal.type(b"fg\n")
    wait_until_keys_are_given(terminal)
    terminal.type(b"b")
    terminal.wait_for(b"<b>")
    terminal.type(CTRL_Z)
    terminal.wait_for(b"back True")
    hears.send_signal(signal.SIGCONT)
    terminal.type(b"exit\n")
    terminal.wait_for(b"ended 0")
    assert terminal.settings() == terminal.before


def wait_until_keys_are_given(terminal: Terminal) -> None:
    """A key before that would be the shell's line."""
    terminal.wait_until(lambda: terminal.gives_each_key)


def test_without_a_terminal_nothing_happens() -> None:
    for stdin in (subprocess.DEVNULL, subprocess.PIPE):
        hears = subprocess.Popen(
            [sys.executable, "-c", HEARS], cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE, start_new_session=True
        )
        with hears:
            assert hears.stdout is not None
            assert hears.stdout.readline() == b"none\n"
            hears.terminate()
        assert hears.returncode == 0


def test_a_terminal_of_others_is_left_to_them() -> None:
    ours, theirs = os.openpty()
    hears = subprocess.Popen(
        [sys.executable, "-c", HEARS], cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, start_new_session=True
    )
    with hears:
        assert hears.stdout is not None
        assert hears.stdout.readline() == b"none\n"
        hears.terminate()
    for end in (ours, theirs):
        os.close(end)
