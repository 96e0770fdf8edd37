"""The ladder to camera and microphone, each rung tried from the network's own addresses, and what phones will see.

Own domain, own authority, plain http: real connections to the running hub, or, where none runs, to the same listeners
opened for a moment. A part of `live.doctor`; it yields findings and changes nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from live.certificates import CertificateFiles, check_files
from live.doorplate import Doorplate
from live.https import Https, Surroundings, origin_of
from live.knocking import knock, knock_all, porch, where_sent
from live.premises import Finding
from live.settings import Settings, free_port


@dataclass(slots=True)
class Ladder:
    """`plate` is that of a hub that runs in the settings' folder; None: none does."""

    settings: Settings
    plate: Doorplate | None = None
    around: Surroundings = field(default_factory=Surroundings)
    _https: Https | None = None

    async def climb(self) -> AsyncIterator[Finding]:
        if self.settings.https is not None:
            self._https = await Https.open(self.settings.https, self.around)
        async with AsyncExitStack() as open_now:
            try:
                yield await self._open_doors(open_now)
            except OSError as error:
                yield Finding("bad", "doors", f"cannot listen at port {self.settings.port}: {error}")
                return
            yield await self._plain_http()
            async for finding in self._encrypted():
                yield finding
            yield await self._phones_see()
        yield self._cannot_tell()

    def _addresses(self) -> list[str]:
        return sorted(self.around.addresses()) or ["127.0.0.1"]

    async def _open_doors(self, open_now: AsyncExitStack) -> Finding:
        if self.plate is not None:
            self.settings = replace(self.settings, port=port_of(self.plate.url))
            if self._https is not None and self.plate.secure:
                self._https.port, self._https.is_listening = port_of(self.plate.secure), True
            sentence = f"the hub of {self.settings.folder} runs at port {self.settings.port} and is tried as it is"
            return Finding("good", "doors", sentence)
        wanted = self.settings.port
        self.settings = replace(self.settings, port=free_port(self.settings.host, wanted))
        await open_now.enter_async_context(porch(self.settings, self._https))
        if wanted and self.settings.port != wanted:
            sentence = f"port {wanted} is taken by another program; a show would use {self.settings.port}"
            return Finding("note", "doors", sentence)
        return Finding("good", "doors", f"port {self.settings.port} is free, and was opened for the moment to be tried")

    async def _plain_http(self) -> Finding:
        said = await knock_all(self._addresses(), self.settings.port)
        good = "words, photos, sounds and clips work; live camera does not, and the page says why"
        return by_address("plain http", said, good)

    async def _encrypted(self) -> AsyncIterator[Finding]:
        https = self._https
        if https is None:
            yield Finding("note", "https", "none: no certificate that can be served, and no authority could be kept")
            return
        if not https.is_listening:
            yield Finding(
                "bad", "https", "nothing listens for https: is every port taken? Choose one with --https-port"
            )
            return
        if self.plate is not None and self.plate.secure != (https.origin_beside(self._addresses()[0]) or ""):
            yield Finding(
                "note",
                "https",
                f"the hub serves {self.plate.secure}, these options would serve something else: give the doctor the "
                "options that the show was started with",
            )
            return
        if https.settings.certificate is not None:
            yield await self._own_domain(https, https.settings.certificate)
        if https.authority is not None:
            yield await self._own_authority(https)

    async def _own_domain(self, https: Https, files: CertificateFiles) -> Finding:
        what, origin = "own domain", origin_of(files.name, https.port)
        checked = https.own or check_files(files, self.around.now(), self.around.trust())
        flaws = [flaw.sentence for flaw in (*checked.flaws, *((https.elsewhere,) if https.elsewhere else ()))]
        if https.own is None:
            return Finding("bad", what, " ".join(flaws))
        trust = self.around.trust()
        said = {await knock(address, https.port, trust, files.name) for address in self._addresses()} - {""}
        if said:
            return Finding("bad", what, f"{origin}: {'; '.join(sorted(said))}. {' '.join(flaws)}")
        if flaws:
            return Finding("note" if https.is_public else "bad", what, f"{origin}: {' '.join(flaws)}")
        until = f", until {checked.expires:%-d %B %Y}" if checked.expires is not None else ""
        return Finding("good", what, f"{origin}: every phone trusts it{until}")

    async def _own_authority(self, https: Https) -> Finding:
        what = "own authority"
        covered = [address for address in self._addresses() if https.is_named(address)]
        if https.authority is None or not covered:
            return Finding(
                "note",
                what,
                f"{', '.join(self._addresses())}: no address of a private network, and the authority names no other; "
                f"phones could come by {self.around.mdns_name()} only, where the network carries mDNS",
            )
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.load_verify_locations(cadata=https.authority.pem.decode())
        installed = await knock_all(covered, https.port, trust)
        stranger = await knock(covered[0], https.port, self.around.trust())
        others = "who did not is warned, and stays on plain http" if stranger else "this machine's own system trusts it"
        where = f"http://{covered[0]}:{self.settings.port}/trust"
        good = f"who installed it from {where} has live camera; {others}. Fingerprint {https.authority.fingerprint}"
        return by_address(what, installed, good)

    async def _phones_see(self) -> Finding:
        what, https = "phones will see", self._https
        if https is not None and https.url is not None:
            sent = await where_sent(self._addresses()[0], self.settings.port)
            on = "who comes by plain http is sent there" if sent.startswith(https.url) else "plain http stays beside it"
            return Finding("good", what, f"the code opens {https.url}, {on}: camera and microphone live for everybody")
        if https is not None and https.authority is not None and https.is_listening:
            return Finding(
                "note", what, "the code opens plain http: clips for everybody, live for who installed the authority"
            )
        return Finding("note", what, "the code opens plain http: clips for everybody, live for nobody")

    def _cannot_tell(self) -> Finding:
        url = f"http://{self._addresses()[0]}:{self.settings.port}"
        return Finding(
            "unknown",
            "access point",
            "whether it lets phones reach this machine (client isolation), and whether a firewall here does, cannot be "
            f"told from here: before doors, open {url} on a phone in the hall's Wi-Fi",
        )


def by_address(what: str, said: Mapping[str, str], good: str) -> Finding:
    """Sum up what `knock_all` said."""
    closed = {address: why for address, why in said.items() if why}
    if not closed:
        return Finding("good", what, f"answers at {', '.join(said)}: {good}")
    reasons = "; ".join(f"{address}: {why}" for address, why in closed.items())
    return Finding("bad" if len(closed) == len(said) else "note", what, reasons)


def port_of(url: str) -> int:
    """Return the port that an origin like `http://name:8000` names."""
    return int(url.rpartition(":")[2]) if url.count(":") == 2 else 443
