"""A run of the stage against a real hub: what the host cues is shown, recorded and journaled, hub or no hub."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from live.app import House
from live.journal import Journal
from live.kept_streams import TOMBSTONE
from live.messages import acts
from live.messages.air import StreamWithdrawn
from live.messages.events import Cued, Event, RecordingStarted, RunEnded, RunStarted, Taken
from live.messages.ids import new_id
from live.messages.scene import Cue, Following, Panic, Put, SetLayer, SetSlate, SolidSource
from live.settings import free_port
from stage.following.hall import follows_the_hall
from stage.options import Options
from stage.outputs.recorder import FIRST_PICTURE_TAG
from stage.pacing import Pacer
from stage.render import LocalMedia, opening_scene, play, read_runs
from stage.run import StageRun
from stage.side_log import read_side_log
from tests.live.running import Socket, joined_device, running_house, url_of
from tests.stage.players import Keeper

WITHIN_S = 60.0
BLUE = Put(layer_id="layer-blue", source=SolidSource(color="#2040c0"), fade_ms=0)
RED = Put(layer_id="layer-red0", source=SolidSource(color="#c02020"), transition="cut")
GREEN = Put(layer_id="layer-green", source=SolidSource(color="#20c020"), transition="cut")
AGAIN = Put(layer_id="layer-again", source=SolidSource(color="#2040c0"), transition="cut")
BLUE_LUMA, GREEN_LUMA = range(50, 90), range(125, 160)


def options(house: House) -> Options:
    return Options(
        hub_url=url_of(house),
        key=house.access.key("stage"),
        folder=house.settings.folder,
        width=320,
        height=180,
        window=False,
        speaker=False,
        broadcast=False,
    )


@contextmanager
def on_stage(given: Options) -> Iterator[StageRun]:
    run = StageRun(given)
    thread = threading.Thread(target=run.run)
    thread.start()
    try:
        yield run
    finally:
        run.stop()
        thread.join(WITHIN_S)
        assert not thread.is_alive()


@asynccontextmanager
async def host_of(house: House) -> AsyncIterator[Socket]:
    host = await Socket(house, "/host", house.access.key("host")).connect()
    try:
        yield host
    finally:
        await host.close()


async def give(host: Socket, cue: Cue) -> str:
    cue_id = new_id()
    ack = await host.act(acts.GiveCue(cue_id=cue_id, cue=cue))
    assert ack.ok, ack
    return cue_id


async def until_staged(host: Socket, is_so: Callable[[list[str], bool], bool]) -> None:
    """Wait until the hub's view of the stage has the layers and the panic that the test wants."""

    def holds() -> bool:
        views = [changes.stage for changes in host.changes if changes.stage is not None]
        if not views:
            return False
        scene = views[-1].scene
        return is_so([layer.layer_id for layer in scene.layers], scene.panic.end >= 1.0)

    await host.until(holds, WITHIN_S)


class Beats:
    """Listens to a pacer's beat."""

    def __init__(self, pacer: Pacer) -> None:
        self._beat = threading.Condition()
        tell = pacer._on_beat

        def beaten(picture: int) -> None:
            tell(picture)
            with self._beat:
                self._beat.notify_all()

        pacer._on_beat = beaten

    async def until(self, is_so: Callable[[], bool]) -> None:
        def wait() -> bool:
            with self._beat:
                return self._beat.wait_for(is_so, WITHIN_S)

        assert await asyncio.to_thread(wait)


def journal_of(folder: Path) -> list[Event]:
    journal = Journal.open(folder)
    events = [entry.event for entry in journal.read()]
    journal.close()
    return events


def lumas(path: Path) -> list[int]:
    """The luma of the middle of each recorded picture."""
    with av.open(str(path)) as container:
        return [int(frame.to_ndarray()[90, 160]) for frame in container.decode(video=0)]


def recorded_pictures(path: Path) -> dict[int, npt.NDArray[np.uint8]]:
    """The recording's pictures by their number in the program. (A machine with no time left may have dropped some.)"""
    with av.open(str(path)) as container:
        first = int(container.metadata[FIRST_PICTURE_TAG])
        frames = list(container.decode(video=0))
        return {first + round(30 * (frame.time or 0.0)): frame.to_ndarray() for frame in frames}  # type: ignore[misc]


