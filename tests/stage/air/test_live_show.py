"""Live streams through the whole stage: seen in the program, named in the side log, rendered again to the same bytes.

Everything is real: phones by script over sockets, the relay, walled children, the pacer with both threads.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import get_args

import av
import numpy as np
import numpy.typing as npt

from live.clock import ShowClock
from live.kept_streams import shred_stream
from live.layout import lay_out
from live.messages.scene import (
    Credit,
    Cue,
    LiveSource,
    Put,
    Rect,
    Remove,
    Scene,
    SetAway,
    ShowCredits,
    Slate,
    SolidSource,
)
from stage.air.air import Air
from stage.air.kept_air import KeptAir
from stage.arrangement import even
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.hub_address import HubAddress
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox, PendingCue
from stage.placement import Box, place
from stage.program import ProgramFormat
from stage.render import LocalMedia, Run, play
from stage.side_log import SideLog, read_side_log
from stage.sources.slate import draw_slate
from stage.wings import Wings
from tests import time_strip
from tests.footage import Codec, footage, sounding
from tests.scripted_phones import ScriptedPhone, on_air
from tests.stage.air.running import relay, until
from tests.stage.players import Keeper

PROGRAM = ProgramFormat(320, 180, 30)
GUEST, OTHER = "guest-0001", "guest-0002"
CODECS: tuple[Codec, ...] = get_args(Codec)


class LiveShow:
    """A stage with an `Air`, by the real clock; `told` is notified at every program picture."""

    def __init__(self, folder: Path, hub_url: str) -> None:
        self.folder = folder
        self.told = threading.Condition()
        self.hall = Keeper(on_picture=self._on_picture)
        self.taken: dict[int, list[Cue]] = {}
        self.clock = ShowClock(time.time() - 100.0)
        self.air = Air(HubAddress(url=hub_url, token="key"), folder / "streams", self.clock.now_us, children=1)
        self.side_log = SideLog(folder / "side.jsonl")
        self.wings = Wings(lambda part: open_part(part, LocalMedia(folder), PROGRAM, self.air))
        self.inbox = CueInbox()
        asking = LiveAsking(self.wings, PROGRAM, self.side_log, self.air.arrivals)
        self.first = PROGRAM.picture_at_us(self.clock.now_us()) + 1
        self.pacer = Pacer(
            Engine(PROGRAM, Scene(pictures_per_second=30), self.wings, asking),
            self.clock,
            [self.hall],
            self.side_log,
            first_picture=self.first,
            inbox=self.inbox,
            on_taken=self._taken,
            await_live=asking.await_live,
        )

    def give(self, *cues: Cue) -> None:
        for cue in cues:
            self.inbox.give(f"cue-{len(self.inbox)}-{time.monotonic_ns()}", cue)

    def close(self) -> None:
        self.pacer.close()
        self.wings.close()
        self.air.close()
        self.side_log.close()

    def rendered(self, withdrawn: frozenset[str] = frozenset()) -> Keeper:
        keeper = Keeper()
        run = Run("run", PROGRAM, self.first, self.pacer.next_picture - 1)
        run.takes.update(self.taken)
        air = KeptAir(self.folder / "streams", withdrawn)
        record = read_side_log(self.folder / "side.jsonl")
        play(run, Scene(pictures_per_second=30), LocalMedia(self.folder), record, keeper, air)
        air.close()
        return keeper

    def newest(self) -> int:
        return max(self.hall.pictures, default=0)

    def strip(self, left: int = 0, width: int = 320) -> int | None:
        """The number in the newest program picture's tile."""
        if not self.hall.pictures:
            return None
        luma = np.frombuffer(self.hall.pictures[self.newest()], np.uint8)[: 320 * 180].reshape(180, 320)
        return time_strip.read(luma, left, 0, width, 180)

    async def until(self, is_so: Callable[[], bool]) -> None:
        await until(is_so, self.told)

    async def pictures(self, count: int) -> None:
        upto = self.newest() + count
        await self.until(lambda: self.newest() >= upto)

    def _on_picture(self, number: int) -> None:
        with self.told:
            self.told.notify_all()

    def _taken(self, pending: PendingCue, picture: int) -> None:
        self.taken.setdefault(picture, []).append(pending.cue)


