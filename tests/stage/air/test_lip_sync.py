"""Lip-sync as the hall has it: when a pulse sounds in the program, the picture of the same moment is shown.

One scripted phone sends both over a real socket, each packet at its time; relay, walled children, playout, painter and
mixer are the real ones. Read back from what the outputs were given, by the program's own numbers.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np

from live.messages.packets import Packet
from live.messages.scene import LiveSource, Put
from stage.picture import BLOCK_FRAMES, CHANNELS, silence
from tests import time_strip
from tests.footage import footage, sounding
from tests.scripted_phones import Misfortune, ScriptedPhone, on_air
from tests.signals import read_pulses
from tests.stage.air.test_live_show import GUEST, PROGRAM, LiveShow, assert_same, live_show

APART_MS = 2 * 1000 / PROGRAM.pictures_per_second
"""Two program pictures: what phone and program round to, a picture each."""
BURST = 8
"""Packets of sound that come together: 160 ms."""
NOTICED_MS = 125.0
"""So far behind its picture sound is noticed (ITU-R BT.1359)."""
IN_A_ROW = 4
WITHIN_S = 12
"""Of program. After a moment in which the machine was busy the playout waits longer, for three seconds and more."""


class Filming(ScriptedPhone):
    """Keeps when every picture was sent, by the number in its strip: those begin anew with the loop."""

    def __init__(self, misfortune: Misfortune | None = None) -> None:
        super().__init__(GUEST, footage(320, 180, 30, "h264", 4), sounding(), misfortune=misfortune)
        self.filmed: list[tuple[int, int]] = []

    def next_picture(self) -> Packet | None:
        packet = super().next_picture()
        self.filmed.append(max(self.sent.pictures.items(), key=lambda one: one[1]))
        return packet


async def test_a_pulse_is_heard_with_the_picture_of_its_moment(tmp_path: Path) -> None:
    phone = Filming()
    async with live_show(tmp_path) as (show, hub_url), on_air(hub_url, {"key": phone}):
        assert await come_together(show, phone, APART_MS)


async def test_pictures_wait_for_sound_that_comes_unevenly_and_the_render_has_them_as_late(tmp_path: Path) -> None:
    """Sound that comes eight packets at a time waits for 160 ms and more; its pictures come at once."""
    phone = Filming(Misfortune(sound_burst_every=BURST))
    async with live_show(tmp_path) as (show, hub_url), on_air(hub_url, {"key": phone}):
        assert await come_together(show, phone, NOTICED_MS)
        (stream,) = show.air.line.streams
        assert stream.held_us > 0
        assert stream.held > 0
    offline = await asyncio.to_thread(show.rendered)
    assert_same(show.hall, offline)


async def come_together(show: LiveShow, phone: Filming, apart_ms: float) -> list[float]:
    """Put the guest on stage; return by how much their pulses are behind their pictures once none is by more."""
    ahead_ns = show.clock.now_us() * 1000 - time.monotonic_ns()
    show.give(Put(layer_id=GUEST, source=LiveSource(stream_id=GUEST, guarded=False), fade_ms=0))
    await show.until(lambda: show.strip() is not None)
    behind_ms: list[float] = []
    for _ in range(2 * WITHIN_S):
        await show.pictures(PROGRAM.pictures_per_second // 2)
        last = heard(show)[-IN_A_ROW:]
        behind_ms = [one for pulse in last if (one := behind(show, phone, pulse, ahead_ns)) is not None]
        if len(behind_ms) == IN_A_ROW and max(map(abs, behind_ms)) <= apart_ms:
            return behind_ms
    raise AssertionError(f"expected pulses within {apart_ms:.0f} ms of their pictures, got {behind_ms}")


def heard(show: LiveShow) -> list[int]:
    """The program's frames at which a pulse begins, as far as it is painted."""
    end = PROGRAM.first_frame(show.newest())
    blocks = {at: block for at, block in list(show.hall.blocks.items()) if at < end}
    first = min(blocks)
    sound = silence(max(blocks) + BLOCK_FRAMES - first)
    for at, block in blocks.items():
        sound[at - first :][:BLOCK_FRAMES] = np.frombuffer(block, np.float32).reshape(-1, CHANNELS)
    return [first + pulse for pulse in read_pulses(sound)]


def behind(show: LiveShow, phone: Filming, pulse: int, ahead_ns: int) -> float | None:
    """By how many ms a pulse was sent before the picture that is shown when it sounds."""
    number = PROGRAM.picture_at_frame(pulse)
    until_ns = PROGRAM.picture_time_us(number + 1) * 1000 - ahead_ns
    shown = _strip(show, number)
    filmed = [at_ns for strip, at_ns in phone.filmed if strip == shown and at_ns <= until_ns]
    said = [at_ns for at_ns in phone.sent.pulses if at_ns <= until_ns]
    return (max(filmed) - max(said)) / 1e6 if filmed and said else None


def _strip(show: LiveShow, number: int) -> int | None:
    """The number in a program picture, or in the one that stood in its place."""
    newest = max(n for n in list(show.hall.pictures) if n <= number)
    luma = np.frombuffer(show.hall.pictures[newest], np.uint8)[: PROGRAM.width * PROGRAM.height]
    return time_strip.read(luma.reshape(PROGRAM.height, PROGRAM.width))
