"""An http session with the hub: by its Unix socket where it has one on this machine, else by TCP.

On a Unix socket nothing is lost and sent again, and a message costs both sides less. A hub that was killed leaves its
socket behind, and the next one may have none: so every second attempt in a row goes by TCP.
"""

from __future__ import annotations

from pathlib import Path

import aiohttp

from stage.hub_address import HubAddress


def open_session(hub: HubAddress, attempt: int = 0) -> aiohttp.ClientSession:
    """Made in a running event loop; `attempt` counts those that failed since the line last stood."""
    by_socket = hub.line and attempt % 2 == 0 and Path(hub.line).is_socket()
    connector = aiohttp.UnixConnector(hub.line) if by_socket else None
    return aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {hub.newest_token()}"})
