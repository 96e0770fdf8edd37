"""A hall with nothing but streams: a real `Streams` on a real socket, and a page that publishes to it.

The page is `air_probe.ts` around the phone's own publisher. The server has a thread of its own: tests are synchronous,
as Playwright is.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar, cast

import uvloop
from aiohttp import web

from live.http_errors import errors_middleware
from live.pages import STATIC
from live.streams import Streams
from tests.web.air_watcher import Watcher, epoch_us
from tests.web.hall import ROOT

ESBUILD = ROOT / "web" / "node_modules" / "esbuild" / "bin" / "esbuild"
WITHIN_S = 30.0
PAGE = '<!doctype html><html lang="en"><title>Probe</title><script type="module" src="/probe.js"></script></html>'

T = TypeVar("T")


def bundle(name: str, folder: Path, *more: str) -> Path:
    """Bundle a script that lies beside this file (or anywhere, by its whole path); return the bundle."""
    source = Path(__file__).parent / name
    bundled = folder / f"{source.stem}.mjs"
    command = [str(ESBUILD), str(source), "--bundle", "--format=esm", f"--outfile={bundled}", *more]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return bundled


class AirHall:
    """The server; `close` and `open` on the same port are a hub that is restarted."""

    def __init__(self, folder: Path, page: str = "air_probe.ts") -> None:
        self._probe = bundle(page, folder)
        self.line = folder / "line"
        """The Unix socket, for a stage on the same machine."""
        self._lines: dict[str, asyncio.Transport] = {}
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def files(self) -> dict[str, str]:
        manifest = json.loads((STATIC / "manifest.json").read_text())
        return {name: f"/static/{manifest[f'air_{name}.js']}" for name in ("worker", "worklet")}

    def open(self) -> None:
        self.run(self._open())

    def close_hub(self) -> None:
        self.run(self._close())

    def close(self) -> None:
        self.close_hub()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_S)
        self._loop.close()

    def watch(self, stream_id: str) -> Watcher:
        return Watcher(self.url, stream_id)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    async def _open(self) -> None:
        self.streams = Streams(self._admit_publisher, _admit, epoch_us, is_stage=lambda _: True)
        app = web.Application(middlewares=[errors_middleware])
        app.add_routes(self.streams.routes())
        app.add_routes([
            web.get("/", _page),
            web.get("/probe.js", self._script),
            web.static("/static", STATIC),
        ])  # fmt: skip
        app.on_shutdown.append(lambda _: self.streams.close())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        await web.UnixSite(self._runner, self.line).start()
        self.port = int(self._runner.addresses[0][1])

    def hold(self, stream_id: str) -> None:
        """Read nothing more from who publishes the stream, as a line that backs up; a second line beside it goes on."""
        self._loop.call_soon_threadsafe(self._lines[stream_id].pause_reading)

    def release(self, stream_id: str) -> None:
        self._loop.call_soon_threadsafe(self._lines[stream_id].resume_reading)

    async def _admit_publisher(self, request: web.Request, stream_id: str) -> None:
        if "beside" not in request.query:
            self._lines[stream_id] = cast("asyncio.Transport", request.transport)

    async def _script(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self._probe)

    async def _close(self) -> None:
        await self._runner.cleanup()


async def _admit(request: web.Request, stream_id: str) -> None:
    """Everybody is let in: who may is the hub's to say, and tested there."""


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")
