"""Errors on their way out over HTTP: what a handler raises becomes a status and a `Problem` as JSON.

Only errors raised on purpose keep their sentence; what the server itself refuses gets one. Anything else is a fault of
ours: it is logged whole and answered with a plain 500, so that no path, no row and no stack of this machine reaches a
page.
"""

from __future__ import annotations

import math

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from live.errors import BadInput, HouselightsError, NotFound, TooLarge
from live.messages.coding import to_json
from live.messages.views import Problem

CLIENT_CLOSED = 499
"""The usual number, outside HTTP itself, for a request whose connection ended before its answer."""

_PATH_SHOWN = 100

_log = structlog.get_logger(__name__)


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except HouselightsError as error:
        return _instead(request, problem_response(error))
    except web.HTTPException as error:
        if error.status < 400:  # a redirect is an answer
            raise
        return _instead(request, _refusal(request, error))
    except ConnectionError:
        return broken_off(request)
    except web.RequestPayloadError:  # the caller's fault, and no handler's
        unread = BadInput("expected a body as its headers say, got one that cannot be read; send it plain")
        return _instead(request, problem_response(unread))
    except Exception:
        _log.exception("request failed", method=request.method, path=request.path)
        message = "something went wrong on the hub; try again, its log says what"
        return _instead(request, _answer(500, Problem(code="error", message=message)))


def _instead(request: web.Request, response: web.Response) -> web.Response:
    return response if request.writer.output_size == 0 else broken_off(request)


def _refusal(request: web.Request, error: web.HTTPException) -> web.Response:
    """What the server refuses before any handler of ours could, in the same words as the rest."""
    path = request.path[:_PATH_SHOWN]
    match error:
        case web.HTTPNotFound():
            return problem_response(NotFound(f"expected an address of this show, got {path!r}; see docs/protocol.md"))
        case web.HTTPRequestEntityTooLarge():
            return problem_response(
                TooLarge(f"expected a body of at most {request.client_max_size} bytes, got a larger one; send less")
            )
        case web.HTTPMethodNotAllowed():
            methods = " or ".join(sorted(error.allowed_methods))
            message = f"expected {methods} at {path!r}, got {error.method[:20]!r}; ask with {methods}"
            response = _answer(error.status, Problem(code="method_not_allowed", message=message))
            response.headers["Allow"] = error.headers["Allow"]
            return response
    said = " ".join((error.text or error.reason).split())
    message = f"expected a request that {path!r} takes, got one that it does not ({said}); see docs/protocol.md"
    return _answer(error.status, Problem(code=BadInput.code, message=message))


def problem_response(error: HouselightsError) -> web.Response:
    problem = Problem.of(error)
    response = _answer(error.http_status, problem)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after_s)))
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
