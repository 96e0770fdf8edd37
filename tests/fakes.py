"""People with phones for tests: they speak the real protocol to a real hub, and have what misfortune a test asks for.

FakePhone        joins, stays connected, sends; its line may drop every so many bytes, it may say everything twice
Crowd            many of them, sending from seeds of their own until told to finish, keeping what was acknowledged
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import aiohttp

from live.demo.phone import Phone, join
from live.messages.ids import new_id
from tests.media_files import jpeg_bytes

PIECE_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfortune:
    """What goes wrong on a phone. Nothing, unless said."""

    drop_every: int = 0
    """The line breaks after so many bytes of each upload request."""
    repeat: bool = False
    """Every text is sent twice, as two acts, before either is answered."""


class LineLost(ConnectionError):
    pass


class FakePhone(Phone):
    misfortune = Misfortune()
    patience_s = 1200.0
    """A hub that is killed whenever it has said a few words is seldom there when one phone comes again."""

    @classmethod
    async def come(
        cls, session: aiohttp.ClientSession, hub_url: str, code: str, name: str, misfortune: Misfortune | None = None
    ) -> FakePhone:
        phone = cls(session, hub_url, await join(session, hub_url, code, name), name)
        phone.misfortune = misfortune or Misfortune()
        phone.link.start()
        return phone

    async def say_so(self, text: str) -> str:
        """Say a tiny story as often as this phone does; return its one id."""
        contribution_id = new_id()
        times = 2 if self.misfortune.repeat else 1
        await asyncio.gather(*(self.say(text, contribution_id=contribution_id) for _ in range(times)))
        return contribution_id

    async def _read(self, url: str, part: bytes) -> AsyncIterator[bytes]:
        most = self.misfortune.drop_every or len(part)
        for first in range(0, min(most, len(part)), PIECE_BYTES):
            yield part[first : min(first + PIECE_BYTES, most)]
        if len(part) > most:
            # As a phone that left its dead spot: it asks from a new connection, and the hub keeps what came on the old.
            headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self.token}"}
            async with self.session.head(url, headers=headers):
                pass
            raise LineLost(f"{self.name}: the line broke after {most} bytes")


@asynccontextmanager
async def street() -> AsyncIterator[aiohttp.ClientSession]:
    """Where phones come from: a session without cookies, so that each is a person of its own."""
    timeout = aiohttp.ClientTimeout(total=None, connect=5, sock_read=10)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@dataclass(slots=True)
class Crowd:
    """Phones that send until `finish`. What was acknowledged is in `texts` and `files` (sha256), by contribution."""

    phones: list[FakePhone]
    told: Callable[[], None] = lambda: None
    """Called at every acknowledgement."""
    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    _sending: list[asyncio.Task[None]] = field(default_factory=list)
    _finishing: bool = False

    @classmethod
    async def gather(
        cls, session: aiohttp.ClientSession, hub_url: str, code: str, misfortunes: list[Misfortune]
    ) -> Crowd:
        coming = (
            FakePhone.come(session, hub_url, code, f"Phone {number}", misfortune)
            for number, misfortune in enumerate(misfortunes)
        )
        return cls(list(await asyncio.gather(*coming)))

    def begin(self, seed: int) -> None:
        self._sending = [
            asyncio.create_task(self._send(phone, Random(seed + number))) for number, phone in enumerate(self.phones)
        ]

    async def finish(self) -> None:
        """Let everyone send out what they have begun, then leave. Whatever went wrong for one is raised here."""
        self._finishing = True
        await asyncio.gather(*self._sending)
        await asyncio.gather(*(phone.leave() for phone in self.phones))

    @property
    def acknowledged(self) -> int:
        return len(self.texts) + len(self.files)

    async def _send(self, phone: FakePhone, random: Random) -> None:
        while not self._finishing:
            if random.random() < 0.7:
                text = f"{phone.name} says {random.getrandbits(64):x}"
                self.texts[await phone.say_so(text)] = text
            else:
                size = (random.randrange(160, 480, 2), random.randrange(120, 360, 2))
                photo = jpeg_bytes(size)
                contribution_id = await phone.send("photo", photo, "image/jpeg")
                self.files[contribution_id] = hashlib.sha256(photo).hexdigest()
            self.told()
