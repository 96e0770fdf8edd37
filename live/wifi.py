"""What the hall's Wi-Fi carries, tried with a phone: the page `/wifi` and its socket, `/wifi/try`.

A wire says how fast it is; the air only shows when somebody sends, from where the audience sits. So a phone of the crew
sends over the kind of socket that live guests use, and the hub counts what comes. The last try is kept in
`capacity.json` and held to at once. One try at a time, bounded in bytes and seconds, and none while guests are on air.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NoReturn

import structlog
from aiohttp import WSMsgType, web

from live.capacity import LINK_SHARE, PHONE_MBIT_S, read_capacity, usable_cores, with_air, write_capacity
from live.doors import Doors
from live.errors import BadInput, Conflict, HouselightsError, Unavailable
from live.https import Surroundings
from live.measured import carry
from live.messages.coding import from_json, to_json
from live.messages.ids import Role
from live.messages.views import Problem
from live.messages.wifi import Download, Downloaded, Echo, Found, Received, SaidByHub, SaidByPhone, Upload, Uploaded
from live.settings import Settings
from live.slots import Slots

MAY_TRY: tuple[Role, ...] = ("crew", "host")
ECHOES = 20
SEND_S = 3.0
WARM_S = 0.5
"""Not counted: connections and radios take a moment to find their speed."""
ANSWER_WITHIN_S = 10.0
TRY_WITHIN_S = 45.0
"""A phone that walked out of the air while bytes go to it says nothing and takes nothing: it keeps nobody else out."""
MOST_BYTES = 256 * 2**20
"""Each way. Whatever carries this much in three seconds ends nobody's show."""
CHUNK_BYTES = 64 * 1024
MAX_MESSAGE_BYTES = 4 * CHUNK_BYTES

_log = structlog.get_logger(__name__)

Arrival = tuple[float, int]
"""When, in seconds, and how many bytes."""


@dataclass(slots=True)
class Wifi:
    doors: Doors
    settings: Settings
    around: Surroundings
    within_s: float = TRY_WITHIN_S
    _is_tried: bool = False

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/wifi", self.page), web.get("/wifi/try", self.try_it, allow_head=False)]

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self.doors.keyed_page(request, "wifi.html", "crew", MAY_TRY)

    async def try_it(self, request: web.Request) -> web.StreamResponse:
        self.doors.check_origin(request)
        self.doors.caller(request, MAY_TRY)
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        line = Line(socket)
        try:
            self._begin()
        except HouselightsError as error:
            await line.refuse(error)
            return socket
        try:
            async with asyncio.timeout(self.within_s):
                await line.say(await self._found(line, request.remote))
        except HouselightsError as error:
            await line.refuse(error)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # to say goodbye, it would have to listen
        finally:
            self._is_tried = False
            await socket.close()
        return socket

    def _begin(self) -> None:
        """Raises Conflict."""
        if self.doors.hub.show.state.guests.accepted():
            raise Conflict("expected nobody live or getting ready, got guests: a try would take their air; try later")
        if self._is_tried:
            raise Conflict("expected one try at a time, got a second one; wait ten seconds")
        self._is_tried = True

    async def _found(self, line: Line, remote: str | None) -> Found:
        echoes_ms = [await line.echo_ms(number) for number in range(ECHOES)]
        up_mbit_s, down_mbit_s = await line.upload_mbit_s(), await line.download_mbit_s()
        is_kept = self._goes_over_air(remote) and self.settings.slots is None
        if is_kept:
            self._keep(up_mbit_s)
        air_phones = int(up_mbit_s * LINK_SHARE / PHONE_MBIT_S)
        return Found(
            up_mbit_s=up_mbit_s,
            down_mbit_s=down_mbit_s,
            delay_ms=median(echoes_ms),
            worst_ms=max(echoes_ms),
            air_phones=air_phones,
            phones=min(air_phones, self.doors.hub.slots.phones),
            is_kept=is_kept,
        )

    def _goes_over_air(self, remote: str | None) -> bool:
        """Between this machine and itself there is none."""
        return not self.around.is_here(remote) and remote not in self.around.addresses()

    def _keep(self, up_mbit_s: float) -> None:
        """Hold to what was tried from now on, and after a restart of the hub too."""
        found = read_capacity(*self.settings.measured_in())
        capacity = with_air(found, up_mbit_s, cores=usable_cores(), tried_at_s=time.time())
        carry(self.doors.hub, Slots.of(capacity))
        try:
            write_capacity(self.settings.folder, capacity)
        except OSError as error:
            _log.warning("what the Wi-Fi carries counts until the hub starts again", reason=str(error))


