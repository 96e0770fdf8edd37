"""A client's line to the hub: control over Socket.IO from a thread of its own, for stage and capture.

It connects for ever: after every drop it comes back with the (epoch, offset) it has and receives what it missed,
once. Acts are kept until they are answered and sent again under the same act id, so each is done exactly once.
Cosmetics (levels) are sent only while connected. Callbacks run on the link's own thread: hand over and return.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import socketio
import structlog

from live.clock import FollowedClock
from live.errors import HouselightsError, TooMuch, Unavailable
from live.messages.base import Tagged
from live.messages.coding import from_plain, to_plain
from live.messages.ids import new_id
from live.messages.phones import Reactions
from live.messages.views import Ack, Changes, Entries, Levels, Pong, Welcome

log = structlog.get_logger()

ACTS_CAPACITY = 10_000
RETRY_FIRST_S, RETRY_MOST_S = 0.1, 0.5
LAST_WORDS_S = 1.0
CLOCK_QUICK_S, CLOCK_SLOW_S, CLOCK_QUICK_PINGS = 0.1, 2.0, 8


class Link:
    """See the module. `token` may be a function, asked at every connection (keys are turned during a show);
    `epoch_offset` is where a client that remembers wants to go on.
    """

    def __init__(
        self,
        hub_url: str,
        namespace: str,
        token: str | Callable[[], str],
        *,
        epoch_offset: tuple[str, int] | None = None,
    ) -> None:
        self._hub_url, self._namespace, self._token = hub_url, namespace, token
        self._epoch, self._offset = epoch_offset or ("", 0)
        self._acts: OrderedDict[str, tuple[Tagged, Future[Ack]]] = OrderedDict()
        self._sent: set[str] = set()
        self._on_welcome: Callable[[Welcome], None] = lambda _: None
        self._on_entries: Callable[[Entries], None] = lambda _: None
        self._on_reactions: Callable[[Reactions], None] = lambda _: None
        self._on_changes: Callable[[Changes], None] = lambda _: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"link{namespace}", daemon=True)
        self._client: Any = None
        self._stopping = asyncio.Event()
        self.clock = FollowedClock()
        self.connected = False
        self.refusal: str = ""
        """Why the hub does not let this client in, where it said so."""
        self.is_refused = threading.Event()
        self.levels_dropped = 0

    def on_welcome(self, callback: Callable[[Welcome], None]) -> None:
        self._on_welcome = callback

    def on_reactions(self, callback: Callable[[Reactions], None]) -> None:
        """Have what the hall gives back, up to ten times a second; on the link's thread."""
        self._on_reactions = callback

    def on_entries(self, callback: Callable[[Entries], None]) -> None:
        self._on_entries = callback

    def on_changes(self, callback: Callable[[Changes], None]) -> None:
        self._on_changes = callback

    @property
    def epoch_offset(self) -> tuple[str, int]:
        return self._epoch, self._offset

    def start(self) -> None:
        self._thread.start()

    def close(self, within_s: float = 2.0) -> None:
        """Send what can still be sent, then disconnect. Unanswered acts fail with Unavailable."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(within_s + 1.0)

    def act(self, message: Tagged) -> Future[Ack]:
        """Ask the hub; the future is set when it answered, however often the line drops meanwhile. From any thread.

        Raises TooMuch when ACTS_CAPACITY are waiting.
        """
        if len(self._acts) >= ACTS_CAPACITY:
            raise TooMuch(f"{ACTS_CAPACITY} acts wait for the hub already: is it running?", retry_after_s=1.0)
        future: Future[Ack] = Future()
        act_id = new_id()
        self._acts[act_id] = (message, future)
        self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._send_waiting()))
        return future

    def send_levels(self, levels: Levels) -> None:
        """Send if the line is up. From any thread."""
        if not self.connected:
            self.levels_dropped += 1
            return
        self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._emit_levels(levels)))

    # everything below runs on the link's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._keep_connected())
        finally:
            for _, future in self._acts.values():
                if not future.done():
                    future.set_exception(Unavailable("the line to the hub was closed before it answered"))
            self._loop.close()

    async def _keep_connected(self) -> None:
        wait_s = RETRY_FIRST_S
        while not self._stopping.is_set():
            if await self._connect():
                wait_s = RETRY_FIRST_S
                await self._while_connected()
            else:
                wait_s = min(wait_s * 1.5, RETRY_MOST_S)
            await self._pause(wait_s)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _connect(self) -> bool:
        client = socketio.AsyncClient(reconnection=False, logger=False, engineio_logger=False)
        client.on("welcome", self._welcomed, namespace=self._namespace)
        client.on("entries", self._got_entries, namespace=self._namespace)
        client.on("changes", self._got_changes, namespace=self._namespace)
        client.on("reactions", self._got_reactions, namespace=self._namespace)
        client.on("connect_error", self._refused, namespace=self._namespace)
        token = self._token if isinstance(self._token, str) else self._token()
        auth = {"token": token, "epoch": self._epoch, "offset": self._offset}
        try:
            await client.connect(
                self._hub_url, auth=auth, namespaces=[self._namespace], transports=["websocket"], wait_timeout=3
            )
        except Exception as error:  # a hub that goes while hands are shaken is a TypeError to Socket.IO's engine
            log.debug("hub not reached", hub=self._hub_url, reason=str(error))
            await client.disconnect()
            return False
        self._client, self.connected, self.refusal = client, True, ""
        return True

    async def _while_connected(self) -> None:
        self._sent.clear()
        pings = asyncio.create_task(self._keep_clock())
        await self._send_waiting()
        # Not `client.wait()`: it sleeps for a second after the end, for a reconnection that is done here.
        gone = asyncio.create_task(self._client.eio.wait())
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({gone, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await self._say_last_words()
        self.connected = False
        pings.cancel()
        stop.cancel()
        # `gone` is not cancelled: it waits on Socket.IO's own reading task and would take that down with it.
        await asyncio.gather(pings, gone, stop, return_exceptions=True)

    async def _say_last_words(self) -> None:
        """Give what was asked a moment to be answered, then hang up."""
        await self._send_waiting()
        answers = [asyncio.wrap_future(future) for _, future in self._acts.values()]
        if answers:
            await asyncio.wait(answers, timeout=LAST_WORDS_S)
        await self._client.disconnect()

    async def _keep_clock(self) -> None:
        pings = 0
        while True:
            sent_us = self.clock.local_us()
            try:
                answer = await self._client.call("clock", {}, namespace=self._namespace, timeout=5)
                self.clock.observe(sent_us, from_plain(answer, Pong).now_us, self.clock.local_us())
            except (socketio.exceptions.SocketIOError, HouselightsError) as error:
                log.debug("clock ping failed", reason=str(error))
            pings += 1
            await asyncio.sleep(CLOCK_QUICK_S if pings < CLOCK_QUICK_PINGS else CLOCK_SLOW_S)

    async def _send_waiting(self) -> None:
        """Send, in order, every act that this connection has not carried yet."""
        if not self.connected:
            return
        for act_id, (message, _) in list(self._acts.items()):
            if act_id not in self._sent:
                self._sent.add(act_id)
                data = {"actId": act_id, "act": to_plain(message)}
                try:
                    await self._client.emit("act", data, namespace=self._namespace, callback=self._answered_to(act_id))
                except socketio.exceptions.SocketIOError:
                    return  # the line dropped; all of them go again on the next one

    def _answered_to(self, act_id: str) -> Callable[[Any], None]:
        def answered(data: Any) -> None:
            waiting = self._acts.pop(act_id, None)
            if waiting is not None and not waiting[1].done():
                waiting[1].set_result(from_plain(data, Ack))

        return answered

    async def _emit_levels(self, levels: Levels) -> None:
        try:
            await self._client.emit("levels", to_plain(levels), namespace=self._namespace)
        except socketio.exceptions.SocketIOError:
            self.levels_dropped += 1

    async def _refused(self, problem: Any = None) -> None:
        said = str(problem.get("message", "")) if isinstance(problem, dict) else ""
        if said and said != self.refusal:
            self.refusal = said
            self.is_refused.set()
            log.warning("the hub refuses this client", reason=self.refusal)

    async def _welcomed(self, data: Any) -> None:
        welcome = from_plain(data, Welcome)
        if welcome.epoch != self._epoch:
            self._epoch, self._offset = welcome.epoch, 0
        if not self.clock.is_synchronised:
            local_us = time.monotonic_ns() // 1000
            self.clock.observe(local_us, welcome.now_us, local_us)
        self._on_welcome(welcome)

    async def _got_entries(self, data: Any) -> None:
        entries = from_plain(data, Entries)
        if entries.since <= self._offset < entries.offset or (entries.offset == self._offset == 0):
            self._on_entries(entries)
            self._offset = entries.offset

    async def _got_reactions(self, data: Any) -> None:
        self._on_reactions(from_plain(data, Reactions))

    async def _got_changes(self, data: Any) -> None:
        changes = from_plain(data, Changes)
        if changes.since <= self._offset <= changes.offset:
            self._on_changes(changes)
            self._offset = changes.offset
