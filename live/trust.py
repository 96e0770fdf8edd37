"""`/trust`: where crew and regulars install this machine's authority, so that camera and microphone work in the page.

The page explains for iPhone, Android and laptops, gives the certificate in the form each wants, and tries by script
whether this browser trusts it already. Served by plain http too: that is where one comes from. Whoever tampers with
plain http could hand out another certificate, hence the fingerprint to compare with the one at the show's laptop.
"""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from cryptography.x509.oid import NameOID

from live.authority import Authority
from live.errors import NotFound
from live.https import Https
from live.pages import Pages, qr_svg

Device = Literal["iphone", "android", "laptop"]
NAMESPACE = uuid.UUID("6a3f2f7e-58b4-4a2b-9d11-5a1d6f2b9c70")
"""Ours, so that the same authority always makes the same profile, and installing it again replaces the first."""


@dataclass(frozen=True, slots=True)
class Trust:
    pages: Pages
    https: Https | None
    plain_url: Callable[[], str]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/trust", self.page),
            web.get("/trust/qr.svg", self.qr),
            web.get("/trust/seen", self.seen),
            web.get("/trust/houselights.crt", self.certificate),
            web.get("/trust/houselights.pem", self.pem),
            web.get("/trust/houselights.mobileconfig", self.profile),
        ]

    async def page(self, request: web.Request) -> web.Response:
        origin = self.https.origin_beside(request.host) if self.https is not None else None
        authority = self.https.authority if self.https is not None and origin is not None else None
        values = {
            "origin": origin,
            "is_public": self.https is not None and self.https.is_public,
            "authority": authority_words(authority) if authority is not None else None,
            "device": device_of(request.headers.get("User-Agent", "")),
            "address": f"{self.plain_url()}/trust",
        }
        boot: dict[str, object] = {"seenUrl": f"{origin}/trust/seen" if origin is not None else ""}
        return self.pages.render(request, "trust.html", boot, values=values, may_ask=origin or "")

    async def seen(self, request: web.Request) -> web.Response:
        """Nothing: that it arrived over https is the answer."""
        return web.Response(status=204, headers={"Cache-Control": "no-store"})

    async def qr(self, request: web.Request) -> web.Response:
        return _file(qr_svg(f"{self.plain_url()}/trust"), "image/svg+xml")

    async def certificate(self, request: web.Request) -> web.Response:
        # Without `attachment`: an iPhone offers to install it only when it is opened, not when it is saved.
        return _file(self._authority().der, "application/x-x509-ca-cert")

    async def pem(self, request: web.Request) -> web.Response:
        return _file(self._authority().pem, "application/x-pem-file", save_as="houselights.pem")

    async def profile(self, request: web.Request) -> web.Response:
        return _file(mobileconfig(self._authority()), "application/x-apple-aspen-config")

    def _authority(self) -> Authority:
        if self.https is None or self.https.authority is None:
            raise NotFound("this show has no certificate of its own to install; open /trust to see how it is reached")
        return self.https.authority


def authority_words(authority: Authority) -> dict[str, str]:
    certificate = authority.certificate
    [common_name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "name": str(common_name.value),
        "fingerprint": authority.fingerprint,
        "until": f"{certificate.not_valid_after_utc:%B %Y}",
    }


def device_of(user_agent: str) -> Device:
    """Return whose steps stand open; the others are one tap away (an iPad says that it is a Mac)."""
    if any(name in user_agent for name in ("iPhone", "iPad", "iPod")):
        return "iphone"
    return "android" if "Android" in user_agent else "laptop"


def mobileconfig(authority: Authority) -> bytes:
    """Return the profile that iPhones install: one root certificate and nothing else."""
    words, seed = authority_words(authority), authority.fingerprint
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"houselights.authority.{uuid.uuid5(NAMESPACE, seed)}",
        "PayloadUUID": str(uuid.uuid5(NAMESPACE, f"root {seed}")).upper(),
        "PayloadDisplayName": words["name"],
        "PayloadCertificateFileName": "houselights.crt",
        "PayloadContent": authority.der,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"houselights.profile.{uuid.uuid5(NAMESPACE, seed)}",
        "PayloadUUID": str(uuid.uuid5(NAMESPACE, f"profile {seed}")).upper(),
        "PayloadDisplayName": words["name"],
        "PayloadDescription": "Lets camera and microphone work in the show's page. Speaks for local networks only.",
        "PayloadContent": [payload],
        "PayloadRemovalDisallowed": False,
    }
    return plistlib.dumps(profile)


def _file(body: bytes, content_type: str, *, save_as: str = "") -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if save_as:
        headers["Content-Disposition"] = f'attachment; filename="{save_as}"'
    return web.Response(body=body, content_type=content_type, headers=headers)
