"""How those processes of the stage that carry media reach the hub."""

from __future__ import annotations

from live.messages.base import Message


class HubAddress(Message, frozen=True):
    """`line` is the path of the hub's Unix socket, which speaks the same http; empty where it is on another machine."""

    url: str
    token: str
    line: str = ""
