"""The limiter: below the ceiling it is a wire, above it nothing passes and nothing clicks."""

from __future__ import annotations

import numpy as np
import pytest

from stage.limiter import CEILING, LOOKAHEAD_FRAMES, Limiter
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block


def limited(sound: Block) -> Block:
    limiter = Limiter()
    return np.concatenate([limiter.limit(sound[k : k + BLOCK_FRAMES]) for k in range(0, len(sound), BLOCK_FRAMES)])


def tone(hertz: float, level: float, blocks: int) -> Block:
    wave = level * np.sin(2.0 * np.pi * hertz * np.arange(blocks * BLOCK_FRAMES) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def test_quiet_sound_passes_bit_for_bit_one_millisecond_late() -> None:
    sound = tone(997.0, 0.9, 20)
    np.testing.assert_array_equal(limited(sound)[LOOKAHEAD_FRAMES:], sound[:-LOOKAHEAD_FRAMES])


@pytest.mark.parametrize("level", [1.0, 2.0, 40.0])
def test_nothing_passes_the_ceiling(level: float) -> None:
    seeded = np.random.default_rng(5).uniform(-level, level, (60 * BLOCK_FRAMES, 2)).astype(np.float32)
    for sound in (seeded, tone(60.0, level, 60), tone(15_000.0, level, 60)):
        assert np.abs(limited(sound)).max() <= np.float32(CEILING)


def test_a_single_frame_is_caught() -> None:
    sound = np.zeros((4 * BLOCK_FRAMES, 2), np.float32)
    sound[BLOCK_FRAMES] = 8.0
    out = limited(sound)
    assert np.abs(out).max() == pytest.approx(CEILING, rel=1e-6)
    assert int(np.abs(out[:, 0]).argmax()) == BLOCK_FRAMES + LOOKAHEAD_FRAMES


def test_turning_down_does_not_click() -> None:
    """A low tone under a sudden burst: its slope stays that of the tone, the gain never jumps."""
    steady = tone(50.0, 0.3, 40)
    steady[10 * BLOCK_FRAMES : 20 * BLOCK_FRAMES] += tone(50.0, 1.5, 10)
    assert np.abs(np.diff(limited(steady), axis=0)).max() < 0.025


def test_it_comes_back_to_a_wire() -> None:
    sound = np.concatenate((tone(440.0, 3.0, 5), tone(440.0, 0.5, 400)))
    out = limited(sound)
    tail = 10 * BLOCK_FRAMES
    np.testing.assert_array_equal(out[-tail:], sound[-tail - LOOKAHEAD_FRAMES : -LOOKAHEAD_FRAMES])


def test_both_channels_are_turned_down_together() -> None:
    sound = tone(440.0, 0.4, 20)
    sound[:, 0] *= 5.0
    out = limited(sound)[5 * BLOCK_FRAMES :]
    np.testing.assert_allclose(out[:, 0], 5.0 * out[:, 1], atol=1e-5)


def test_reduction_is_told() -> None:
    limiter = Limiter()
    for k in range(4):
        limiter.limit(np.full((BLOCK_FRAMES, 2), 2.0, np.float32) * (k >= 0))
    assert limiter.reduction_db == pytest.approx(6.52, abs=0.01)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_what_is_no_number_is_silence_and_the_rest_goes_on(wrong: float) -> None:
    sound = tone(200.0, 0.5, 6)
    broken = sound.copy()
    broken[BLOCK_FRAMES + 7] = wrong
    sound[BLOCK_FRAMES + 7] = 0.0
    np.testing.assert_array_equal(limited(broken), limited(sound))
