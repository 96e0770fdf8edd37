"""The stage of the capacity and latency benchmarks, in a process of its own: live streams on air, recording, stream.

`python -m tests.benchmarks._air_stage HUB_URL FOLDER SECONDS STREAM…` puts every stream on stage (64 tiles at most, the
rest as sound alone), runs by the real clock and prints as one JSON object what it cost, how many pictures were late,
and for some tiles which number of the phone's strip was seen when: decoded, and in the program.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psutil

from live.clock import ShowClock
from live.logs import start_logging
from live.messages.scene import Credit, LiveSource, Put, Scene
from live.scene import MAX_LAYERS, apply, placed
from live.urgency import SOON, be_urgent
from stage.__main__ import SWITCH_S
from stage.air.air import Air
from stage.air.stream import LiveStream
from stage.apart.output import ApartOutput
from stage.apart.words import Broadcast, Record
from stage.arrangement import even
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.hub_address import HubAddress
from stage.pacing import Pacer
from stage.parts import PicturePart, open_part
from stage.pending import CueInbox
from stage.picture import Block, Picture
from stage.placement import Box, place
from stage.ports import Output
from stage.program import ProgramFormat
from stage.render import LocalMedia
from stage.side_log import SideLog
from stage.wings import Wings
from tests import time_strip

HEIGHTS = {1080: ProgramFormat(1920, 1080, 30), 720: ProgramFormat(1280, 720, 30)}
WARM_UP_S = 5.0
SAMPLE_EVERY = 3


class Sampler:
    """An output that reads the strip of one tile of some pictures, each time another's."""

    name = "sampler"
    dropped = 0
    state = "on"

    def __init__(self, scene: Scene, wings: Wings, program: ProgramFormat) -> None:
        self.seen: list[tuple[str, int | None, int]] = []
        self.decoded: list[tuple[str, int | None, int]] = []
        self.is_on = False
        self._wings = wings
        self._program = program
        self._tiles = [(one.layer, even(one.area, program)) for one in placed(scene, 1)]
        self._next = 0

    def put_picture(self, number: int, picture: Picture) -> None:
        now_ns = time.monotonic_ns()
        if not self.is_on or number % SAMPLE_EVERY or not self._tiles:
            return
        layer, area = self._tiles[self._next % len(self._tiles)]
        self._next += 1
        source = self._wings.live_picture(PicturePart(layer.layer_id, layer.source))
        newest = source.newest() if source else None
        if newest is None:
            return
        came = newest.picture
        self.decoded.append((layer.layer_id, time_strip.read(came.y), int(newest.arrived_s * 1e9)))
        box = place(came.width, came.height, Box(*area), "contain", self._program.width, self._program.height).target
        self.seen.append((layer.layer_id, time_strip.read(picture.y, box.x, box.y, box.width, box.height), now_ns))

    def put_block(self, first_frame: int, block: Block) -> None:
        pass

    def close(self) -> None:
        pass


def scene_of(streams: list[str], program: ProgramFormat, *, sound: bool) -> Scene:
    scene = Scene(pictures_per_second=program.pictures_per_second)
    for number, stream_id in enumerate(streams):
        source = LiveSource(stream_id=stream_id, picture=number < MAX_LAYERS, sound=sound)
        credit = Credit(person_id=stream_id, name=f"Person {number}")
        scene = apply(scene, Put(layer_id=stream_id, source=source, credit=credit, fade_ms=0), 0)
    return scene


