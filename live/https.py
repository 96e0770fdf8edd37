"""The encrypted side of the hub: which certificate it serves, kept fresh, and who is sent there.

Two rungs of one ladder. A certificate for one's own domain that phones trust by themselves: its name goes into the QR
code, and who comes by plain http is sent on. Else the local authority's: offered to those who installed it, forced on
nobody. What is served can change under way (renewed files, new addresses, a name that leads elsewhere); connections
that stand are not touched. No sockets here (`live.listening`) and no pages (`live.trust`).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from live.authority import Authority, is_permitted
from live.certificates import CertificateFiles, Checked, Flaw, check_files, check_resolved, server_context
from live.errors import BadInput, HouselightsError
from live.interfaces import own_addresses, own_mdns_name

DEFAULT_HTTPS_PORT = 8443
LOOK_EVERY_S = 10.0
RESOLVE_WITHIN_S = 3.0
"""A hub that starts again in the middle of a show waits no longer for a resolver that is gone."""
FAILURES_TO_BELIEVE = 2
"""One lost DNS answer must not change the address on the big screen."""

HERE = ("127.0.0.1", "::1")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsSettings:
    port: int = DEFAULT_HTTPS_PORT
    certificate: CertificateFiles | None = None
    """One's own domain. Where it cannot be served, the local authority takes its place."""
    authority: Path | None = None
    """The folder of the local authority; None: there is none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is asked of the machine and the network; tests bring their own."""

    addresses: Callable[[], Collection[str]] = own_addresses
    mdns_name: Callable[[], str | None] = own_mdns_name
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    resolve: Callable[[str], Awaitable[Collection[str]]] = field(default_factory=lambda: resolve_name)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    is_here: Callable[[str | None], bool] = lambda remote: remote in HERE
    """Whether a request comes from this very machine, by its remote address."""


