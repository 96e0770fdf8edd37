"""People with phones who are live, without browsers: they ask the hub what the phone page asks, and publish by script.

Everything runs on a loop in a thread of its own: tests are synchronous, as Playwright is.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TypeVar

import aiohttp

from live.demo.phone import Phone
from live.messages.acts import AudienceAct
from live.messages.air import AnswerInvitation, CallView, MyAirView
from live.messages.views import Ack
from live.stream_ends import CLOSE_ENDED, CLOSE_REPLACED
from tests.footage import footage, sounding
from tests.scripted_phones import Misfortune, ScriptedPhone
from tests.web.air_watcher import until_set
from tests.web.hall import Hub

WITHIN_S = 30.0
AGAIN_S = 0.2
FINAL = {CLOSE_ENDED, CLOSE_REPLACED, int(aiohttp.WSCloseCode.POLICY_VIOLATION)}
"""After these a phone does not come again by itself; the last one says when it may, which no test waits for."""

T = TypeVar("T")


class Guests:
    """See the module. `scripts` are the publishing phones, by stream; the newest where two published the same."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._leaving = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._session = self._run(self._open())
        self._phones: dict[str, Phone] = {}
        self._publishing: list[Future[None]] = []
        self._lines: dict[str, Future[None]] = {}
        self.scripts: dict[str, ScriptedPhone] = {}

    def ask(self, name: str, act: AudienceAct) -> Ack:
        return self._run(self._phone(name).ask(act))

    def wait(self, name: str, claim: Callable[[MyAirView], bool]) -> MyAirView:
        """Return how `name` stands, once that is so."""
        return self._run(self._claimed(self._phone(name), claim))

    def accept(self, name: str) -> str:
        """Say yes to the invitation and publish; return the stream's id."""
        stream_id = self.wait(name, lambda air: air.state == "invited").stream_id
        assert stream_id is not None
        self.ask(name, AnswerInvitation(stream_id=stream_id, accepted=True))
        self.publish(name, stream_id)
        return stream_id

    def call_id(self, name: str) -> str:
        """The call that is open for `name`."""
        return self._run(self._called(self._phone(name)))

    def call_of(self, name: str) -> CallView | None:
        """The call as `name` was told of it by now."""
        return self._phone(name).call

    def token(self, name: str) -> str:
        return self._phone(name).token

    def person_id(self, name: str) -> str:
        return self._phone(name).person_id

    def publish(
        self, name: str, stream_id: str, misfortune: Misfortune | None = None, *, has_sound: bool = True
    ) -> Future[None]:
        """Publish, and come again whenever the line breaks, until the hub says that it is over; then done."""
        pictures = footage(320, 180, 10, seconds=2)
        script = ScriptedPhone(stream_id, pictures, sounding(20) if has_sound else None, misfortune=misfortune)
        self.scripts[stream_id] = script
        going = asyncio.run_coroutine_threadsafe(self._stay(script, self._phone(name).token), self._loop)
        self._publishing.append(going)
        self._lines[stream_id] = going
        return going

    def kill(self, stream_id: str) -> None:
        """The tab dies: what it published breaks off, and does not come again by itself."""
        self._lines[stream_id].cancel()

    def run(self, doing: Callable[[aiohttp.ClientSession], Coroutine[object, object, T]]) -> T:
        """Do something else over the phones' network."""
        return self._run(doing(self._session))

    def close(self) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _phone(self, name: str) -> Phone:
        if name not in self._phones:
            self._phones[name] = self._run(Phone.arrive(self._session, self._hub.url, self._hub.code, name))
        return self._phones[name]

    def _run(self, doing: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(WITHIN_S)

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0))

    async def _stay(self, script: ScriptedPhone, token: str) -> None:
        while script.sent.close_code not in FINAL and not self._leaving.is_set():
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                await script.publish(self._session, self._hub.url, token)
            await until_set(self._leaving, AGAIN_S)

    async def _claimed(self, phone: Phone, claim: Callable[[MyAirView], bool]) -> MyAirView:
        while phone.air is None or not claim(phone.air):
            phone.changed.clear()
            await phone.changed.wait()
        return phone.air

    async def _called(self, phone: Phone) -> str:
        while phone.call is None or not phone.call.is_open:
            phone.changed.clear()
            await phone.changed.wait()
        return phone.call.call_id

    async def _leave(self) -> None:
        self._leaving.set()
        for publishing in self._publishing:
            publishing.cancel()
        await asyncio.gather(*(phone.leave() for phone in self._phones.values()))
        await self._session.close()
