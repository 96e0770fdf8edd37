"""Where the hub listens: plain http always, https beside, and a Unix socket for this machine's own processes, where no
packet is lost or waits for another to be sent again.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

import structlog
from aiohttp import web

from live.https import Https
from live.settings import LAST_PORT, PORTS_TO_TRY, Settings

BACKLOG = 4096  # a hall that comes back after a restart must not find its connections dropped by the kernel

_log = structlog.get_logger(__name__)


async def listen(runner: web.AppRunner, settings: Settings, https: Https | None) -> None:
    """Open the doors. Without a free port for https the show goes on by plain http. Raises OSError for that one."""
    await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
    if https is None:
        return
    wanted = https.port
    for port in range(wanted, min(wanted + PORTS_TO_TRY, LAST_PORT + 1) if wanted else 1):
        try:
            await web.TCPSite(runner, settings.host, port, backlog=BACKLOG, ssl_context=https.context).start()
        except OSError as error:
            _log.warning("no https at this port", port=port, reason=error.strerror)
        else:
            https.port = int(runner.addresses[-1][1])
            https.is_listening = True
            return
    _log.error("no https: every port is taken; choose one with --https-port", tried_from=wanted)


async def listen_here(runner: web.AppRunner, show: Path, temporary: Path | None = None) -> Path | None:
    """Listen on a Unix socket too; return its path, the same whenever this show is opened here, or None without one.

    It lies in `temporary`, the system's own folder if not given. Who comes by it has no address and passes the same
    doors; what is for this machine's address alone is not for them.
    """
    name = hashlib.blake2b(os.fsencode(show.resolve()), digest_size=8).hexdigest()
    try:
        path = _private_folder(temporary or Path(tempfile.gettempdir())) / f"{name}.sock"
        await web.UnixSite(runner, path, backlog=BACKLOG).start()
    except OSError as error:
        _log.warning("no Unix socket: the stage comes by TCP instead", reason=str(error))
        return None
    return path


def _private_folder(temporary: Path) -> Path:
    """Not the show's: its path may be longer than a socket's can be, and its disk one that holds no sockets.

    Raises OSError where somebody else sits in its place.
    """
    folder = temporary / f"houselights-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"expected {folder} to be a folder that is open to its owner only; remove it")
    return folder
