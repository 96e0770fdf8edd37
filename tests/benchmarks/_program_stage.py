"""The stage of the program benchmark, in a process of its own so that its CPU can be told: engine, pacer, outputs.

`python -m tests.benchmarks._program_stage HUB_URL FOLDER SECONDS` plays four clips from FOLDER by the real clock,
records into it and publishes to the hub, and prints what it cost as one JSON object.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from pathlib import Path

import psutil

from live.clock import ShowClock
from live.logs import start_logging
from live.messages.scene import ClipSource, Credit, Put, Scene
from live.scene import apply
from stage.apart.output import ApartOutput
from stage.apart.words import Broadcast, Record
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.hub_address import HubAddress
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox
from stage.program import ProgramFormat
from stage.side_log import SideLog
from stage.wings import Wings

PROGRAM = ProgramFormat(1920, 1080, 30)
CLIPS = 4
CLIP_S = 5
WARM_UP_S = 3.0


class Folder:
    """Media files by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        return self._folder / key


def four_clips(first_picture: int) -> Scene:
    scene = Scene(pictures_per_second=PROGRAM.pictures_per_second)
    for n in range(CLIPS):
        clip = ClipSource(
            contribution_id=f"contribution-{n}",
            key=f"clip-{n}.mp4",
            sound_key=f"clip-{n}.flac",
            width_px=1280,
            height_px=720,
            duration_us=CLIP_S * 1_000_000,
        )
        credit = Credit(person_id=f"person-{n:04d}", name=f"Person {n}")
        scene = apply(scene, Put(layer_id=f"layer-{n:04d}", source=clip, credit=credit), first_picture)
    return scene


def spent_s(processes: list[psutil.Process]) -> float:
    """Seconds of CPU of the stage and its outputs."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main(hub_url: str, folder: Path, seconds: float) -> None:
    start_logging()
    clock = ShowClock(time.time())
    wings = Wings(lambda part: open_part(part, Folder(folder), PROGRAM))
    notes = SideLog(folder / "side.jsonl")
    engine = Engine(PROGRAM, four_clips(0), wings, LiveAsking(wings, PROGRAM, notes))
    engine.settle(0)
    wings.wait(20.0)
    recorder = ApartOutput("recording", Record(path=str(folder / "recording.mkv")), PROGRAM)
    broadcast = ApartOutput("broadcast", Broadcast(hub=HubAddress(url=hub_url, token="bench")), PROGRAM)
    processes = [psutil.Process(pid) for pid in (None, recorder.pid, broadcast.pid)]
    outputs = (recorder, broadcast)
    first = PROGRAM.picture_at_us(clock.now_us()) + 1
    pacer = Pacer(engine, clock, outputs, notes, first_picture=first, inbox=CueInbox(), on_taken=lambda cue, n: None)
    gc.freeze()  # as the stage does
    pacer.start()
    rest = threading.Event()
    rest.wait(WARM_UP_S)
    pictures, late, dropped = pacer.pictures, pacer.late_pictures, recorder.dropped + broadcast.dropped
    cpu_s, wall_s = spent_s(processes), time.monotonic()
    rest.wait(seconds)
    cpu_s, wall_s = spent_s(processes) - cpu_s, time.monotonic() - wall_s
    measured = {
        "cpu_s": cpu_s / wall_s,
        "pictures": pacer.pictures - pictures,
        "late": pacer.late_pictures - late,
        "dropped": recorder.dropped + broadcast.dropped - dropped,
        "realtime": (pacer.pictures - pictures) / PROGRAM.pictures_per_second / wall_s,
        "watched": broadcast.is_wanted,
        "states": [output.state for output in outputs],
        "troubles": wings.troubles(),
    }
    pacer.close()
    for output in outputs:
        output.close()
    wings.close()
    notes.close()
    print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
