"""How a running hub is reached, as `doors.json` in the show's folder says it. Read by the processes that go with a hub,
which need nothing else of it.
"""

from __future__ import annotations

from pathlib import Path

from live.errors import HouselightsError
from live.messages.base import Message
from live.messages.coding import from_json


class Doorplate(Message, frozen=True):
    """How a running hub is reached: printed at start, and in `doors.json` for the processes that go with it.

    The host's first link names localhost: only there (or over https) does a browser decode streams. The links for
    other devices are https where a device can trust it; `host_plain` and `moderator_plain` are for those that did not
    install this machine's authority, empty where nobody needs to.
    """

    pid: int
    url: str
    stage_key: str
    audience: str
    host: str
    host_elsewhere: str
    moderator: str
    mirror: str
    host_plain: str = ""
    moderator_plain: str = ""
    line: str = ""
    """The path of a Unix socket that speaks the same http, for this user's processes on this machine; empty: none."""
    crew: str = ""
    """A camera or the desk feed from any browser; https where there is any, as cameras need it."""
    wifi: str = ""
    """Where a phone tries what the hall's Wi-Fi carries; by plain http, which every phone opens."""
    secure: str = ""
    """The https origin, for phones that accept its certificate; empty without one."""
    trust: str = ""
    """Where crew and regulars install this machine's authority, and its fingerprint; empty where nobody needs it."""
    fingerprint: str = ""


def read_doorplate(doors: Path) -> Doorplate | None:
    """Return what the hub wrote into `doors` last; None where it cannot be read."""
    try:
        return from_json(doors.read_bytes(), Doorplate)
    except (OSError, HouselightsError):
        return None
