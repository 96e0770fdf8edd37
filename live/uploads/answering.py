"""What every answer of the tus server has in common, good or bad; and stopping in good order.

Around each handler: the method that is meant, the version, errors as `Problem`, the headers tus wants on everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aiohttp import hdrs, web

from live.errors import BadInput, HouselightsError, Unavailable
from live.http_errors import broken_off, problem_response
from live.uploads import tus

Handler = Callable[[web.Request], Coroutine[Any, Any, web.Response]]


class MethodNotAllowed(BadInput):
    code = "method_not_allowed"
    http_status = 405


class Answering:
    def __init__(self) -> None:
        self.refused = 0
        self.is_stopped = False
        self._at_work: set[asyncio.Task[Any]] = set()

    def by(self, table: Mapping[str, Handler]) -> Handler:
        """Return one handler for a table of methods."""

        async def answer(request: web.Request) -> web.Response:
            task = asyncio.current_task()
            assert task is not None
            self._at_work.add(task)
            try:
                response = await self._answer(request, table)
            finally:
                self._at_work.discard(task)
            response.headers["Tus-Resumable"] = tus.VERSION
            response.headers[hdrs.CACHE_CONTROL] = "no-store"
            return response

        return answer

    def stop(self) -> None:
        """Refuse what comes from here on; what is at work goes on."""
        self.is_stopped = True

    async def wait_idle(self, longest_s: float) -> None:
        """Wait until nothing is at work any more."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=longest_s)

    async def _answer(self, request: web.Request, table: Mapping[str, Handler]) -> web.Response:
        method = _method(request)
        try:
            if self.is_stopped:
                raise stopping()
            if method not in table:
                raise MethodNotAllowed(f"expected one of {', '.join(table)}, got {method[:20]!r}")
            if method != hdrs.METH_OPTIONS:
                tus.check_version(request.headers)
            return await table[method](request)
        except HouselightsError as error:
            self.refused += 1
            response = problem_response(error)
            if isinstance(error, tus.WrongVersion):
                response.headers["Tus-Version"] = tus.VERSION
            if isinstance(error, MethodNotAllowed):
                response.headers[hdrs.ALLOW] = ", ".join(table)
            return response
        except ConnectionError:
            return broken_off(request)


def stopping() -> Unavailable:
    return Unavailable("the hub is being stopped; what came is kept, and the upload goes on when it is back")


async def no_word_yet(request: web.Request) -> None:
    """A phone that asks before it sends (`Expect: 100-continue`) is answered once its upload is accepted."""


def _method(request: web.Request) -> str:
    """Who cannot say PATCH or DELETE says POST and means them. A GET means GET: its origin was not checked."""
    override = request.headers.get("X-HTTP-Method-Override")
    return override.upper() if override and request.method == hdrs.METH_POST else request.method
