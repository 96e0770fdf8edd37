"""The command `houselights`: opens a show, runs the hub, or lets a made-up audience play."""

from __future__ import annotations

import asyncio
import gc
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from live.errors import HouselightsError
from live.options import PLAIN, HttpsOptions, Port

if TYPE_CHECKING:
    from live.doctor import Visit
    from live.doorplate import Doorplate
    from live.settings import Settings

app = cyclopts.App(name="houselights", help="The audience makes the show.")

Folder = Annotated[Path, Parameter(help="The show's folder; made where it is missing.")]
CLOSING = "\nClosing the show; the recording is finished first, which takes some seconds."
Rate = Literal[25, 30, 50, 60]
Size = Literal["1920x1080", "1280x720", "960x540", "640x360"]


@app.command
def show(
    *,
    folder: Folder = Path("shows/tonight"),
    port: Port = 8000,
    title: str = "Houselights",
    public_url: str | None = None,
    size: Size = "1920x1080",
    rate: Rate = 30,
    window: bool = True,
    speaker: bool = True,
    record: bool = True,
    broadcast: bool = True,
    display: int | None = None,
    device: str | None = None,
    stage: bool = True,
    overflow: bool = False,
    https: bool = True,
    secure: HttpsOptions = PLAIN,
) -> None:
    """Open a show: hub and stage together, each started again if it dies. Ctrl-C closes it.

    Parameters
    ----------
    port
        Where phones connect; the next free one is taken if it is in use.
    public_url
        What phones open, where it is not simply this machine's address.
    window
        Show the program in a window, on the display `--display` (0 is the first).
    speaker
        Play the program's sound, on the sound device `--device`.
    record
        Record the program into the show's folder.
    broadcast
        Send the program to the host's preview and to /stage in browsers.
    stage
        Run the stage on this machine too.
    overflow
        Let the audience watch the program too, at /stage: those in the next room.
    https
        Serve the pages encrypted too: phones open camera and microphone only there.
    """
    switches = {"window": window, "speaker": speaker, "record": record, "broadcast": broadcast}
    stage_options = [f"--{name}" if on else f"--no-{name}" for name, on in switches.items()]
    stage_options += ["--display", str(display)] if display is not None else []
    stage_options += ["--device", device] if device is not None else []
    hub_options = ["--port", str(_free_port(port)), "--title", title, "--size", size, "--rate", str(rate)]
    hub_options += ["--public-url", public_url] if public_url else []
    hub_options += ["--overflow"] if overflow else []
    hub_options += _https_options(secure) if https else []
    _keep(folder, hub_options, [*stage_options, "--size", size, "--rate", str(rate)], with_stage=stage)


@app.command
def demo(
    *,
    folder: Folder = Path("shows/demo"),
    port: Port = 8000,
    people: int = 12,
    window: bool = True,
    speaker: bool = True,
    stage: bool = True,
) -> None:
    """Open a show and let a made-up audience and a made-up host play in it, so that it can be watched at once.

    Parameters
    ----------
    people
        How many send their made-up stories, drawings, sounds and clips.
    """
    switches = {"window": window, "speaker": speaker}
    stage_options = [f"--{name}" if on else f"--no-{name}" for name, on in switches.items()]
    hub_options = ["--port", str(_free_port(port)), "--title", "Houselights demo"]
    _keep(folder, hub_options, stage_options, with_stage=stage, people=people)


@app.command
def hub(
    *,
    folder: Folder = Path("shows/tonight"),
    port: Port = 8000,
    host: str = "0.0.0.0",
    title: str = "Houselights",
    public_url: str | None = None,
    journal: str | None = None,
    media: str | None = None,
    size: Size = "1920x1080",
    rate: Rate = 30,
    quiet: bool = False,
    overflow: bool = False,
    https: bool = False,
    secure: HttpsOptions = PLAIN,
) -> None:
    """Run the hub alone: the server that phones, host and stage connect to.

    Parameters
    ----------
    journal
        A PostgreSQL URL, when the show outgrows SQLite.
    media
        An S3 URL, when it outgrows the disk.
    quiet
        Print no links.
    overflow
        Let the audience watch the program too, at /stage.
    https
        Serve the pages encrypted too, beside plain http.
    """
    import uvloop

    from live.logs import start_logging
    from live.open_files import allow_many
    from live.settings import Settings, free_port
    from live.show import Opening

    width_px, height_px = (int(side) for side in size.split("x"))
    settings = Settings(
        folder=folder,
        port=free_port(host, port),
        host=host,
        public_url=public_url,
        https=secure.settings() if https else None,
        home=secure.folder(),
        journal_url=journal,
        media_url=media,
        overflow=overflow,
        opening=Opening(title=title, pictures_per_second=rate, width_px=width_px, height_px=height_px),
    )
    start_logging()
    allow_many()
    uvloop.run(_serve(settings, quiet))


@app.command
def doctor(
    *,
    folder: Folder = Path("shows/tonight"),
    port: Port = 8000,
    host: str = "0.0.0.0",
    measure: bool = True,
    https: bool = True,
    secure: HttpsOptions = PLAIN,
) -> None:
    """Try before doors what phones will see, and how many of them this machine carries live.

    A hub that runs in the folder is tried as it is; else its doors are opened for a moment. Give the options that the
    show is started with.

    Parameters
    ----------
    measure
        Measure how many live phones this machine carries, and keep it for the hub.
    https
        Try the encrypted side too.
    """
    from live.doctor import Visit
    from live.ladder import Ladder
    from live.logs import start_logging
    from live.settings import Settings

    start_logging("CRITICAL")  # what is wrong is said as a finding
    home = secure.folder()
    settings = Settings(folder=folder, port=port, host=host, https=secure.settings() if https else None, home=home)
    visit = Visit(ladder=Ladder(settings), folder=folder, home=home, environment=dict(os.environ), measures=measure)
    if asyncio.run(_examined(visit)):
        sys.exit(1)


