"""Shows the program in a window of its own: the projector.

Runs in one thread with everything SDL in it. The newest picture wins; one that was replaced before it was shown counts
as dropped. Pictures go to the graphics card as they are (I420) and are converted and scaled there, with black bars
where the shapes differ. Without a display it says so and tries again; closing the window ends this output only.
"""

from __future__ import annotations

import ctypes
import os
import queue
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from stage.outputs.feed import NumberedPicture
from stage.picture import Block, Picture
from stage.program import ProgramFormat

TITLE = b"Houselights"
EVENTS_EVERY_S = 0.01
RETRY_S = 3.0
CLOSE_WITHIN_S = 5.0
INSTEAD = "open the stage mirror's link in a browser at the projector"
UNSEEN_DRIVERS = frozenset({"offscreen", "dummy", "evdev"})
"""What SDL draws with where there is no screen; only who names one in SDL_VIDEODRIVER wants it."""
WITHOUT_WAYLAND = b"x11,kmsdrm,offscreen"
"""Tried, in this order, where Wayland cannot be: its library would say so on standard error each time it is tried."""
WINDOWED_SHARE = 0.6
"""How much of the display's width a window takes that is not full screen."""

YUV_BT709 = 2
"""SDL_YUV_CONVERSION_BT709, which pysdl2 has no name for; limited range."""

Pixels = npt.NDArray[np.uint8]

log = structlog.get_logger()


class NoDisplay(Exception):
    """SDL cannot open a window; the sentence says why."""