@dataclass(frozen=True, slots=True)
class Line:
    """The socket to the phone that tries. What it says against the order of things raises BadInput; silence and a
    line that breaks, Unavailable."""

    socket: web.WebSocketResponse

    async def echo_ms(self, number: int) -> float:
        began_s = time.monotonic()
        await self.say(Echo(number=number))
        if await self._answer() != Echo(number=number):
            raise BadInput(f"expected echo {number} back, got something else; load the page again")
        return (time.monotonic() - began_s) * 1e3

    async def upload_mbit_s(self) -> float:
        """How quickly bytes come in from the phone, once it is under way."""
        await self.say(Upload(seconds=SEND_S))
        arrivals: list[Arrival] = []
        taken_bytes = 0
        while isinstance(said := await self._next(), bytes):
            arrivals.append((time.monotonic(), len(said)))
            taken_bytes += len(said)
            if taken_bytes > 2 * MOST_BYTES:
                raise BadInput(f"expected at most {MOST_BYTES} bytes, got more; load the page again")
        if said != Uploaded():
            raise BadInput("expected bytes and then `uploaded`, got something else; load the page again")
        return speed_mbit_s(arrivals)

    async def download_mbit_s(self) -> float:
        """How quickly bytes reach the phone, as it says itself: here one only sees them leave."""
        await self.say(Download(seconds=SEND_S))
        chunk, sent_bytes, until_s = os.urandom(CHUNK_BYTES), 0, time.monotonic() + SEND_S
        try:
            while time.monotonic() < until_s and sent_bytes < MOST_BYTES:
                await self.socket.send_bytes(chunk)
                sent_bytes += CHUNK_BYTES
        except ConnectionError:
            _broke_off()
        await self.say(Downloaded())
        said = await self._answer()
        if not isinstance(said, Received):
            raise BadInput("expected `received`, got something else; load the page again")
        return said.mbit_s

    async def say(self, word: SaidByHub) -> None:
        try:
            await self.socket.send_str(to_json(word).decode())
        except ConnectionError:
            _broke_off()

    async def refuse(self, error: HouselightsError) -> None:
        if not self.socket.closed:
            await self.socket.send_str(to_json(Problem.of(error)).decode())
            await self.socket.close()

    async def _answer(self) -> SaidByPhone:
        said = await self._next()
        if isinstance(said, bytes):
            raise BadInput("expected a word, got bytes; load the page again")
        return said

    async def _next(self) -> SaidByPhone | bytes:
        try:
            message = await self.socket.receive(timeout=ANSWER_WITHIN_S)
        except TimeoutError:
            raise Unavailable(f"expected an answer within {ANSWER_WITHIN_S:.0f} s, got none; try again") from None
        if message.type is WSMsgType.BINARY:
            return bytes(message.data)
        if message.type is WSMsgType.TEXT:
            answer: SaidByPhone = from_json(message.data, SaidByPhone)  # type: ignore[arg-type]  # a union is a type to msgspec
            return answer
        _broke_off()


def speed_mbit_s(arrivals: Sequence[Arrival]) -> float:
    """Of what came after WARM_S; 0 where nothing did."""
    if not arrivals:
        return 0.0
    warm_s, last_s = arrivals[0][0] + WARM_S, arrivals[-1][0]
    counted_bytes = sum(size for at_s, size in arrivals if at_s > warm_s)
    return counted_bytes * 8 / 1e6 / (last_s - warm_s) if last_s > warm_s else 0.0


def _broke_off() -> NoReturn:
    raise Unavailable("expected the line to stay, it broke off; try again")