async def _examined(visit: Visit) -> int:
    """Print the findings; return how many are bad."""
    from live.doctor import examine
    from live.supervisor import answering_hub

    visit.ladder.plate = await answering_hub(visit.folder / "doors.json")
    console, bad = Console(soft_wrap=True, highlight=False), 0
    signs = {
        "good": "[green]✓[/green]",
        "note": "[yellow]![/yellow]",
        "bad": "[red]✗[/red]",
        "unknown": "[blue]?[/blue]",
    }
    async for finding in examine(visit):
        console.print(f"{signs[finding.state]} [bold]{finding.what}[/bold]", end=" ")
        console.print(finding.sentence, markup=False)
        bad += finding.state == "bad"
    return bad


async def _serve(settings: Settings, quiet: bool) -> None:
    """Serve until SIGTERM or SIGINT; then stop in order."""
    from aiohttp import web

    from live.app import make_app, open_house
    from live.listening import listen, listen_here

    house = await open_house(settings)
    runner = web.AppRunner(make_app(house), access_log=None, handle_signals=False, shutdown_timeout=3.0)
    await runner.setup()
    await listen(runner, settings, house.https)
    house.line = await listen_here(runner, settings.folder)
    house.keep_doorplate()
    if not quiet:
        print_doorplate(house.doorplate())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    gc.freeze()  # to look through all that the libraries made would hold up every stream
    await stop.wait()
    if house.line is not None:
        house.line.unlink(missing_ok=True)  # while the show is still locked: a hub that follows makes its own
    await runner.cleanup()


def print_doorplate(plate: Doorplate) -> None:
    """Print the links, one a line, and the join address as a QR code."""
    import segno

    console = Console(soft_wrap=True, highlight=False)
    console.print("\n[bold]The show is open.[/bold] The audience scans this, or types the address below it.\n")
    if console.is_terminal:
        segno.make(plate.audience, error="m").terminal(compact=True, border=2)
    links = {
        "audience": plate.audience,
        "host": plate.host,
        "host, elsewhere": plate.host_elsewhere,
        "host, plain http": plate.host_plain,
        "moderator": plate.moderator,
        "mod., plain http": plate.moderator_plain,
        "stage mirror": plate.mirror,
        "crew camera": plate.crew,
        "https, install": plate.trust,
        "its fingerprint": plate.fingerprint,
    }
    for name, link in links.items():
        if link:
            console.print(f"  {name:>16}: {link}", markup=False)
    if plate.trust:
        console.print(
            "\n  A device that opens an https link installs this machine's authority once, from the address at "
            "“https, install”.\n  By plain http everything works but guests cannot be seen or heard before they are on "
            "air."
        )
    console.print("\n  Ctrl-C closes the show; the same command opens it again where it was.\n")


def print_farewell(folder: Path, began_s: float) -> None:
    """Say where the show lies, what was recorded since `began_s` (epoch time), and how to make a film of all of it."""
    print("\nThe show is closed. Copy or move its folder as a whole; the same command opens it again.\n")
    print(f"  {'folder':>16}: {_shown(folder)}")
    for file in sorted((folder / "recordings").glob("*.mkv")):
        if file.stat().st_mtime >= began_s:
            print(f"  {'recorded':>16}: {_shown(file)}")
    film = f"{_shown(Path(sys.executable))} -m stage render {_shown(folder)} film.mkv"
    print(f"  {'whole, as a film':>16}: {film}", flush=True)


def _shown(path: Path) -> str:
    """As one would type it here."""
    return shlex.quote(min(str(path), os.path.relpath(path), key=len))


def _keep(folder: Path, hub_options: list[str], stage_options: list[str], *, with_stage: bool, people: int = 0) -> None:
    """Keep hub and stage running until Ctrl-C; with `people`, let that many made-up ones play."""
    from live.logs import start_logging
    from live.show import ShowFolder
    from live.supervisor import Plan, keep_show

    ShowFolder(folder).make()  # a hub that cannot would be started again and again, to say the same
    start_logging()
    plan, began_s = Plan(folder, hub_options, stage_options, with_stage), time.time()
    asyncio.run(keep_show(plan, print_doorplate, _evening(people), lambda: print(CLOSING, flush=True)))
    print_farewell(folder, began_s)


def _evening(people: int) -> Callable[[Doorplate], Coroutine[None, None, None]] | None:
    if people == 0:
        return None

    async def play(plate: Doorplate) -> None:
        from live.demo import run_demo

        await run_demo(plate.url, plate.host.partition("key=")[2], people)

    return play


def _https_options(options: HttpsOptions) -> list[str]:
    """Check the certificate before anything starts; return what the hub is told. Raises BadInput."""
    options.check(Console(stderr=True).print)
    return ["--https", *options.command_line(_free_port(options.https_port))]


def _free_port(wanted: int) -> int:
    from live.settings import free_port

    port = free_port("0.0.0.0", wanted)
    if wanted and port != wanted:
        Console(stderr=True).print(f"Port {wanted} is taken by another program; this show uses {port}.")
    return port


def main() -> None:
    try:
        app()
    except (HouselightsError, OSError) as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print("[red]houselights:[/red]", end=" ")
        console.print(str(error), markup=False)  # a path may hold brackets
        sys.exit(1)


if __name__ == "__main__":
    main()