@asynccontextmanager
async def live_show(folder: Path) -> AsyncIterator[tuple[LiveShow, str]]:
    async with relay() as hub_url:
        show = LiveShow(folder, hub_url)
        show.pacer.start()
        try:
            yield show, hub_url
        finally:
            await asyncio.to_thread(show.close)


def camera(stream_id: str) -> Put:
    return Put(layer_id=stream_id, source=LiveSource(stream_id=stream_id, sound=False), fade_ms=0)


def assert_same(live: Keeper, offline: Keeper) -> None:
    assert offline.pictures.keys() == live.pictures.keys()
    assert [n for n in live.pictures if live.pictures[n] != offline.pictures[n]] == []
    assert [n for n in live.blocks if live.blocks[n] != offline.blocks[n]] == []


async def test_guests_are_in_the_program_kept_and_rendered_again_however_they_encode(tmp_path: Path) -> None:
    stream_ids = [f"guest-{codec:0>4}" for codec in CODECS]
    async with live_show(tmp_path) as (show, hub_url):
        for stream_id, codec in zip(stream_ids, CODECS, strict=True):
            sound = None if codec in ("webm", "mp4") else sounding()
            phone = ScriptedPhone(stream_id, footage(320, 180, 30, codec, 4), sound)
            async with on_air(hub_url, {"key": phone}):
                await come_and_go(show, stream_id)
    for stream_id in stream_ids:
        numbers = kept_strips(tmp_path / "streams" / stream_id)
        assert len(numbers) >= 20, stream_id
        assert None not in numbers, stream_id
    offline = await asyncio.to_thread(show.rendered)
    assert_same(show.hall, offline)


async def come_and_go(show: LiveShow, stream_id: str) -> None:
    """Fade in, move, be covered, fade out; seen in the program."""
    cover = f"solid-{stream_id}"
    show.give(Put(layer_id=stream_id, source=LiveSource(stream_id=stream_id), fade_ms=200))
    await show.until(lambda: show.strip() is not None)
    first = show.strip()
    await show.until(lambda: show.strip() not in (None, first))
    await show.pictures(15)
    show.give(Put(layer_id=cover, source=SolidSource(color="#336699"), fade_ms=100))
    await show.pictures(10)
    assert show.strip() is None
    show.give(Remove(layer_ids=(stream_id, cover), fade_ms=200))
    await show.pictures(10)


def kept_strips(folder: Path) -> list[int | None]:
    """The number in each picture that was kept of a guest; a recorder asked for a key begins another file."""
    numbers: list[int | None] = []
    for file in folder.glob("*.mkv"):
        # Asked before its first picture, it leaves a file of nothing but a head.
        with suppress(av.error.EOFError), av.open(str(file)) as kept:
            numbers += [time_strip.read(f.to_ndarray(format="gray").astype(np.uint8)) for f in kept.decode(video=0)]
    return numbers


def tile(show: LiveShow, left: int) -> npt.NDArray[np.uint8]:
    """The luma of half of the newest program picture."""
    return tile_of(show.hall, show.newest(), left)


def tile_of(hall: Keeper, number: int, left: int) -> npt.NDArray[np.uint8]:
    luma = np.frombuffer(hall.pictures[number], np.uint8)[: 320 * 180].reshape(180, 320)
    return luma[:, left : left + 160]


def half(show: LiveShow, left: int) -> int | None:
    """The number in the strip of a guest who has half of the picture."""
    return time_strip.read(tile(show, left), 0, 45, 160, 90) if show.hall.pictures else None


def strips(hall: Keeper, number: int) -> list[int | None]:
    """The numbers of the two guests who have half of the picture each."""
    return [time_strip.read(tile_of(hall, number, left), 0, 45, 160, 90) for left in (0, 160)]


