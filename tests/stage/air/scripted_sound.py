"""A microphone as it reaches the stage, moved by hand: its sound in chunks, each with the moment of its arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from stage.air.chunk import SoundChunk
from stage.air.player import Take
from stage.air.playout import Playout
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block

Delay = Callable[[int], float]
"""From a packet's number to the milliseconds that it takes to arrive once it is complete."""


def chunks(
    sound: Block,
    packet_ms: int = 10,
    delay_ms: Delay = lambda index: 2.0,
    *,
    ppm: float = 0.0,
    captured_from_us: int = 0,
    segment: int = 1,
    start_ms: float = 0.0,
) -> list[SoundChunk]:
    """Cut a sound into packets. They arrive in order: one that is late holds up those behind it, as TCP does."""
    frames = packet_ms * SAMPLE_RATE_HZ // 1000
    made, last_us = [], 0
    for index in range(len(sound) // frames):
        complete_ms = start_ms + (index + 1) * packet_ms * (1.0 + ppm * 1e-6)
        last_us = max(last_us, round(1000.0 * (complete_ms + delay_ms(index))))
        first = index * frames
        captured_us = captured_from_us + index * packet_ms * 1000
        made.append(SoundChunk(segment, index, first, captured_us, last_us, sound[first : first + frames]))
    return made


class Listening:
    """What was read: the sound, its takes, and the playout's delay at each block."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.takes: list[Take] = []
        self.delays_ms: list[float] = []

    @property
    def sound(self) -> Block:
        return np.concatenate(self.blocks)


def listen(
    playout: Playout, arriving: Sequence[SoundChunk], blocks: int, late_ms: Callable[[int], float] = lambda block: 0.0
) -> Listening:
    """Read a block every 10 ms, each after all that arrived by then."""
    heard = Listening()
    waiting: Iterator[SoundChunk] = iter(arriving)
    following = next(waiting, None)
    for block in range(blocks):
        now_us = round(1000.0 * (block * 10 + late_ms(block)))
        while following is not None and following.arrived_us <= now_us:
            playout.put(following)
            following = next(waiting, None)
        sound, take = playout.read(block * BLOCK_FRAMES)
        heard.blocks.append(sound)
        heard.takes.append(take)
        heard.delays_ms.append(playout.delay_us / 1000.0)
    return heard
