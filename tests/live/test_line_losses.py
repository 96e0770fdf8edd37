"""Where the system's count is read, on real sockets; what it counts only a lossy line shows (tests/benchmarks/loss.py)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from live.line_losses import losses_seen


async def test_a_line_that_loses_nothing_has_nothing_counted() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        losses = losses_seen(writer.transport)
        assert losses() == 0
        writer.close()
        await writer.wait_closed()
        assert losses() == 0, "closed"


async def test_other_lines_have_nobody_who_counts(tmp_path: Path) -> None:
    server = await asyncio.start_unix_server(lambda *_: None, tmp_path / "line")
    async with server:
        _, writer = await asyncio.open_unix_connection(tmp_path / "line")
        assert losses_seen(writer.transport)() == 0
        writer.close()
        await writer.wait_closed()
    assert losses_seen(None)() == 0
