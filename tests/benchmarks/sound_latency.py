"""How long a sound takes from the phone into the program: a pulse twice a second, found again in the mixed blocks.

A scripted phone sends Opus over a real socket to the hub's own streams, each in a process of its own; the stage decodes
behind its walls, plays out, mixes by the real clock. The pulse is said one packet's length before its packet is sent;
it is in the program when its block is handed to the outputs, counted from the block's first frame on. What a
microphone, an encoder (2.5 ms of it are in the packets) and a loudspeaker take comes on top. There is no peer: aiortc
has no mixer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np

from live.clock import ShowClock
from live.messages.scene import LiveSource, Put, Scene
from live.scene import apply
from stage.__main__ import SWITCH_S
from stage.air.air import Air
from stage.asking import LiveAsking
from stage.engine import Engine
from stage.hub_address import HubAddress
from stage.pacing import Pacer
from stage.parts import open_part
from stage.pending import CueInbox
from stage.picture import SAMPLE_RATE_HZ, Block, Picture
from stage.program import ProgramFormat
from stage.render import LocalMedia
from stage.side_log import SideLog
from stage.wings import Wings
from tests.benchmarks.figures import emit, percentile

PROGRAM = ProgramFormat(320, 180, 30)
STREAM = "performer-1"
SECONDS = 14.0
SETTLED_S = 4.0
NS_PER_FRAME = 1e9 / SAMPLE_RATE_HZ
PULSE_ABOVE = 0.1
APART_NS = 100_000_000


class Ear:
    """An output that notes when each pulse is there."""

    name = "ear"
    dropped = 0
    state = "on"

    def __init__(self) -> None:
        self.pulses: list[float] = []

    def put_picture(self, number: int, picture: Picture) -> None:
        pass

    def put_block(self, first_frame: int, block: Block) -> None:
        now_ns = time.monotonic_ns()
        loud = np.flatnonzero(np.abs(block[:, 0]) > PULSE_ABOVE)
        if loud.size:
            at_ns = now_ns + float(loud[0]) * NS_PER_FRAME
            if not self.pulses or at_ns - self.pulses[-1] > APART_NS:
                self.pulses.append(at_ns)

    def close(self) -> None:
        pass


def python(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def heard(hub: HubAddress, folder: Path) -> list[float]:
    """Run a stage with the stream on it; return when pulses were in the program."""
    clock, notes, ear = ShowClock(time.time() - 100.0), SideLog(folder / "side.jsonl"), Ear()
    air = Air(hub, folder / "streams", clock.now_us, children=1)
    wings = Wings(lambda part: open_part(part, LocalMedia(folder), PROGRAM, air))
    source = LiveSource(stream_id=STREAM, picture=False, guarded=False)
    scene = apply(Scene(pictures_per_second=30), Put(layer_id=STREAM, source=source, fade_ms=0), 0)
    engine = Engine(PROGRAM, scene, wings, LiveAsking(wings, PROGRAM, notes, air.arrivals))
    engine.settle(0)
    wings.wait(20.0)
    pacer = Pacer(
        engine,
        clock,
        [ear],
        notes,
        first_picture=PROGRAM.picture_at_us(clock.now_us()) + 1,
        inbox=CueInbox(),
        on_taken=lambda cue, number: None,
    )
    pacer.start()
    threading.Event().wait(SECONDS)
    pacer.close()
    wings.close()
    air.close()
    notes.close()
    return ear.pulses


def latencies_ms(packet_ms: int) -> list[float]:
    relay = python("tests.benchmarks._air_relay")
    hub_url, line = line_of(relay).split()
    phone = python(
        *("tests.scripted_phones", hub_url, "key", "--stream", STREAM),
        *("--size", "none", "--packet-ms", str(packet_ms)),
    )
    line_of(phone)
    with tempfile.TemporaryDirectory() as folder:
        came = np.array(heard(HubAddress(url=hub_url, token="key", line=line), Path(folder)))
    sent, _ = phone.communicate()
    relay.communicate()
    said = np.array(json.loads(sent)[STREAM]["pulses"], np.float64) - packet_ms * 1e6
    settled = came[came > came[0] + SETTLED_S * 1e9]
    return [float(one - said[said < one].max()) / 1e6 for one in settled]


def main() -> None:
    sys.setswitchinterval(SWITCH_S)
    for packet_ms in (10, 20):
        late_ms = latencies_ms(packet_ms)
        emit(
            name="sound_latency",
            case=f"Opus {packet_ms} ms",
            ours=median(late_ms),
            peer=None,
            peer_name=None,
            unit="ms",
            ratio=None,
            p50=percentile(late_ms, 50),
            p95=percentile(late_ms, 95),
            pulses=len(late_ms),
        )


if __name__ == "__main__":
    main()
