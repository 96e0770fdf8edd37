"""`python -m stage run` and `python -m stage render`: the stage as a process.

Only arguments, signals and logging live here. Imports are kept light and late: a stage that was killed must be on
screen again within two seconds.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from pathlib import Path

from live.logs import start_logging
from live.open_files import allow_many
from live.urgency import SOON, be_urgent

SWITCH_S = 0.001
"""How long a thread may keep the interpreter while the beat waits for it (Python's own 5 ms is half a sound block)."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(sys.argv[1:] if arguments is None else arguments)
    start_logging()
    try:
        return _run(options) if options.command == "run" else _render(options)
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    from stage.key_line import heard_keys
    from stage.options import Options
    from stage.run import StageRun

    key = os.environ.get("HOUSELIGHTS_KEY", "")
    if not key:
        print("expected the stage's key in HOUSELIGHTS_KEY, got none: copy it from the stage link", file=sys.stderr)
        return 2
    sys.setswitchinterval(SWITCH_S)
    allow_many()
    width, height = options.size
    run = StageRun(
        Options(
            hub_url=options.hub,
            key=key,
            folder=options.folder,
            width=width,
            height=height,
            window=options.window,
            display=options.display,
            speaker=options.speaker,
            device=options.device,
            record=options.record,
            broadcast=options.broadcast,
            line=options.line,
        ),
        on_open=_be_ready,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: run.stop())
    with heard_keys(run.press, passed_on=options.keys):
        run.run()
    return 0


def _be_ready() -> None:
    """Nothing of the main thread may hold up the beat, and no look through all that the libraries made."""
    gc.freeze()
    be_urgent(SOON)


def _render(options: argparse.Namespace) -> int:
    from live.errors import HouselightsError
    from stage.render import render

    if options.out is None and not options.digest:
        print(
            "expected where to write the program, got nothing: give a .mkv file, a folder or --digest", file=sys.stderr
        )
        return 2
    out = None if options.digest else options.out
    try:
        render(
            options.show_folder,
            out,
            run_id=options.run_id,
            first=options.first,
            last=options.last,
            finest=options.finest,
        )
    except HouselightsError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read the digests has seen enough
        sys.stderr.close()
        return 1
    except OSError as error:
        print(f"the program could not be written to {str(out)!r}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stage", description="The stage of a Houselights show.")
    commands = parser.add_subparsers(dest="command", required=True)
    _run_arguments(commands.add_parser("run", help="show and play the program of a running show"))
    render = commands.add_parser("render", help="make the program again from a show's folder")
    _render_arguments(render)
    if arguments[:1] == ["render"]:  # by itself: else OUT is not seen any more behind an option that follows SHOW
        return render.parse_intermixed_args(arguments[1:], argparse.Namespace(command="render"))
    return parser.parse_args(arguments)


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    switch = argparse.BooleanOptionalAction
    parser.add_argument("--hub", required=True, metavar="URL", help="where the hub answers; its key in HOUSELIGHTS_KEY")
    parser.add_argument("--line", default="", metavar="PATH", help="the hub's Unix socket, if it is on this machine")
    parser.add_argument("--folder", required=True, type=Path, help="the show's folder, or any for cache and recordings")
    parser.add_argument("--window", action=switch, default=True, help="show the program in a window")
    parser.add_argument("--display", type=int, help="fill this display, 0 is the first")
    parser.add_argument("--speaker", action=switch, default=True, help="play the program's sound")
    parser.add_argument("--device", help="the sound device, by name or number")
    parser.add_argument("--record", action=switch, default=True, help="record the program into the folder")
    parser.add_argument("--broadcast", action=switch, default=True, help="send the program to the hub")
    parser.add_argument("--keys", action="store_true", help="keys come by standard input, a name a line: p, b, ...")
    parser.add_argument("--size", type=_size, default=(1920, 1080), metavar="1920x1080")
    parser.add_argument("--rate", type=int, help="ignored: pictures are counted at the rate the show was opened with")


def _render_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("show_folder", type=Path)
    parser.add_argument("out", type=Path, nargs="?", help="a .mkv file, or a folder for program.yuv and program.wav")
    parser.add_argument("--digest", action="store_true", help="print a hash of each picture and block instead")
    parser.add_argument("--run", dest="run_id", help="one run; all of them where it is not given")
    parser.add_argument("--finest", action="store_true", help="guests as their phones recorded them, where they did")
    parser.add_argument("--from", dest="first", type=int, metavar="PICTURE")
    parser.add_argument("--to", dest="last", type=int, metavar="PICTURE")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT, got {text!r}; 1920x1080 is usual")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
