"""Where the hub listens: plain http always (the stage and other programs of this machine come by it), https beside."""

from __future__ import annotations

import structlog
from aiohttp import web

from live.https import Https
from live.settings import PORTS_TO_TRY, Settings

BACKLOG = 4096  # a hall that comes back after a restart must not find its connections dropped by the kernel

_log = structlog.get_logger(__name__)


async def listen(runner: web.AppRunner, settings: Settings, https: Https | None) -> None:
    """Open the doors. Without a free port for https the show goes on by plain http. Raises OSError for that one."""
    await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
    if https is None:
        return
    wanted = https.port
    for port in range(wanted, wanted + (PORTS_TO_TRY if wanted else 1)):
        try:
            await web.TCPSite(runner, settings.host, port, backlog=BACKLOG, ssl_context=https.context).start()
        except OSError as error:
            _log.warning("no https at this port", port=port, reason=error.strerror)
        else:
            https.port = int(runner.addresses[-1][1])
            https.is_listening = True
            return
    _log.error("no https: every port is taken; choose one with --https-port", tried_from=wanted)
