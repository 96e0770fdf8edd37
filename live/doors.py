"""The doors of the hub over HTTP: opening a page with a link, joining with the code, and who may read which file.

A link's key is turned into a cookie and taken out of the address at once, so that it is in no history and on no
screenshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from live.access import Access, Caller, check_origin, cookie_name, cookie_names
from live.decisions.audience import clean_text
from live.errors import BadToken, HouselightsError, NotAllowed, NotFound, TooMuch
from live.https import Https
from live.hub import Hub
from live.messages.base import Message
from live.messages.coding import from_json, to_json
from live.messages.events import Name, PersonJoined
from live.messages.ids import PersonId, Role, new_id
from live.pace import Pace
from live.pages import Pages, qr_svg

COOKIE_ROLES: tuple[Role, ...] = ("host", "moderator", "crew", "stage")
COOKIE_AGE_S = 180 * 24 * 3600
WRONG_CODES_AT_ONCE, WRONG_CODES_PER_S = 300, 10.0
GUESSED_S, WHILE_GUESSED_S = 10.0, 1.0
"""For so long after the bucket of wrong codes was empty every code waits a second before it is looked at, the right one
too: else whoever guesses need not wait for an answer that comes late, and a connection guesses once a second at most.
"""


class JoinAsk(Message, frozen=True):
    code: str = ""
    name: Name = ""
    credit: Name = ""


class Joined(Message, frozen=True):
    token: str
    person_id: str


@dataclass(slots=True)
class Doors:
    hub: Hub
    access: Access
    pages: Pages
    now_s: Callable[[], float]
    joins: Pace
    https: Https | None = None
    is_program_open: bool = False
    """May the audience watch the program, too?"""
    media_reads_refused: int = 0
    wrong_codes: Pace = field(default_factory=lambda: Pace(WRONG_CODES_AT_ONCE, WRONG_CODES_PER_S))
    _guessed_until_s: float = float("-inf")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.phone_page),
            web.get("/j/{code}", self.phone_page),
            web.get("/host", self.host_page),
            web.get("/moderate", self.moderate_page),
            web.get("/stage", self.mirror_page),
            web.get("/crew", self.crew_page),
            web.get("/qr.svg", self.qr),
            web.get("/static/{name}", self.pages.serve_static),
            web.post("/api/join", self.join),
        ]

    # pages

    async def phone_page(self, request: web.Request) -> web.Response:
        return self.pages.render(
            request, "phone.html", self._boot(request, "audience") | {"code": request.match_info.get("code", "")}
        )

    async def host_page(self, request: web.Request) -> web.StreamResponse:
        return self.keyed_page(request, "host.html", "host", ("host",))

    async def moderate_page(self, request: web.Request) -> web.StreamResponse:
        return self.keyed_page(request, "host.html", "moderator", ("moderator", "host"))

    async def mirror_page(self, request: web.Request) -> web.StreamResponse:
        roles: tuple[Role, ...] = (*COOKIE_ROLES, "audience") if self.is_program_open else COOKIE_ROLES
        return self.keyed_page(request, "mirror.html", "stage", roles)

    async def crew_page(self, request: web.Request) -> web.StreamResponse:
        return self.keyed_page(request, "crew.html", "crew", ("crew",))

    def keyed_page(self, request: web.Request, template: str, page: str, roles: tuple[Role, ...]) -> web.StreamResponse:
        """Open a page to whoever has a link of one of `roles`. Raises NotAllowed or BadToken."""
        key = request.query.get("key")
        if key is not None:
            caller = self.access.check(key)
            if caller.role not in roles:
                raise NotAllowed(
                    f"expected a link for {page}, got one for {caller.role}; open {request.path} with its own link"
                )
            response = web.Response(status=303, headers={"Location": request.path, "Cache-Control": "no-store"})
            self._set_cookie(request, response, caller.role, key)
            return response
        caller = self.caller(request, roles)
        return self.pages.render(request, template, self._boot(request, caller.role))

    def _boot(self, request: web.Request, role: str) -> dict[str, object]:
        origin = self.https.origin_beside(request.host) if self.https is not None and not request.secure else None
        return {
            "role": role,
            "title": self.pages.title,
            "showId": self.hub.show.opened.show_id,
            "secure": request.secure,
            # Where the same page has camera and microphone, for those who trust the certificate; empty: nowhere.
            "secureUrl": f"{origin}{request.path}" if origin is not None else "",
        }

    async def qr(self, request: web.Request) -> web.Response:
        generation = self.hub.show.state.generations.get("audience", 0)
        svg = qr_svg(self.hub.addresses.join_url(generation))
        return web.Response(
            body=svg,
            content_type="image/svg+xml",
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )

    # joining

    async def join(self, request: web.Request) -> web.Response:
        """Make a person of a phone that knows the code; a phone that is one already stays the same person."""
        self.check_origin(request)
        ask = from_json(await request.read() or b"{}", JoinAsk)
        person_id = self._known_device(request)
        if person_id is None:
            await self._check_code(ask.code)
            person_id = new_id()
            name, credit = clean_text(ask.name, keep_lines=False), clean_text(ask.credit, keep_lines=False)
            await self.hub.show.record(PersonJoined(person_id=person_id, name=name, credit=credit))
        token = self.access.device_token(person_id)
        response = web.Response(body=to_json(Joined(token=token, person_id=person_id)), content_type="application/json")
        self._set_cookie(request, response, "audience", token)
        return response

    async def _check_code(self, code: str) -> None:
        """Raises NotAllowed or TooMuch. Wrong codes have a bucket of their own: whoever guesses keeps nobody out who
        has the right one.
        """
        if self.now_s() < self._guessed_until_s:
            await asyncio.sleep(WHILE_GUESSED_S)
        try:
            self.access.check_code(code)
        except NotAllowed:
            self._charge_wrong_code()
            raise
        try:
            self.joins.take("everyone", self.now_s())
        except TooMuch as full:
            raise TooMuch(
                f"the code is right, but more phones join at once than the show lets in; try again in "
                f"{full.retry_after_s:.0f} s",
                retry_after_s=full.retry_after_s,
            ) from None

    def _charge_wrong_code(self) -> None:
        try:
            self.wrong_codes.take("everyone", self.now_s())
        except TooMuch as full:
            self._guessed_until_s = self.now_s() + GUESSED_S
            raise TooMuch(
                "expected the code that is on the screen now, got another one, and many wrong ones come in just now; "
                "look again or scan the QR code: the right one lets you in",
                retry_after_s=full.retry_after_s,
            ) from None

    def _known_device(self, request: web.Request) -> str | None:
        try:
            caller = self.caller(request, ("audience",))
        except HouselightsError:
            return None
        return caller.person_id if caller.person_id in self.hub.show.state.people else None

    def _set_cookie(self, request: web.Request, response: web.StreamResponse, role: Role, value: str) -> None:
        is_secure = request.secure
        name = cookie_name(role, is_secure=is_secure)
        response.set_cookie(
            name, value, max_age=COOKIE_AGE_S, httponly=True, samesite="Strict", secure=is_secure, path="/"
        )

    # who is asking

    def caller(self, request: web.Request, roles: tuple[Role, ...]) -> Caller:
        """Return who asks, by bearer token or by the cookies of `roles` in that order. Raises BadToken or
        NotAllowed.
        """
        found: HouselightsError = BadToken(
            "expected a link or a joined device, got neither; open your link or scan the code again"
        )
        for token in self._tokens(request, roles):
            try:
                caller = self.access.check(token)
            except BadToken as error:
                found = error
                continue
            if caller.role in roles:
                return caller
            found = NotAllowed(f"expected {' or '.join(roles)}, got {caller.role}; open the page of your role")
        raise found

    def _tokens(self, request: web.Request, roles: tuple[Role, ...]) -> list[str]:
        bearer = bearer_token(request)
        if bearer is not None:
            return [bearer]
        names = [name for role in roles for name in cookie_names(role, is_secure=request.secure)]
        return [request.cookies[name] for name in names if name in request.cookies]

    def check_origin(self, request: web.Request) -> None:
        check_origin(
            request.headers,
            scheme=request.scheme,
            host=request.host,
            has_cookie=bool(request.cookies),
            has_bearer=bearer_token(request) is not None,
        )

    async def admit_phone(self, request: web.Request) -> PersonId:
        """Let a device that may send through to the uploads. Raises BadToken, NotAllowed, BadOrigin."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self.check_origin(request)
        caller = self.caller(request, ("audience",))
        self.hub.desk(caller).not_banned()
        return PersonId(str(caller.person_id))

    async def may_read(self, request: web.Request, key: str) -> None:
        """Keys read every rendition; a phone reads its own pieces and what is shared. Raises NotAllowed, BadToken.

        What its author took back is read by nobody any more.
        """
        contribution = self.hub.show.state.contributions.get(_contribution_of(key))
        if contribution is not None and contribution.withdrawn:
            raise NotFound("expected a piece that is there, got one its author took back")
        try:
            self.caller(request, COOKIE_ROLES)
            return
        except HouselightsError:
            caller = self.caller(request, ("audience",))
        if contribution is None or not (contribution.shared or contribution.person_id == caller.person_id):
            self.media_reads_refused += 1
            raise NotAllowed("expected a piece of yours or one that is shared, got another; reload the page")


def bearer_token(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None


def _contribution_of(key: str) -> str:
    parts = key.split("/")
    return parts[1] if len(parts) > 1 else ""


def json_answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})
