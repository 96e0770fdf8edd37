"""Phones on air without browsers: what was encoded once, sent over real sockets in real time, many at a time.

Footage (tests/footage.py) → `ScriptedPhone.next_picture` → socket. `sent` keeps when each picture, by the number in its
strip, and each pulse of the sound was sent last, by the machine's monotonic clock, so that whoever reads it back knows
the delay. A phone does what the hub asks: a key picture asked for is the next one in the loop, and where larger sound
packets are hinted it begins anew with those. `Misfortune` is what else may happen to it.

As a process of its own, `python -m tests.scripted_phones URL TOKEN --stream A --stream B …`: says `ready`, sends until
its standard input closes, then prints per stream what it sent and when, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
import numpy as np
import uvloop

from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, pack
from tests.footage import AUDIO, PULSE_EVERY_S, VIDEO, Coded, Footage, Sounding, bomb, footage, sounding

USUAL_PACKET_MS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfortune:
    """What goes wrong, at which picture (counted from 0 over the phone's whole life). Nothing, unless said."""

    lose_every: int = 0
    """So many pictures apart one is never sent; its sequence number is missing."""
    garbage_from: int | None = None
    """From here on pictures are random bytes."""
    bomb_at: int | None = None
    """This picture is 8K, whatever was announced."""
    freeze_at: int | None = None
    """Nothing more is sent, and the socket stays open."""
    cut_at: int | None = None
    """The line breaks without a goodbye."""
    flood_at: int | None = None
    """10,000 messages at once."""
    burst_every: int = 0
    """So many pictures are held back and then come together, as on bad Wi-Fi."""
    sound_burst_every: int = 0
    """The same with so many packets of sound, while pictures come at once."""
    clock_off_us: int = 0


FLOOD = 10_000
GOODBYE_S = 2.0
"""How long a phone listens on for why it may not go on."""


@dataclass(slots=True)
class Sent:
    """When what was sent last: `pictures` by the number in the strip, `pulses` in order; monotonic nanoseconds."""

    pictures: dict[int, int] = field(default_factory=dict)
    pulses: list[int] = field(default_factory=list)
    keys_asked: int = 0
    packets: int = 0
    problems: list[str] = field(default_factory=list)
    """What the hub said is wrong, by code, in order."""
    troubles: list[str] = field(default_factory=list)
    """Why nothing is shown, as the stage said it; empty: it is shown."""
    close_code: int | None = None
    """With which the hub closed the socket last."""


class ScriptedPhone:
    """One phone. `publish` sends in real time; `packets` gives what it would send, for those who own the time."""

    def __init__(
        self,
        stream_id: str,
        pictures: Footage | None = None,
        sound: Sounding | None = None,
        *,
        now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        misfortune: Misfortune | None = None,
        phase: float = 0.0,
    ) -> None:
        """`phase`: by how much of an interval between two pictures this phone is later than others."""
        self.stream_id = stream_id
        self.footage = pictures
        self.sound = sound
        self.sent = Sent()
        self.misfortune = misfortune or Misfortune()
        self._now_us = now_us
        self._phase = phase
        self._place = 0
        self._key_asked = False
        self._count = 0
        self._sequences = [0, 0]
        self._sound_place = 0
        self._held: list[bytes] = []
        self._held_sound: list[bytes] = []
        self._packet_ms = sound.packet_ms if sound is not None else USUAL_PACKET_MS
        self._begins_anew = False
        self._random = np.random.default_rng(len(stream_id))

    def hello(self) -> Hello:
        tracks = [one.track() for one in (self.footage, self.sound) if one is not None]
        return Hello(stream_id=self.stream_id, tracks=tuple(tracks))

    def ask_key(self) -> None:
        self._key_asked = True
        self.sent.keys_asked += 1

    def heed(self, packet_ms: int) -> None:
        """Send sound in packets as long as is hinted, beginning anew; who was made with shorter ones keeps those."""
        if self.sound is not None and self._packet_ms >= USUAL_PACKET_MS and packet_ms != self.sound.packet_ms:
            self.sound, self._sound_place = sounding(packet_ms), 0
            self._begins_anew = self._key_asked = True

    def freeze(self) -> None:
        """From the next picture on nothing more is sent, and the socket stays open."""
        self.misfortune = replace(self.misfortune, freeze_at=self._count)

    def next_picture(self) -> Packet | None:
        """The next picture's packet; None where misfortune has it lost."""
        assert self.footage is not None
        coded = self._next_coded(self.footage)
        count, self._count = self._count, self._count + 1
        packet = self._packet(VIDEO, coded.key, self._spoiled(coded.payload, count))
        self.sent.pictures[coded.number] = time.monotonic_ns()
        lost = self.misfortune.lose_every
        return None if lost and count % lost == lost - 1 else packet

    def next_sound(self) -> Packet:
        assert self.sound is not None
        coded = self.sound.packets[self._sound_place]
        self._sound_place = (self._sound_place + 1) % len(self.sound.packets)
        if coded.number * self.sound.packet_ms % round(1000 * PULSE_EVERY_S) < self.sound.packet_ms:
            self.sent.pulses.append(time.monotonic_ns())
        return self._packet(AUDIO, True, coded.payload)

    async def publish(self, session: aiohttp.ClientSession, hub_url: str, token: str) -> None:
        """Send in real time until cancelled, or until the hub or misfortune ends it."""
        url = f"{hub_url.rstrip('/')}/live/{self.stream_id}/publish"
        headers = {"Authorization": f"Bearer {token}"}
        async with session.ws_connect(url, compress=0, headers=headers, max_msg_size=0) as socket:
            await socket.send_str(to_json(self.hello()).decode())
            hearing = asyncio.create_task(self._hear(socket))
            sending = asyncio.create_task(self._send(socket))
            try:
                await asyncio.wait([hearing, sending], return_when=asyncio.FIRST_COMPLETED)
                # A socket that takes no more may still hold the hub's reason.
                await asyncio.wait([hearing], timeout=GOODBYE_S)
            finally:
                self.sent.close_code = socket.close_code
                for task in (hearing, sending):
                    task.cancel()
                await asyncio.gather(hearing, sending, return_exceptions=True)

    # the socket

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            word = json.loads(message.data)
            if word.get("type") == "key":
                self.ask_key()
            elif word.get("type") == "hint":
                self.heed(word["packetMs"])
            elif word.get("type") == "trouble":
                self.sent.troubles.append(word["text"])
            elif "code" in word:
                self.sent.problems.append(word["code"])

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        started_s = asyncio.get_running_loop().time()
        picture_s = 1.0 / self.footage.pictures_per_second if self.footage else math.inf
        picture_at = started_s + self._phase * picture_s if self.footage else math.inf
        sound_at = started_s + self._phase * self._packet_ms / 1000 if self.sound else math.inf
        while True:
            await _moment(min(picture_at, sound_at))
            if self._begins_anew:
                self._begins_anew = False
                await socket.send_str(to_json(self.hello()).decode())
            if picture_at <= sound_at:
                picture_at += picture_s
                await self._send_picture(socket)
            elif self.sound is not None:
                sound_at += self.sound.packet_ms / 1000
                await self._send_sound(socket)

    async def _send_picture(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        count, misfortune = self._count, self.misfortune
        if count == misfortune.freeze_at:
            await asyncio.get_running_loop().create_future()
        if count == misfortune.cut_at:
            assert socket._response.connection is not None
            assert socket._response.connection.transport is not None
            socket._response.connection.transport.abort()
        packet = self.next_picture()
        if packet is None:
            return
        self._held += [pack(packet)] * (FLOOD if count == misfortune.flood_at else 1)
        if misfortune.burst_every and (count + 1) % misfortune.burst_every:
            return
        held, self._held = self._held, []
        for message in held:
            await socket.send_bytes(message)
            self.sent.packets += 1
            # Phones of one process share a loop: a flood of one must not hold up the others here.
            await asyncio.sleep(0)

    async def _send_sound(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._held_sound.append(pack(self.next_sound()))
        if len(self._held_sound) < self.misfortune.sound_burst_every:
            return
        held, self._held_sound = self._held_sound, []
        for message in held:
            await socket.send_bytes(message)
            self.sent.packets += 1

    # what is sent

    def _next_coded(self, loop: Footage) -> Coded:
        if self._key_asked:
            self._key_asked = False
            while not loop.pictures[self._place].key:
                self._place = (self._place + 1) % len(loop.pictures)
        coded = loop.pictures[self._place]
        self._place = (self._place + 1) % len(loop.pictures)
        return coded

    def _spoiled(self, payload: bytes, count: int) -> bytes:
        misfortune = self.misfortune
        if misfortune.garbage_from is not None and count >= misfortune.garbage_from:
            return self._random.bytes(len(payload))
        return bomb() if count == misfortune.bomb_at else payload

    def _packet(self, track: int, key: bool, payload: bytes) -> Packet:
        self._sequences[track] += 1
        at_us = self._now_us() + self.misfortune.clock_off_us
        return Packet(
            track=track, key=key, sequence=self._sequences[track] & 0xFFFF, captured_us=at_us, sent_us=at_us,
            payload=payload,
        )  # fmt: skip


async def _moment(at_s: float) -> None:
    """Wait until the loop's time is `at_s`."""
    loop = asyncio.get_running_loop()
    reached: asyncio.Future[None] = loop.create_future()

    def reach() -> None:
        if not reached.done():
            reached.set_result(None)

    handle = loop.call_at(at_s, reach)
    try:
        await reached
    finally:
        handle.cancel()


@asynccontextmanager
async def on_air(hub_url: str, phones: dict[str, ScriptedPhone]) -> AsyncIterator[None]:
    """Publish, each phone with its token (the keys), while the block runs."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        tasks = [asyncio.create_task(phone.publish(session, hub_url, token)) for token, phone in phones.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _run(arguments: argparse.Namespace) -> None:
    width, height, rate = SIZES[arguments.size]
    loop = footage(width, height, rate) if width else None
    sound = sounding(arguments.packet_ms) if arguments.sound else None
    count = len(arguments.stream)
    phones = [ScriptedPhone(one, loop, sound, phase=n / count) for n, one in enumerate(arguments.stream)]
    ended = asyncio.Event()
    running = asyncio.get_running_loop()
    reading = threading.Thread(target=_until_closed, args=(running, ended), daemon=True)
    reading.start()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = [asyncio.create_task(phone.publish(session, arguments.url, arguments.token)) for phone in phones]
        print("ready", flush=True)
        await ended.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    loop_ns = len(loop.pictures) * 1_000_000_000 // loop.pictures_per_second if loop else None
    sent = {
        phone.stream_id: {
            "pictures": list(phone.sent.pictures.items()),
            "pulses": phone.sent.pulses,
            "loop_ns": loop_ns,
        }
        for phone in phones
    }
    print(json.dumps(sent), flush=True)


def _until_closed(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    sys.stdin.read()
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(ended.set)


SIZES = {"360p30": (640, 360, 30), "180p10": (320, 180, 10), "720p30": (1280, 720, 30), "none": (0, 0, 0)}


def main() -> None:
    parser = argparse.ArgumentParser(description="scripted phones, sending until standard input closes")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--stream", action="append", default=[])
    parser.add_argument("--size", choices=SIZES, default="360p30")
    parser.add_argument("--sound", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--packet-ms", type=int, choices=(10, 20), default=20)
    uvloop.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
