"""The watchers' half of `live.streams`: `GET /live/STREAM/watch`, and `/live/STREAM/mjpeg` for no scripts.

How many may watch is bounded in all, of one stream and of one device of the audience. What is written to each is the
matter of `live.stream_ends`; one that never reads is let go by name. The stage, and nobody else, says how a stream
stands with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import structlog
from aiohttp import WSMsgType, hdrs, web

from live.ear import Choice, Ear, only_stills
from live.errors import BadInput, NotAllowed, TooMuch
from live.messages.air import Trouble
from live.messages.coding import from_json
from live.publisher import Key
from live.relay import Relay, parse_tracks
from live.stream_ends import BOUNDARY, PictureReader, Subscriber, keep_little_unsent
from live.switchboard import AdmitStream, Admitted, Switchboard

Asked = Key | Trouble
MOST_WORD_BYTES = 4096

_log = structlog.get_logger(__name__)


class Watchers:
    def __init__(self, board: Switchboard, admit: AdmitStream, is_stage: Callable[[web.Request], bool]) -> None:
        self._board = board
        self._admit = admit
        self._is_stage = is_stage
        self._devices: Counter[str] = Counter()  # how many watch, of those who are counted

    async def watch(self, request: web.Request) -> web.StreamResponse:
        stream_id, chooses, device = await self._admitted(request)
        web_socket = self._board.socket(MOST_WORD_BYTES)
        with self._counted(device):
            await web_socket.prepare(request)
            admitted = Admitted(stream_id, request, self._admit)
            serving = self._board.serving(web_socket, admitted)
            async with serving, self._joined(request, stream_id, chooses) as (relay, ear):
                if request.transport is not None:
                    await self._serve(request, request.transport, web_socket, relay, ear)
        return web_socket

    async def _serve(
        self,
        request: web.Request,
        transport: asyncio.WriteTransport,
        web_socket: web.WebSocketResponse,
        relay: Relay,
        ear: Ear,
    ) -> None:
        """Write what the ear hears, and hear what the subscriber asks, until it leaves. Raises BadInput."""
        let_go = partial(self._let_go, request, relay)
        subscriber = Subscriber(ear, web_socket, transport, let_go, self._board.limits.write_s)
        try:
            async for message in web_socket:
                if message.type is not WSMsgType.TEXT:
                    raise BadInput('expected {"type":"key"} from a subscriber, got a binary message')
                self._heed(request, relay, message.data)
        finally:
            subscriber.close()

    def _heed(self, request: web.Request, relay: Relay, text: str) -> None:
        """Do what a subscriber asks. Raises UnknownMessage, NotAllowed or TooMuch."""
        asked: Asked = from_json(text, Asked)  # type: ignore[arg-type]  # a union is a type to msgspec
        if isinstance(asked, Key):
            self._board.ask_key(relay)
            return
        if not self._is_stage(request):
            raise NotAllowed("expected to be told what is wrong by the stage, got it from somebody else; ask for keys")
        self._board.heed_trouble(relay.stream_id, asked)

    async def watch_pictures(self, request: web.Request) -> web.StreamResponse:
        stream_id, _, device = await self._admitted(request)
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: f"multipart/x-mixed-replace; boundary={BOUNDARY}",
                hdrs.CACHE_CONTROL: "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        transport = request.transport
        if transport is None:
            return response
        self._board.readers[transport] = Admitted(stream_id, request, self._admit)
        try:
            with self._counted(device):
                async with self._joined(request, stream_id, only_stills) as (relay, ear):
                    try:
                        await PictureReader(ear, self._board.limits.write_s).write(request, response)
                    except TimeoutError:
                        self._let_go(request, relay, ear)
        finally:
            del self._board.readers[transport]
        return response

    @contextmanager
    def _counted(self, device: str | None) -> Iterator[None]:
        if device is None:
            yield
            return
        self._devices[device] += 1
        try:
            yield
        finally:
            self._devices[device] -= 1
            if not self._devices[device]:
                del self._devices[device]

    async def _admitted(self, request: web.Request) -> tuple[str, Choice, str | None]:
        board, limits = self._board, self._board.limits
        stream_id = board.open_stream(request)
        device = await self._admit(request, stream_id)
        board.check_room(stream_id)
        if device is not None and self._devices[device] >= limits.watchers_per_device:
            raise TooMuch("this device watches as often as one may; close another page of it", retry_after_s=10.0)
        return stream_id, parse_tracks(request.query.get("tracks")), device

    @asynccontextmanager
    async def _joined(self, request: web.Request, stream_id: str, chooses: Choice) -> AsyncIterator[tuple[Relay, Ear]]:
        board = self._board
        keep_little_unsent(request)
        ear = Ear(f"{request.remote}#{id(request):x}", chooses, board.limits.bounds)
        relay = board.join(stream_id, ear)
        try:
            yield relay, ear
        finally:
            board.leave(relay, ear)

    def _let_go(self, request: web.Request, relay: Relay, ear: Ear) -> None:
        relay.counts["let_go"] += 1
        _log.warning(
            "subscriber let go: does not read", stream=relay.stream_id, subscriber=ear.name, skipped=ear.skipped
        )
        if request.transport is not None:
            request.transport.abort()
