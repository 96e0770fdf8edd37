"""The desk with microphones on it: guarded, ducked, a choir no louder than one voice. The mixing is the mixer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from live.messages.scene import LiveSource, Put, Scene, SetDucking, SetStrip, SoundSource
from live.scene import apply
from stage.air.stretch import SILENT
from stage.asking import Began
from stage.guard.levelling import LEVEL_DB
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from stage.program import ProgramFormat
from stage.sound_desk import SoundDesk
from tests.signals import level_db, tone
from tests.stage.guard.hall import note, voice

PROGRAM = ProgramFormat(64, 36, 30)
SECONDS = 4.0
BLOCKS = round(SECONDS * SAMPLE_RATE_HZ / BLOCK_FRAMES)
CLIP = SoundSource(contribution_id="piece-01", key="piece.flac", duration_us=60_000_000)


class Given:
    """An `Asking` that has every strip's sound at hand."""

    def __init__(self, sounds: dict[str, Block]) -> None:
        self._sounds = sounds

    def picture(self, name: str, part: object, position: int, number: int) -> None:
        return None

    def painted(self, number: int) -> None:
        pass

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        frames = slice(block * BLOCK_FRAMES, (block + 1) * BLOCK_FRAMES)
        return [self._sounds[part.strip_id][frames] for part, _ in strips]


def on_stage(sources: Mapping[str, LiveSource | SoundSource]) -> Scene:
    scene = Scene(pictures_per_second=30)
    for name, source in sources.items():
        scene = apply(scene, Put(layer_id=name, source=source, fade_ms=0), 0)
    return scene


def mixed(desk: SoundDesk, scene: Scene, blocks: int = BLOCKS) -> Block:
    return np.concatenate([desk.mix(scene, block * 3 // 10, block) for block in range(blocks)])


def rms_db(sound: Block) -> float:
    return float(10.0 * np.log10(np.square(sound.astype(np.float64)).mean() + 1e-18))


GUEST = LiveSource(stream_id="guest-01", picture=False)


def test_a_quiet_guest_is_brought_up_and_the_desk_feed_left_alone() -> None:
    said = voice(SECONDS, seed=2, level_db=-36.0)
    guest = mixed(SoundDesk(PROGRAM, Given({"guest-01": said})), on_stage({"guest-01": GUEST}))
    feed = LiveSource(stream_id="guest-01", picture=False, guarded=False)
    plain = mixed(SoundDesk(PROGRAM, Given({"guest-01": said})), on_stage({"guest-01": feed}))
    assert rms_db(plain[48_000:]) == pytest.approx(rms_db(said[48_000:]), abs=0.1)
    assert rms_db(guest[-96_000:]) > rms_db(plain[-96_000:]) + 4.0


@pytest.mark.parametrize(("is_on", "expected_db"), [(True, -9.0), (False, 0.0)])
def test_music_gives_way_to_a_guest_who_talks(is_on: bool, expected_db: float) -> None:
    music, said = tone(2500.0, SECONDS, peak=0.2), tone(300.0, SECONDS, peak=0.1)
    scene = on_stage({"piece-01": CLIP, "guest-01": GUEST})
    scene = apply(scene, SetDucking(on=is_on), 0)
    heard = mixed(SoundDesk(PROGRAM, Given({"piece-01": music, "guest-01": said})), scene)
    assert level_db(heard[-96_000:], 2500.0) == pytest.approx(level_db(music, 2500.0) + expected_db, abs=0.3)


def test_nothing_gives_way_to_a_choir_or_to_who_is_muted() -> None:
    music, said = tone(2500.0, SECONDS, peak=0.2), tone(300.0, SECONDS, peak=0.1)
    for source, is_muted in ((LiveSource(stream_id="guest-01", picture=False, choir=True), False), (GUEST, True)):
        scene = on_stage({"piece-01": CLIP, "guest-01": source})
        scene = apply(apply(scene, SetDucking(on=True), 0), SetStrip(strip_id="guest-01", mute=is_muted), 0)
        heard = mixed(SoundDesk(PROGRAM, Given({"piece-01": music, "guest-01": said})), scene)
        assert level_db(heard[-96_000:], 2500.0) == pytest.approx(level_db(music, 2500.0), abs=0.3)


def test_a_hundred_voices_are_about_as_loud_as_one_and_never_clip() -> None:
    few = [voice(SECONDS, 90.0 + 20.0 * n, seed=n) for n in range(8)]
    sounds = {f"voice-{n:03}": np.roll(few[n % 8], 1783 * n, axis=0) for n in range(100)}
    scene = on_stage({name: LiveSource(stream_id=name, picture=False, choir=True) for name in sounds})
    desk = SoundDesk(PROGRAM, Given(sounds))
    heard = mixed(desk, scene)
    assert np.abs(heard).max() < 1.0
    assert rms_db(heard[-96_000:]) == pytest.approx(LEVEL_DB, abs=4.0)
    assert desk.guard.howls == 0


def test_microphones_come_and_go_and_the_bytes_are_the_same() -> None:
    sounds = {f"voice-{n:03}": voice(2.0, 100.0 + 9.0 * n, seed=n) for n in range(6)}

    def play() -> bytes:
        desk, heard = SoundDesk(PROGRAM, Given(sounds)), []
        for block in range(200):
            here = [name for n, name in enumerate(sounds) if (block // 20 + n) % 3]
            scene = on_stage({name: LiveSource(stream_id=name, picture=False, choir=True) for name in here})
            heard.append(desk.mix(scene, block * 3 // 10, block).tobytes())
        return b"".join(heard)

    assert play() == play()


class WithALoop(Given):
    """One of the microphones hears the loudspeakers: what it has is gone as soon as its loop is broken."""

    def __init__(self, sounds: dict[str, Block], looped: str) -> None:
        super().__init__(sounds)
        self._looped = looped
        self.desk = SoundDesk(PROGRAM, self)

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        given = super().sounds(strips, block)
        if self.desk.guard.cuts_hz(self._looped):
            ids = [part.strip_id for part, _ in strips]
            given[ids.index(self._looped)] = SILENT
        return given


def test_the_host_is_told_who_howls_and_of_nobody_who_whistles() -> None:
    """For ten seconds, from the look that told the two from each other."""
    pitches_hz = {"howler-1": 1500.0, "whistler": 2300.0}
    hall = WithALoop({name: note(hz, [1.0], 14.0) for name, hz in pitches_hz.items()}, "howler-1")
    scene = on_stage({name: LiveSource(stream_id=f"{name}-stream", picture=False) for name in pitches_hz})
    told: list[str] = []
    for block in range(1400):
        hall.desk.mix(scene, block * 3 // 10, block)
        told += hall.desk.troubles()
    assert hall.desk.guard.howls == 2
    (words,) = set(told)
    assert words.startswith("stream howler-1-stream howls and is held down: ")
    assert 900 < len(told) < 1000
