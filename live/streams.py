"""Live media over WebSockets: `GET /live/STREAM/publish` and `/live/STREAM/watch`; `/live/STREAM/mjpeg` for no scripts.

Nothing is decoded. A publisher says a `Hello`, then sends packets; a subscriber gets the hello, and the packets from
the last key picture on (`live.relay`). Here are the sockets: who is let in, one task that writes to each, and its end.
A subscriber that never reads is let go by name; the newest connection of a publisher takes the place of the older.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import NamedTuple

import structlog
from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from live import allowance as allowances
from live.allowance import Allowance
from live.ear import Choice, Ear, only_stills
from live.errors import BadInput, HouselightsError, NotFound, TooMuch, Unavailable
from live.hints import Hints
from live.messages.air import AirHealth
from live.messages.coding import from_json
from live.messages.packets import Hello
from live.pace import Pace
from live.publisher import Key, Publisher, first_hello
from live.relay import PROGRAM, Relay, is_stream_id, parse_tracks
from live.stream_ends import (
    BOUNDARY,
    CLOSE_ENDED,
    CLOSE_REPLACED,
    PictureReader,
    Subscriber,
    keep_little_unsent,
    refuse,
    say_goodbye,
)
from live.stream_health import Healths, Look
from live.stream_limits import StreamLimits

AdmitStream = Callable[[web.Request, str], Awaitable[str | None]]
"""Returns where the asker may publish or watch the stream, else raises NotAllowed, NotFound, BadToken or BadOrigin.
What it returns is the device that its watchers are counted by; None: not counted."""

COUNTERS = (
    "packets_in", "bytes_in", "pictures_in", "lost", "packets_out", "bytes_out", "skipped", "keys_asked", "let_go",
    "refused", "replaced",
)  # fmt: skip

CONNECTS_AT_ONCE, CONNECTS_PER_S = 12, 0.5
"""Two phones that take one stream from each other soon have to wait."""

_log = structlog.get_logger(__name__)


class Admitted(NamedTuple):
    """Who was let in, so that it can be asked again whether they may."""

    stream_id: str
    request: web.Request
    by: AdmitStream


class Streams:
    """`routes` goes into the hub's app; `close` lets everybody go, for a graceful stop."""

    def __init__(
        self,
        admit_publisher: AdmitStream,
        admit_watcher: AdmitStream,
        now_us: Callable[[], int],
        limits: StreamLimits | None = None,
    ) -> None:
        self._admit_publisher = admit_publisher
        self._admit_watcher = admit_watcher
        self._now_us = now_us
        self._limits = limits or StreamLimits()
        self._relays: dict[str, Relay] = {}
        self._publishers: dict[str, Publisher] = {}
        self._sockets: dict[web.WebSocketResponse, Admitted] = {}
        self._readers: dict[asyncio.BaseTransport, Admitted] = {}  # of multipart pictures
        self._devices: Counter[str] = Counter()  # how many watch, of those who are counted
        self._past: Counter[str] = Counter()  # streams that ended, and who never got so far
        self._hints = Hints()
        self._healths = Healths()
        self._connects = Pace(CONNECTS_AT_ONCE, CONNECTS_PER_S, what="connections of a stream")
        self._is_open = True
        self._on_change: Callable[[], None] = lambda: None
        self._closing: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/live/{stream}/publish", self._publish, allow_head=False),
            web.get("/live/{stream}/watch", self._watch, allow_head=False),
            web.get("/live/{stream}/mjpeg", self._watch_pictures, allow_head=False),
        ]

    @property
    def counters(self) -> dict[str, int]:
        """Totals of all streams since the start, and how many there are now."""
        total = self._past.copy()
        for relay in self._relays.values():
            total.update(relay.counted())
        now = {"streams": len(self._relays), "publishers": len(self._publishers), "watchers": self._watchers()}
        return {name: total[name] for name in COUNTERS} | now

    @property
    def stream_counters(self) -> dict[str, dict[str, int]]:
        return {
            stream_id: {name: counts[name] for name in COUNTERS} | {"watchers": relay.watchers}
            for stream_id, relay in self._relays.items()
            for counts in (relay.counted(),)
        }

    def health(self) -> AirHealth:
        """How each guest's stream did since this was asked last."""
        looks = [
            Look(stream_id, relay.counted(), relay.is_live, "video" in relay.kinds, relay.level_db)
            for stream_id, relay in self._relays.items()
            if stream_id != PROGRAM
        ]
        return self._healths.look(looks, self._now_us())

    def is_published(self, stream_id: str) -> bool:
        return stream_id in self._publishers

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on the event loop, whenever a publisher comes or goes."""
        self._on_change = callback

    def end(self, stream_id: str) -> None:
        """The stream is over: say so to whoever publishes or watches it."""
        for web_socket in [each for each, admitted in self._sockets.items() if admitted.stream_id == stream_id]:
            self._beside(say_goodbye(web_socket, CLOSE_ENDED, "ended"))

    def look_again(self) -> None:
        """Keys were turned or somebody was stopped: let go of whoever may not publish or watch any more."""
        self._beside(self._look_again())

    async def _look_again(self) -> None:
        for web_socket, admitted in list(self._sockets.items()):
            try:
                await admitted.by(admitted.request, admitted.stream_id)
            except HouselightsError as error:
                self._beside(refuse(web_socket, error))
        for transport, admitted in list(self._readers.items()):
            try:
                await admitted.by(admitted.request, admitted.stream_id)
            except HouselightsError:
                transport.close()

    def _beside(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def start(self) -> None:
        self._is_open = True

    async def close(self) -> None:
        """Say goodbye to everyone; who does not answer soon is cut off."""
        self._is_open = False
        reason = "the hub is being stopped"
        await asyncio.gather(*(say_goodbye(each, WSCloseCode.GOING_AWAY, reason) for each in list(self._sockets)))
        for transport in list(self._readers):
            transport.close()

    # publishers

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        stream_id = self._open_stream(request)
        await self._admit_publisher(request, stream_id)
        allowance = allowances.PROGRAM if stream_id == PROGRAM else allowances.GUEST
        self._check_streams(stream_id)
        self._connects.take(stream_id, self._now_us() / 1e6)
        web_socket = self._socket(allowance.packet_bytes + 1)
        await web_socket.prepare(request)
        async with self._serving(web_socket, Admitted(stream_id, request, self._admit_publisher)):
            hello = await first_hello(web_socket, self._limits.hello_s)
            if hello is not None:
                await self._hear(web_socket, stream_id, allowance, hello)
        return web_socket

    async def _hear(
        self, web_socket: web.WebSocketResponse, stream_id: str, allowance: Allowance, hello: Hello
    ) -> None:
        """Relay what a publisher sends until it leaves or a newer one takes its place. Raises BadInput or TooMuch."""
        relay = self._relay(stream_id)
        publisher = Publisher(web_socket, relay, allowance, self._now_us)
        telling = asyncio.create_task(publisher.tell())
        try:
            publisher.begin(hello)
            self._take_place(relay, publisher)
            async for message in web_socket:
                if self._publishers.get(stream_id) is not publisher:
                    return
                if publisher.hear(message):
                    self._begun_again(relay)
        finally:
            if self._publishers.get(stream_id) is publisher:
                del self._publishers[stream_id]
                relay.end()
                self._note_change()
            self._tidy(relay)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def _take_place(self, relay: Relay, publisher: Publisher) -> None:
        """The newest connection publishes; an older one is told that it was replaced."""
        older = self._publishers.get(relay.stream_id)
        self._publishers[relay.stream_id] = publisher
        if older is not None:
            relay.counts["replaced"] += 1
            self._beside(say_goodbye(older.web_socket, CLOSE_REPLACED, "replaced"))
        if publisher.allowance.is_steered:
            publisher.hint(self._hints.now)
        self._begun_again(relay)
        self._note_change()

    def _begun_again(self, relay: Relay) -> None:
        if relay.needs_key:
            self._ask_key(relay)

    def _note_change(self) -> None:
        """A publisher came or went: what the others are to encode to may change."""
        steered = [publisher for publisher in self._publishers.values() if publisher.allowance.is_steered]
        cameras = sum("video" in publisher.relay.kinds for publisher in steered)
        microphones = sum("audio" in publisher.relay.kinds for publisher in steered)
        if self._hints.look(cameras, microphones):
            for publisher in steered:
                publisher.hint(self._hints.now)
        self._on_change()

    # subscribers

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        stream_id, chooses, device = await self._admitted(request)
        web_socket = self._socket(1024)
        with self._counted(device):
            await web_socket.prepare(request)
            admitted = Admitted(stream_id, request, self._admit_watcher)
            async with self._serving(web_socket, admitted), self._joined(request, stream_id, chooses) as (relay, ear):
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
        subscriber = Subscriber(ear, web_socket, transport, let_go, self._limits.write_s)
        try:
            async for message in web_socket:
                if message.type is not WSMsgType.TEXT:
                    raise BadInput('expected {"type":"key"} from a subscriber, got a binary message')
                from_json(message.data, Key)
                self._ask_key(relay)
        finally:
            subscriber.close()

    async def _watch_pictures(self, request: web.Request) -> web.StreamResponse:
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
        self._readers[transport] = Admitted(stream_id, request, self._admit_watcher)
        try:
            with self._counted(device):
                async with self._joined(request, stream_id, only_stills) as (relay, ear):
                    try:
                        await PictureReader(ear, self._limits.write_s).write(request, response)
                    except TimeoutError:
                        self._let_go(request, relay, ear)
        finally:
            del self._readers[transport]
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
        stream_id = self._open_stream(request)
        device = await self._admit_watcher(request, stream_id)
        self._check_streams(stream_id)
        relay = self._relays.get(stream_id)
        if self._watchers() >= self._limits.watchers or (
            relay is not None and relay.watchers >= self._limits.watchers_per_stream
        ):
            raise TooMuch("as many watch as the hub can serve; try again in a while", retry_after_s=10.0)
        if device is not None and self._devices[device] >= self._limits.watchers_per_device:
            raise TooMuch("this device watches as often as one may; close another page of it", retry_after_s=10.0)
        return stream_id, parse_tracks(request.query.get("tracks")), device

    @asynccontextmanager
    async def _joined(self, request: web.Request, stream_id: str, chooses: Choice) -> AsyncIterator[tuple[Relay, Ear]]:
        keep_little_unsent(request)
        ear = Ear(f"{request.remote}#{id(request):x}", chooses, self._limits.bounds)
        relay = self._relay(stream_id)
        relay.join(ear, self._now_us())
        self._tell_want(relay)
        if ear.needs_key:
            self._ask_key(relay)
        try:
            yield relay, ear
        finally:
            relay.leave(ear)
            self._tell_want(relay)
            self._tidy(relay)

    def _let_go(self, request: web.Request, relay: Relay, ear: Ear) -> None:
        relay.counts["let_go"] += 1
        _log.warning(
            "subscriber let go: does not read", stream=relay.stream_id, subscriber=ear.name, skipped=ear.skipped
        )
        if request.transport is not None:
            request.transport.abort()

    def _tell_want(self, relay: Relay) -> None:
        publisher = self._publishers.get(relay.stream_id)
        if publisher is not None:
            publisher.want(relay.wanted())

    def _ask_key(self, relay: Relay) -> None:
        publisher = self._publishers.get(relay.stream_id)
        if publisher is not None and relay.may_ask_key(self._now_us()):
            publisher.ask_key()

    # sockets and streams

    def _socket(self, most_bytes: int) -> web.WebSocketResponse:
        return web.WebSocketResponse(
            compress=False, max_msg_size=most_bytes, heartbeat=self._limits.heartbeat_s, timeout=1.0
        )

    @asynccontextmanager
    async def _serving(self, web_socket: web.WebSocketResponse, admitted: Admitted) -> AsyncIterator[None]:
        """While a socket is served; what it does wrong is said to it before it is closed."""
        self._sockets[web_socket] = admitted
        try:
            yield
        except HouselightsError as error:
            self._past["refused"] += 1
            _log.warning("media socket refused", code=error.code, error=str(error))
            await refuse(web_socket, error)
        finally:
            del self._sockets[web_socket]

    def _open_stream(self, request: web.Request) -> str:
        """Return the stream's id. Raises NotFound, or Unavailable while the hub stops."""
        if not self._is_open:
            raise Unavailable("the hub is being stopped; come again in a moment")
        stream_id = request.match_info["stream"]
        if not is_stream_id(stream_id):
            raise NotFound(f"no stream {stream_id[:80]!r}; the program is /live/program/watch")
        return stream_id

    def _check_streams(self, stream_id: str) -> None:
        if stream_id not in self._relays and len(self._relays) >= self._limits.streams:
            raise TooMuch(f"expected at most {self._limits.streams} streams at once", retry_after_s=10.0)

    def _watchers(self) -> int:
        return sum(relay.watchers for relay in self._relays.values())

    def _relay(self, stream_id: str) -> Relay:
        return self._relays.setdefault(stream_id, Relay(stream_id, self._limits.bounds))

    def _tidy(self, relay: Relay) -> None:
        """A stream without publisher and subscribers is no stream."""
        is_idle = relay.watchers == 0 and relay.stream_id not in self._publishers
        if is_idle and self._relays.get(relay.stream_id) is relay:
            self._past.update(relay.counted())
            del self._relays[relay.stream_id]
