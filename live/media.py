"""Media on its way to a page: `GET /media/KEY` with one byte range, so that a player can seek.

Only renditions leave here. Originals are whatever a phone sent, with its GPS and its surprises, and are answered as if
they did not exist. Who may read a rendition is asked of `may_read`; bytes come from the store a chunk at a time, so a
reader that is slow costs one chunk and no more.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

from live.errors import BadInput, NotFound
from live.http_errors import problem_response
from live.store import Store, Stored

MayRead = Callable[[web.Request, str], Awaitable[None]]
"""Returns where the asker may read the key, else raises NotAllowed, BadToken or NotFound."""

OPEN_TO_PAGES = "renditions/"
FRESH_S = 600
"""A page may show a piece again without asking for this long; then it asks by ETag, and hears of a withdrawal."""

MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "opus": "audio/ogg",
}

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class RangeNotSatisfiable(BadInput):
    code = "bad_range"
    http_status = 416


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, not including, `end` of `size_bytes`."""

    start: int
    end: int
    size_bytes: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.end - 1}/{self.size_bytes}"


def parse_range(header: str, size_bytes: int) -> Span | None:
    """Return the one range asked for, or None where there is none to obey (RFC 9110 §14.2: then send it all).

    Several ranges, other units and what is not understood count as none. Raises RangeNotSatisfiable.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(0, size_bytes - int(last)), size_bytes
    else:
        start, end = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(f"expected a range within {size_bytes} bytes, got {header[:60]!r}")
    return Span(start, end, size_bytes)


def media_routes(store: Store, may_read: MayRead) -> list[web.RouteDef]:
    async def give(request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        if not key.startswith(OPEN_TO_PAGES):
            raise NotFound(f"no media file {key[:80]!r} in this show")
        await may_read(request, key)
        return await _answer(request, store, key)

    return [web.get("/media/{key:.+}", give)]


async def _answer(request: web.Request, store: Store, key: str) -> web.StreamResponse:
    stored = await store.describe(key)
    headers = _headers(key, stored)
    if _is_fresh(request, stored):
        return web.Response(status=304, headers=headers)
    try:
        span = _wanted(request, stored)
    except RangeNotSatisfiable as error:
        response = problem_response(error)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes */{stored.size_bytes}"
        return response
    answer = web.StreamResponse(status=200 if span is None else 206, headers=headers)
    if span is not None:
        answer.headers[hdrs.CONTENT_RANGE] = span.content_range
    return await _send(request, answer, store, key, span or Span(0, stored.size_bytes, stored.size_bytes))


async def _send(
    request: web.Request, response: web.StreamResponse, store: Store, key: str, span: Span
) -> web.StreamResponse:
    response.content_length = span.end - span.start
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    async for chunk in store.stream(key, span.start, span.end):
        await response.write(chunk)
    await response.write_eof()
    return response


def _headers(key: str, stored: Stored) -> dict[str, str]:
    headers = {
        hdrs.CONTENT_TYPE: MEDIA_TYPES.get(key.rpartition(".")[2].lower(), "application/octet-stream"),
        hdrs.ETAG: stored.etag,
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CACHE_CONTROL: f"private, max-age={FRESH_S}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }
    if headers[hdrs.CONTENT_TYPE] == "application/octet-stream":
        headers[hdrs.CONTENT_DISPOSITION] = "attachment"
    return headers


def _is_fresh(request: web.Request, stored: Stored) -> bool:
    """If-None-Match compares weakly (RFC 9110 §13.1.2)."""
    known = request.if_none_match or ()
    return any(tag.value in ("*", stored.etag.strip('"')) for tag in known)


def _wanted(request: web.Request, stored: Stored) -> Span | None:
    """If-Range compares strongly: a range of another file than the page began with would be noise."""
    header = request.headers.get(hdrs.RANGE)
    if header is None:
        return None
    if_range = request.headers.get(hdrs.IF_RANGE)
    if if_range is not None and if_range.strip() != stored.etag:
        return None
    return parse_range(header, stored.size_bytes)
