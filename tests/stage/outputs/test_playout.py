"""Two clocks that disagree, for simulated minutes: no gap, no skip, no click, and never much waiting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from stage.outputs.playout import MOST_PPM, TARGET_S, TOO_MUCH_S, Playout, Steering
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block

CALLBACK_FRAMES = 512
TONE_HZ = 200.0
LEVEL = 0.5


def tone(first_frame: int, frames: int = BLOCK_FRAMES) -> Block:
    wave = LEVEL * np.sin(2.0 * np.pi * TONE_HZ * np.arange(first_frame, first_frame + frames) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def steepest(rate_hz: float) -> float:
    """By how much the tone may move from frame to frame."""
    return 1.05 * LEVEL * 2.0 * np.pi * TONE_HZ / rate_hz


@dataclass
class Heard:
    sound: Block
    waiting_s: list[float]
    ppm: list[float]


def simulate(playout: Playout, seconds: float, ppm: float, *, stall: tuple[float, float] = (-1.0, -1.0)) -> Heard:
    """An engine that mixes a picture's blocks at once, up to 10 ms late, and a card `ppm` faster than it says.

    Between the two times of `stall` the engine hands over nothing.
    """
    rng = np.random.default_rng(7)
    blocks = np.arange(int(seconds * 100))
    due_s = np.ceil((blocks + 1) / 100 * 30) / 30
    lateness_s = rng.uniform(0.0, 0.010, int(seconds * 30) + 2)
    put_s = due_s + lateness_s[(due_s * 30).astype(int)]
    take_s = np.arange(CALLBACK_FRAMES, seconds * playout.rate_hz, CALLBACK_FRAMES) / (
        playout.rate_hz * (1 + ppm * 1e-6)
    )
    heard, waiting, ppms, block = [], [], [], 0
    for now_s in take_s:
        while block < len(blocks) and put_s[block] <= now_s:
            if not stall[0] <= put_s[block] < stall[1]:
                playout.put(tone(block * BLOCK_FRAMES))
            block += 1
        heard.append(playout.take(CALLBACK_FRAMES))
        waiting.append(playout.waiting_s)
        ppms.append(playout.ppm)
    return Heard(np.concatenate(heard), waiting, ppms)


@pytest.mark.parametrize(("rate_hz", "ppm"), [(48_000.0, 200.0), (44_100.0, -200.0)])
def test_a_card_whose_clock_is_off_is_followed_for_minutes(rate_hz: float, ppm: float) -> None:
    playout = Playout(rate_hz)
    heard = simulate(playout, 140.0, ppm)
    assert (playout.gaps, playout.skips) == (0, 0)
    assert np.mean(heard.ppm[len(heard.ppm) * 3 // 4 :]) == pytest.approx(-ppm, abs=60.0)
    settled = heard.waiting_s[len(heard.waiting_s) // 2 :]
    assert min(settled) > 0.02
    assert max(settled) < 0.12
    assert np.abs(np.diff(heard.sound, axis=0)).max() < steepest(rate_hz)


def test_the_tone_keeps_its_pitch() -> None:
    """The correction stays within what nobody hears: a tenth of a percent at most, once it has settled."""
    playout = Playout(48_000.0)
    heard = simulate(playout, 20.0, 200.0).sound[-96_000:, 0]
    spectrum = np.abs(np.fft.rfft(heard * np.blackman(len(heard)), 1 << 20))
    assert np.argmax(spectrum) * 48_000.0 / (1 << 20) == pytest.approx(TONE_HZ, rel=1e-3)


@pytest.mark.parametrize("stalled_s", [2.0, 2.1, 2.21])
def test_a_stalled_engine_is_one_gap_without_a_click(stalled_s: float) -> None:
    playout = Playout(48_000.0)
    heard = simulate(playout, 6.0, 0.0, stall=(stalled_s, 2.7))
    assert playout.gaps == 1
    assert np.abs(np.diff(heard.sound, axis=0)).max() < steepest(48_000.0)
    assert np.abs(heard.sound[-4800:]).max() == pytest.approx(LEVEL, rel=0.01)


def test_a_card_that_begins_late_begins_with_the_newest_sound() -> None:
    playout = Playout(48_000.0)
    for k in range(80):
        playout.put(tone(k * BLOCK_FRAMES))
    playout.take(CALLBACK_FRAMES)
    assert playout.skips == 0
    assert playout.waiting_s == pytest.approx(TARGET_S - CALLBACK_FRAMES / 48_000.0, abs=0.001)


def test_a_stalled_card_is_one_skip_without_a_click() -> None:
    playout = Playout(48_000.0)
    for k in range(20):
        playout.put(tone(k * BLOCK_FRAMES))
    heard = [playout.take(CALLBACK_FRAMES)]
    for k in range(20, 80):
        playout.put(tone(k * BLOCK_FRAMES))
    heard += [playout.take(CALLBACK_FRAMES) for _ in range(8)]
    assert playout.skips == 1
    assert playout.waiting_s < TARGET_S + 0.02
    assert np.abs(np.diff(np.concatenate(heard), axis=0)).max() < steepest(48_000.0) + LEVEL * 2 / 240


def test_the_ring_is_bounded() -> None:
    playout = Playout(48_000.0)
    for k in range(500):
        playout.put(tone(k * BLOCK_FRAMES))
    assert playout.waiting_s <= 1.0
    playout.take(CALLBACK_FRAMES)
    assert playout.waiting_s < TOO_MUCH_S


def test_nothing_put_is_silence() -> None:
    playout = Playout(48_000.0)
    assert not playout.take(CALLBACK_FRAMES).any()
    assert playout.gaps == 0


def test_steering_is_bounded_and_leans_the_right_way() -> None:
    steering = Steering(TARGET_S)
    assert steering.steer(TARGET_S + 0.010, 0.1) > 0.0
    for _ in range(1000):
        steering.steer(1.0, 0.1)
    assert steering.ppm == MOST_PPM
    for _ in range(5000):
        steering.steer(0.0, 0.1)
    assert steering.ppm == -MOST_PPM