def rendered_again(folder: Path, own: Path, run_id: str) -> Keeper:
    """The first run of a show once more, by its journal and what the stage kept in its `own` folder."""
    journal = Journal.open(folder)
    runs = read_runs(journal.read())
    journal.close()
    keeper = Keeper()
    record = read_side_log(own / "recordings" / f"{run_id}.side.jsonl")
    play(runs[0], opening_scene(runs, runs[0]), LocalMedia(folder / "media"), record, keeper)
    return keeper


async def test_what_the_host_cues_is_shown_recorded_journaled_and_rendered_again(tmp_path: Path) -> None:
    """The stage has a folder of its own here, as on another machine: what guests took back goes from there too."""
    folder, own = tmp_path / "show", tmp_path / "stage"
    streams = [own / "streams" / name for name in ("stream-before", "stream-during", "stream-stays")]
    for place in streams:
        place.mkdir(parents=True)
        (place / "001.mkv").touch()
    async with running_house(folder) as house, host_of(house) as host:
        await house.show.record(StreamWithdrawn(stream_id="stream-before"))
        with on_stage(replace(options(house), folder=own)):
            await give(host, BLUE)
            await house.show.record(StreamWithdrawn(stream_id="stream-during"))
            await until_staged(host, lambda layers, _: layers == ["layer-blue"])
            await give(host, RED)
            await until_staged(host, lambda layers, _: layers == ["layer-red0"])
            await host.until(lambda: house.show.state.scene.slate.code == house.access.join_code(), WITHIN_S)

    assert [sorted(os.listdir(place)) for place in streams] == [[TOMBSTONE], [TOMBSTONE], ["001.mkv"]]
    events = journal_of(folder)
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    (ended,) = [event for event in events if isinstance(event, RunEnded)]
    (recording,) = [event for event in events if isinstance(event, RecordingStarted)]
    assert started.run_id == ended.run_id == recording.run_id
    shown = lumas(own / recording.path)
    assert any(luma in BLUE_LUMA for luma in shown)

    keeper = rendered_again(folder, own, started.run_id)
    recorded = recorded_pictures(own / recording.path)
    assert recorded.keys() <= keeper.pictures.keys()
    assert len(recorded) >= 3
    for number, picture in recorded.items():
        rendered = np.frombuffer(keeper.pictures[number], np.uint8).reshape(270, 320)
        assert float(np.abs(picture.astype(int) - rendered.astype(int)).mean()) < 4.0


async def test_a_lighter_held_up_in_the_hall_shines_on_stage_and_in_the_render(tmp_path: Path) -> None:
    """From the phone over the hub to the program's pictures, in the way that every reaction goes."""
    folder = tmp_path / "show"
    async with running_house(folder) as house, host_of(house) as host:
        token, _ = await joined_device(house, "Ana")
        phone = await Socket(house, "/audience", token).connect()
        with on_stage(options(house)) as run:
            await give(host, BLUE)
            await give(host, SetLayer(layer_id="layer-blue", follows=Following(control="lighters", depth=1.0)))
            await until_staged(host, lambda layers, _: layers == ["layer-blue"])
            pacer = run._pacer
            assert pacer is not None
            beats, hall = Beats(pacer), pacer.engine._hall
            before = pacer.pictures
            await beats.until(lambda: follows_the_hall(pacer.scene) and pacer.pictures > before + 5)
            await phone.client.emit("react", {"kind": "lighter"}, namespace="/audience")
            await beats.until(lambda: hall.level("lighters", pacer.next_picture) > 0.95)
            before = pacer.pictures
            await beats.until(lambda: pacer.pictures > before + 5)
        await phone.close()
    (started,) = [event for event in journal_of(folder) if isinstance(event, RunStarted)]
    recorded = recorded_pictures(folder / "recordings" / f"{started.run_id}.mkv")
    middle = {number: int(picture[90, 160]) for number, picture in recorded.items()}
    assert min(middle.values()) < 25
    assert middle[max(middle)] in BLUE_LUMA
    rendered = rendered_again(folder, folder, started.run_id)
    off = [n for n, luma in middle.items() if abs(luma - rendered.pictures[n][90 * 320 + 160]) > 6]
    assert off == []


