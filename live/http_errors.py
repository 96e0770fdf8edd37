"""Errors on their way out over HTTP: what a handler raises becomes a status and a `Problem` as JSON.

Only errors raised on purpose keep their sentence. Anything else is a fault of ours: it is logged whole and answered
with a plain 500, so that no path, no row and no stack of this machine reaches a page.
"""

from __future__ import annotations

import math

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from live.errors import HouselightsError, TooMuch
from live.messages.coding import to_json
from live.messages.views import Problem

CLIENT_CLOSED = 499
"""The usual number, outside HTTP itself, for a request whose connection ended before its answer."""

_log = structlog.get_logger(__name__)


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except HouselightsError as error:
        return problem_response(error) if request.writer.output_size == 0 else broken_off(request)
    except web.HTTPException:
        raise
    except ConnectionError:
        return broken_off(request)
    except Exception:
        _log.exception("request failed", method=request.method, path=request.path)
        if request.writer.output_size > 0:
            return broken_off(request)
        return _answer(
            500, Problem(code="error", message="something went wrong on the hub; try again, its log says what")
        )


def problem_response(error: HouselightsError) -> web.Response:
    retry_after_s = error.retry_after_s if isinstance(error, TooMuch) else None
    response = _answer(error.http_status, Problem(code=error.code, message=str(error), retry_after_s=retry_after_s))
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(retry_after_s)))
    return response


def broken_off(request: web.Request) -> web.Response:
    """Break the connection: its reader has gone, or an answer went wrong after its head was out, and a second one would
    be read as the first one's body. What is returned is for the access log; it cannot be sent any more.
    """
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CLIENT_CLOSED)


def _answer(status: int, problem: Problem) -> web.Response:
    return web.Response(
        status=status,
        body=to_json(problem),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
