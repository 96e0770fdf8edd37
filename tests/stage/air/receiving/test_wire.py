"""The stage's end of a child's channel: what breaks is told, and told by the loop."""

from __future__ import annotations

import asyncio
import os
import socket

from stage.air.orders import Word, WordReader
from stage.air.receiving.wire import Wire


def nothing(_word: Word) -> None:
    """These children say nothing."""


async def test_who_sends_to_a_dead_child_is_told_of_it_afterwards() -> None:
    """Told at once, a stream that is taking its seat would lose the new one it is given for it."""
    ours, theirs = socket.socketpair()
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    wire = Wire(ours, WordReader(), nothing, ended.set_result)
    theirs.close()
    read_end, write_end = os.pipe()
    wire.send(b"open", (read_end,))
    wire.send(b"packet")
    assert not ended.done()
    assert await ended
    os.close(write_end)
    wire.send(b"too late", ())