async def test_a_guest_who_freezes_goes_gently_and_names_stand_in_the_tiles(tmp_path: Path) -> None:
    """When the other one freezes too, nobody is seen: the hall sees the slate, though both are on stage still."""
    loop = footage(320, 180, 30, "h264", 4)
    good, ill = ScriptedPhone(GUEST, loop), ScriptedPhone(OTHER, loop)
    async with live_show(tmp_path) as (show, hub_url), on_air(hub_url, {"one": good, "two": ill}):
        for number, stream_id in enumerate((GUEST, OTHER)):
            source = LiveSource(stream_id=stream_id, sound=False, with_names=True)
            place = Rect(x=0.5 * number, y=0.0, width=0.5, height=1.0)
            credit = Credit(person_id=f"person-{number}", name="Ada Lovelace")
            show.give(Put(layer_id=stream_id, source=source, credit=credit, fade_ms=0, place=place))
        show.give(ShowCredits(on=False))
        await show.until(lambda: half(show, 0) is not None and half(show, 160) is not None)
        # The name, in paper on its plate, over a picture that is darker.
        await show.until(lambda: tile(show, 0)[110:135].max() > 205)
        ill.freeze()
        await show.until(lambda: half(show, 0) is not None and tile(show, 160).max() <= 20)
        await show.pictures(3)
        good.freeze()
        slate = draw_slate(Slate(), PROGRAM.width, PROGRAM.height).data.tobytes()
        await show.until(lambda: show.hall.pictures[show.newest()] == slate)
    lines = (tmp_path / "side.jsonl").read_text()
    assert '"level":0.' in lines
    offline = await asyncio.to_thread(show.rendered)
    assert_same(show.hall, offline)
    await assert_taken_back(show)


async def assert_taken_back(show: LiveShow) -> None:
    """What was kept of a guest went: the show is rendered without them, and the other one is there as before."""
    shred_stream(show.folder / "streams", OTHER)
    without = await asyncio.to_thread(show.rendered, frozenset({OTHER}))
    both = next(n for n in sorted(show.hall.pictures) if None not in strips(show.hall, n))
    assert tile_of(without, both, 160).max() <= 20
    np.testing.assert_array_equal(tile_of(without, both, 0), tile_of(show.hall, both, 0))


def in_cell(show: LiveShow, number: int, of: int) -> int | None:
    """The number in the strip of the guest who has cell `number` of a mosaic of so many."""
    if not show.hall.pictures:
        return None
    area = Box(*even(lay_out([16 / 9] * of)[number], PROGRAM))
    box = place(320, 180, area, "contain", PROGRAM.width, PROGRAM.height).target
    luma = np.frombuffer(show.hall.pictures[show.newest()], np.uint8)[: 320 * 180].reshape(180, 320)
    return time_strip.read(luma, box.x, box.y, box.width, box.height)


async def test_a_guest_whose_line_breaks_makes_room_and_is_in_again(tmp_path: Path) -> None:
    loop = footage(320, 180, 30, "h264", 4)
    async with live_show(tmp_path) as (show, hub_url), on_air(hub_url, {"one": ScriptedPhone(GUEST, loop)}):
        async with on_air(hub_url, {"two": ScriptedPhone(OTHER, loop)}):
            for stream_id in (OTHER, GUEST):
                credit = Credit(person_id=f"person-{stream_id}", name="Ada Lovelace")
                source = LiveSource(stream_id=stream_id, sound=False, with_names=True)
                show.give(Put(layer_id=stream_id, source=source, credit=credit, fade_ms=0))
            await show.until(lambda: None not in (in_cell(show, 0, 2), in_cell(show, 1, 2)))
        await show.until(lambda: in_cell(show, 0, 2) is None)
        show.give(SetAway(stream_ids=(OTHER,)))
        await show.until(lambda: show.strip() is not None)
        async with on_air(hub_url, {"two": ScriptedPhone(OTHER, loop)}):
            await show.pictures(10)
            assert show.strip() is not None, "who sends again waits for the cue"
            show.give(SetAway(stream_ids=()))
            await show.until(lambda: None not in (in_cell(show, 0, 2), in_cell(show, 1, 2)))
    offline = await asyncio.to_thread(show.rendered)
    assert_same(show.hall, offline)
