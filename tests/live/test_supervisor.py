"""The supervisor keeps hub and stage running; here with the real hub and a kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from live.doorplate import Doorplate, read_doorplate
from live.errors import Unavailable
from live.link import Link
from live.messages.views import Welcome
from live.settings import free_port
from live.supervisor import Keeping, Plan, Program, keep_show
from tests.live.running import running_house


@contextmanager
def welcomes(plate: Doorplate) -> Iterator[asyncio.Queue[Welcome]]:
    """Stay on the line as a stage does: every hub that runs at this address says welcome."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Welcome] = asyncio.Queue()
    link = Link(plate.url, "/stage", plate.stage_key)

    def take(welcome: Welcome) -> None:
        loop.call_soon_threadsafe(told.put_nowait, welcome)

    link.on_welcome(take)
    link.start()
    try:
        yield told
    finally:
        link.close()


async def test_a_hub_killed_with_9_is_back_as_the_same_show_and_everything_stops_when_asked(tmp_path: Path) -> None:
    opened: asyncio.Future[Doorplate] = asyncio.get_running_loop().create_future()
    port, https_port = (str(free_port("127.0.0.1", 0)) for _ in range(2))
    https = ["--https", "--https-port", https_port, "--home", str(tmp_path / "home")]
    plan = Plan(tmp_path / "show", ["--port", port, "--host", "127.0.0.1", *https], [], with_stage=False)
    running = asyncio.create_task(keep_show(plan, opened.set_result))
    async with asyncio.timeout(30):
        first = await opened
        with welcomes(first) as told:
            await told.get()
            os.kill(first.pid, signal.SIGKILL)
            await told.get()
    second = read_doorplate(tmp_path / "show" / "doors.json")
    assert second is not None
    assert second.pid != first.pid
    assert second.stage_key == first.stage_key
    assert (second.secure, second.fingerprint) == (first.secure, first.fingerprint)
    assert first.fingerprint
    assert second.line == first.line, "who came by the socket of the hub that was killed finds the next one there"
    _, writer = await asyncio.open_unix_connection(first.line)
    writer.close()
    await writer.wait_closed()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(30):
        await running
    assert not _is_alive(second.pid)
    assert not Path(second.line).exists()


async def test_a_second_show_in_the_same_folder_leaves_the_plate_of_the_one_that_runs(tmp_path: Path) -> None:
    doors = tmp_path / "show" / "doors.json"
    async with running_house(tmp_path / "show") as house:
        house.keep_doorplate()
        plate = doors.read_bytes()
        second = Plan(tmp_path / "show", ["--port", "0", "--host", "127.0.0.1"], [], with_stage=False)
        async with asyncio.timeout(30):
            with pytest.raises(Unavailable):
                await keep_show(second, lambda _: None)
        assert doors.read_bytes() == plate


async def test_a_process_that_dies_at_once_is_started_again_with_growing_pauses(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [sys.executable, "-c", f"open({str(fifo)!r}, 'w').write('x')"]
    keeping = Keeping(lambda: Program("short-lived", command, {}))
    running = asyncio.create_task(keeping.run())
    async with asyncio.timeout(30):
        for _ in range(3):
            assert await asyncio.to_thread(fifo.read_text) == "x"
    await keeping.stop()
    await running
    assert keeping.starts >= 3


async def test_a_process_that_is_just_being_started_is_stopped_too() -> None:
    begun = asyncio.Event()

    def program() -> Program:
        begun.set()
        return Program("long-lived", ["/bin/sleep", "60"], {})

    keeping = Keeping(program)
    running = asyncio.create_task(keeping.run())
    await begun.wait()
    assert keeping.pid is None, "on its way"
    async with asyncio.timeout(5):
        await keeping.stop()
        await running


async def test_what_cannot_be_started_now_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own path, as where there is no leash: what is not there makes the start fail, not the process."""
    monkeypatch.setattr(sys, "platform", "darwin")
    late, fifo = tmp_path / "late", tmp_path / "fifo"
    os.mkfifo(fifo)
    again = asyncio.Event()

    def program() -> Program:
        if keeping.starts > 0:
            again.set()
        return Program("late", [str(late)], {})

    keeping = Keeping(program)
    running = asyncio.create_task(keeping.run())
    async with asyncio.timeout(30):
        await again.wait()
        (tmp_path / "new").write_text(f"#!/bin/sh\necho x > {fifo}\n")
        (tmp_path / "new").chmod(0o755)
        (tmp_path / "new").rename(late)
        assert await asyncio.to_thread(fifo.read_text) == "x\n"
        await keeping.stop()
        await running


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
