"""The rack of outputs: each is switched on or off, and each fails alone.

An output whose device cannot be opened is left out and its place holds the sentence that says why; the program goes on
with the others. Output modules are imported only where they are switched on: no window, no SDL.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import structlog

from stage.apart.output import ApartOutput, File
from stage.apart.words import Broadcast, Record, Window
from stage.options import Options
from stage.ports import Output
from stage.program import ProgramFormat

log = structlog.get_logger(__name__)

OFF = "off"
WINDOW_APART = sys.platform == "darwin"
"""There a window belongs to the main thread of its process, and ends a process that opens one in any other."""


class Rack:
    """Outputs by name, in the order they are fed."""

    def __init__(self, makers: Mapping[str, Callable[[], Output] | None]) -> None:
        """Open each output by its maker; None is switched off."""
        self.outputs: list[Output] = []
        """Grows while the program runs: whoever feeds them goes through it anew each time."""
        self._failed: dict[str, str] = {}
        self._opened: dict[str, Output] = {}
        for name, make in makers.items():
            self.open(name, make)

    def open(self, name: str, make: Callable[[], Output] | None) -> None:
        if make is None:
            self._failed[name] = OFF
            return
        try:
            output = make()
        except Exception as error:
            log.warning("an output stays off", output=name, reason=str(error))
            self._failed[name] = str(error) or type(error).__name__
        else:
            self._opened[name] = output
            self.outputs.append(output)

    def is_on(self, name: str) -> bool:
        return name in self._opened

    @property
    def recording(self) -> File | None:
        """What the program is recorded into now, once a picture of it is."""
        output = self._opened.get("recording")
        return output.file if isinstance(output, ApartOutput) else None

    def states(self) -> dict[str, str]:
        """`on`, `off` or a sentence for each."""
        return {**{name: output.state for name, output in self._opened.items()}, **self._failed}

    def close(self) -> None:
        for name, output in self._opened.items():
            try:
                output.close()
            except Exception:
                log.exception("an output did not close", output=name)


def open_rack(options: Options, program: ProgramFormat, run_id: str, on_key: Callable[[str], None]) -> Rack:
    """Open the outputs that must not miss the first picture. `on_key` is called in the window's thread."""

    def window() -> Output:
        fullscreen = options.display is not None
        if WINDOW_APART:
            return ApartOutput("window", Window(display=options.display, fullscreen=fullscreen), program, on_key)
        from stage.outputs.window import WindowOutput

        return WindowOutput(program, options.display, fullscreen, on_key)

    def speaker() -> Output:
        from stage.outputs.speaker import SpeakerOutput

        return SpeakerOutput(_device(options.device))

    def recording() -> Output:
        file = options.folder / "recordings" / f"{run_id}.mkv"
        return ApartOutput("recording", Record(path=str(file)), program)

    makers: dict[str, tuple[bool, Callable[[], Output]]] = {
        "window": (options.window, window),
        "speaker": (options.speaker, speaker),
        "recording": (options.record, recording),
    }
    return Rack({name: make if is_wanted else None for name, (is_wanted, make) in makers.items()})


def open_broadcast(rack: Rack, options: Options, program: ProgramFormat) -> None:
    """Open the stream to the hub, once the program runs: its process takes half a second of the machine to start."""

    def broadcast() -> Output:
        return ApartOutput("broadcast", Broadcast(hub=options.hub_address()), program)

    rack.open("broadcast", broadcast if options.broadcast else None)


def _device(name: str | None) -> str | int | None:
    """A sound device is named, or numbered as the system lists it."""
    return int(name) if name is not None and name.isdecimal() else name