class WindowOutput:
    """An `Output` on `display` (None: the first). `on_key` is called from the window's thread with SDL's key name.

    F11 switches between full screen and window and is not reported. Without `own_thread` whoever made it calls `run`.
    """

    name = "window"

    def __init__(
        self,
        program: ProgramFormat,
        display: int | None,
        fullscreen: bool,
        on_key: Callable[[str], None],
        *,
        own_thread: bool = True,
    ) -> None:
        self._program = program
        self._display = display
        self._fullscreen = fullscreen
        self._on_key = on_key
        self._newest: NumberedPicture | None = None
        self._bell = threading.Event()
        self._asked: queue.SimpleQueue[queue.SimpleQueue[Pixels]] = queue.SimpleQueue()
        self._closing = False
        self._dropped = 0
        self._state = "window: opening"
        self._ended = threading.Event()
        if own_thread:
            threading.Thread(target=self.run, name="window", daemon=True).start()

    @property
    def dropped(self) -> int:
        return self._dropped

    @property
    def state(self) -> str:
        return self._state

    def put_picture(self, number: int, picture: Picture) -> None:
        if self._newest is not None:
            self._dropped += 1
        self._newest = NumberedPicture(number, picture)
        self._bell.set()

    def put_block(self, first_frame: int, block: Block) -> None:
        """A window is silent."""

    def seen(self, timeout_s: float = 5.0) -> Pixels:
        """What the window shows now, (height, width, 3) RGB. Raises queue.Empty where there is no window."""
        answer: queue.SimpleQueue[Pixels] = queue.SimpleQueue()
        self._asked.put(answer)
        self._bell.set()
        return answer.get(timeout=timeout_s)

    def close(self) -> None:
        self._closing = True
        self._bell.set()
        self._ended.wait(CLOSE_WITHIN_S)
        self._state = "off"

    def run(self) -> None:
        """Show pictures until `close`, or until the window is closed."""
        try:
            self._keep_open()
        except Exception as error:  # one output must not take down the others
            self._state = f"the window failed: {error!r}; start the stage again to have it back"
            log.exception("window failed")
        finally:
            self._ended.set()

    def _keep_open(self) -> None:
        while not self._closing:
            try:
                window = _Window(self._program, self._display, self._fullscreen)
            except NoDisplay as error:
                state = f"no window: {error}; connect a display, or run with --no-window"
                if state != self._state:  # said once, though tried again and again
                    log.warning("no window", reason=str(error), instead=INSTEAD)
                self._state = state
                self._newest = None
                self._rest(RETRY_S)
                continue
            self._state = window.remark or "on"
            try:
                if self._show(window) == "closed":
                    self._state = "the window was closed; start the stage again to have it back"
                    return
            except NoDisplay as error:
                self._state = f"no window: {error}; trying again by itself"
                log.warning("window lost", error=str(error))
            finally:
                window.close()

    def _show(self, window: _Window) -> str:
        """Show pictures until told to close (`closing`) or the window is closed (`closed`). Raises NoDisplay."""
        while not self._closing:
            self._bell.wait(EVENTS_EVERY_S)
            self._bell.clear()
            for event in window.events():
                if event == "close":
                    return "closed"
                if event == "redraw":
                    window.draw()
                elif event == "F11":
                    window.toggle_fullscreen()
                else:
                    self._report(event)
            newest, self._newest = self._newest, None
            if newest is not None:
                window.take(newest.picture)
                window.draw()
            while not self._asked.empty():
                self._asked.get().put(window.pixels())
        return "closing"

    def _report(self, key: str) -> None:
        try:
            self._on_key(key)
        except Exception:  # whatever a key does, the picture stays on
            log.exception("a key failed", key=key)

    def _rest(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while not self._closing and time.monotonic() < until_s:
            self._bell.wait(0.1)
            self._bell.clear()


class _Window:
    """SDL's window, renderer and texture. Lives and dies in one thread."""

    def __init__(self, program: ProgramFormat, display: int | None, fullscreen: bool) -> None:
        self._sdl = sdl = _sdl2()
        self._program = program
        self._fullscreen = fullscreen
        self._window: Any = None
        self._renderer: Any = None
        self._texture: Any = None
        self.remark = ""
        sdl.SDL_SetHint(sdl.SDL_HINT_NO_SIGNAL_HANDLERS, b"1")
        sdl.SDL_SetHint(sdl.SDL_HINT_RENDER_SCALE_QUALITY, b"linear")
        sdl.SDL_SetHint(sdl.SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, b"0")
        if sys.platform == "linux" and "XDG_RUNTIME_DIR" not in os.environ:
            sdl.SDL_SetHint(sdl.SDL_HINT_VIDEODRIVER, WITHOUT_WAYLAND)
        if sdl.SDL_InitSubSystem(sdl.SDL_INIT_VIDEO) != 0:
            raise NoDisplay(self._error())
        driver = (self._sdl.SDL_GetCurrentVideoDriver() or b"").decode()
        if driver in UNSEEN_DRIVERS and "SDL_VIDEODRIVER" not in os.environ:
            # SDL falls back to drawing where nobody sees it, which costs a core for nothing.
            self.close()
            raise NoDisplay("this machine has no screen")
        try:
            self._open(self._place(display))
        except NoDisplay:
            self.close()
            raise

    def _place(self, display: int | None) -> int:
        count = self._sdl.SDL_GetNumVideoDisplays()
        if display is not None and not 0 <= display < count:
            self.remark = f"on, but display {display} is not there (0 to {count - 1} are): shown on display 0"
            return 0
        return display or 0

    def _open(self, display: int) -> None:
        sdl, program = self._sdl, self._program
        bounds = sdl.SDL_Rect()
        sdl.SDL_GetDisplayBounds(display, bounds)
        width = min(program.width, max(320, int(bounds.w * WINDOWED_SHARE)))
        height = width * program.height // program.width
        at = sdl.SDL_WINDOWPOS_CENTERED_DISPLAY(display)
        flags = sdl.SDL_WINDOW_RESIZABLE | sdl.SDL_WINDOW_ALLOW_HIGHDPI
        if self._fullscreen:
            flags |= sdl.SDL_WINDOW_FULLSCREEN_DESKTOP
        self._window = sdl.SDL_CreateWindow(TITLE, at, at, width, height, flags)
        if not self._window:
            raise NoDisplay(self._error())
        self._renderer = sdl.SDL_CreateRenderer(self._window, -1, sdl.SDL_RENDERER_PRESENTVSYNC)
        if not self._renderer:
            self._renderer = sdl.SDL_CreateRenderer(self._window, -1, sdl.SDL_RENDERER_SOFTWARE)
        if not self._renderer:
            raise NoDisplay(self._error())
        sdl.SDL_SetYUVConversionMode(YUV_BT709)
        self._texture = sdl.SDL_CreateTexture(
            self._renderer, sdl.SDL_PIXELFORMAT_IYUV, sdl.SDL_TEXTUREACCESS_STREAMING, program.width, program.height
        )
        if not self._texture:
            raise NoDisplay(self._error())
        sdl.SDL_ShowCursor(sdl.SDL_DISABLE)
        self.take(Picture.black(program.width, program.height))
        self.draw()

    def take(self, picture: Picture) -> None:
        """Hand a picture to the graphics card."""
        if (picture.width, picture.height) != (self._program.width, self._program.height):
            return
        planes = [(_bytes_of(plane), plane.shape[1]) for plane in (picture.y, picture.u, picture.v)]
        arguments = [argument for plane in planes for argument in plane]
        if self._sdl.SDL_UpdateYUVTexture(self._texture, None, *arguments) != 0:
            raise NoDisplay(self._error())

    def draw(self) -> None:
        """Show what the card holds; waits for the display's next refresh where it can."""
        self._paint()
        self._sdl.SDL_RenderPresent(self._renderer)

    def pixels(self) -> Pixels:
        """Draw once more and read the window back."""
        sdl = self._sdl
        width, height = self._paint()
        image = np.zeros((height, width, 3), np.uint8)
        sdl.SDL_RenderReadPixels(self._renderer, None, sdl.SDL_PIXELFORMAT_RGB24, image.ctypes.data, width * 3)
        sdl.SDL_RenderPresent(self._renderer)
        return image

    def _paint(self) -> tuple[int, int]:
        """Draw the picture as large as it fits, in its shape, on black. Returns the window's size in pixels."""
        sdl = self._sdl
        across, down = ctypes.c_int(), ctypes.c_int()
        sdl.SDL_GetRendererOutputSize(self._renderer, ctypes.byref(across), ctypes.byref(down))
        width, height = across.value, down.value
        scale = min(width / self._program.width, height / self._program.height)
        shown_width, shown_height = round(self._program.width * scale), round(self._program.height * scale)
        place = sdl.SDL_Rect((width - shown_width) // 2, (height - shown_height) // 2, shown_width, shown_height)
        sdl.SDL_SetRenderDrawColor(self._renderer, 0, 0, 0, 255)
        sdl.SDL_RenderClear(self._renderer)
        if sdl.SDL_RenderCopy(self._renderer, self._texture, None, place) != 0:
            raise NoDisplay(self._error())
        return width, height

    def events(self) -> list[str]:
        """What happened since: names of keys pressed, `redraw`, `close`."""
        sdl, event, happened = self._sdl, self._sdl.SDL_Event(), []
        while sdl.SDL_PollEvent(ctypes.byref(event)):
            if event.type == sdl.SDL_QUIT:
                happened.append("close")
            elif event.type == sdl.SDL_WINDOWEVENT:
                happened.append("redraw")
            elif event.type == sdl.SDL_KEYDOWN and not event.key.repeat:
                happened.append(sdl.SDL_GetKeyName(event.key.keysym.sym).decode())
        return happened

    def toggle_fullscreen(self) -> None:
        self._fullscreen = not self._fullscreen
        flag = self._sdl.SDL_WINDOW_FULLSCREEN_DESKTOP if self._fullscreen else 0
        self._sdl.SDL_SetWindowFullscreen(self._window, flag)

    def close(self) -> None:
        sdl = self._sdl
        if self._texture:
            sdl.SDL_DestroyTexture(self._texture)
        if self._renderer:
            sdl.SDL_DestroyRenderer(self._renderer)
        if self._window:
            sdl.SDL_DestroyWindow(self._window)
        sdl.SDL_QuitSubSystem(sdl.SDL_INIT_VIDEO)

    def _error(self) -> str:
        return str(self._sdl.SDL_GetError().decode()) or "SDL does not say why"


def _bytes_of(plane: npt.NDArray[np.uint8]) -> Any:
    return plane.ctypes.data_as(ctypes.POINTER(ctypes.c_ubyte))


def _sdl2() -> Any:
    """SDL, loaded only where a window is wanted. It warns that it uses the library from pysdl2-dll, as it should."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdl2
    return sdl2
