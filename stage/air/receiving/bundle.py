"""All live streams on one WebSocket to the hub (`GET /live/watch`, `live.messages.bundle`), in one event loop.

Packets go to their streams, and what the streams have to say goes to the hub: keys that they need, how they stand. A
line that breaks is made again by itself. A stream that is rested, or that meets a fault of ours, is left alone and
followed again later; no other is touched.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable

import aiohttp
import structlog

from live.errors import UnknownMessage
from live.messages.base import Tagged
from live.messages.bundle import (
    MAX_BUNDLE_BYTES,
    MAX_NUMBER,
    Begun,
    Ended,
    Follow,
    KeyOf,
    Leave,
    Said,
    TroubleOf,
    split,
)
from live.messages.coding import from_json, to_json
from stage.air.receiving.reception import Reception

log = structlog.get_logger(__name__)

FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 2.0
CONNECT_WITHIN_S = 5.0
HEARTBEAT_S = 10.0
TRACKS = (0, 1)
"""A guest's picture and sound (docs/protocol.md), named so that JPEG comes too."""


class Bundle:
    """Belongs to one event loop. `follow` and `leave` may be called whether the line stands or not."""

    def __init__(self, hub_url: str, now_us: Callable[[], int]) -> None:
        self._url = f"{hub_url.rstrip('/')}/live/watch"
        self._now_us = now_us
        self._numbers = itertools.cycle(range(MAX_NUMBER + 1))
        self._streams: set[Reception] = set()
        self._followed: dict[int, Reception] = {}
        self._number_of: dict[Reception, int] = {}
        self._words: dict[tuple[int, type[Tagged]], Tagged] = {}
        """What is to be said, in this order; of two words of a kind on a stream only the newer."""
        self._has_words = asyncio.Event()
        self._stands = False

    def follow(self, stream: Reception) -> None:
        """Have a stream received from now on, whenever the line stands."""
        self._streams.add(stream)
        self._ask_for(stream)

    def leave(self, stream: Reception) -> None:
        self._streams.discard(stream)
        self._drop(stream)

    async def stay_connected(self, open_session: Callable[[int], aiohttp.ClientSession]) -> None:
        """Keep the line, until cancelled. `open_session` is given how often it failed since the line last stood."""
        retry_s, attempt = FIRST_RETRY_S, 0
        while True:
            began_s = time.monotonic()
            try:
                async with open_session(attempt) as session:
                    await self._connect(session)
            except (aiohttp.ClientError, OSError, TimeoutError, UnknownMessage) as error:
                log.info("the line to the live streams is away", reason=str(error) or type(error).__name__)
            except Exception:
                log.exception("the line to the live streams broke in a way it should not")
            stood = time.monotonic() - began_s > LONGEST_RETRY_S
            retry_s, attempt = (FIRST_RETRY_S, 0) if stood else (min(2 * retry_s, LONGEST_RETRY_S), attempt + 1)
            await asyncio.sleep(retry_s)

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        """Receive until the line ends. Raises UnknownMessage for what is no bundle, and what aiohttp raises."""
        async with asyncio.timeout(CONNECT_WITHIN_S):
            socket = await session.ws_connect(
                self._url, compress=0, heartbeat=HEARTBEAT_S, max_msg_size=MAX_BUNDLE_BYTES + 1
            )
        speaking = asyncio.create_task(self._speak(socket))
        self._stands = True
        try:
            for stream in self._streams:
                self._ask_for(stream)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._hear_packets(message.data)
                elif message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            self._stands = False
            speaking.cancel()
            self._words.clear()
            for stream in list(self._number_of):
                self._drop(stream)
            await socket.close()

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while await self._has_words.wait():
            while self._words:
                word = self._words.pop(next(iter(self._words)))
                await socket.send_str(to_json(word).decode())
            self._has_words.clear()

    def _say(self, word: Follow | Leave | KeyOf | TroubleOf) -> None:
        if self._stands:
            self._words[word.number, type(word)] = word
            self._has_words.set()

    # what the hub says

    def _hear(self, text: str) -> None:
        try:
            said: Said = from_json(text, Said)  # type: ignore[arg-type]  # a union is a type to msgspec
        except UnknownMessage:
            log.warning("the hub said something of the live streams", text=text[:200])
            return
        stream = self._followed.get(said.number)
        if stream is None:
            return
        if isinstance(said, Begun):
            self._guarded(stream, lambda: stream.begin(said.hello))
            return
        del self._followed[said.number], self._number_of[stream]
        stream.leave()
        reason = "it is over" if isinstance(said, Ended) else said.problem.message
        log.info("a stream is away", stream=stream.stream_id, reason=reason)
        self._ask_later(stream, LONGEST_RETRY_S)

    def _hear_packets(self, bundle: bytes) -> None:
        now_us, now_s = self._now_us(), time.monotonic()
        for number, packet in split(bundle):
            stream = self._followed.get(number)
            if stream is None:  # it was left while this was on its way
                continue
            try:
                stream.packet(packet, now_us)
                self._tell(stream, number, now_s)
            except Exception:
                self._broke(stream)

    def _tell(self, stream: Reception, number: int, now_s: float) -> None:
        """Say what the stream has to say; one that is rested is left alone for that long."""
        if stream.wants_key:
            stream.wants_key = False
            self._say(KeyOf(number=number))
        is_resting = stream.is_resting(now_s)
        trouble = stream.telling.take(stream.told, now_s, at_once=is_resting)
        if trouble is not None:
            self._say(TroubleOf(number=number, trouble=trouble))
        if is_resting:
            self._drop(stream)
            self._ask_later(stream, stream.rest_until_s - now_s)

    # who is followed

    def _ask_for(self, stream: Reception) -> None:
        now_s = time.monotonic()
        if not self._stands or stream not in self._streams or stream in self._number_of:
            return
        if stream.is_resting(now_s):
            self._ask_later(stream, stream.rest_until_s - now_s)
            return
        number = next(one for one in self._numbers if one not in self._followed)
        self._followed[number], self._number_of[stream] = stream, number
        stream.telling.begin()
        self._say(Follow(number=number, stream_id=stream.stream_id, tracks=TRACKS))

    def _ask_later(self, stream: Reception, in_s: float) -> None:
        asyncio.get_running_loop().call_later(in_s, self._ask_for, stream)

    def _drop(self, stream: Reception) -> None:
        number = self._number_of.pop(stream, None)
        if number is not None:
            del self._followed[number]
            self._say(Leave(number=number))
        stream.leave()

    def _guarded(self, stream: Reception, does: Callable[[], None]) -> None:
        try:
            does()
        except Exception:
            self._broke(stream)

    def _broke(self, stream: Reception) -> None:
        """A fault of ours costs the stream that met it, for a moment."""
        log.exception("the line of a stream broke in a way it should not", stream=stream.stream_id)
        self._drop(stream)
        self._ask_later(stream, LONGEST_RETRY_S)
