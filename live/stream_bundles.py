"""The stage's way to watch: all the streams it wants on one WebSocket, `GET /live/watch` (`live.messages.bundle`).

A hall of 200 microphones sends thousands of packets a second. On a socket each, every packet would wake both ends by
itself; here what comes in one turn of the loop goes out in one message. Each stream has its own `Ear` and its own
bounds, so that one that cannot be followed loses its own packets only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

import structlog
from aiohttp import WSMsgType, web

from live.ear import Ear, Heard, frame_of, never, nothing
from live.errors import BadInput, HouselightsError, NotAllowed
from live.messages.base import Tagged
from live.messages.bundle import GATHERED_BYTES, HEAD, MAX_NUMBER, Asked, Begun, Ended, Follow, KeyOf, Leave, Refused
from live.messages.coding import from_json, to_json
from live.messages.packets import Hello
from live.messages.views import Problem
from live.relay import PROGRAM, Relay
from live.stream_ends import WritingEnd, keep_little_unsent
from live.switchboard import AdmitStream, Admitted, Switchboard

MOST_WORD_BYTES = 4096
AHEAD_BYTES = 512 * 1024
"""What may lie unsent in the transport: key pictures of many guests come at once."""
NO_ONE_STREAM = ""
"""Where a socket is kept by what it watches."""

_log = structlog.get_logger(__name__)


class Bundles:
    def __init__(self, board: Switchboard, admit: AdmitStream, is_stage: Callable[[web.Request], bool]) -> None:
        self._board = board
        self._admit = admit
        self._is_stage = is_stage

    async def watch(self, request: web.Request) -> web.StreamResponse:
        board = self._board
        board.check_open()
        await self._admit_stage(request, PROGRAM)
        web_socket = board.socket(MOST_WORD_BYTES)
        await web_socket.prepare(request)
        async with board.serving(web_socket, Admitted(NO_ONE_STREAM, request, self._admit_stage)):
            if request.transport is not None:
                await self._serve(request, request.transport, web_socket)
        return web_socket

    async def _admit_stage(self, request: web.Request, _stream_id: str) -> None:
        await self._admit(request, PROGRAM)
        if not self._is_stage(request):
            raise NotAllowed("expected the stage, which alone watches many streams at once; watch /live/STREAM/watch")

    async def _serve(
        self, request: web.Request, transport: asyncio.WriteTransport, web_socket: web.WebSocketResponse
    ) -> None:
        """Serve until the socket ends. Raises BadInput."""
        board = self._board
        keep_little_unsent(request)
        bundle = Bundle(board, web_socket, transport, f"{request.remote}#{id(request):x}")
        board.bundles.add(bundle)
        try:
            async for message in web_socket:
                if message.type is not WSMsgType.TEXT:
                    raise BadInput("expected a word of live/messages/bundle.py, got a binary message")
                bundle.heed(from_json(message.data, Asked))  # type: ignore[arg-type]  # a union is a type to msgspec
        finally:
            board.bundles.discard(bundle)
            bundle.close()


class Bundle(WritingEnd):
    """The writing end of one socket, and the streams that go there."""

    def __init__(
        self, board: Switchboard, web_socket: web.WebSocketResponse, transport: asyncio.WriteTransport, name: str
    ) -> None:
        super().__init__(web_socket, transport, self._give_up, board.limits.write_s, AHEAD_BYTES)
        self._board = board
        self._name = name
        self._followed: dict[int, tuple[Relay, Ear]] = {}
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._news: deque[int] = deque()
        """Numbers of streams of which something waits in the ear, each once, by turns."""

    # what the watcher asks

    def heed(self, asked: Asked) -> None:
        """Do what is asked. Raises BadInput for a number that is taken, or too large."""
        if isinstance(asked, Follow):
            self._follow(asked)
            return
        followed = self._followed.get(asked.number)
        if followed is None:  # it ended while the word was on its way
            return
        relay, _ = followed
        if isinstance(asked, Leave):
            self._forget(asked.number)
        elif isinstance(asked, KeyOf):
            self._board.ask_key(relay)
        else:
            try:
                self._board.heed_trouble(relay.stream_id, asked.trouble)
            except HouselightsError as error:  # said too often: costs the word, not everybody's socket
                _log.warning("words of trouble left out", stream=relay.stream_id, error=str(error))

    def _follow(self, asked: Follow) -> None:
        if not 0 <= asked.number <= MAX_NUMBER or asked.number in self._followed:
            raise BadInput(f"expected a free number from 0 to {MAX_NUMBER}, got {asked.number}; take another")
        try:
            self._board.check_name(asked.stream_id)
            self._board.check_room(asked.stream_id)
        except HouselightsError as error:
            self._say(Refused(number=asked.number, problem=Problem.of(error)))
            return
        chosen = frozenset(asked.tracks)
        ear = Ear(self._name, lambda track: track.track in chosen, self._board.limits.bounds)
        ear.listen(partial(self._note, asked.number), partial(self._pass_on, asked.number))
        self._followed[asked.number] = self._board.join(asked.stream_id, ear), ear

    def end(self, stream_id: str) -> None:
        for number in [each for each, (relay, _) in self._followed.items() if relay.stream_id == stream_id]:
            self._forget(number)
            self._say(Ended(number=number))

    def close(self) -> None:
        for number in list(self._followed):
            self._forget(number)
        super().close()

    def _forget(self, number: int) -> None:
        relay, ear = self._followed.pop(number)
        ear.listen(nothing, never)
        self._board.leave(relay, ear)

    def _give_up(self) -> None:
        for relay, _ in self._followed.values():
            relay.counts["let_go"] += 1
        _log.warning("the stage let go: does not read", subscriber=self._name, streams=len(self._followed))
        self._transport.abort()

    # what goes out

    def _pass_on(self, number: int, heard: Heard) -> bool:
        if self._gathered_bytes >= GATHERED_BYTES or not self._takes_more():
            return False
        self._gather(number, heard.message)
        self._wake()
        return True

    def _note(self, number: int) -> None:
        if number not in self._news:
            self._news.append(number)
        self._wake()

    def _gather(self, number: int, message: bytes) -> None:
        self._gathered += HEAD.pack(number, len(message)), message
        self._gathered_bytes += HEAD.size + len(message)

    def _put_some(self) -> bool:
        while self._news and self._gathered_bytes < GATHERED_BYTES:
            number = self._news.popleft()
            if number not in self._followed:
                continue
            _, ear = self._followed[number]
            item = ear.take()
            if item is None:
                continue
            self._news.append(number)
            if isinstance(item, Hello):
                self._say(Begun(number=number, hello=item))
            else:
                self._gather(number, item.message)
                ear.count_out(item)
        return self._hand_over()

    def _hand_over(self) -> bool:
        if not self._gathered:
            return False
        self._transport.write(frame_of(b"".join(self._gathered)))
        self._gathered.clear()
        self._gathered_bytes = 0
        return True

    def _say(self, word: Tagged) -> None:
        """Words keep their place among the packets."""
        self._hand_over()
        if self._is_open():
            self._transport.write(frame_of(to_json(word), is_text=True))
