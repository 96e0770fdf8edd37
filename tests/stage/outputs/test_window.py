"""The window shows the program's pixels in the program's shape, reports keys, and says so where there is no display."""

from __future__ import annotations

import ctypes
import queue
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from stage.outputs.window import WindowOutput
from stage.picture import Picture
from stage.program import ProgramFormat

WIDE = ProgramFormat(640, 360, 30)
RED, GREEN, BLUE = (63, 102, 240), (173, 42, 26), (32, 240, 118)
"""Full red, green and blue in BT.709, limited range."""

Open = Callable[..., WindowOutput]


def until(claim: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(2000):
        if claim():
            return
        tick.wait(0.005)
    raise AssertionError("it never came true")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Windows on SDL's own display in memory."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    windows: list[WindowOutput] = []

    def open_window(
        program: ProgramFormat = WIDE,
        display: int | None = None,
        fullscreen: bool = False,
        on_key: Callable[[str], None] = lambda key: None,
    ) -> WindowOutput:
        windows.append(WindowOutput(program, display, fullscreen, on_key))
        until(lambda: windows[-1].state != "window: opening")
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()


def sdl() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdl2
    return sdl2


def press(symbol: int, *, times: int = 1) -> None:
    """Put a key into SDL's queue, as a keyboard does; held down it repeats."""
    event = sdl().SDL_Event()
    event.type = sdl().SDL_KEYDOWN
    event.key.keysym.sym = symbol
    for repeat in range(times):
        event.key.repeat = int(repeat > 0)
        sdl().SDL_PushEvent(ctypes.byref(event))


@pytest.mark.parametrize(
    ("yuv", "rgb"), [(RED, (255, 0, 0)), (GREEN, (0, 255, 0)), (BLUE, (0, 0, 255)), ((235, 128, 128), (255, 255, 255))]
)
def test_colours_are_bt709(opened: Open, yuv: tuple[int, int, int], rgb: tuple[int, int, int]) -> None:
    window = opened()
    assert window.state == "on"
    window.put_picture(0, Picture.solid(WIDE.width, WIDE.height, yuv))
    until(lambda: bool(window.seen().any()))
    shown = window.seen()
    np.testing.assert_allclose(shown[shown.shape[0] // 2, shown.shape[1] // 2], rgb, atol=6)


def test_halves_are_where_they_belong(opened: Open) -> None:
    picture = Picture.black(WIDE.width, WIDE.height)
    picture.y[:, WIDE.width // 2 :] = 235
    window = opened()
    window.put_picture(0, picture)
    until(lambda: bool(window.seen().any()))
    shown = window.seen()
    height, width, _ = shown.shape
    assert shown[height // 2, width // 4].max() < 5
    assert shown[height // 2, 3 * width // 4].min() > 250


def test_another_shape_gets_black_bars(opened: Open) -> None:
    """A 4:3 program on the 16:9 (or wider) display: full height, black left and right, nothing stretched."""
    program = ProgramFormat(480, 480, 30)
    window = opened(program, fullscreen=True)
    window.put_picture(0, Picture.solid(480, 480, (235, 128, 128)))
    until(lambda: bool(window.seen().any()))
    lit = window.seen().min(axis=2) > 200
    height, width = lit.shape
    assert width > height
    assert lit[:, width // 2].all()
    assert abs(int(lit[height // 2].sum()) - height) <= 2
    assert not lit[:, : (width - height) // 2 - 2].any()


def test_the_newest_picture_wins(opened: Open) -> None:
    window = opened()
    last = Picture.solid(WIDE.width, WIDE.height, (235, 128, 128))
    for number in range(50):
        window.put_picture(number, Picture.black(WIDE.width, WIDE.height))
    window.put_picture(50, last)
    until(lambda: bool(window.seen()[100, 100].min() > 250))
    assert 0 < window.dropped <= 50


def test_keys_are_reported_once_by_name(opened: Open) -> None:
    keys: queue.SimpleQueue[str] = queue.SimpleQueue()
    opened(on_key=keys.put)
    press(sdl().SDLK_p, times=5)
    press(sdl().SDLK_ESCAPE)
    assert keys.get(timeout=5) == "P"
    assert keys.get(timeout=5) == "Escape"
    assert keys.empty()


def test_a_key_that_fails_does_not_take_the_picture_with_it(opened: Open) -> None:
    def fail(key: str) -> None:
        raise RuntimeError(key)

    window = opened(on_key=fail)
    press(sdl().SDLK_b)
    window.put_picture(0, Picture.solid(WIDE.width, WIDE.height, (235, 128, 128)))
    until(lambda: bool(window.seen().any()))
    assert window.state == "on"


def test_f11_goes_to_full_screen_and_back(opened: Open) -> None:
    window = opened()
    before = window.seen().shape
    press(sdl().SDLK_F11)
    until(lambda: window.seen().shape != before)
    full = window.seen().shape
    assert full[0] >= before[0]
    assert full[1] > before[1]
    press(sdl().SDLK_F11)
    until(lambda: window.seen().shape != full)
    assert window.seen().shape == before


def test_closing_the_window_ends_only_this_output(opened: Open) -> None:
    window = opened()
    event = sdl().SDL_Event()
    event.type = sdl().SDL_QUIT
    sdl().SDL_PushEvent(ctypes.byref(event))
    until(lambda: window.state.startswith("the window was closed"))
    window.put_picture(0, Picture.black(WIDE.width, WIDE.height))
    assert window.state.startswith("the window was closed")


def test_a_display_that_is_not_there_is_told(opened: Open) -> None:
    assert opened(display=7).state == "on, but display 7 is not there (0 to 0 are): shown on display 0"


def test_no_display_at_all_is_told_and_the_show_goes_on(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.setenv("DISPLAY", ":4711")
    window = opened()
    assert window.state.startswith("no window: ")
    assert window.state.endswith("connect a display, or run with --no-window")
    window.put_picture(0, Picture.black(WIDE.width, WIDE.height))


@pytest.mark.skipif(sys.platform != "linux", reason="macOS always has a screen")
def test_nothing_is_drawn_where_nobody_can_see_it(
    opened: Open, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a screen SDL would draw off screen, at the cost of a core. No library complains where the links stand."""
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert opened().state == "no window: this machine has no screen; connect a display, or run with --no-window"
    assert capfd.readouterr().err == ""
