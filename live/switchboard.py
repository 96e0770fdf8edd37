"""What the two halves of `live.streams` share: which streams there are, who publishes each, and every open socket.

Publishers (`live.stream_publishers`) and watchers (`live.stream_watchers`) meet here and nowhere else: a relay is made
when the first of either comes and put away when the last has gone, and its counts are kept. What the stage says of a
stream is kept here too, for as long as it is likely to hold.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

import structlog
from aiohttp import WSCloseCode, web

from live.ear import Ear
from live.errors import HouselightsError, NotFound, TooMuch, Unavailable
from live.messages.air import Trouble
from live.pace import Pace
from live.publisher import Publisher
from live.relay import Relay, is_stream_id
from live.stream_ends import CLOSE_ENDED, refuse, say_goodbye
from live.stream_limits import StreamLimits

AdmitStream = Callable[[web.Request, str], Awaitable[str | None]]
"""Returns where the asker may publish or watch the stream, else raises NotAllowed, NotFound, BadToken or BadOrigin.
What it returns is the device that its watchers are counted by; None: not counted."""

TROUBLE_LASTS_S = 45.0
"""The stage looks at a stream again after 30 s at most (`stage.air.stream`), or at it no more."""
TROUBLES_AT_ONCE, TROUBLES_PER_S = 20, 2.0
SHOWN = Trouble(text="")

_log = structlog.get_logger(__name__)


class Admitted(NamedTuple):
    """Who was let in, so that it can be asked again whether they may."""

    stream_id: str
    request: web.Request
    by: AdmitStream


class ManyStreams(Protocol):
    """One socket that watches many streams."""

    def end(self, stream_id: str) -> None:
        """That stream is over, if it is one of them."""
        ...


class Switchboard:
    def __init__(self, now_us: Callable[[], int], limits: StreamLimits) -> None:
        self.now_us = now_us
        self.limits = limits
        self.relays: dict[str, Relay] = {}
        self.publishers: dict[str, Publisher] = {}
        self.readers: dict[asyncio.BaseTransport, Admitted] = {}
        """Of multipart pictures."""
        self.past: Counter[str] = Counter()
        """Counts of streams that ended, and of who never got so far."""
        self.troubles: dict[str, Trouble] = {}
        """What the stage finds wrong with which stream."""
        self.bundles: set[ManyStreams] = set()
        """Who watches many streams on one socket."""
        self._paces = Pace(TROUBLES_AT_ONCE, TROUBLES_PER_S, what="words of trouble")
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._sockets: dict[web.WebSocketResponse, Admitted] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._is_open = True

    # streams

    def open_stream(self, request: web.Request) -> str:
        """Return the stream's id. Raises NotFound, or Unavailable while the hub stops."""
        self.check_open()
        stream_id = request.match_info["stream"]
        self.check_name(stream_id)
        return stream_id

    def check_open(self) -> None:
        """Raises Unavailable while the hub stops."""
        if not self._is_open:
            raise Unavailable("the hub is being stopped; come again in a moment")

    def check_name(self, stream_id: str) -> None:
        """Raises NotFound."""
        if not is_stream_id(stream_id):
            raise NotFound(f"no stream {stream_id[:80]!r}; the program is /live/program/watch")

    def check_streams(self, stream_id: str) -> None:
        """Raises TooMuch where there are as many streams as there may be, and this is none of them."""
        if stream_id not in self.relays and len(self.relays) >= self.limits.streams:
            raise TooMuch(f"expected at most {self.limits.streams} streams at once", retry_after_s=10.0)

    def check_room(self, stream_id: str) -> None:
        """Raises TooMuch where nobody more may watch it."""
        self.check_streams(stream_id)
        relay, limits = self.relays.get(stream_id), self.limits
        if self.watchers() >= limits.watchers or (relay is not None and relay.watchers >= limits.watchers_per_stream):
            raise TooMuch("as many watch as the hub can serve; try again in a while", retry_after_s=10.0)

    def join(self, stream_id: str, ear: Ear) -> Relay:
        """Have an ear hear a stream from its last key picture on, until it leaves."""
        relay = self.relay(stream_id)
        relay.join(ear, self.now_us())
        self.tell_want(relay)
        if ear.needs_key:
            self.ask_key(relay)
        return relay

    def leave(self, relay: Relay, ear: Ear) -> None:
        relay.leave(ear)
        self.tell_want(relay)
        self.tidy(relay)

    def relay(self, stream_id: str) -> Relay:
        return self.relays.setdefault(stream_id, Relay(stream_id, self.limits.bounds))

    def tidy(self, relay: Relay) -> None:
        """A stream without publisher and subscribers is no stream."""
        is_idle = relay.watchers == 0 and relay.stream_id not in self.publishers
        if is_idle and self.relays.get(relay.stream_id) is relay:
            self.past.update(relay.counted())
            del self.relays[relay.stream_id]

    def watchers(self) -> int:
        return sum(relay.watchers for relay in self.relays.values())

    def second_lines(self) -> int:
        """How many are open, or may be any moment."""
        now_us = self.now_us()
        return sum(publisher.second.is_there(now_us) for publisher in self.publishers.values())

    # what a stream's publisher is told

    def tell_want(self, relay: Relay) -> None:
        publisher = self.publishers.get(relay.stream_id)
        if publisher is not None:
            publisher.want(relay.wanted())

    def ask_key(self, relay: Relay) -> None:
        publisher = self.publishers.get(relay.stream_id)
        if publisher is not None and relay.may_ask_key(self.now_us()):
            publisher.ask_key()

    def heed_trouble(self, stream_id: str, trouble: Trouble) -> None:
        """Do as `tell_trouble`, said by the stage. Raises TooMuch."""
        self._paces.take(stream_id, self.now_us() / 1e6)
        self.tell_trouble(stream_id, trouble)

    def tell_trouble(self, stream_id: str, trouble: Trouble) -> None:
        """Keep what the stage says of a stream, and tell its publisher whether it is shown."""
        forgetting = self._forgetting.pop(stream_id, None)
        if forgetting is not None:
            forgetting.cancel()
        self.troubles.pop(stream_id, None)
        if trouble.text:
            self.troubles[stream_id] = trouble
            later = asyncio.get_running_loop().call_later
            self._forgetting[stream_id] = later(TROUBLE_LASTS_S, self.tell_trouble, stream_id, SHOWN)
        publisher = self.publishers.get(stream_id)
        if publisher is not None:
            publisher.trouble(SHOWN if trouble.is_shown else trouble)

    # sockets

    def socket(self, most_bytes: int) -> web.WebSocketResponse:
        return web.WebSocketResponse(
            compress=False, max_msg_size=most_bytes, heartbeat=self.limits.heartbeat_s, timeout=1.0
        )

    @asynccontextmanager
    async def serving(self, web_socket: web.WebSocketResponse, admitted: Admitted) -> AsyncIterator[None]:
        """While a socket is served; what it does wrong is said to it before it is closed."""
        self._sockets[web_socket] = admitted
        try:
            yield
        except HouselightsError as error:
            self.past["refused"] += 1
            _log.warning("media socket refused", code=error.code, error=str(error))
            await refuse(web_socket, error)
        finally:
            del self._sockets[web_socket]

    def beside(self, coroutine: Coroutine[None, None, None]) -> None:
        """Have something said to a socket while everybody else goes on."""
        task = asyncio.create_task(coroutine)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def end(self, stream_id: str) -> None:
        """The stream is over: say so to whoever publishes or watches it."""
        for web_socket in [each for each, admitted in self._sockets.items() if admitted.stream_id == stream_id]:
            self.beside(say_goodbye(web_socket, CLOSE_ENDED, "ended"))
        for bundle in list(self.bundles):
            bundle.end(stream_id)

    async def look_again(self) -> None:
        """Let go of whoever may not publish or watch any more."""
        for web_socket, admitted in list(self._sockets.items()):
            try:
                await admitted.by(admitted.request, admitted.stream_id)
            except HouselightsError as error:
                self.beside(refuse(web_socket, error))
        for transport, admitted in list(self.readers.items()):
            try:
                await admitted.by(admitted.request, admitted.stream_id)
            except HouselightsError:
                transport.close()

    def open(self) -> None:
        self._is_open = True

    async def close(self) -> None:
        """Say goodbye to everyone; who does not answer soon is cut off."""
        self._is_open = False
        for forgetting in self._forgetting.values():
            forgetting.cancel()
        reason = "the hub is being stopped"
        await asyncio.gather(*(say_goodbye(each, WSCloseCode.GOING_AWAY, reason) for each in list(self._sockets)))
        for transport in list(self.readers):
            transport.close()
