"""What a walled child costs: CPU for a picture decoded, kept and laid down, and for a packet of sound.

The very process and the very socket of the show, with packets of phones by script; nothing else of the stage runs.
`ours` is the child's own CPU time with one packet on the way at a time, as where it has nothing to catch up with, and
`first_ms` that of a stream's very first packet. The quietest part of a case counts.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import msgspec

from live.messages.packets import Packet, pack
from stage.air.bounds import slot_bytes
from stage.air.orders import ANSWERS, NO_SLOT, Opening, OrderKind, WordKind, WordReader, order_head
from stage.air.process import ChildProcess
from stage.air.segments import begin_segment
from stage.air.slots import SLOTS, Slots
from tests.benchmarks.figures import emit
from tests.footage import Codec, footage, sounding
from tests.scripted_phones import ScriptedPhone

STREAMS = 8
READ_BYTES = 1 << 18
PARTS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """Pictures of a codec, or packets of sound of so many ms."""

    name: str
    count: int
    codec: Codec = "h264"
    size: tuple[int, int, int] = (0, 0, 0)
    packet_ms: int = 0


CASES = (
    Case("360p30, H.264", 2000, "h264", (640, 360, 30)),
    Case("180p10, H.264", 4000, "h264", (320, 180, 10)),
    Case("360p30, VP8", 1000, "vp8", (640, 360, 30)),
    Case("360p30, JPEG", 1000, "jpeg", (640, 360, 30)),
    Case("Opus of 20 ms", 10_000, packet_ms=20),
    Case("Opus of 60 ms", 5000, packet_ms=60),
)


class Stage:
    """The stage's end of one child: at most `at_once` orders are on the way."""

    def __init__(self, folder: Path, at_once: int) -> None:
        self._folder = folder
        self._at_once = at_once
        self._process = ChildProcess()
        self._reader = WordReader()
        self._sent: deque[tuple[Slots, int | None]] = deque()
        self._slots: list[Slots] = []
        self._hear()

    def open(self, phone: ScriptedPhone) -> None:
        hello = phone.hello()
        size = slot_bytes(hello.tracks)
        slots, segment = Slots(size), begin_segment(self._folder, hello)
        self._slots.append(slots)
        body = msgspec.json.encode(Opening(tracks=hello.tracks, slot_bytes=size, slots=SLOTS))
        head = order_head(OrderKind.OPEN, len(self._slots), len(body))
        socket.send_fds(self._process.channel, [head + body], [slots.descriptor, *segment.files])
        segment.close()

    def put(self, number: int, packet: Packet) -> None:
        slots, message = self._slots[number], pack(packet)
        slot = slots.take() if packet.track == 0 else None
        self._sent.append((slots, slot))
        head = order_head(
            OrderKind.PACKET, number + 1, len(message), slot=NO_SLOT if slot is None else slot, at_us=packet.sent_us
        )
        self._process.channel.sendall(head + message)
        while len(self._sent) >= self._at_once:
            self._hear()

    def drain(self) -> None:
        while self._sent:
            self._hear()

    def cpu_us(self) -> float:
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1000

    def close(self) -> None:
        self._process.channel.close()
        self._process.end(gently=True)

    def _hear(self) -> None:
        for word in self._reader.feed(self._process.channel.recv(READ_BYTES)):
            if word.kind is WordKind.READY:
                continue
            if word.kind not in ANSWERS or word.kind in (WordKind.NOTHING, WordKind.BAD):
                raise SystemExit(f"expected pictures and sound, got {word.kind.name}: {word.body!r}")
            slots, slot = self._sent.popleft()
            if slot is not None:
                slots.give_back(slot)


def measure(case: Case, at_once: int, folder: Path) -> tuple[float, float]:
    """CPU (µs) of the first packet, and of one among many."""
    now_us = 0
    loop = footage(*case.size, case.codec) if case.size[0] else None
    sound = sounding(case.packet_ms) if case.packet_ms else None
    phones = [ScriptedPhone(f"guest-{number:04}", loop, sound, now_us=lambda: now_us) for number in range(STREAMS)]
    stage = Stage(folder, at_once)
    for phone in phones:
        stage.open(phone)

    def play(rounds: int) -> float:
        nonlocal now_us
        before_us = stage.cpu_us()
        for _ in range(rounds):
            now_us += case.packet_ms * 1000 or 1_000_000 // case.size[2]
            for number, phone in enumerate(phones):
                packet = phone.next_picture() if loop else phone.next_sound()
                assert packet is not None
                stage.put(number, packet)
        stage.drain()
        return (stage.cpu_us() - before_us) / (rounds * STREAMS)

    first_us = play(1)
    quietest_us = min(play(case.count // STREAMS // PARTS) for _ in range(PARTS))
    stage.close()
    return first_us, quietest_us


def main() -> None:
    parser = argparse.ArgumentParser(description="what a decoding child costs")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--case", default="")
    given = parser.parse_args()
    for case in CASES:
        if given.case in case.name:
            with tempfile.TemporaryDirectory() as name:
                first_us, us = measure(case, given.at_once, Path(name))
            emit("child", case.name, us, None, None, "µs of CPU", None, first_ms=first_us / 1000)


if __name__ == "__main__":
    main()
