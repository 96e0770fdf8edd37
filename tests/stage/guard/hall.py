"""A hall with a microphone in front of its own loudspeakers, and voices and notes to put into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.signal import iirpeak, sosfilt, tf2sos

from stage.guard.rack import GuardRack
from stage.limiter import Limiter
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, silence

Numbers = npt.NDArray[np.float64]

RESONANCES = ((900.0, 30.0), (2400.0, 40.0))
"""Where the way back is loudest, and how sharply; the second is 3 dB weaker."""


@lru_cache(maxsize=16)
def voice(
    seconds: float, pitch_hz: float = 120.0, seed: int = 0, level_db: float = -26.0, syllables_per_s: float = 3.1
) -> Block:
    """Something like speech: a wavering pitch with many harmonics that come and go, in syllables with pauses."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    pitch = pitch_hz * (1.0 + 0.08 * np.sin(2 * np.pi * 0.7 * t) + 0.03 * np.sin(2 * np.pi * 2.3 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ
    sound = _harmonics(phase, t)
    syllables = np.clip(np.sin(2 * np.pi * syllables_per_s * t) + 0.4, 0.0, 1.0) * (np.sin(2 * np.pi * 0.31 * t) > -0.6)
    sound = (sound + 0.1 * rng.normal(size=len(t))) * syllables
    sound *= 10.0 ** (level_db / 20.0) / np.sqrt(np.mean(np.square(sound[syllables > 0.1])))
    said = both_sides(sound + 1e-4 * rng.normal(size=len(t)))
    said.setflags(write=False)  # another test may be given it
    return said


def _harmonics(phase: Numbers, t: Numbers) -> Numbers:
    """Each turns and swells a little quicker than the one before: two products, a third of the work of two sines."""
    turn, quicker = np.exp(1j * (phase + 1.0)), np.exp(1j * (2 * np.pi * 0.13 * t + 1.0))
    harmonic, swell = turn.copy(), np.exp(2j * np.pi * 0.9 * t) * quicker
    sound = harmonic.imag * (1.0 + 0.8 * swell.imag)
    for h in range(2, 30):
        harmonic *= turn
        swell *= quicker
        sound += harmonic.imag * (1.0 + 0.8 * swell.imag) / h**1.1
    return np.asarray(sound)


def note(
    hz: float, harmonics: Sequence[float], seconds: float = 6.0, vibrato: float = 0.0, attack_s: float = 0.3
) -> Block:
    """A held note, by how loud its harmonics are; `vibrato` in radians, at 5.5 Hz."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * hz * t + vibrato * np.sin(2 * np.pi * 5.5 * t)
    sound = sum(loud * np.sin((number + 1) * phase) for number, loud in enumerate(harmonics))
    return both_sides(0.15 * sound / np.abs(sound).max() * np.minimum(1.0, t / attack_s))


def both_sides(mono: Numbers) -> Block:
    return np.repeat(mono[:, None], 2, axis=1).astype(np.float32)


def guarded(rack: GuardRack, sound: Block) -> Block:
    """What one microphone sounds like behind the guard."""
    blocks = np.split(sound, len(sound) // BLOCK_FRAMES)
    return np.concatenate([rack.guard(["mic-1"], [block], np.ones(1))[0][0] for block in blocks])


def guarded_together(rack: GuardRack, sounds: Mapping[str, Block]) -> dict[str, Block]:
    """What microphones of equally long sounds sound like behind one guard."""
    ids, shares = list(sounds), np.ones(len(sounds))
    blocks = zip(*(np.split(sound, len(sound) // BLOCK_FRAMES) for sound in sounds.values()), strict=True)
    heard = [rack.guard(ids, block, shares)[0] for block in blocks]
    return {name: np.concatenate([one[place] for one in heard]) for place, name in enumerate(ids)}


def in_the_hall(said: Block, rack: GuardRack | None, gain_db: float, way_back_blocks: int) -> Block:
    """The program while the microphone hears the loudspeakers too, so many blocks later and so much louder."""
    filters = [tf2sos(*iirpeak(hz, q, fs=SAMPLE_RATE_HZ)) for hz, q in RESONANCES]
    states = [np.zeros((1, 2, 2)) for _ in filters]
    limiter, gain = Limiter(), 10.0 ** (gain_db / 20.0)
    on_its_way = [silence(BLOCK_FRAMES)] * way_back_blocks
    program: list[Block] = []
    for block in np.split(said, len(said) // BLOCK_FRAMES):
        back = on_its_way.pop(0)
        heard = 0.02 * back
        for index, (sections, share) in enumerate(zip(filters, (1.0, 0.7), strict=True)):
            filtered, states[index] = sosfilt(sections, back, axis=0, zi=states[index])
            heard = heard + share * filtered
        microphone = (block + gain * heard).astype(np.float32)
        passed = microphone if rack is None else rack.guard(["mic-1"], [microphone], np.ones(1))[0][0]
        program.append(limiter.limit(passed))
        on_its_way.append(program[-1])
    return np.concatenate(program)
