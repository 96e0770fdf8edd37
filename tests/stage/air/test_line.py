"""The line says what is wanted and forgets what nobody wants; the hub is told of late sound."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from stage.air.arrivals import Arrivals
from stage.air.line import Line
from stage.air.receiving.receiver import URGENT_UP_TO
from stage.hub_address import HubAddress
from tests.footage import footage
from tests.live.test_urgency import allowed, in_a_thread, policy
from tests.scripted_phones import ScriptedPhone, on_air
from tests.stage.air.running import Relay, relaying, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNA, BEN, CLEO, DORA = "guest-anna", "guest-ben", "guest-cleo", "guest-dora"
LOOP = footage(320, 180, 30, "h264", 4)


class Told(Arrivals):
    """Notifies `news` of every picture."""

    def __init__(self) -> None:
        super().__init__()
        self.news = threading.Condition()

    def arrived(self, source: object) -> None:
        with self.news:
            self.news.notify_all()


@dataclass(frozen=True, slots=True)
class Hall:
    """A hub, and the line that asks it for streams; `news` is notified of every picture."""

    hub: Relay
    wanting: Line
    news: threading.Condition


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """One for all tests, each of which has guests of its own: a receiver and its children take a second to start."""
    told, folder = Told(), tmp_path_factory.mktemp("streams")
    async with relaying() as hub:
        address = HubAddress(url=hub.url, token="key")
        line = Line(address, folder, lambda: time.monotonic_ns() // 1000, told, children=1)
        try:
            yield Hall(hub, line, told.news)
        finally:
            await asyncio.to_thread(line.close)


async def test_who_is_let_go_stays_a_while_and_is_the_same_stream_when_wanted_again(hall: Hall) -> None:
    wanting, news = hall.wanting, hall.news
    phones = {"anna": ScriptedPhone(ANNA, LOOP), "ben": ScriptedPhone(BEN, LOOP)}
    async with on_air(hall.hub.url, phones):
        anna, ben = wanting.want(ANNA), wanting.want(BEN)
        await until(lambda: anna.pictures > 3 and ben.pictures > 3, news)
        wanting.let_go(ANNA)
        assert wanting.want(ANNA) is anna
        wanting.let_go(BEN)
        await until(lambda: anna in wanting.streams and ben not in wanting.streams, news)
        seen = anna.pictures
        await until(lambda: anna.pictures > seen, news)
    wanting.let_go(ANNA)


async def test_the_host_is_told_that_sound_is_late(hall: Hall) -> None:
    """Who plays both knows; the receiver has the line to the hub."""

    def said() -> list[str]:
        return [each.trouble for each in hall.hub.streams.health().streams if each.stream_id == CLEO]

    async with on_air(hall.hub.url, {"cleo": ScriptedPhone(CLEO, LOOP)}):
        cleo = hall.wanting.want(CLEO)
        await until(lambda: cleo.pictures > 0, hall.news)
        assert "sound is 300 ms behind" not in said()
        cleo.say_late("sound is 300 ms behind")
        await until(lambda: said() == ["sound is 300 ms behind"], hall.news)
        cleo.say_late("")
        await until(lambda: said() == [""], hall.news)
    hall.wanting.let_go(CLEO)


async def test_a_few_streams_are_received_before_all_else_and_many_with_patience(hall: Hall) -> None:
    urgent, patient, wanting = in_a_thread(allowed), policy(), hall.wanting

    def receivers() -> int:
        if sys.platform != "linux":
            return patient
        return os.sched_getscheduler(wanting.pid or 0) & ~os.SCHED_RESET_ON_FORK

    async with on_air(hall.hub.url, {"dora": ScriptedPhone(DORA, LOOP)}):  # its pictures tell that time goes by
        dora = wanting.want(DORA)
        await until(lambda: dora.pictures > 0, hall.news)
        assert receivers() == urgent
        for n in range(URGENT_UP_TO):
            wanting.want(f"guest-{n}")
        await until(lambda: receivers() == patient, hall.news)