class Costs:
    """Seconds of CPU since it was made: of the stage and its threads by name, of its processes, of those beside it."""

    def __init__(self, receiver: list[int], children: Sequence[int], outputs: list[int], beside: list[int]) -> None:
        self._own = psutil.Process()
        self._receiver = [psutil.Process(pid) for pid in receiver]
        self._children = [psutil.Process(pid) for pid in children]
        self._outputs = [psutil.Process(pid) for pid in outputs]
        self._beside = [psutil.Process(pid) for pid in beside]
        self._began = self._read()
        self._began_s = time.monotonic()

    def per_s(self) -> dict[str, float]:
        """By now, for each second of show."""
        wall_s = time.monotonic() - self._began_s
        return {name: (now - self._began.get(name, 0.0)) / wall_s for name, now in self._read().items()}

    def _read(self) -> dict[str, float]:
        names = {thread.native_id: thread.name.partition("_")[0] for thread in threading.enumerate()}
        threads: Counter[str] = Counter()
        for one in self._own.threads():
            threads[f"thread {names.get(one.id, 'else')}"] += one.user_time + one.system_time
        return {
            "stage_cpu_s": cpu_s([self._own]),
            "receiver_cpu_s": cpu_s(self._receiver),
            "children_cpu_s": cpu_s(self._children),
            "outputs_cpu_s": cpu_s(self._outputs),
            "beside_cpu_s": cpu_s(self._beside),
            **threads,
        }


def counts(pacer: Pacer, outputs: Sequence[Output], live: list[LiveStream]) -> dict[str, int]:
    return {
        "pictures": pacer.pictures,
        "late": pacer.late_pictures,
        "received": sum(one.pictures for one in live),
        "skipped": sum(one.skipped for one in live),
        "dropped": sum(output.dropped for output in outputs),
    }


def cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main(
    hub: HubAddress,
    program: ProgramFormat,
    folder: Path,
    seconds: float,
    streams: list[str],
    beside: list[int],
    *,
    sound: bool,
) -> None:
    start_logging()
    sys.setswitchinterval(SWITCH_S)
    clock = ShowClock(time.time())
    air = Air(hub, folder / "streams", clock.now_us)
    wings = Wings(lambda part: open_part(part, LocalMedia(folder), program, air))
    notes = SideLog(folder / "side.jsonl")
    scene = scene_of(streams, program, sound=sound)
    asking = LiveAsking(wings, program, notes, air.arrivals)
    engine = Engine(program, scene, wings, asking)
    engine.settle(0)
    wings.wait(20.0)
    recorder = ApartOutput("recording", Record(path=str(folder / "recording.mkv")), program)
    broadcast = ApartOutput("broadcast", Broadcast(hub=hub), program)
    sampler = Sampler(scene, wings, program)
    outputs = (sampler, recorder, broadcast)
    pacer = Pacer(
        engine, clock, outputs, notes, first_picture=program.picture_at_us(clock.now_us()) + 1, inbox=CueInbox(),
        on_taken=lambda cue, n: None, await_live=asking.await_live,
    )  # fmt: skip
    gc.freeze()  # this and the next as the stage does
    be_urgent(SOON)
    pacer.start()
    rest = threading.Event()
    rest.wait(WARM_UP_S)
    sampler.is_on = True
    live = air.line.streams
    before, left_out = counts(pacer, outputs, live), air.line.left_out
    receiver = [air.line.pid] if air.line.pid is not None else []
    costs = Costs(receiver, air.line.child_pids, [recorder.pid, broadcast.pid], beside)
    rest.wait(seconds)
    cpu = costs.per_s()
    measured = {
        **{name: count - before[name] for name, count in counts(pacer, outputs, live).items()},
        "left_out": air.line.left_out - left_out,
        "cpu": cpu,
        "paint_ms": 1000 * pacer._paint_s,
        "watched": broadcast.is_wanted,
        "states": [output.state for output in outputs],
        "troubles": [*wings.troubles(), *air.troubles()],
        "decoded": sampler.decoded,
        "seen": sampler.seen,
    }
    pacer.close()
    for output in outputs:
        output.close()
    wings.close()
    air.close()
    notes.close()
    print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("hub_url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("streams", nargs="+")
    parser.add_argument("--beside", type=int, action="append", default=[], help="a process whose CPU counts too")
    parser.add_argument("--line", default="", help="the hub's Unix socket")
    parser.add_argument("--height", type=int, choices=HEIGHTS, default=1080, help="of the program")
    parser.add_argument("--sound", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    hub = HubAddress(url=given.hub_url, token="bench", line=given.line)
    main(hub, HEIGHTS[given.height], given.folder, given.seconds, given.streams, given.beside, sound=given.sound)
