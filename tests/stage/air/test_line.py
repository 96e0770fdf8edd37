"""The line says what is wanted and forgets what nobody wants; the hub is told of late sound."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stage.air.arrivals import Arrivals
from stage.air.line import Line
from stage.air.receiving.receiver import URGENT_UP_TO
from stage.hub_address import HubAddress
from tests.footage import footage
from tests.live.test_urgency import allowed, in_a_thread, policy
from tests.scripted_phones import ScriptedPhone, on_air
from tests.stage.air.running import relay, relaying, until

ANNA, BEN = "guest-anna", "guest-ben"
LOOP = footage(320, 180, 30, "h264", 4)


class Told(Arrivals):
    """Notifies `news` of every picture."""

    def __init__(self) -> None:
        super().__init__()
        self.news = threading.Condition()

    def arrived(self, source: object) -> None:
        with self.news:
            self.news.notify_all()


@asynccontextmanager
async def line(folder: Path, hub_url: str) -> AsyncIterator[tuple[Line, threading.Condition]]:
    told = Told()
    line = Line(HubAddress(url=hub_url, token="key"), folder, lambda: time.monotonic_ns() // 1000, told, children=1)
    try:
        yield line, told.news
    finally:
        await asyncio.to_thread(line.close)


async def test_who_is_let_go_stays_a_while_and_is_the_same_stream_when_wanted_again(tmp_path: Path) -> None:
    async with relay() as hub_url, line(tmp_path, hub_url) as (wanting, news):
        phones = {"anna": ScriptedPhone(ANNA, LOOP), "ben": ScriptedPhone(BEN, LOOP)}
        async with on_air(hub_url, phones):
            anna, ben = wanting.want(ANNA), wanting.want(BEN)
            await until(lambda: anna.pictures > 3 and ben.pictures > 3, news)
            wanting.let_go(ANNA)
            assert wanting.want(ANNA) is anna
            wanting.let_go(BEN)
            await until(lambda: wanting.streams == [anna], news)
            seen = anna.pictures
            await until(lambda: anna.pictures > seen, news)


async def test_the_host_is_told_that_sound_is_late(tmp_path: Path) -> None:
    """Who plays both knows; the receiver has the line to the hub."""
    phone = ScriptedPhone(ANNA, LOOP)
    async with relaying() as hub, line(tmp_path, hub.url) as (wanting, news):

        def said() -> list[str]:
            return [each.trouble for each in hub.streams.health().streams]

        async with on_air(hub.url, {"anna": phone}):
            anna = wanting.want(ANNA)
            await until(lambda: anna.pictures > 0, news)
            assert "sound is 300 ms behind" not in said()
            anna.say_late("sound is 300 ms behind")
            await until(lambda: said() == ["sound is 300 ms behind"], news)
            anna.say_late("")
            await until(lambda: said() == [""], news)


async def test_a_few_streams_are_received_before_all_else_and_many_with_patience(tmp_path: Path) -> None:
    urgent, patient = in_a_thread(allowed), policy()
    async with relaying() as hub, line(tmp_path, hub.url) as (wanting, news):

        def receivers() -> int:
            if sys.platform != "linux":
                return patient
            return os.sched_getscheduler(wanting.pid or 0) & ~os.SCHED_RESET_ON_FORK

        async with on_air(hub.url, {"anna": ScriptedPhone(ANNA, LOOP)}):  # its pictures tell that time goes by
            anna = wanting.want(ANNA)
            await until(lambda: anna.pictures > 0, news)
            assert receivers() == urgent
            for n in range(URGENT_UP_TO):
                wanting.want(f"guest-{n}")
            await until(lambda: receivers() == patient, news)
