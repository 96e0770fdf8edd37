"""What phones may do to the stage: garbage, bombs, deaths of decoders, silence. The others notice nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from live.messages.scene import LiveSource
from stage.air.air import Air, LivePictures
from stage.hub_address import HubAddress
from tests import time_strip
from tests.footage import footage
from tests.scripted_phones import Misfortune, ScriptedPhone, on_air
from tests.stage.air.running import relay, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD, ILL = "guest-good", "guest-0ill"
LOOP = footage(320, 180, 30, "h264", 4)


class Hall:
    """A guest who is received all the time, and others who come; `told` is notified whenever a picture comes."""

    def __init__(self, folder: Path, hub_url: str) -> None:
        self.told = threading.Condition()
        self.folder, self.hub_url = folder, hub_url
        self.air = Air(HubAddress(url=hub_url, token="key"), folder, lambda: time.monotonic_ns() // 1000, children=1)
        arrived = self.air.arrivals.arrived

        def tell(source: object) -> None:
            arrived(str(source))
            with self.told:
                self.told.notify_all()

        self.air.arrivals.arrived = tell  # type: ignore[method-assign]
        self.good = self.air.open_picture(LiveSource(stream_id=GOOD))
        self._visits = 0

    @asynccontextmanager
    async def visited(self, misfortune: Misfortune) -> AsyncIterator[tuple[LivePictures, ScriptedPhone]]:
        """By somebody new, to whom this happens."""
        self._visits += 1
        phone = ScriptedPhone(f"guest-{self._visits}ill", LOOP, misfortune=misfortune)
        async with self.watching(phone.stream_id) as source, on_air(self.hub_url, {"ill": phone}):
            yield source, phone

    @asynccontextmanager
    async def watching(self, stream_id: str) -> AsyncIterator[LivePictures]:
        source = self.air.open_picture(LiveSource(stream_id=stream_id))
        try:
            await asyncio.to_thread(source.prepare)
            yield source
        finally:
            source.close()

    async def more(self, source: LivePictures, count: int = 5) -> None:
        """Wait for so many more pictures of a guest."""
        newest = source.newest()
        upto = (newest.serial if newest else 0) + count
        await until(lambda: (now := source.newest()) is not None and now.serial >= upto, self.told)

    def troubles(self, phone: ScriptedPhone) -> list[str]:
        """Of this guest and the good one; those before may be remembered."""
        return [told for told in self.air.troubles() if told.split()[1] in (GOOD, phone.stream_id)]

    async def until_segment(self, source: LivePictures, segment: int) -> None:
        await until(lambda: (now := source.newest()) is not None and now.segment >= segment, self.told)

    def close(self) -> None:
        self.good.close()
        self.air.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """One for all tests: a bad evening."""
    async with relay() as hub_url:
        stage = Hall(tmp_path_factory.mktemp("streams"), hub_url)
        try:
            async with on_air(hub_url, {"good": ScriptedPhone(GOOD, LOOP)}):
                await asyncio.to_thread(stage.good.prepare)
                await stage.more(stage.good)
                yield stage
        finally:
            await asyncio.to_thread(stage.close)


def strip(source: LivePictures) -> int | None:
    newest = source.newest()
    return None if newest is None else time_strip.read(newest.picture.y)


def segment(source: LivePictures) -> int:
    newest = source.newest()
    assert newest is not None
    return newest.segment


async def test_a_stream_of_garbage_is_named_and_rested_and_its_phone_is_told(stage: Hall) -> None:
    replaced = stage.air.line.children_replaced
    async with stage.visited(Misfortune(garbage_from=20)) as (_, phone):
        await until(lambda: any("sends no media" in told for told in stage.troubles(phone)), stage.told)
        await until(lambda: any("sends no media" in told for told in phone.sent.troubles), stage.told)
        await stage.more(stage.good)
        assert phone.sent.keys_asked >= 1
        assert stage.air.line.children_replaced == replaced
        (trouble,) = stage.troubles(phone)
        assert trouble.startswith(f"stream {phone.stream_id} sends no media")


async def test_a_bomb_is_refused_and_the_stream_goes_on_at_the_next_key(stage: Hall) -> None:
    replaced = stage.air.line.children_replaced
    async with stage.visited(Misfortune(bomb_at=25)) as (source, phone):
        await stage.more(source, 40)
        assert strip(source) is not None
        stream = source.stream
        assert stream is not None
        await until(lambda: stream.bad == 1, stage.told)
        assert (stage.troubles(phone), stage.air.line.children_replaced) == ([], replaced)


async def test_pictures_lost_on_the_way_cost_a_moment_and_nothing_torn_is_shown(stage: Hall) -> None:
    async with stage.visited(Misfortune(lose_every=10)) as (source, phone):
        for _ in range(20):
            await stage.more(source, 1)
            assert strip(source) is not None
        assert phone.sent.keys_asked >= 1
        assert stage.troubles(phone) == []


async def test_a_line_that_holds_back_and_bursts_is_no_fault_of_the_phone(stage: Hall) -> None:
    async with stage.visited(Misfortune(burst_every=15)) as (source, phone):
        await stage.more(source, 45)
        assert source.stream is not None
        assert (source.stream.bad, stage.troubles(phone)) == (0, [])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_decoder_then_a_receiver_that_die_or_hang_are_replaced_and_all_go_on(
    stage: Hall, how: signal.Signals
) -> None:
    async with stage.visited(Misfortune()) as (ill, _):
        await stage.more(stage.good)
        await stage.more(ill)
        await assert_decoder_is_replaced(stage, ill, how)
        await assert_receiver_is_replaced(stage, ill, how)


async def assert_decoder_is_replaced(stage: Hall, ill: LivePictures, how: signal.Signals) -> None:
    (pid,), replaced = stage.air.line.child_pids, stage.air.line.children_replaced
    await end_and_go_on(stage, ill, pid, how)
    await until(lambda: stage.air.line.children_replaced == replaced + 1, stage.told)
    assert stage.air.line.child_pids != (pid,)


async def assert_receiver_is_replaced(stage: Hall, ill: LivePictures, how: signal.Signals) -> None:
    line, shown = stage.air.line, stage.good.newest()
    first, replaced = line.pid, line.receivers_replaced
    assert first is not None
    await end_and_go_on(stage, ill, first, how)
    assert line.receivers_replaced == replaced + 1
    assert line.pid != first
    assert stage.good.stream in line.streams, "whoever shows the stream need not know"
    assert shown is not None
    assert time_strip.read(shown.picture.y) is not None, "what is shown stays, though its memory was the other's"


async def end_and_go_on(stage: Hall, ill: LivePictures, pid: int, how: signal.Signals) -> None:
    before = {source: segment(source) for source in (stage.good, ill)}
    os.kill(pid, how)
    for source, was in before.items():
        await stage.until_segment(source, was + 1)
        await stage.more(source)


async def test_a_line_cut_is_made_again_by_itself(stage: Hall) -> None:
    async with stage.watching(ILL) as ill:
        async with on_air(stage.hub_url, {"ill": ScriptedPhone(ILL, LOOP, misfortune=Misfortune(cut_at=30))}):
            await stage.more(ill, 25)
        async with on_air(stage.hub_url, {"again": ScriptedPhone(ILL, footage(180, 320, 30, "h264", 4))}):
            await until(lambda: (n := ill.newest()) is not None and n.picture.width == 180, stage.told)
            await stage.more(stage.good)
    assert sorted(path.name for path in (stage.folder / ILL).glob("*.mkv"))[:2] == ["001.mkv", "002.mkv"]
