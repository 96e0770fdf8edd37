"""A small real hub for upload tests: uploads, a media folder, and a journal that is one fsynced line a contribution.

In a test: `async with running_hub(folder) as hub`. As a process of its own, for tests that kill it:
`python -m tests.live.uploads.hub FOLDER PORT`; it prints `ready` once it listens.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from live.errors import BadToken
from live.http_errors import errors_middleware
from live.messages.coding import from_json, to_json
from live.messages.events import Consent, ContributionReceived
from live.messages.ids import PersonId
from live.messages.views import Progress
from live.store import Store
from live.uploads import UploadLimits, Uploads

ANA = {"Authorization": "Bearer device-ana"}
BEN = {"Authorization": "Bearer device-ben"}
TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}


async def admit(request: web.Request) -> PersonId:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token.startswith("device-"):
        raise BadToken("expected a device token")
    return PersonId(token)


class JournalFile:
    """Keeps its promise the plain way: a line a contribution, fsynced before `receive` returns, each once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events = {event.contribution_id: event for event in read_journal(path)}
        self.calls = 0
        self.failure: Exception | None = None

    async def receive(self, event: ContributionReceived) -> None:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        if event.contribution_id in self.events:
            return
        await asyncio.to_thread(self._write, event)
        self.events[event.contribution_id] = event

    def _write(self, event: ContributionReceived) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(to_json(event) + b"\n")
            os.fsync(file.fileno())


def read_journal(path: Path) -> list[ContributionReceived]:
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    return [from_json(line, ContributionReceived) for line in lines[:-1]]


@dataclass
class Hub:
    folder: Path
    uploads: Uploads
    store: Store
    journal: JournalFile
    url: str = ""
    progress: list[Progress] = field(default_factory=list)

    @property
    def files(self) -> str:
        return f"{self.url}/files"

    def stored(self, contribution_id: str) -> bytes:
        path = self.store.local_path(f"originals/{contribution_id}")
        assert path is not None
        return path.read_bytes()


@asynccontextmanager
async def running_hub(
    folder: Path, limits: UploadLimits | None = None, port: int = 0, wall: Callable[[], float] | None = None
) -> AsyncIterator[Hub]:
    store = Store.open(folder / "media")
    journal = JournalFile(folder / "journal")
    progress: list[Progress] = []
    more = {} if wall is None else {"wall": wall}
    uploads = Uploads(
        folder / "uploads",
        store,
        admit,
        journal.receive,
        limits or UploadLimits(reserve_bytes=0),
        progress.append,
        **more,
    )
    app = web.Application(middlewares=[errors_middleware])
    app.add_routes(uploads.routes())
    await uploads.start()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield Hub(folder, uploads, store, journal, f"http://{host}:{port}", progress)
    finally:
        await uploads.close()
        await runner.cleanup()


def metadata(contribution: str = "contribution-1", kind: str = "photo", **more: str) -> str:
    """An `Upload-Metadata` header."""
    fields = {"contribution": contribution, "kind": kind, "consent": CONSENT} | more
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


CONSENT = msgspec.json.encode(Consent(paid=True)).decode()


async def create(
    session: aiohttp.ClientSession, hub: Hub, length: int, who: dict[str, str] | None = None, **said: str
) -> str:
    """Create an upload and return its whole URL."""
    headers = TUS | (who or ANA) | {"Upload-Length": str(length), "Upload-Metadata": metadata(**said)}
    async with session.post(hub.files, headers=headers) as response:
        assert response.status == 201, await response.text()
        return f"{hub.url}{response.headers['Location']}"


async def patch(
    session: aiohttp.ClientSession, url: str, offset: int, data: bytes, **headers: str
) -> aiohttp.ClientResponse:
    sent = (
        PART | ANA | {"Upload-Offset": str(offset)} | {key.replace("_", "-"): value for key, value in headers.items()}
    )
    async with session.patch(url, headers=sent, data=data) as response:
        await response.read()
        return response


async def offset_of(session: aiohttp.ClientSession, url: str) -> int:
    async with session.head(url, headers=TUS | ANA) as response:
        assert response.status == 200, response.status
        return int(response.headers["Upload-Offset"])


async def code_of(response: aiohttp.ClientResponse) -> str:
    return str((await response.json())["code"])


def sum_of(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


async def _serve(folder: Path, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running_hub(folder, port=port) as hub:
        print("ready", hub.url, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
