"""The command `houselights`: opens a show, runs the hub, or lets a made-up audience play."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import cyclopts
import uvloop
from aiohttp import web
from cyclopts import Parameter
from rich.console import Console

from live.errors import HouselightsError
from live.logs import start_logging
from live.settings import DEFAULT_PORT, Settings, free_port
from live.show import Opening

app = cyclopts.App(name="houselights", help="The audience makes the show.")

Folder = Annotated[Path, Parameter(help="The show's folder; made where it is missing.")]
BACKLOG = 4096  # a hall that comes back after a restart must not find its connections dropped by the kernel


@app.command
def hub(
    *,
    folder: Folder = Path("shows/tonight"),
    port: int = DEFAULT_PORT,
    host: str = "0.0.0.0",
    title: str = "Houselights",
    public_url: str | None = None,
    journal: str | None = None,
    media: str | None = None,
) -> None:
    """Run the hub alone: the server that phones, host and stage connect to."""
    settings = Settings(
        folder=folder,
        port=free_port(host, port),
        host=host,
        public_url=public_url,
        journal_url=journal,
        media_url=media,
        opening=Opening(title=title),
    )
    start_logging()
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then stop in order."""
    from live.app import make_app, open_house

    house = await open_house(settings)
    runner = web.AppRunner(make_app(house), access_log=None, handle_signals=False, shutdown_timeout=3.0)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
    await site.start()
    print_links(house.links())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()


def print_links(links: dict[str, str]) -> None:
    """Print one line a link: `audience: http://…`."""
    console = Console(soft_wrap=True, highlight=False)
    console.print("\n[bold]The show is open.[/bold]")
    for role, link in links.items():
        console.print(f"  {role:>15}: {link}", markup=False)
    console.print("")
    sys.stdout.flush()


def main() -> None:
    try:
        app()
    except (HouselightsError, OSError) as error:
        Console(stderr=True).print(f"[red]houselights:[/red] {error}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
