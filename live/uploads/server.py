"""The requests of tus: create, ask for the offset, send bytes, terminate.

Who asks is settled by `admit`, where a contribution goes by `receive`; both are the hub's. An upload belongs to the
device that created it, and to everybody else it does not exist.
Bytes flow: request → `Inflow` → `Storing` → `Finishing` → tick.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import hdrs, web

from live.errors import BadInput, Conflict, HouselightsError, TooLarge
from live.messages.ids import PersonId
from live.messages.views import Progress
from live.store import Store
from live.uploads import tus
from live.uploads.announcement import read_announcement
from live.uploads.answering import Answering, Handler, no_word_yet, stopping
from live.uploads.finishing import Finishing, Receive
from live.uploads.inflow import Inflow
from live.uploads.limits import UploadLimits
from live.uploads.register import Register
from live.uploads.shelf import Shelf, Upload
from live.uploads.storing import Storing
from live.uploads.telling import Telling

Admit = Callable[[web.Request], Awaitable[PersonId]]
"""Tells whose device asks. Raises BadToken, NotAllowed, BadOrigin or TooMuch."""

COUNTERS = (
    "created", "received", "bytes", "terminated", "swept", "ended_broken", "ended_idle", "ended_stopped",
    "refused",
)  # fmt: skip

CLOSE_S = 10.0
"""A stopping hub waits this long for requests to store what they have."""

_log = structlog.get_logger(__name__)


class Uploads:
    """`routes` goes into the hub's app; `start` before the first request, `close` before the process ends."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        admit: Admit,
        receive: Receive,
        limits: UploadLimits,
        on_progress: Callable[[Progress], None],
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._shelf = Shelf(folder)
        self._register = Register(self._shelf, limits, wall)
        self._storing = Storing(self._shelf, limits.reserve_bytes, self._note_bytes)
        self._finishing = Finishing(self._shelf, store, receive)
        self._telling = Telling(on_progress, limits.progress_every_s)
        self._admit = admit
        self._limits = limits
        self._counts: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._answering = Answering()

    def routes(self) -> list[web.RouteDef]:
        collection: dict[str, Handler] = {"OPTIONS": self._options, "POST": self._create}
        one: dict[str, Handler] = {
            "OPTIONS": self._options, "HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete,
        }  # fmt: skip
        return [
            web.route("*", "/files", self._answering.by(collection), expect_handler=no_word_yet),
            web.route("*", "/files/{upload}", self._answering.by(one), expect_handler=no_word_yet),
        ]

    @property
    def counters(self) -> dict[str, int]:
        """Totals since the start, and how many uploads are `open` now."""
        unfinished = sum(not upload.is_whole for upload in self._register)
        counts = {name: self._counts[name] for name in COUNTERS}
        return counts | {"refused": self._answering.refused, "open": unfinished}

    async def start(self) -> None:
        """Load what the last hub promised; finish what it had whole but not yet journaled."""
        await self._register.load()
        self._tasks = [
            asyncio.create_task(self._finish_what_is_whole()),
            asyncio.create_task(self._sweep_now_and_then()),
        ]

    async def close(self) -> None:
        """Let every PATCH store what it has, then stop."""
        self._answering.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for upload in self._register:
            upload.turn.ask_to_stop()
        await self._answering.wait_idle(CLOSE_S)
        await asyncio.to_thread(self._shelf.close)

    async def sweep(self) -> None:
        """Remove what expired. Contributions that were received are not touched by it."""
        for upload in self._register:
            if self._register.has_expired(upload):
                await self._register.remove(upload)
                self._counts["swept"] += 1

    # requests

    async def _options(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=tus.capabilities(self._limits.largest_bytes))

    async def _create(self, request: web.Request) -> web.Response:
        person = await self._admit(request)
        if "Upload-Defer-Length" in request.headers:
            raise BadInput(
                "expected the header Upload-Length, got Upload-Defer-Length; send the piece when it is finished"
            )
        length_bytes = tus.number(request.headers, "Upload-Length")
        metadata = request.headers.get("Upload-Metadata", "")
        announcement = read_announcement(metadata, length_bytes, self._limits)
        if request.can_read_body:
            tus.check_part_type(request.headers)
        checksum = tus.parse_checksum(request.headers.get("Upload-Checksum"))
        upload = await self._register.begin(person, length_bytes, metadata, announcement)
        self._counts["created"] += 1
        if request.can_read_body:
            await self._fill_new(request, upload, checksum)
        return web.Response(status=201, headers={hdrs.LOCATION: f"/files/{upload.upload_id}"} | self._state(upload))

    async def _fill_new(self, request: web.Request, upload: Upload, checksum: tus.Checksum | None) -> None:
        try:
            async with upload.turn.take() as stop:
                await self._store_body(request, upload, checksum, stop)
        except (HouselightsError, ConnectionError):
            if not upload.is_whole:  # the phone never hears its address
                await self._register.remove(upload)
            raise

    async def _head(self, request: web.Request) -> web.Response:
        upload = await self._owned(request)
        async with upload.turn.take():
            self._register.check_still_there(upload)
            if upload.is_whole:  # a phone that missed the answer to its last byte takes this one for its tick
                await self._finish(upload)
            headers = {"Upload-Length": str(upload.length_bytes), "Upload-Metadata": upload.sidecar.metadata}
            return web.Response(status=200, headers=headers | self._state(upload))

    async def _patch(self, request: web.Request) -> web.Response:
        upload = await self._owned(request)
        tus.check_part_type(request.headers)
        offset = tus.number(request.headers, "Upload-Offset")
        checksum = tus.parse_checksum(request.headers.get("Upload-Checksum"))
        async with upload.turn.take() as stop:
            self._register.check_still_there(upload)
            if offset != upload.offset:
                raise Conflict(
                    f"expected bytes from offset {upload.offset} on, got Upload-Offset: {offset}; ask with HEAD"
                )
            await self._store_body(request, upload, checksum, stop)
            return web.Response(status=204, headers=self._state(upload))

    async def _delete(self, request: web.Request) -> web.Response:
        upload = await self._owned(request)
        async with upload.turn.take():
            self._register.check_still_there(upload)
            await self._register.remove(upload)
        self._counts["terminated"] += 1
        return web.Response(status=204)

    # what they are made of

    async def _owned(self, request: web.Request) -> Upload:
        return self._register.owned(await self._admit(request), request.match_info["upload"])

    def _state(self, upload: Upload) -> dict[str, str]:
        state = {"Upload-Offset": str(upload.offset)}
        if not upload.is_whole:
            state["Upload-Expires"] = tus.http_date(self._register.expires_at_s(upload))
        return state

    async def _store_body(
        self, request: web.Request, upload: Upload, checksum: tus.Checksum | None, stop: asyncio.Event
    ) -> None:
        """Store the body and finish the upload where that was the last of it. The caller has the turn."""
        left_bytes = upload.length_bytes - upload.offset
        if (request.content_length or 0) > left_bytes:
            raise TooLarge(
                f"expected at most {left_bytes} bytes, as announced, got {request.content_length}; none taken"
            )
        if not upload.is_whole:
            await _say_continue(request)
            if self._answering.is_stopped:
                stop.set()
            await self._take_in(upload, Inflow(request.content, self._limits.idle_s, stop), checksum)
        if upload.is_whole:
            await self._finish(upload)

    async def _take_in(self, upload: Upload, inflow: Inflow, checksum: tus.Checksum | None) -> None:
        try:
            if checksum is None:
                await self._storing.append(upload, inflow)
            else:
                await self._storing.append_checked(upload, inflow, checksum)
        finally:
            self._register.touch(upload)
        if upload.is_whole or inflow.ending == "whole":
            return
        self._counts[f"ended_{inflow.ending}"] += 1
        if inflow.ending != "stopped":
            raise ConnectionResetError(f"upload {upload.upload_id}: {inflow.ending} at {upload.offset}")
        if self._answering.is_stopped:
            raise stopping()
        raise Conflict("a newer request goes on with this upload; ask for the offset with HEAD")

    async def _finish(self, upload: Upload) -> None:
        if not upload.sidecar.received:
            await self._finishing.finish(upload)
            self._counts["received"] += 1
            self._telling.tell(upload, upload.length_bytes, last=True)

    def _note_bytes(self, upload: Upload, count: int) -> None:
        self._counts["bytes"] += count
        if upload.part is not None:
            self._telling.tell(upload, upload.part.written)

    async def _finish_what_is_whole(self) -> None:
        for upload in self._register:
            if not upload.is_whole or upload.sidecar.received:
                continue
            async with upload.turn.take():
                try:
                    await self._finish(upload)
                except Exception as error:  # one that cannot be finished keeps none of the others waiting
                    _log.warning("whole upload not received yet", upload=upload.upload_id, error=repr(error))

    async def _sweep_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._limits.sweep_every_s)
            try:
                await self.sweep()
            except Exception as error:  # what could not be removed now is tried again the next time
                _log.warning("expired uploads not removed yet", error=repr(error))


async def _say_continue(request: web.Request) -> None:
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
