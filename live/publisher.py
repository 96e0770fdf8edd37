"""The publisher's end of a stream: what it sends is held against its allowance and relayed, and what it is to be told.

Data runs socket → `Publisher.hear` → `Relay`. Told are, by one task: which tracks somebody watches, that a key picture
is needed, what to encode to, that nothing of it is shown; one message of each sort waits at most, whatever is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from live.allowance import Allowance, Flow, check_hello
from live.errors import BadInput, TooLarge
from live.hints import Hint
from live.messages.air import Trouble
from live.messages.base import Tagged
from live.messages.coding import from_json, to_json
from live.messages.packets import Hello
from live.relay import Relay
from live.second_line import Quiet, SecondLine

LEVEL = '{"type":"level"'
"""How a `Level` begins; a hello has no type."""


class Key(Tagged, frozen=True):
    """Somebody needs a key picture."""


class Want(Tagged, frozen=True):
    """To the publisher: the tracks that are watched now; the others need not be sent."""

    tracks: tuple[int, ...]


class Second(Tagged, frozen=True):
    """To the publisher: its line loses packets; it may open `…/publish?beside=KEY` and send each packet there too."""

    key: str


class Uneven(Tagged, frozen=True):
    """To the publisher: what it sends stalls again and again on its way, or not any more."""

    is_uneven: bool


class Level(Tagged, frozen=True):
    """From the publisher, a few times a second: how loud its microphone is, peak in dB below full scale.

    It comes also while nobody listens, so that the host sees who speaks before hearing them.
    """

    db: Annotated[float, msgspec.Meta(ge=-120.0, le=0.0)]


class Publisher:
    def __init__(
        self,
        web_socket: web.WebSocketResponse,
        relay: Relay,
        allowance: Allowance,
        now_us: Callable[[], int],
        quiet: Quiet,
        losses: Callable[[], int],
    ) -> None:
        """`losses`: how many packets the system saw lost on this line (`live.line_losses`)."""
        self.web_socket = web_socket
        self.relay = relay
        self.allowance = allowance
        self.second = SecondLine(quiet, relay.counts, losses, now_us())
        self.beside: web.WebSocketResponse | None = None
        """The second line's socket."""
        self.has_sent = False
        """Something came on this line."""
        self._now_us = now_us
        self._flow = Flow(allowance, now_us())
        self._told: tuple[int, ...] | None = None
        self._want: tuple[int, ...] = ()
        self._hint: Hint | None = None
        self._hint_told: Hint | None = None
        self._trouble = self._trouble_told = Trouble(text="")
        self._key = False
        self._second = ""
        self._uneven = self._uneven_told = Uneven(is_uneven=False)
        self._heard_us = now_us()
        self._news = asyncio.Event()

    # what it says

    def begin(self, hello: Hello) -> None:
        """Say what is coming, at first and again. Raises BadInput or TooMuch."""
        self._flow.take_hello(self._now_us())
        check_hello(hello, self.relay.stream_id, self.allowance)
        self.relay.begin(hello)
        self.second.begin_anew()
        self.want(self.relay.wanted())

    def hear(self, message: WSMessage) -> bool:
        """Take one message; True where it was a new hello. Raises BadInput, TooLarge or TooMuch."""
        if message.type is WSMsgType.BINARY:
            now_us = self._heard_us = self._now_us()
            self.has_sent = True
            self._flow.take_packet(len(message.data), now_us)
            if self.second.takes_first(message.data, now_us):
                self._publish(message.data, now_us)
            return False
        if message.type is WSMsgType.TEXT and message.data.startswith(LEVEL):
            now_us = self._now_us()
            self._flow.take_packet(len(message.data), now_us)
            self.relay.level_db = from_json(message.data, Level).db
            if not self._want:
                self._heard_us = now_us
            return False
        if message.type is WSMsgType.TEXT:
            self.begin(from_json(message.data, Hello))
            return True
        if message.type is WSMsgType.ERROR:
            raise TooLarge(f"expected packets of at most {self.allowance.packet_bytes} bytes: {message.data}")
        raise BadInput(f"expected a hello as text or packets as binary messages, got {message.type.name}")

    def hear_beside(self, message: WSMessage, flow: Flow) -> None:
        """Take one message of the second line. Raises BadInput, TooLarge or TooMuch."""
        if message.type is WSMsgType.ERROR:
            raise TooLarge(f"expected packets of at most {self.allowance.packet_bytes} bytes: {message.data}")
        if message.type is not WSMsgType.BINARY:
            raise BadInput(f"expected packets on a second line, got {message.type.name}; words go by the first")
        now_us = self._now_us()
        flow.take_packet(len(message.data), now_us)
        if self.second.takes_second(message.data, now_us):
            self._heard_us = now_us
            self._publish(message.data, now_us)

    def _publish(self, packet: bytes, now_us: int) -> None:
        self.relay.publish(packet, now_us)
        if self.second.is_open:
            for waiting in self.second.follows(now_us):
                self.relay.publish(waiting, now_us)

    def nothing_since_us(self) -> int:
        """Since when nothing came; now, where nothing is due: what nobody watches need not be sent, levels are."""
        return self._heard_us if self._want or "audio" in self.relay.kinds else self._now_us()

    # what it is told

    def want(self, tracks: tuple[int, ...]) -> None:
        if not self._want:
            self._heard_us = self._now_us()
        self._want = tracks
        self._news.set()

    def ask_key(self) -> None:
        self._key = True
        self._news.set()

    def hint(self, hint: Hint) -> None:
        self._hint = hint
        self._news.set()

    def trouble(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._news.set()

    def say_uneven(self, *, is_uneven: bool) -> None:
        if is_uneven != self._uneven.is_uneven:
            self._uneven = Uneven(is_uneven=is_uneven)
            self._news.set()

    def ask_second(self) -> None:
        self._second = self.second.ask(self._now_us())
        self._news.set()

    async def tell(self) -> None:
        """Run until cancelled or the socket breaks."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                if self._want != self._told:
                    self._told = self._want
                    await self._say(Want(tracks=self._want))
                if self._hint is not None and self._hint != self._hint_told:
                    self._hint_told = self._hint
                    await self._say(self._hint)
                if self._trouble != self._trouble_told:
                    self._trouble_told = self._trouble
                    await self._say(self._trouble)
                if self._uneven != self._uneven_told:
                    self._uneven_told = self._uneven
                    await self._say(self._uneven)
                if self._key:
                    self._key = False
                    await self._say(Key())
                if self._second:
                    second, self._second = Second(key=self._second), ""
                    await self._say(second)

    async def _say(self, message: Tagged) -> None:
        await self.web_socket.send_str(to_json(message).decode())


async def first_hello(web_socket: web.WebSocketResponse, within_s: float) -> Hello | None:
    """Return the hello, or None where the publisher left without one. Raises BadInput."""
    try:
        message = await web_socket.receive(timeout=within_s)
    except TimeoutError:
        raise BadInput(f"expected a hello within {within_s:.0f} s, got nothing") from None
    if message.type is WSMsgType.BINARY:
        raise BadInput("expected a hello as text first, got a binary message; say which tracks are coming")
    return from_json(message.data, Hello) if message.type is WSMsgType.TEXT else None
