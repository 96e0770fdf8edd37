"""Hosts the window: `python -m stage.apart.window_host CHANNEL RING`. SDL has the main thread, the channel another.

macOS lets only a process's main thread open windows, and ends the process otherwise. The stage's own is the beat's.
"""

from __future__ import annotations

import queue
import signal
import socket
import sys
import threading

from live.logs import start_logging
from stage.apart.host import Host
from stage.apart.words import Task, Window
from stage.outputs.window import WindowOutput
from stage.program import ProgramFormat


class HostedWindow(WindowOutput):
    wants_pictures, wants_sound = True, False


class WindowHost:
    def __init__(self, channel: socket.socket, ring: int) -> None:
        self._host = Host(channel, ring, self._open)
        self._opened: queue.SimpleQueue[HostedWindow | None] = queue.SimpleQueue()
        self.window: HostedWindow | None = None

    def run(self) -> None:
        """Return when the stage has hung up and the window is closed."""
        hearing = threading.Thread(target=self._hear, name="channel")
        hearing.start()
        window = self._opened.get()
        if window is not None:
            window.run()
        hearing.join()  # a window that was closed by hand stays closed, and says so

    def _hear(self) -> None:
        try:
            self._host.serve()
        finally:
            self._opened.put(None)  # it may have hung up before it said what to open
            if self.window is not None:
                self.window.close()

    def _open(self, task: Task) -> HostedWindow:
        assert isinstance(task.output, Window)
        program = ProgramFormat(task.width, task.height, task.pictures_per_second)
        display, fullscreen, pressed = task.output.display, task.output.fullscreen, self._host.keys.append
        self.window = HostedWindow(program, display, fullscreen, pressed, own_thread=False)
        self._opened.put(self.window)
        return self.window


def main(channel: int, ring: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_logging()
    WindowHost(socket.socket(fileno=channel), ring).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
