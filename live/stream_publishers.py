"""The publishers' half of `live.streams`: `GET /live/STREAM/publish`.

One connection publishes a stream; the newest takes the place of the older. Whenever one comes or goes, what all of them
are to encode to is reckoned anew (`live.hints`). One whose line loses packets is asked for a second line beside it
(`live.second_line`), which lives no longer than the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from live import allowance as allowances
from live.allowance import Allowance, Flow
from live.errors import NotAllowed
from live.hints import Hints
from live.line_losses import losses_seen
from live.messages.packets import Hello
from live.pace import Pace
from live.publisher import Publisher, first_hello
from live.relay import PROGRAM, Relay
from live.second_line import Quiet
from live.stream_ends import CLOSE_REPLACED, CLOSE_UNNEEDED, say_goodbye
from live.switchboard import AdmitStream, Admitted, Switchboard

CONNECTS_AT_ONCE, CONNECTS_PER_S = 12, 0.5
"""Two phones that take one stream from each other soon have to wait."""


class Publishers:
    def __init__(self, board: Switchboard, admit: AdmitStream) -> None:
        self._board = board
        self._admit = admit
        self._hints = Hints()
        self._quiet = Quiet()
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
        if "beside" in request.query:
            return await self._publish_beside(request, stream_id)
        web_socket = board.socket(allowance.packet_bytes + 1)
        await web_socket.prepare(request)
        async with board.serving(web_socket, Admitted(stream_id, request, self._admit)):
            hello = await first_hello(web_socket, board.limits.hello_s)
            if hello is not None:
                losses = losses_seen(request.transport)
                await self._hear(web_socket, stream_id, allowance, hello, losses)
        return web_socket

    async def _publish_beside(self, request: web.Request, stream_id: str) -> web.StreamResponse:
        """Take the copies that a second line brings, while it helps. Raises NotAllowed."""
        board = self._board
        publisher = board.publishers.get(stream_id)
        if publisher is None or not publisher.second.fits(request.query["beside"], board.now_us()):
            raise NotAllowed("expected the key of a second line that was asked for, got another; wait to be asked")
        web_socket = board.socket(publisher.allowance.packet_bytes + 1)
        await web_socket.prepare(request)
        async with board.serving(web_socket, Admitted(stream_id, request, self._admit)):
            await self._hear_beside(web_socket, publisher)
        return web_socket

    async def _hear_beside(self, web_socket: web.WebSocketResponse, publisher: Publisher) -> None:
        second, now_us, stream_id = publisher.second, self._board.now_us, publisher.relay.stream_id
        if self._board.publishers.get(stream_id) is not publisher or not second.key:
            return  # its first line went while hands were shaken
        publisher.beside = web_socket
        second.open(now_us())
        flow = Flow(publisher.allowance, now_us())
        try:
            async for message in web_socket:
                if publisher.beside is not web_socket:
                    return
                publisher.hear_beside(message, flow)
                if second.is_over(now_us()):
                    self._leave_beside(publisher)
        finally:
            if publisher.beside is web_socket:
                publisher.beside = None
                second.close()

    def _leave_beside(self, publisher: Publisher) -> None:
        """What the second line brings counts no more."""
        if publisher.beside is not None:
            self._board.beside(say_goodbye(publisher.beside, CLOSE_UNNEEDED, "not needed"))
            publisher.beside = None
            publisher.second.close()

    def _ask_beside(self, publisher: Publisher) -> None:
        """Ask for a second line, or another one for what is published from now on."""
        board = self._board
        self._leave_beside(publisher)
        if not publisher.allowance.is_steered or board.second_lines() >= board.limits.second_lines:
            publisher.second.put_off(board.now_us())
            return
        publisher.relay.counts["second_lines_asked"] += 1
        publisher.ask_second()

    async def _hear(
        self,
        web_socket: web.WebSocketResponse,
        stream_id: str,
        allowance: Allowance,
        hello: Hello,
        losses: Callable[[], int],
    ) -> None:
        """Relay what a publisher sends until it leaves or a newer one takes its place. Raises BadInput or TooMuch."""
        board = self._board
        relay = board.relay(stream_id)
        publisher = Publisher(web_socket, relay, allowance, board.now_us, self._quiet, losses)
        telling = asyncio.create_task(publisher.tell())
        try:
            publisher.begin(hello)
            self._take_place(relay, publisher)
            async for message in web_socket:
                if board.publishers.get(stream_id) is not publisher:
                    return
                if publisher.hear(message):
                    self._begun_again(relay)
                if publisher.second.is_due:
                    self._ask_beside(publisher)
        finally:
            self._leave_beside(publisher)
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
            self._leave_beside(older)
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
