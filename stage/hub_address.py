"""How those processes of the stage that carry media reach the hub."""

from __future__ import annotations

from pathlib import Path

from live.doorplate import read_doorplate
from live.messages.base import Message


class HubAddress(Message, frozen=True):
    """`line` is the path of the hub's Unix socket, which speaks the same http; empty where it is on another machine.

    `plate` is where a hub that keeps its show in this folder writes the newest keys (`live.doorplate`).
    """

    url: str
    token: str
    line: str = ""
    plate: str = ""

    def newest_token(self) -> str:
        """Return the key to show now. Asked at every attempt: the host may revoke the stage's key during the show."""
        plate = read_doorplate(Path(self.plate)) if self.plate else None
        if plate is None or _show_of(plate.stage_key) != _show_of(self.token):
            return self.token
        return plate.stage_key


def _show_of(token: str) -> str:
    return token.partition(".")[0]
