"""CPU for one second of a choir of 200 live microphones: decoded, played out, guarded, mixed.

One figure for each stage of the way, in seconds of one core for a second of sound: Opus in 20 ms packets decoded as the
walled children do it (their share, in processes of their own); the packets' sound put into 200 jitter buffers; the beat
thread's share, which reads, levels, gates, watches for howls and mixes. No peer does all of it; GStreamer's
`audiomixer` in `mixer` is the nearest.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from live.messages.scene import LiveSource, Put, Scene
from live.scene import apply
from stage.air.chunk import SoundChunk
from stage.air.decoding.opus import SoundDecoder
from stage.air.live_sound import LiveSound
from stage.air.playout import Playout
from stage.asking import Began
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from stage.program import ProgramFormat
from stage.sound_desk import SoundDesk
from tests.benchmarks.figures import emit
from tests.stage.air.sound_packets import numbered, opus_packets, opus_track
from tests.stage.guard.hall import voice

VOICES = 200
SECONDS = 3.0
ROUNDS = 3
PACKET_MS = 20
PACKET_FRAMES = PACKET_MS * SAMPLE_RATE_HZ // 1000
UNIT = "core for a choir of 200"


class Choir:
    """An `Asking` of live sounds alone."""

    def __init__(self, names: list[str]) -> None:
        self.voices = {name: LiveSound(lambda playout: lambda: None) for name in names}

    def picture(self, name: str, part: object, position: int, number: int) -> None:
        return None

    def painted(self, number: int) -> None:
        pass

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        return [self.voices[part.strip_id].next_block(block * BLOCK_FRAMES)[0] for part, _ in strips]


def decoding(said: Block) -> float:
    packets = numbered(opus_packets(said, PACKET_MS, 32_000))
    decoder = SoundDecoder(opus_track(PACKET_MS))
    before_s = time.thread_time()
    for packet in packets:
        decoder.decode(packet)
    return VOICES * (time.thread_time() - before_s) * SAMPLE_RATE_HZ / len(said)


def putting(playouts: list[Playout], said: list[Block], packet: int) -> float:
    first = packet * PACKET_FRAMES
    made = [
        SoundChunk(1, packet, first, packet * PACKET_MS * 1000, 0, one[first : first + PACKET_FRAMES]) for one in said
    ]
    before_s = time.thread_time()
    for playout, chunk in zip(playouts, made, strict=True):
        playout.put(chunk)
    return time.thread_time() - before_s


def beating(said: list[Block]) -> tuple[float, float]:
    """Seconds of one core, for a second of sound: of the beat, and of putting."""
    names = [f"voice-{number:03}" for number in range(VOICES)]
    choir, program = Choir(names), ProgramFormat(64, 36, 30)
    scene = Scene(pictures_per_second=30)
    for name in names:
        scene = apply(scene, Put(layer_id=name, source=LiveSource(stream_id=name, picture=False, choir=True)), 0)
    desk, beat_s, put_s = SoundDesk(program, choir), 0.0, 0.0
    playouts = [one.playout for one in choir.voices.values()]
    for block in range(round(SECONDS * SAMPLE_RATE_HZ / BLOCK_FRAMES) - 2):
        if block % 2 == 0:
            put_s += putting(playouts, said, block // 2)
        before_s = time.thread_time()
        desk.mix(scene, program.picture_at_frame(block * BLOCK_FRAMES), block)
        beat_s += time.thread_time() - before_s
    return beat_s / SECONDS, put_s / SECONDS


def main() -> None:
    few = [voice(SECONDS, 90.0 + 30.0 * number, seed=number) for number in range(8)]
    said = [np.ascontiguousarray(np.roll(few[number % 8], 1777 * number, axis=0)) for number in range(VOICES)]
    rounds = [(decoding(few[number]), *beating(said)) for number in range(ROUNDS)]
    # The quietest round: what other programs do to the caches only ever adds.
    for case, figures in zip(("decoding", "beat", "putting"), zip(*rounds, strict=True), strict=True):
        emit(name="choir", case=case, ours=min(figures), peer=None, peer_name=None, unit=UNIT, ratio=None)


if __name__ == "__main__":
    main()
