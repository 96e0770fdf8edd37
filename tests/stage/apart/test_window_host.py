"""A window in a process of its own, as on macOS, shows and reports what one in the stage's own does."""

from __future__ import annotations

import ctypes
import queue
import socket
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psutil
import pytest

from stage import rack
from stage.apart.output import ApartOutput
from stage.apart.ring import Ring
from stage.apart.window_host import WindowHost
from stage.apart.words import Kind, Reader, Standing, Task, Window, Word, write
from stage.options import Options
from stage.outputs.window import WindowOutput
from stage.picture import Picture
from stage.program import ProgramFormat

WIDE = ProgramFormat(640, 360, 30)
WHITE = Picture.solid(WIDE.width, WIDE.height, (235, 128, 128))


def until(claim: Callable[[], bool]) -> None:
    """Wait for another thread or process to make something true."""
    tick, ends_s = threading.Event(), time.monotonic() + 20.0
    while not claim():
        assert time.monotonic() < ends_s, "it did not come to be so"
        tick.wait(0.01)


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's own display in memory."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.fixture
def window() -> Iterator[ApartOutput]:
    output = ApartOutput("window", Window(display=None, fullscreen=False), WIDE, lambda key: None)
    yield output
    output.close()


class Hosting:
    """A host in this process, and the stage's end of its line."""

    def __init__(self) -> None:
        self._ring = Ring(WIDE.width, WIDE.height, 4)
        self.line, theirs = socket.socketpair()
        self.host = WindowHost(theirs, self._ring.descriptor)
        self._thread = threading.Thread(target=self.host.run)
        self._thread.start()
        self._reader = Reader()
        self._said: deque[Word] = deque()
        task = Task(
            output=Window(display=None, fullscreen=False),
            width=WIDE.width,
            height=WIDE.height,
            pictures_per_second=WIDE.pictures_per_second,
            places=4,
        )
        self.line.sendall(write(Kind.TASK, body=msgspec.json.encode(task)))

    def show(self, picture: Picture) -> None:
        place = self._ring.put(picture)
        assert place is not None
        self.line.sendall(write(Kind.PICTURE, place=place))

    def next(self, kind: Kind) -> Word:
        while True:
            while self._said:
                word = self._said.popleft()
                if word.kind is kind:
                    return word
            self._said.extend(self._reader.feed(self.line.recv(4096)))

    def end(self) -> None:
        self.line.shutdown(socket.SHUT_WR)
        self._thread.join(20)
        assert not self._thread.is_alive()
        self.line.close()
        self._ring.close()


@pytest.fixture
def hosting() -> Iterator[Hosting]:
    one = Hosting()
    yield one
    one.end()


def test_the_picture_is_on_the_screen_and_its_place_free_again(hosting: Hosting) -> None:
    hosting.show(WHITE)
    assert hosting.next(Kind.FREE).place == 0
    assert hosting.host.window is not None
    shown = hosting.host.window.seen()
    assert shown[shown.shape[0] // 2, shown.shape[1] // 2].min() > 250


def test_a_key_in_the_window_reaches_the_stage(hosting: Hosting) -> None:
    hosting.show(WHITE)
    hosting.next(Kind.FREE)
    sdl = _sdl()
    event = sdl.SDL_Event()
    event.type = sdl.SDL_KEYDOWN
    event.key.keysym.sym = sdl.SDLK_p
    sdl.SDL_PushEvent(ctypes.byref(event))
    assert hosting.next(Kind.KEY).body == b"P"


def test_a_window_closed_by_hand_stays_closed_and_says_so(hosting: Hosting) -> None:
    hosting.show(WHITE)
    hosting.next(Kind.FREE)
    sdl = _sdl()
    event = sdl.SDL_Event()
    event.type = sdl.SDL_QUIT
    sdl.SDL_PushEvent(ctypes.byref(event))
    states: list[str] = []
    while not states or not states[-1].startswith("the window was closed"):
        states.append(msgspec.json.decode(hosting.next(Kind.STANDING).body, type=Standing).state)


def test_keys_come_out_at_the_stages_end() -> None:
    keys: queue.SimpleQueue[str] = queue.SimpleQueue()
    output = ApartOutput("window", Window(display=None, fullscreen=False), WIDE, keys.put)
    output._hear(Word(Kind.KEY, 0, 0, b"P"))
    output.close()
    assert keys.get(timeout=1) == "P"


def test_a_window_apart_takes_every_picture_and_has_no_use_for_sound(window: ApartOutput) -> None:
    until(lambda: window.state == "on")
    for number in range(30):
        until(lambda: window.free_places > 0)
        window.put_picture(number, WHITE)
    until(lambda: window.free_places >= 5)  # the newest may still be held
    assert window.state == "on"


def test_a_window_whose_process_dies_is_opened_again(window: ApartOutput) -> None:
    until(lambda: window.state == "on")
    first = window.pid
    psutil.Process(first).kill()
    until(lambda: window.pid != first and window.state == "on")


def test_a_window_apart_ends_with_the_show(window: ApartOutput) -> None:
    until(lambda: window.state == "on")
    window.close()
    assert window.state == "off"
    assert not psutil.pid_exists(window.pid)


@pytest.mark.parametrize(("is_apart", "kind"), [(True, ApartOutput), (False, WindowOutput)])
def test_only_where_it_must_be_is_the_window_apart(
    is_apart: bool, kind: type, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rack, "WINDOW_APART", is_apart)
    options = Options("http://127.0.0.1:9", "key", tmp_path, speaker=False, record=False, broadcast=False)
    outputs = rack.open_rack(options, WIDE, "run-00001", lambda key: None)
    assert [type(output) for output in outputs.outputs] == [kind]
    until(lambda: outputs.states()["window"] == "on")
    outputs.close()


def _sdl() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdl2
    return sdl2
