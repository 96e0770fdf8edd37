"""A made-up person who asks to be live: raises a hand, says yes, and sends camera and microphone over a real socket.

Portrait → packets → socket, in real time and stamped with the show's clock, as a phone does; only the tracks that
somebody watches are sent. The hub says when it is over.
"""

from __future__ import annotations

import asyncio
from random import Random

import aiohttp
import msgspec
import structlog

from live.demo.phone import Phone
from live.demo.portrait import AUDIO, LOOP_S, VIDEO, Portrait, portrait
from live.errors import HouselightsError
from live.messages.air import AnswerInvitation, MyAirView, RaiseHand
from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, pack

log = structlog.get_logger()

FIRST_HAND_S = (2.0, 8.0)
PAUSE_S = (30.0, 60.0)
MOST_VISITS = 20
"""A demo that runs all night must not fill the disk: what is live on stage is kept."""
AGAIN_S = 2.0
LEVEL_EVERY = 25
"""Sound packets: two levels a second."""
LEVEL_DB = -14.0


class Guest:
    def __init__(self, phone: Phone, random: Random, workshop: asyncio.Semaphore) -> None:
        self._phone, self._random, self._workshop = phone, random, workshop
        self._seed = random.getrandbits(32)

    async def live(self) -> None:
        """Ask to be live from time to time, and be it whenever the host says so."""
        await asyncio.sleep(self._random.uniform(*FIRST_HAND_S))
        async with self._workshop:
            media = await asyncio.to_thread(portrait, self._seed)
        for _ in range(MOST_VISITS):
            try:
                await self._visit(media)
            except HouselightsError as error:
                log.warning("a made-up person could not go live", who=self._phone.name, reason=str(error))
            await asyncio.sleep(self._random.uniform(*PAUSE_S))

    async def _visit(self, media: Portrait) -> None:
        """From the raised hand to the end of the stream. Raises HouselightsError."""
        await self._phone.ask(RaiseHand(wants="both"))
        is_heard = False
        sending: asyncio.Task[None] | None = None
        try:
            while True:
                self._phone.changed.clear()
                air = self._phone.air
                if air is not None and air.state is not None:
                    is_heard = True
                    sending = sending or await self._heed(air, media)
                elif is_heard:
                    return
                await self._phone.changed.wait()
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _heed(self, air: MyAirView, media: Portrait) -> asyncio.Task[None] | None:
        """Say yes to an invitation; once that is taken, begin to send."""
        if air.stream_id is None:
            return None
        if air.state == "invited":
            await self._phone.ask(AnswerInvitation(stream_id=air.stream_id, accepted=True))
            return None
        return asyncio.create_task(self._publish(air.stream_id, media))

    async def _publish(self, stream_id: str, media: Portrait) -> None:
        """Send until cancelled; a line that broke is made again."""
        url = f"{self._phone.hub_url}/live/{stream_id}/publish"
        headers = {"Authorization": f"Bearer {self._phone.token}"}
        hello = to_json(Hello(stream_id=stream_id, tracks=media.tracks)).decode()
        while True:
            try:
                async with self._phone.session.ws_connect(url, compress=0, headers=headers) as socket:
                    await socket.send_str(hello)
                    await Sending(socket, media, self._phone).run()
            except (aiohttp.ClientError, OSError) as error:
                log.info("a made-up person lost the line", who=self._phone.name, reason=str(error))
            await asyncio.sleep(AGAIN_S)


class Sending:
    """One connection: packets out in real time, the hub's words in."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, media: Portrait, phone: Phone) -> None:
        self._socket, self._media, self._clock = socket, media, phone.link.clock
        self._wanted: frozenset[int] = frozenset()
        self._sequences = {VIDEO: 0, AUDIO: 0}
        self._needs_key = True

    async def run(self) -> None:
        """Return when the socket is closed."""
        sending = asyncio.create_task(self._send())
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._hear(message.data)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _hear(self, text: str) -> None:
        word = msgspec.json.decode(text)
        if word.get("type") == "want":
            self._wanted = frozenset(word["tracks"])
            self._needs_key = True
        elif word.get("type") == "key":
            self._needs_key = True

    async def _send(self) -> None:
        """Pictures and sound, each when it is due; both loops begin together."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        pictures, sounds = self._media.pictures, self._media.sounds
        picture_s, sound_s = LOOP_S / len(pictures), LOOP_S / len(sounds)
        picture = sound = 0
        while True:
            due_s = begun_s + min(picture * picture_s, sound * sound_s)
            await asyncio.sleep(due_s - loop.time())
            if picture * picture_s <= sound * sound_s:
                await self._send_picture(*pictures[picture % len(pictures)])
                picture += 1
            else:
                await self._send_sound(sound, sounds[sound % len(sounds)])
                sound += 1

    async def _send_picture(self, is_key: bool, payload: bytes) -> None:
        """The loop has a key picture every two seconds: who asks for one waits for it."""
        if VIDEO not in self._wanted or (self._needs_key and not is_key):
            return
        self._needs_key = False
        await self._packet(VIDEO, is_key, payload)

    async def _send_sound(self, number: int, payload: bytes) -> None:
        if number % LEVEL_EVERY == 0:
            await self._socket.send_str(f'{{"type":"level","db":{LEVEL_DB}}}')
        if AUDIO in self._wanted:
            await self._packet(AUDIO, True, payload)

    async def _packet(self, track: int, is_key: bool, payload: bytes) -> None:
        self._sequences[track] += 1
        now_us = self._clock.now_us()
        packet = Packet(
            track=track, key=is_key, sequence=self._sequences[track] & 0xFFFF, captured_us=now_us, sent_us=now_us,
            payload=payload,
        )  # fmt: skip
        await self._socket.send_bytes(pack(packet))
