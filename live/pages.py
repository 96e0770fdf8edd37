"""The pages: templates filled in, built files served, and the strict headers that both go out with.

Pages hold no data of the show: everything they show comes over Socket.IO once the page says who is asking.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import segno
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from live.errors import Unavailable

WEB = Path(__file__).parent.parent / "web"
TEMPLATES, STATIC = WEB / "templates", WEB / "static"
STATIC_TYPES = {".js": "text/javascript", ".css": "text/css", ".map": "application/json", ".txt": "text/plain"}
A_YEAR_S = 31_536_000


def policy(nonce: str, host: str, also: str = "") -> str:
    """The Content-Security-Policy of every page. WebSockets are named by host: Safari before 15.4 does not count
    them as 'self'. `also` is one more origin that the page may ask.
    """
    return "; ".join((
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        f"connect-src 'self' ws://{host} wss://{host} {also}".rstrip(),
        "worker-src 'self' blob:",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ))  # fmt: skip


@dataclass(slots=True)
class Pages:
    title: str
    templates: Path = TEMPLATES
    static: Path = STATIC

    def __post_init__(self) -> None:
        loader = FileSystemLoader(self.templates)
        self._jinja = Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined)

    _jinja: Any = None

    def render(
        self,
        request: web.Request,
        template: str,
        boot: dict[str, object],
        *,
        values: Mapping[str, object] = MappingProxyType({}),
        may_ask: str = "",
    ) -> web.Response:
        """Return a page. `boot` is what its script knows at once (role, code, how it was reached), `values` what its
        template says; it may ask the origin `may_ask` beside its own.
        """
        nonce = secrets.token_urlsafe(16)
        text = self._jinja.get_template(template).render(
            title=self.title,
            nonce=nonce,
            static=self.static_url,
            # "<" could end the script element that holds the JSON.
            boot=json.dumps(boot).replace("<", "\\u003c"),
            **values,
        )
        headers = {
            "Content-Security-Policy": policy(nonce, request.host, may_ask),
            "Permissions-Policy": (
                "camera=(self), microphone=(self), screen-wake-lock=(self), fullscreen=(self), geolocation=()"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    def static_url(self, name: str) -> str:
        """Return the URL of a built file. Raises Unavailable while the pages are not built."""
        try:
            manifest = json.loads((self.static / "manifest.json").read_text())
            return f"/static/{manifest[name]}"
        except (OSError, KeyError, ValueError):
            raise Unavailable(f"expected the built page file {name!r}, got none; run `make web` and reload") from None

    async def serve_static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = self.static / name
        if "/" in name or name.startswith(".") or not path.is_file():
            raise web.HTTPNotFound
        # The name holds the hash of its content, so it may be kept for ever; .br and .gz beside it are chosen by
        # aiohttp.
        headers = {"Cache-Control": f"public, max-age={A_YEAR_S}, immutable", "X-Content-Type-Options": "nosniff"}
        response = web.FileResponse(path, headers=headers)
        response.content_type = STATIC_TYPES.get(path.suffix, "application/octet-stream")
        return response


def qr_svg(url: str) -> bytes:
    """Return the QR code of `url` as SVG, dark on white with its quiet zone."""
    text: str = segno.make(url, error="m").svg_inline(scale=8, border=4, dark="#0d0b0a", light="#ffffff")
    return (
        text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()
        if "xmlns" not in text
        else text.encode()
    )
