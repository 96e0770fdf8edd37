"""A guest's strip through the whole engine, live and then again from the side log and the kept sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from live.messages.scene import Cue, LiveSource, Put, Remove, Scene, SolidSource
from stage.air.live_sound import LiveSound, ReplayedSound
from stage.air.playout import Playout
from stage.asking import Asking, LiveAsking, ReplayedAsking
from stage.engine import Engine
from stage.parts import Opened, Part, SoundPart
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from stage.program import ProgramFormat
from stage.side_log import Line, Played, Record
from stage.sources.solid import SolidSource as Solid
from stage.wings import Wings
from tests.signals import tone
from tests.stage.air.scripted_sound import chunks

PROGRAM = ProgramFormat(64, 36, 30)
GUEST = LiveSource(stream_id="stream-1", picture=False)
PICTURES = 240


class Notes:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def note(self, line: Line) -> None:
        self.lines.append(line)


class AirLine:
    """Puts what has arrived by now into whoever joined."""

    def __init__(self, sound: Block, delays_ms: list[float]) -> None:
        self._arriving = chunks(sound, 10, lambda index: delays_ms[index % len(delays_ms)])
        self._at = 0
        self.playouts: list[Playout] = []

    def join(self, playout: Playout) -> Callable[[], None]:
        self.playouts.append(playout)
        return lambda: self.playouts.remove(playout)

    def advance(self, now_us: int) -> None:
        while self._at < len(self._arriving) and self._arriving[self._at].arrived_us <= now_us:
            for playout in self.playouts:
                playout.put(self._arriving[self._at])
            self._at += 1


def play_show(
    asking: Callable[[Wings], Asking], open_sound: Callable[[], Opened], advance: Callable[[int], None]
) -> Block:
    """Put the guest on at picture 3, take them off at 160 and put them on again at 170."""

    def open_part(part: Part) -> Opened:
        return open_sound() if isinstance(part, SoundPart) else Solid(SolidSource(color="#000000"), PROGRAM)

    wings = Wings(open_part)
    engine = Engine(PROGRAM, Scene(pictures_per_second=30), wings, asking(wings))
    cues: dict[int, Cue] = {
        3: Put("guest-01", GUEST, fade_ms=100),
        160: Remove(("guest-01",), 100),
        170: Put("guest-01", GUEST),
    }
    blocks: list[Block] = []
    for picture in range(PICTURES):
        if picture in cues:
            engine.take(cues[picture], picture)
        engine.settle(picture)
        wings.wait(5.0)
        advance(PROGRAM.picture_time_us(picture))
        blocks.extend(block for _, block in engine.sound(picture))
    wings.close()
    return np.concatenate(blocks)


def test_the_side_log_and_the_kept_sound_give_the_same_program() -> None:
    rng = np.random.default_rng(2)
    sound = tone(330.0, 8.0) + rng.normal(0.0, 0.01, (8 * SAMPLE_RATE_HZ, 2)).astype(np.float32)
    line, notes = AirLine(sound, [*rng.exponential(8.0, 700)]), Notes()
    live = play_show(lambda wings: LiveAsking(wings, PROGRAM, notes), lambda: LiveSound(line.join), line.advance)
    record = Record(notes.lines)
    again = play_show(
        lambda wings: ReplayedAsking(wings, record),
        lambda: ReplayedSound(lambda segment, first, frames: sound[first : first + frames]),
        lambda now_us: None,
    )
    assert np.abs(live).max() > 0.1
    assert live.tobytes() == again.tobytes()
    assert 5 < sum(isinstance(one, Played) for one in notes.lines) < 120
    assert not line.playouts


def test_without_its_line_a_guest_is_silent_and_nothing_breaks() -> None:
    live = LiveSound(lambda playout: lambda: None)
    live.prepare()
    assert not any(live.read(block * BLOCK_FRAMES, BLOCK_FRAMES, exact=False).any() for block in range(10))
    live.close()
    live.close()
