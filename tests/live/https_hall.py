"""A hall whose network tests move by hand, with a hub that speaks https and a browser that finds it by every name."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from live.app import House
from live.https import Https, HttpsSettings, Surroundings
from tests.live.certificate_files import NAME, PublicAuthority
from tests.live.running import running_house

NOW = datetime.now(UTC)
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Hall:
    """A network that tests move by hand."""

    authority: PublicAuthority = field(default_factory=lambda: PublicAuthority(NOW))
    addresses: tuple[str, ...] = ("192.168.1.5",)
    leads_to: set[str] = field(default_factory=lambda: {"192.168.1.5"})
    everybody_is_here: bool = False
    now: datetime = NOW

    def around(self) -> Surroundings:
        async def resolve(_: str) -> Collection[str]:
            return self.leads_to

        return Surroundings(
            addresses=lambda: self.addresses,
            mdns_name=lambda: "laptop.local",
            now=lambda: self.now,
            resolve=resolve,
            trust=self.authority.trust,
            is_here=lambda _: self.everybody_is_here,
        )


@asynccontextmanager
async def own_house(hall: Hall, folder: Path) -> AsyncIterator[House]:
    """A hub with a certificate of one's own domain."""
    settings = HttpsSettings(port=0, certificate=hall.authority.files(folder / "tls"), authority=folder / "own")
    async with running_house(folder / "show", https=settings, around=hall.around()) as house:
        yield house


@asynccontextmanager
async def local_house(hall: Hall, folder: Path) -> AsyncIterator[House]:
    """A hub with this machine's own authority."""
    settings = HttpsSettings(port=0, authority=folder / "own")
    async with running_house(folder / "show", https=settings, around=hall.around()) as house:
        yield house


def side(house: House) -> Https:
    assert house.https is not None
    return house.https


def browser(hall: Hall, house: House) -> aiohttp.ClientSession:
    """A browser in the hall: every name leads to the hub, and it trusts public authorities and the hub's own."""
    trust = hall.authority.trust()
    authority = side(house).authority
    if authority is not None:
        trust.load_verify_locations(cadata=authority.pem.decode())
    connector = aiohttp.TCPConnector(resolver=EverythingIsHere(), ssl=trust)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True), headers=BROWSER)


class EverythingIsHere(aiohttp.abc.AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        here = {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [aiohttp.abc.ResolveResult(**here)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Nothing is held."""


def secure_url(house: House, name: str = NAME) -> str:
    return f"https://{name}:{side(house).port}"
