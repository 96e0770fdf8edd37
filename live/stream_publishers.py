"""The publishers' half of `live.streams`: `GET /live/STREAM/publish`.

One connection publishes a stream; the newest takes the place of the older. Whenever one comes or goes, what all of them
are to encode to is reckoned anew (`live.hints`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from live import allowance as allowances
from live.allowance import Allowance
from live.hints import Hints
from live.messages.packets import Hello
from live.pace import Pace
from live.publisher import Publisher, first_hello
from live.relay import PROGRAM, Relay
from live.stream_ends import CLOSE_REPLACED, say_goodbye
from live.switchboard import AdmitStream, Admitted, Switchboard

CONNECTS_AT_ONCE, CONNECTS_PER_S = 12, 0.5
"""Two phones that take one stream from each other soon have to wait."""


class Publishers:
    def __init__(self, board: Switchboard, admit: AdmitStream) -> None:
        self._board = board
        self._admit = admit
        self._hints = Hints()
        self._connects = Pace(CONNECTS_AT_ONCE, CONNECTS_PER_S, what="connections of a stream")
        self.on_change: Callable[[], None] = lambda: None
        """Called whenever a publisher comes or goes."""

    async def publish(self, request: web.Request) -> web.StreamResponse:
        board = self._board
        stream_id = board.open_stream(request)
        await self._admit(request, stream_id)
        allowance = allowances.PROGRAM if stream_id == PROGRAM else allowances.GUEST
        board.check_streams(stream_id)
        self._connects.take(stream_id, board.now_us() / 1e6)
        web_socket = board.socket(allowance.packet_bytes + 1)
        await web_socket.prepare(request)
        async with board.serving(web_socket, Admitted(stream_id, request, self._admit)):
            hello = await first_hello(web_socket, board.limits.hello_s)
            if hello is not None:
                await self._hear(web_socket, stream_id, allowance, hello)
        return web_socket

    async def _hear(
        self, web_socket: web.WebSocketResponse, stream_id: str, allowance: Allowance, hello: Hello
    ) -> None:
        """Relay what a publisher sends until it leaves or a newer one takes its place. Raises BadInput or TooMuch."""
        board = self._board
        relay = board.relay(stream_id)
        publisher = Publisher(web_socket, relay, allowance, board.now_us)
        telling = asyncio.create_task(publisher.tell())
        try:
            publisher.begin(hello)
            self._take_place(relay, publisher)
            async for message in web_socket:
                if board.publishers.get(stream_id) is not publisher:
                    return
                if publisher.hear(message):
                    self._begun_again(relay)
        finally:
            if board.publishers.get(stream_id) is publisher:
                del board.publishers[stream_id]
                relay.end()
                self._note_change()
            board.tidy(relay)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def _take_place(self, relay: Relay, publisher: Publisher) -> None:
        """The newest connection publishes; an older one is told that it was replaced."""
        older = self._board.publishers.get(relay.stream_id)
        self._board.publishers[relay.stream_id] = publisher
        if older is not None:
            relay.counts["replaced"] += 1
            self._board.beside(say_goodbye(older.web_socket, CLOSE_REPLACED, "replaced"))
        if publisher.allowance.is_steered:
            publisher.hint(self._hints.now)
        trouble = self._board.troubles.get(relay.stream_id)
        if trouble is not None and not trouble.is_shown:
            publisher.trouble(trouble)
        self._begun_again(relay)
        self._note_change()

    def _begun_again(self, relay: Relay) -> None:
        if relay.needs_key:
            self._board.ask_key(relay)

    def _note_change(self) -> None:
        """A publisher came or went: what the others are to encode to may change."""
        steered = [publisher for publisher in self._board.publishers.values() if publisher.allowance.is_steered]
        cameras = sum("video" in publisher.relay.kinds for publisher in steered)
        microphones = sum("audio" in publisher.relay.kinds for publisher in steered)
        if self._hints.look(cameras, microphones):
            for publisher in steered:
                publisher.hint(self._hints.now)
        self.on_change()
