"""Who may do what: keys in links, device tokens, the join code and origins. Pure but for the secret file.

A key or token is `SHOW.PAYLOAD.SIGNATURE`, signed with the show's secret (itsdangerous, HMAC-SHA256). Revoking a
role's links raises its generation in the journal; no list of revoked keys is kept. Device tokens name a person and
are revoked by ban.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

from live.errors import BadOrigin, BadToken, NotAllowed
from live.messages.ids import PersonId, Role

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: read aloud and typed in the dark
CODE_LENGTH = 5
KEY_ROLES: tuple[Role, ...] = ("host", "moderator", "crew", "stage")
BROWSER_HEADERS = ("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")
COOKIE_OF: dict[Role, str] = {role: f"houselights_{role}" for role in KEY_ROLES} | {"audience": "houselights_device"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a credential names. `person_id` is set for the audience."""

    role: Role
    person_id: PersonId | None = None

    @property
    def name(self) -> str:
        """How this caller is written in the journal's `by` and in logs."""
        return self.person_id or self.role


def read_secret(path: Path) -> bytes:
    """Return the show's secret; make it (readable by its owner only) where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        secret = secrets.token_bytes(32)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        return secret


class Access:
    """Makes and checks credentials. `generation(role)` tells the current generation of a role's links."""

    def __init__(self, show_id: str, secret: bytes, generation: Callable[[Role], int]) -> None:
        self._show_id = show_id
        self._secret = secret
        self._generation = generation
        self._serializer = URLSafeSerializer(
            secret, salt=f"houselights.{show_id}", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def key(self, role: Role, generation: int | None = None) -> str:
        """Return the key of a role as it is valid now (or will be, in the given generation)."""
        generation = self._generation(role) if generation is None else generation
        return f"{self._show_id}.{self._serializer.dumps({'r': role, 'g': generation})}"

    def device_token(self, person_id: str) -> str:
        return f"{self._show_id}.{self._serializer.dumps({'r': 'audience', 'p': person_id})}"

    def join_code(self, generation: int | None = None) -> str:
        """Return the code that stands under the QR. It changes when the audience's links are turned."""
        generation = self._generation("audience") if generation is None else generation
        seed = f"join.{generation}".encode()
        digest = hmac.digest(self._secret, seed, "sha256")
        return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest[:CODE_LENGTH])

    def check_code(self, code: str) -> None:
        """Raises NotAllowed. Case and spaces do not matter; O and 0, I and 1 cannot be meant."""
        if not hmac.compare_digest("".join(code.upper().split()).encode(), self.join_code().encode()):
            raise NotAllowed(
                "expected the code that is on the screen now, got another one; look again or scan the QR code"
            )

    def check(self, token: str) -> Caller:
        """Return whom `token` names. Raises BadToken."""
        show_id, _, signed = token.partition(".")
        if signed and show_id != self._show_id:
            raise BadToken(
                "expected a link of this show, got one of another show; ask the host for a new link or scan the code"
            )
        try:
            payload = self._serializer.loads(signed)
            role: Role = payload["r"]
            if role == "audience":
                return Caller("audience", PersonId(payload["p"]))
            generation = payload["g"]
        except (BadData, KeyError, TypeError, UnicodeEncodeError):  # the last of bytes that are no text
            raise BadToken(
                "expected a link or token made by this show, got one that is not; open your link or scan the code again"
            ) from None
        if generation != self._generation(role):
            raise BadToken(f"expected the newest {role} link, got one that was revoked; ask the host for the new one")
        return Caller(role)


def cookie_name(role: Role, *, is_secure: bool) -> str:
    """Return which cookie a page of `role` is given. Over https a name of its own, which no plain page can write over;
    and the other way round, as browsers let no plain page replace a `Secure` cookie: by one name, a phone that came by
    https once could never join by http again.
    """
    return f"__Host-{COOKIE_OF[role]}" if is_secure else COOKIE_OF[role]


def cookie_names(role: Role, *, is_secure: bool) -> tuple[str, ...]:
    """Return which cookies count for `role`, best first. Who joined by http and comes back by https stays the same."""
    names = (cookie_name(role, is_secure=True), cookie_name(role, is_secure=False))
    return names if is_secure else names[1:]


def check_origin(headers: Mapping[str, str], *, scheme: str, host: str, has_cookie: bool, has_bearer: bool) -> None:
    """Let pages of this very server in, and programs that show a token themselves. Raises BadOrigin.

    A browser always sends Origin with a WebSocket handshake or a POST; so a missing one is only believed from something
    that brings its own token, sends no cookie and none of the headers that only browsers send.
    """
    origin = headers.get("Origin")
    if origin is None:
        if has_bearer and not has_cookie and not any(name in headers for name in BROWSER_HEADERS):
            return
        raise BadOrigin(
            "expected an Origin header or a bearer token without cookies, got neither; open the page of the show itself"
        )
    parts = urlsplit(origin)
    if parts.scheme != scheme or parts.netloc.lower() != host.lower():
        raise BadOrigin(f"expected the origin {scheme}://{host}, got {origin!r}; open the page of the show itself")