async def test_with_the_hub_dead_it_plays_on_and_its_keys_work_and_the_hub_hears_of_it(tmp_path: Path) -> None:
    folder, port = tmp_path / "show", free_port("127.0.0.1", 0)
    with ExitStack() as ending:
        async with running_house(folder, port) as house, host_of(house) as host:
            run = ending.enter_context(on_stage(options(house)))
            await give(host, BLUE)
            await until_staged(host, lambda layers, _: layers == ["layer-blue"])
            pacer = run._pacer
            assert pacer is not None
        beats, before = Beats(pacer), pacer.pictures
        run.press("P")
        await beats.until(lambda: pacer.scene.panic.end == 1.0 and pacer.pictures > before + 10)
        run.press("B")
        await beats.until(lambda: pacer.scene.blackout)
        run.press("B")
        await beats.until(lambda: not pacer.scene.blackout)
        async with running_house(folder, port) as house, host_of(house) as host:
            await until_staged(host, lambda layers, is_panic: is_panic and layers == ["layer-blue"])
            await give(host, Panic(on=False, fade_ms=0))
            await until_staged(host, lambda layers, is_panic: not is_panic)
            await asyncio.to_thread(ending.close)
    events = journal_of(folder)
    own = [event.cue for event in events if isinstance(event, Cued) and event.by == "stage"]
    assert [type(cue).__name__ for cue in own if not isinstance(cue, SetSlate)] == ["Panic", "Blackout", "Blackout"]
    assert len([event for event in events if isinstance(event, RunStarted)]) == 1


async def test_killed_it_comes_back_with_the_right_scene_hub_or_no_hub(tmp_path: Path) -> None:
    """Killed beside the hub, which then dies and comes back; and killed when there is none."""
    folder, port = tmp_path / "show", free_port("127.0.0.1", 0)
    async with running_house(folder, port) as house, host_of(house) as host:
        stage = await started_process(house)
        await give(host, BLUE)
        await until_staged(host, lambda layers, _: layers == ["layer-blue"])
        await kill(stage)
        stage = await started_process(house)
        await host.until(lambda: runs_seen(host) == 2, WITHIN_S)
    async with running_house(folder, port) as house, host_of(house) as host:
        await host.until(lambda: runs_seen(host) >= 1 and last_run(folder) == 2, WITHIN_S)
        await give(host, GREEN)
        await until_staged(host, lambda layers, _: layers == ["layer-green"])
    await kill(stage)
    stage = await started_process(house)
    async with running_house(folder, port) as house, host_of(house) as host:
        await host.until(lambda: runs_seen(host) >= 1 and last_run(folder) == 3, WITHIN_S)
        await give(host, AGAIN)
        await until_staged(host, lambda layers, _: layers == ["layer-again"])
        stage.send_signal(signal.SIGTERM)
        assert await stage.wait() == 0
    events = journal_of(folder)
    first, second, third = (event for event in events if isinstance(event, RunStarted))
    taken = [event.picture for event in events if isinstance(event, Taken)]
    assert len(taken) == len({event.cue_id for event in events if isinstance(event, Taken)})
    assert first.first_picture < second.first_picture < third.first_picture
    for run, came_back_with, ended_with in ((second, BLUE_LUMA, GREEN_LUMA), (third, GREEN_LUMA, BLUE_LUMA)):
        shown = lumas(folder / "recordings" / f"{run.run_id}.mkv")
        assert shown[len(shown) // 4] in came_back_with, run
        assert shown[-1] in ended_with, run


async def kill(stage: asyncio.subprocess.Process) -> None:
    stage.kill()
    await stage.wait()


async def started_process(house: House) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stage", "run", "--hub", url_of(house), "--folder", str(house.settings.folder),
        "--size", "320x180", "--no-window", "--no-speaker", "--no-broadcast",
        cwd=Path(__file__).parents[2], env=os.environ | {"HOUSELIGHTS_KEY": house.access.key("stage")},
    )  # fmt: skip


def runs_seen(host: Socket) -> int:
    return len({changes.stage.run_id for changes in host.changes if changes.stage and changes.stage.run_id})


def last_run(folder: Path) -> int:
    return len([event for event in journal_of(folder) if isinstance(event, RunStarted)])
