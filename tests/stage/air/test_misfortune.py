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

from live.messages.scene import LiveSource
from stage.air.air import Air, LivePictures
from stage.hub_address import HubAddress
from tests import time_strip
from tests.footage import footage
from tests.scripted_phones import Misfortune, ScriptedPhone, on_air
from tests.stage.air.running import relay, until

GOOD, ILL = "guest-good", "guest-0ill"
LOOP = footage(320, 180, 30, "h264", 4)


class Hall:
    """Two guests received; `told` is notified whenever a picture comes."""

    def __init__(self, folder: Path, hub_url: str) -> None:
        self.told = threading.Condition()
        self.air = Air(HubAddress(url=hub_url, token="key"), folder, lambda: time.monotonic_ns() // 1000, children=1)
        arrived = self.air.arrivals.arrived

        def tell(source: object) -> None:
            arrived(str(source))
            with self.told:
                self.told.notify_all()

        self.air.arrivals.arrived = tell  # type: ignore[method-assign]
        self.good = self.air.open_picture(LiveSource(stream_id=GOOD))
        self.ill = self.air.open_picture(LiveSource(stream_id=ILL))

    async def prepare(self) -> None:
        await asyncio.gather(asyncio.to_thread(self.good.prepare), asyncio.to_thread(self.ill.prepare))

    async def more(self, source: LivePictures, count: int = 5) -> None:
        """Wait for so many more pictures of a guest."""
        newest = source.newest()
        upto = (newest.serial if newest else 0) + count
        await until(lambda: (now := source.newest()) is not None and now.serial >= upto, self.told)

    async def until_trouble(self, word: str) -> None:
        await until(lambda: any(word in trouble for trouble in self.air.troubles()), self.told)

    async def until_segment(self, source: LivePictures, segment: int) -> None:
        await until(lambda: (now := source.newest()) is not None and now.segment >= segment, self.told)

    def close(self) -> None:
        for source in (self.good, self.ill):
            source.close()
        self.air.close()


@asynccontextmanager
async def hall(folder: Path, misfortune: Misfortune) -> AsyncIterator[tuple[Hall, ScriptedPhone]]:
    good, ill = ScriptedPhone(GOOD, LOOP), ScriptedPhone(ILL, LOOP, misfortune=misfortune)
    async with relay() as hub_url:
        stage = Hall(folder, hub_url)
        try:
            async with on_air(hub_url, {"good": good}):
                await stage.prepare()
                await stage.more(stage.good)
                async with on_air(hub_url, {"ill": ill}):
                    yield stage, ill
        finally:
            await asyncio.to_thread(stage.close)


def strip(source: LivePictures) -> int | None:
    newest = source.newest()
    return None if newest is None else time_strip.read(newest.picture.y)


async def test_a_stream_of_garbage_is_named_and_rested_and_its_phone_is_told(tmp_path: Path) -> None:
    async with hall(tmp_path, Misfortune(garbage_from=20)) as (stage, ill):
        await stage.until_trouble(f"stream {ILL} sends no media")
        await until(lambda: any("sends no media" in trouble for trouble in ill.sent.troubles), stage.told)
        await stage.more(stage.good)
        assert ill.sent.keys_asked >= 1
        assert stage.air.line.children_replaced == 0
        assert len(stage.air.troubles()) == 1


async def test_a_bomb_is_refused_and_the_stream_goes_on_at_the_next_key(tmp_path: Path) -> None:
    async with hall(tmp_path, Misfortune(bomb_at=25)) as (stage, _):
        await stage.more(stage.ill, 40)
        assert strip(stage.ill) is not None
        ill = stage.ill.stream
        assert ill is not None
        await until(lambda: ill.bad == 1, stage.told)
        assert (stage.air.troubles(), stage.air.line.children_replaced) == ((), 0)


async def test_pictures_lost_on_the_way_cost_a_moment_and_nothing_torn_is_shown(tmp_path: Path) -> None:
    async with hall(tmp_path, Misfortune(lose_every=10)) as (stage, ill):
        for _ in range(20):
            await stage.more(stage.ill, 1)
            assert strip(stage.ill) is not None
        assert ill.sent.keys_asked >= 1
        assert stage.air.troubles() == ()


async def test_a_line_that_holds_back_and_bursts_is_no_fault_of_the_phone(tmp_path: Path) -> None:
    async with hall(tmp_path, Misfortune(burst_every=15)) as (stage, _):
        await stage.more(stage.ill, 45)
        assert stage.ill.stream is not None
        assert (stage.ill.stream.bad, stage.air.troubles()) == (0, ())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_decoder_that_dies_or_hangs_is_replaced_and_all_go_on(tmp_path: Path, how: signal.Signals) -> None:
    async with hall(tmp_path, Misfortune()) as (stage, _):
        await stage.more(stage.good)
        await stage.more(stage.ill)
        (pid,) = stage.air.line.child_pids
        os.kill(pid, how)
        for source in (stage.good, stage.ill):
            await stage.until_segment(source, 2)
            await stage.more(source)
        await until(lambda: stage.air.line.children_replaced == 1, stage.told)
        assert stage.air.line.child_pids != (pid,)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_receiver_that_dies_or_hangs_is_replaced_and_all_go_on(tmp_path: Path, how: signal.Signals) -> None:
    async with hall(tmp_path, Misfortune()) as (stage, _):
        line = stage.air.line
        await stage.more(stage.good)
        await stage.more(stage.ill)
        first = line.pid
        assert first is not None
        shown = stage.good.newest()
        os.kill(first, how)
        for source in (stage.good, stage.ill):
            await stage.until_segment(source, 2)
            await stage.more(source)
        assert line.receivers_replaced == 1
        assert line.pid != first
        assert stage.good.stream in line.streams, "whoever shows the stream need not know"
        assert shown is not None
        assert time_strip.read(shown.picture.y) is not None, "what is shown stays, though its memory was the other's"


async def test_a_line_cut_is_made_again_by_itself(tmp_path: Path) -> None:
    good = ScriptedPhone(GOOD, LOOP)
    ill = ScriptedPhone(ILL, LOOP, misfortune=Misfortune(cut_at=30))
    async with relay() as hub_url:
        stage = Hall(tmp_path, hub_url)
        async with on_air(hub_url, {"good": good}):
            await stage.prepare()
            await stage.more(stage.good)
            async with on_air(hub_url, {"ill": ill}):
                await stage.more(stage.ill, 25)
            async with on_air(hub_url, {"again": ScriptedPhone(ILL, footage(180, 320, 30, "h264", 4))}):
                await until(lambda: (n := stage.ill.newest()) is not None and n.picture.width == 180, stage.told)
                await stage.more(stage.good)
        await asyncio.to_thread(stage.close)
    assert sorted(path.name for path in (tmp_path / ILL).glob("*.mkv"))[:2] == ["001.mkv", "002.mkv"]
