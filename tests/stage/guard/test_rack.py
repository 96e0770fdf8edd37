"""The guard by what a hall hears: howls end, voices and notes pass, levels meet, gates neither chatter nor click."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from stage.guard.levelling import LEVEL_DB
from stage.guard.rack import MOST_MICROPHONES, GuardRack
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from tests.signals import tone
from tests.stage.guard.hall import RESONANCES, both_sides, guarded, guarded_together, in_the_hall, note, voice

STEP = 2400
LOUD_DB = -30.0


def rms_db(sound: Block) -> float:
    return float(10.0 * np.log10(np.square(sound.astype(np.float64)).mean() + 1e-18))


def howling_ms(program: Block) -> list[int]:
    """How long each stretch lasts in which a resonance of the hall is loud."""
    steps = program.mean(axis=1).reshape(-1, STEP) * np.hanning(STEP)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(STEP), [hz for hz, _ in RESONANCES]) / SAMPLE_RATE_HZ)
    level_db = 20.0 * np.log10(2.0 * np.abs(steps @ turns).max(axis=1) / np.hanning(STEP).sum() + 1e-9)
    runs = ((is_loud, len(list(run))) for is_loud, run in itertools.groupby(level_db > LOUD_DB))
    return [steps * STEP * 1000 // SAMPLE_RATE_HZ for is_loud, steps in runs if is_loud]


@pytest.mark.parametrize(
    ("gain_db", "way_back_blocks"), [(3.0, 4), (6.0, 4), (6.0, 8), (6.0, 16), (12.0, 4), (12.0, 8)]
)
def test_a_howl_is_over_within_half_a_second(gain_db: float, way_back_blocks: int) -> None:
    """The loudspeakers come back louder than they were; without the guard that never ends."""
    said = voice(5.0, seed=3)
    assert max(howling_ms(in_the_hall(said, None, gain_db, way_back_blocks))) > 1000
    rack = GuardRack()
    tamed = howling_ms(in_the_hall(said, rack, gain_db, way_back_blocks))
    assert max(tamed, default=0) <= 500
    assert rack.howls >= 1
    assert sum(tamed) < 1000


def test_a_voice_is_no_howl() -> None:
    rack = GuardRack()
    voices = {f"{pitch} Hz": voice(12.0, pitch, seed) for pitch, seed in ((110.0, 5), (220.0, 6), (320.0, 7))}
    guarded_together(rack, voices)
    assert (rack.howls, [rack.cuts_hz(one) for one in voices]) == (0, [()] * len(voices))


def test_neither_applause_nor_music_is_a_howl() -> None:
    """Many hands; chords of a piano, with a drum."""
    rng, t = np.random.default_rng(6), np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    claps = np.convolve(rng.poisson(40.0 / SAMPLE_RATE_HZ, len(t)), np.geomspace(1.0, 1e-3, 960) * rng.normal(size=960))
    beat = t % 0.5
    drum = np.exp(-20.0 * beat) * (rng.normal(size=len(t)) + np.sin(2 * np.pi * 70.0 * t))
    roots = 220.0 * 2.0 ** (np.array([0, 5, 7, 0])[(t // 0.5).astype(int) % 4] / 12.0)
    phases = 2 * np.pi * np.cumsum(roots) / SAMPLE_RATE_HZ
    chords = sum(np.sin(n * part * phases) / n**1.5 for part in (1.0, 1.26, 1.5) for n in range(1, 9))
    rack = GuardRack()
    sounds = {"applause": claps[: len(t)], "music": chords * np.exp(-3.0 * beat) + drum}
    guarded_together(rack, {name: both_sides(0.3 * one / np.abs(one).max()) for name, one in sounds.items()})
    assert rack.howls == 0


NOTES = {
    "sung": note(440.0, [1.0, 0.6, 0.4, 0.3, 0.2], vibrato=3.0),
    "sung ever louder": note(660.0, [1.0, 0.3, 0.2], vibrato=2.0, attack_s=5.0),
    "flute": note(880.0, [1.0, 0.3, 0.05, 0.02], vibrato=1.0),
    "organ": note(220.0, [1.0, 0.5, 0.5, 0.3]),
    "high organ": note(523.0, [1.0, 0.4, 0.3, 0.3, 0.2]),
}


def test_held_notes_pass() -> None:
    """At the level that the leveller wants, and nothing taken from them."""
    rack = GuardRack()
    heard = guarded_together(rack, NOTES)
    assert rack.howls == 0
    for one in heard.values():
        assert rms_db(one[-SAMPLE_RATE_HZ:]) == pytest.approx(LEVEL_DB, abs=1.0)


def test_high_vowels_without_harmonics_pass() -> None:
    """An "oo" up there is all but a pure tone; what tells it from a howl is 40 dB down and more. Three seconds long."""
    rack = GuardRack()
    pitches = (523.0, 659.0, 784.0, 880.0)
    sung = {f"{hz} Hz": note(hz, [1.0, 0.01, 0.004, 0.002], 3.0, attack_s=0.15) for hz in pitches}
    wavering = {f"{hz} Hz, vibrato": note(hz, [1.0, 0.01, 0.004, 0.002], 3.0, vibrato=2.0) for hz in pitches}
    guarded_together(rack, sung | wavering)
    assert rack.howls == 0


def test_notes_in_step_are_no_howl_however_they_grow() -> None:
    """Six of each, 200 ms apart, 4 dB louder each: what an echo does, but with overtones."""
    rack, ramp = GuardRack(), 10.0 ** ((4.0 * np.arange(6) - 24.0) / 20.0)
    sounds = {}
    for hz in (330.0, 440.0, 660.0, 880.0):
        for overtones in ([1.0, 0.5, 0.3, 0.2], [1.0, 0.2, 0.1, 0.05], [1.0, 0.1, 0.03, 0.02]):
            one = note(hz, overtones, 0.12, attack_s=0.02) * np.hanning(5760)[:, None]
            notes = np.concatenate([loud * np.pad(one, ((0, 3840), (0, 0))) for loud in ramp])
            sounds[f"{hz} Hz {overtones}"] = notes.astype(np.float32)
    guarded_together(rack, sounds)
    assert rack.howls == 0


def test_quick_talkers_pass() -> None:
    """Syllables come in step, at distances of a way back, and some louder than those before."""
    rates = (3.6, 4.2, 4.9, 5.6, 6.3, 7.0)
    swells = 10.0 ** (np.random.default_rng(4).uniform(-12.0, 0.0, 60) / 20.0)
    sounds = {}
    for seed, rate in enumerate(rates):
        said = voice(8.0, 95.0 + 30.0 * seed, seed, syllables_per_s=rate)
        syllable = (rate * np.arange(len(said)) / SAMPLE_RATE_HZ).astype(int)
        sounds[f"{rate}"] = (said * swells[syllable][:, None]).astype(np.float32)
    rack = GuardRack()
    guarded_together(rack, sounds)
    assert rack.howls == 0


def test_a_voice_at_the_right_level_passes_as_it_is() -> None:
    said = voice(8.0, seed=9, level_db=LEVEL_DB)
    heard = guarded(GuardRack(), said)
    loud = np.abs(said).reshape(-1, STEP, 2).max(axis=(1, 2)) > 0.05
    before, after = (sound.reshape(-1, STEP, 2)[loud] for sound in (said, heard))
    assert rms_db(after) == pytest.approx(rms_db(before), abs=1.0)


def test_a_whistle_is_let_go_again() -> None:
    """A pure tone cannot be told from a howl until it is cut: it goes on, and so it was none."""
    rack = GuardRack()
    heard = guarded(rack, note(1500.0, [1.0]))
    assert rack.howls == rack.lifted == 1
    back = [rms_db(block) for block in np.split(heard[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ], 100)]
    assert np.diff(back).max() < 0.6, "gently"
    assert rms_db(heard[-2 * SAMPLE_RATE_HZ :]) == pytest.approx(LEVEL_DB, abs=1.0)


def test_quiet_and_loud_voices_meet() -> None:
    voices = {f"{level} dB": voice(14.0, seed=2, level_db=level) for level in (-36.0, -23.0, -12.0)}
    for heard in guarded_together(GuardRack(), voices).values():
        last = np.sort(np.square(heard[-4 * SAMPLE_RATE_HZ :]).mean(axis=1).reshape(-1, BLOCK_FRAMES).mean(axis=1))
        assert 10.0 * np.log10(last[len(last) // 2 :].mean()) == pytest.approx(LEVEL_DB, abs=4.0)


def test_the_noise_of_a_room_is_shut_out() -> None:
    room = np.random.default_rng(1).normal(0.0, 10 ** (-58.0 / 20.0), 4 * SAMPLE_RATE_HZ)
    heard = guarded(GuardRack(), both_sides(room))
    assert not heard[2 * SAMPLE_RATE_HZ :].any()


def test_the_gate_opens_within_a_block_and_holds_over_a_pause() -> None:
    """A word, 250 ms of nothing much, a word: open all the while. A bare tone of that length would be cut out."""
    hiss = np.random.default_rng(1).normal(0.0, 1e-3, (SAMPLE_RATE_HZ, 2)).astype(np.float32)
    said = hiss.copy()
    word = note(300.0, [1.0, 0.5, 0.3], 0.2, attack_s=0.001)
    said[19_200 : 19_200 + len(word)] += word
    said[40_800 : 40_800 + len(word)] += word[: len(said) - 40_800]
    heard = np.abs(guarded(GuardRack(), said)).max(axis=1).reshape(-1, BLOCK_FRAMES)
    assert heard[39].max() < 0.01
    assert heard[41].max() > 0.1
    assert heard[62:84].max(axis=1).min() > 0.0
    assert heard[86].max() > 0.1


def test_no_gain_ever_clicks() -> None:
    said = tone(200.0, 3.0) * np.repeat([0.0, 1.0, 0.03, 1.0, 0.0, 1.0], 24_000)[:, None].astype(np.float32)
    heard = guarded(GuardRack(), said)
    steps = np.abs(np.diff(heard, n=2, axis=0)).max(axis=1)
    inside = np.ones(len(steps), bool)
    for edge in range(0, len(said), 24_000):  # where the sound itself jumps
        inside[max(0, edge - 4) : edge + 4] = False
    assert steps[inside].max() < 0.002


def test_each_microphone_has_its_own_gain_whoever_comes_and_goes() -> None:
    """Alone or among others that come and go in any order, a microphone sounds the same."""
    sounds = {f"mic-{n}": voice(4.0, 100.0 + 10.0 * n, seed=n, level_db=-30.0 + 2.0 * n) for n in range(6)}
    alone = guarded(GuardRack(), sounds["mic-1"])
    rack, among = GuardRack(), []
    for number in range(len(alone) // BLOCK_FRAMES):
        here = [f"mic-{n}" for n in range(6) if n == 1 or (number // 50 + n) % 3]
        here = here[::-1] if number % 100 > 50 else here
        cut = slice(number * BLOCK_FRAMES, (number + 1) * BLOCK_FRAMES)
        blocks, _ = rack.guard(here, [sounds[name][cut] for name in here], np.ones(len(here)))
        among.append(blocks[here.index("mic-1")])
    np.testing.assert_allclose(np.concatenate(among), alone, atol=1e-6)


def test_the_same_sound_gives_the_same_bytes() -> None:
    said = voice(3.0, seed=3)
    first, second = (in_the_hall(said, GuardRack(), 12.0, 6).tobytes() for _ in range(2))
    assert first == second


def test_a_whole_choir_that_howls_is_turned_down() -> None:
    """More at once than can be notched."""
    rack = GuardRack()
    ids = [f"mic-{n:03}" for n in range(40)]
    howl = tone(1234.0, 3.0) * np.geomspace(1e-3, 1.0, 3 * SAMPLE_RATE_HZ)[:, None].astype(np.float32)
    for block in np.split(howl, len(howl) // BLOCK_FRAMES):
        blocks, _ = rack.guard(ids, [block] * len(ids), np.ones(len(ids)))
    assert rack.howls >= 40
    assert sum(bool(rack.cuts_hz(one)) for one in ids) <= 16
    assert max(rms_db(block) for block in blocks) < LEVEL_DB - 8.0


def test_past_the_most_microphones_the_last_are_silent_and_it_is_told() -> None:
    rack, said = GuardRack(), tone(300.0, 0.01)
    ids = [f"mic-{n:03}" for n in range(MOST_MICROPHONES + 3)]
    for _ in range(2):
        blocks, power = rack.guard(ids, [said] * len(ids), np.ones(len(ids)))
    assert [bool(block.any()) for block in blocks] == [True] * MOST_MICROPHONES + [False] * 3
    assert (rack.shut_out, int(np.count_nonzero(power))) == (3, MOST_MICROPHONES)
    assert "the last 3 are silent" in str(rack.trouble())
    blocks, _ = rack.guard(ids[4:], [said] * len(ids[4:]), np.ones(len(ids) - 4))
    assert all(block.any() for block in blocks)
    assert rack.trouble() is None
