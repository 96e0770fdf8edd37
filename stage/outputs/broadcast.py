"""Sends the program to the hub as a live stream: one raw WebSocket, kept up for ever.

Two threads: one encodes what the engine hands over, one runs the socket. Only tracks that somebody watches (the hub
says `want`) are encoded, so a stream without watchers costs nothing. When the line cannot follow, pictures give way and
sound is kept: waiting pictures are thrown away up to the next key picture. The hub gone, it comes back by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque

import aiohttp
import msgspec
import structlog

from live.clock import US_PER_S
from live.mailbox import DropOldest
from live.messages.base import Tagged
from live.messages.coding import to_json
from live.messages.packets import Packet, pack
from stage.hub_address import HubAddress
from stage.hub_session import open_session
from stage.outputs.feed import Feed, NumberedPicture
from stage.outputs.stream_encoder import SOUND_TRACK, STILL_TRACK, STREAM_ID, VIDEO_TRACK, StreamEncoder
from stage.picture import SAMPLE_RATE_HZ, Block, Picture
from stage.program import ProgramFormat

PICTURES_WAITING = 6
BLOCKS_WAITING = 200
PICTURES_BEHIND = 30
"""Past this many unsent pictures the line is too slow: they are dropped up to the next key picture."""
SOUND_BEHIND = 250
FIRST_RETRY_S, LONGEST_RETRY_S = 0.25, 3.0
CONNECT_WITHIN_S = 5.0
HEARTBEAT_S = 10.0
CLOSE_WITHIN_S = 5.0

ON = "on"

log = structlog.get_logger()


class Want(Tagged, frozen=True):
    """From the hub: the tracks that are watched now."""

    tracks: tuple[int, ...]


class Key(Tagged, frozen=True):
    """From the hub: somebody needs a key picture."""


class Outbox:
    """Packets on their way to the socket, by kind: sound first, then pictures, then the newest still.

    Used by the socket's thread alone.
    """

    def __init__(self) -> None:
        self._sound: DropOldest[Packet] = DropOldest(SOUND_BEHIND)
        self._pictures: deque[Packet] = deque()
        self._still: Packet | None = None
        self._until_key = False
        self._dropped_pictures = 0
        self.news = asyncio.Event()

    @property
    def dropped(self) -> int:
        return self._sound.dropped + self._dropped_pictures

    def put(self, packet: Packet) -> bool:
        """Queue a packet; False when pictures had to give way: a key picture is needed to go on."""
        self.news.set()
        if packet.track == SOUND_TRACK:
            self._sound.put(packet)
        elif packet.track == STILL_TRACK:
            self._still = packet
        elif packet.key:
            if len(self._pictures) > PICTURES_BEHIND // 2:
                self._drop_pictures()
            self._until_key = False
            self._pictures.append(packet)
        elif self._until_key or len(self._pictures) >= PICTURES_BEHIND:
            self._drop_pictures()
            self._dropped_pictures += 1
            asked_before, self._until_key = self._until_key, True
            return asked_before
        else:
            self._pictures.append(packet)
        return True

    def take(self) -> Packet | None:
        packet = self._sound.take() or (self._pictures.popleft() if self._pictures else None)
        if packet is None:
            packet, self._still = self._still, None
        if packet is None:
            self.news.clear()
        return packet

    def clear(self) -> None:
        """Begin a new line: pictures go on from the next key picture."""
        while self._sound.take():
            pass
        self._drop_pictures()
        self._still = None
        self._until_key = True

    def _drop_pictures(self) -> None:
        """What waits is overtaken by the key picture that comes or is asked for."""
        self._dropped_pictures += len(self._pictures)
        self._pictures.clear()


class BroadcastOutput:
    """An `Output` to the hub's stream `program`. `dropped` counts pictures and blocks that were never sent."""

    name = "broadcast"

    def __init__(self, hub: HubAddress, program: ProgramFormat) -> None:
        self._hub = hub
        self._url = f"{hub.url.rstrip('/')}/live/{STREAM_ID}/publish"
        self._program = program
        self._feed = Feed(PICTURES_WAITING, BLOCKS_WAITING)
        self._encoder = StreamEncoder(program)
        self._wanted: frozenset[int] = frozenset()
        self._state = f"program stream: connecting to {self._url}"
        self._newest = (0, time.monotonic())
        self._outbox = Outbox()
        self._loop = asyncio.new_event_loop()
        self._connecting: asyncio.Task[None] = self._loop.create_task(self._stay_connected())
        self._threads = (
            threading.Thread(target=self._run_socket, name="broadcast socket", daemon=True),
            threading.Thread(target=self._run_encoder, name="broadcast encoder", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    @property
    def dropped(self) -> int:
        return self._feed.dropped + self._outbox.dropped

    @property
    def state(self) -> str:
        return self._state

    @property
    def is_watched(self) -> bool:
        return bool(self._wanted)

    @property
    def wants_pictures(self) -> bool:
        return not self._wanted.isdisjoint((VIDEO_TRACK, STILL_TRACK))

    @property
    def wants_sound(self) -> bool:
        return SOUND_TRACK in self._wanted

    def put_picture(self, number: int, picture: Picture) -> None:
        self._note_time(self._program.picture_time_us(number))
        if self.wants_pictures:
            self._feed.put_picture(number, picture)

    def put_block(self, first_frame: int, block: Block) -> None:
        self._note_time(first_frame * US_PER_S // SAMPLE_RATE_HZ)
        if self.wants_sound:
            self._feed.put_block(first_frame, block)

    def close(self) -> None:
        """Drop what waits and let the hub go."""
        self._feed.end()
        with contextlib.suppress(RuntimeError):  # its thread has ended already
            self._loop.call_soon_threadsafe(self._connecting.cancel)
        for thread in self._threads:
            thread.join(CLOSE_WITHIN_S)
        self._state = "off"

    # the encoder's thread

    def _run_encoder(self) -> None:
        while not self._feed.ended:
            item = self._feed.take()
            if item is None:
                continue
            try:
                packets = (
                    self._encoder.picture(item.number, item.picture, self._wanted)
                    if isinstance(item, NumberedPicture)
                    else self._encoder.block(item.first_frame, item.block)
                )
            except (OSError, ValueError) as error:  # FFmpeg's errors are one or the other
                self._state = f"the program stream cannot be encoded: {error}; restart the stage"
                log.error("program stream cannot be encoded", error=str(error))
                continue
            if packets:
                with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                    self._loop.call_soon_threadsafe(self._post, packets)

    # the socket's thread

    def _run_socket(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._connecting)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _post(self, packets: list[Packet]) -> None:
        for packet in packets:
            if not self._outbox.put(packet):
                self._encoder.key_wanted = True

    async def _stay_connected(self) -> None:
        retry_s, attempt = FIRST_RETRY_S, 0
        while True:
            try:
                async with open_session(self._hub, attempt) as session:
                    await self._publish(session)
                trouble = "the hub closed the line"
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                trouble = str(error) or type(error).__name__
            self._wanted = frozenset()
            stood = self._state == ON
            retry_s, attempt = (FIRST_RETRY_S, 0) if stood else (min(2.0 * retry_s, LONGEST_RETRY_S), attempt + 1)
            self._state = f"program stream: {trouble}; trying again by itself"
            log.warning("program stream is away", trouble=trouble, retry_s=retry_s)
            await asyncio.sleep(retry_s)

    async def _publish(self, session: aiohttp.ClientSession) -> None:
        """Publish until the line ends. Raises what aiohttp raises where it cannot begin."""
        async with asyncio.timeout(CONNECT_WITHIN_S):
            socket = await session.ws_connect(self._url, compress=0, heartbeat=HEARTBEAT_S)
            await socket.send_str(to_json(self._encoder.hello()).decode())
        self._outbox.clear()
        self._state = ON
        sending = asyncio.create_task(self._send(socket))
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await socket.close()

    def _hear(self, text: str) -> None:
        try:
            told = msgspec.json.decode(text, type=Want | Key)
        except msgspec.MsgspecError:
            log.debug("program stream: the hub said something we do not know", text=text[:200])
            return
        if isinstance(told, Want):
            begun = frozenset(told.tracks) - self._wanted
            self._encoder.key_wanted |= VIDEO_TRACK in begun
            self._wanted = frozenset(told.tracks)
        else:
            self._encoder.key_wanted = True

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await self._outbox.news.wait()
            while (packet := self._outbox.take()) is not None:
                sent_us = max(packet.captured_us, self._now_us())
                await socket.send_bytes(pack(msgspec.structs.replace(packet, sent_us=sent_us)))

    def _note_time(self, show_us: int) -> None:
        self._newest = show_us, time.monotonic()

    def _now_us(self) -> int:
        """Show time, as pictures and blocks tell it."""
        show_us, at_s = self._newest
        return show_us + int((time.monotonic() - at_s) * US_PER_S)