@dataclass(slots=True)
class Https:
    """`context` is what the listener serves; `port` is where it listens, set once it does."""

    settings: HttpsSettings
    context: ssl.SSLContext
    around: Surroundings
    port: int
    own: Checked | None = None
    authority: Authority | None = None
    elsewhere: Flaw | None = None
    renewals: int = 0
    on_change: Callable[[], None] = lambda: None
    """Called when links and pages should be told anew."""
    is_listening: bool = False
    _names: tuple[str, ...] = ()
    _stamps: tuple[int, ...] = ()
    _failures: int = 0
    _said: tuple[str | None, tuple[str, ...]] = (None, ())
    """What links and pages were last told."""

    @classmethod
    async def open(cls, settings: HttpsSettings, around: Surroundings | None = None) -> Https | None:
        """Return the side as it can be served now; None, with the reasons in the log, where no rung holds."""
        around = around or Surroundings()
        found = cls(settings, server_context(), around, settings.port)
        if await found._take_own() or found._take_authority():
            return found
        return None

    @property
    def is_public(self) -> bool:
        """Whether every phone comes in by https with nothing to install."""
        return self._own_leads_here() and self.own is not None and self.own.is_trusted

    @property
    def url(self) -> str | None:
        """What goes into links and the QR code; None while not every phone would open it."""
        return origin_of(self.own.files.name, self.port) if self.own is not None and self.is_public else None

    def origin_beside(self, host: str) -> str | None:
        """Return the https origin of a page that was opened by plain http at `host`; None where no certificate fits."""
        if not self.is_listening:
            return None
        if self.own is not None:
            return origin_of(self.own.files.name, self.port) if self._own_leads_here() else None
        asked = host.partition(":")[0].lower()
        name = asked if asked in self._names else next(iter(self._names), None)
        return origin_of(name, self.port) if name is not None else None

    def _own_leads_here(self) -> bool:
        own = self.own
        if not self.is_listening or own is None or self.elsewhere is not None:
            return False
        return own.expires is None or self.around.now() < own.expires

    def is_named(self, name: str) -> bool:
        """Whether this machine's own authority may speak for this address or name of the machine."""
        return name in self._names

    async def keep_fresh(self) -> None:
        """Look again and again for renewed files, changed addresses and where the name leads. Never ends."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Serve to new connections what is right now. What cannot be had is logged; what is served stays."""
        try:
            if self.own is not None:
                await self._follow_name(self.own.files.name)
                self._reload_own(self.own)
            elif self.authority is not None:
                self._serve_leaf(self.authority)
        except (HouselightsError, OSError) as error:
            _log.error("the certificate stays as it was", reason=str(error))
        said, self._said = self._said, (self.url, self._names)
        if said != self._said:
            self.on_change()

    # one's own domain

    async def _take_own(self) -> bool:
        files = self.settings.certificate
        if files is None:
            return False
        checked = check_files(files, self.around.now(), self.around.trust())
        for flaw in checked.flaws:
            _log.error("certificate", flaw=flaw.code, reason=flaw.sentence)
        if checked.context is None:
            return False
        self.own, self.context, self._stamps = checked, checked.context, _stamps(files.chain, files.key)
        self.elsewhere = await self._check_name(files.name)
        if self.elsewhere is not None:
            _log.error("certificate", flaw=self.elsewhere.code, reason=self.elsewhere.sentence)
        return True

    def _reload_own(self, own: Checked) -> None:
        files = own.files
        stamps = _stamps(files.chain, files.key)
        if stamps == self._stamps:
            return
        self._stamps = stamps
        checked = check_files(files, self.around.now(), self.around.trust())
        if checked.context is None:
            raise BadInput(" ".join(flaw.sentence for flaw in checked.flaws))
        self.context.load_cert_chain(files.chain, files.key)
        self.own, self.renewals = checked, self.renewals + 1
        _log.info("certificate renewed", expires=str(checked.expires))

    async def _follow_name(self, name: str) -> None:
        flaw = await self._check_name(name)
        self._failures = self._failures + 1 if flaw is not None else 0
        if (flaw is None) != (self.elsewhere is None) and self._failures in (0, FAILURES_TO_BELIEVE):
            _log.warning("the name leads here again" if flaw is None else "the name leads elsewhere", name=name)
            self.elsewhere = flaw

    async def _check_name(self, name: str) -> Flaw | None:
        return check_resolved(name, await self.around.resolve(name), self.around.addresses())

    # the local authority

    def _take_authority(self) -> bool:
        if self.settings.authority is None:
            return False
        try:
            authority = Authority.open(self.settings.authority, socket.gethostname(), self.around.now())
            self._serve_leaf(authority)
        except (HouselightsError, OSError) as error:
            _log.error("no https with this machine's own authority", reason=str(error))
            return False
        self.authority = authority
        return True

    def _serve_leaf(self, authority: Authority) -> None:
        """Have the context serve the authority's certificate for the addresses of now."""
        mdns_name = self.around.mdns_name()
        names = (*sorted(self.around.addresses()), *((mdns_name,) if mdns_name else ()))
        leaf = authority.leaf(names, self.around.now())
        self._names = tuple(name for name in names if is_permitted(name))
        stamps = _stamps(leaf)
        if stamps != self._stamps:
            self.context.load_cert_chain(leaf)
            self._stamps, self.renewals = stamps, self.renewals + 1
            _log.info("certificate of this machine's own authority", names=self._names)


def origin_of(name: str, port: int) -> str:
    return f"https://{name}" if port == 443 else f"https://{name}:{port}"


async def resolve_name(name: str) -> Collection[str]:
    """Return the IPv4 addresses that this machine's resolver gives; none where it gives none, or none in time."""
    look = asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(RESOLVE_WITHIN_S):
            found = await look
    except (OSError, UnicodeError):  # a label too long for DNS is the latter
        return ()
    return {str(each[4][0]) for each in found}


def sending_on(https: Https | None) -> Middleware:
    """Return the middleware that sends phones from plain http to https, while every phone can open that.

    Pages only: programs, sockets and files on plain http go on as they are. Not this machine itself, whose processes
    have the plain listener. Not a phone that joined by plain http: its browser keeps unsent pieces under that address.
    Not for ever either: no HSTS and no lasting redirect, or the next show without the certificate would be locked out.
    """

    @web.middleware
    async def send_on(request: web.Request, handler: Handler) -> web.StreamResponse:
        if https is None or https.url is None or request.secure or not _may_be_sent_on(request):
            return await handler(request)
        if https.around.is_here(request.remote):
            return await handler(request)
        headers = {"Location": f"{https.url}{request.path_qs}", "Cache-Control": "no-store"}
        return web.Response(status=302, headers=headers)

    return send_on


def asks_for_page(request: web.Request) -> bool:
    """Whether a browser asks for something to show a person, and no program or script for something to read."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def _may_be_sent_on(request: web.Request) -> bool:
    return (
        asks_for_page(request) and not request.path.startswith("/trust") and "houselights_device" not in request.cookies
    )


def _stamps(*paths: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in paths)
