"""Knocks at the hub's doors from this machine's own network addresses, as a phone would: real connections, each scheme.

Where no hub runs, `porch` opens the same two listeners with nothing behind them but the answer to a knock. What a knock
from the same machine cannot tell: whether a firewall or the access point keeps phones away.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from live.https import Https, sending_on
from live.listening import listen
from live.settings import Settings

PATH = "/trust/seen"
WITHIN_S = 3.0
BROWSER = {"Accept": "text/html"}


@asynccontextmanager
async def porch(settings: Settings, https: Https | None) -> AsyncIterator[None]:
    """Listen as a hub with these settings would. Raises OSError where the plain port cannot be had."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application(middlewares=[sending_on(https)])
    app.add_routes([web.get(PATH, answer), web.get("/", answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await listen(runner, settings, https)
        yield
    finally:
        await runner.cleanup()


async def knock(address: str, port: int, trust: ssl.SSLContext | None = None, name: str | None = None) -> str:
    """Return why nobody who comes this way gets in; empty where the hub answers.

    With `trust` by https, as a browser that trusts this and opened `name` (the address itself where none is given).
    """
    scheme = "http" if trust is None else "https"
    try:
        async with (
            _session() as session,
            session.get(
                f"{scheme}://{address}:{port}{PATH}", ssl=trust or True, server_hostname=name, allow_redirects=False
            ) as answer,
        ):
            return "" if answer.status == 204 else f"another program answers at port {port}"
    except aiohttp.ClientConnectorCertificateError as error:
        return _verify_message(error.certificate_error)
    except (aiohttp.ClientError, OSError) as error:
        return f"nobody answers at port {port} ({error.__class__.__name__})"
    except TimeoutError:
        return f"no answer at port {port} within {WITHIN_S:.0f} s: a firewall?"


async def where_sent(address: str, port: int) -> str:
    """Return where a browser that opens the page by plain http is sent on to; empty: nowhere."""
    try:
        async with (
            _session() as session,
            session.get(f"http://{address}:{port}/", headers=BROWSER, allow_redirects=False) as answer,
        ):
            return answer.headers.get("Location", "") if answer.status == 302 else ""
    except (aiohttp.ClientError, OSError, TimeoutError):
        return ""


async def knock_all(addresses: list[str], port: int, trust: ssl.SSLContext | None = None) -> dict[str, str]:
    """Knock by every address at once; return what `knock` says of each."""
    said = await asyncio.gather(*(knock(address, port, trust) for address in addresses))
    return dict(zip(addresses, said, strict=True))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN_S), trust_env=False)


def _verify_message(error: Exception) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
