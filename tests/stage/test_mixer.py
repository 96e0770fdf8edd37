"""The mixer by its physics: halves, sums, pans, filters, and never a click."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal

from live.messages.scene import Equaliser
from stage.mixer import Mixer, StripSetting, pan_gains
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from stage.strip import sections

BLOCKS = 40
LOUD = Equaliser(low_cut_hz=20.0, bass_db=6.0, mid_db=-12.0, treble_db=3.0)
DARK = Equaliser(low_cut_hz=120.0, bass_db=-24.0, mid_db=4.0, treble_db=-18.0)


def tone(hertz: float, level: float = 0.5, frames: int = BLOCKS * BLOCK_FRAMES) -> Block:
    wave = level * np.sin(2.0 * np.pi * hertz * np.arange(frames) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def noise(seed: int, level: float = 0.1, frames: int = BLOCKS * BLOCK_FRAMES) -> Block:
    return np.random.default_rng(seed).uniform(-level, level, (frames, 2)).astype(np.float32)


def block(sound: Block, number: int) -> Block:
    return sound[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES]


def mixed(mixer: Mixer, *strips: tuple[Block, float, float, Equaliser], master: float = 1.0) -> Block:
    """Mix whole sounds, one block after the other."""

    settings = [StripSetting(f"strip-{i}", *strip[1:]) for i, strip in enumerate(strips)]
    return np.concatenate([
        mixer.mix(settings, [block(strip[0], k) for strip in strips], master)
        for k in range(len(strips[0][0]) // BLOCK_FRAMES)
    ])  # fmt: skip


def by_scipy(sound: Block, gain: float, pan: float, equaliser: Equaliser) -> npt.NDArray[np.float64]:
    """The same strip in float64: fades in over the first block, as every strip does."""
    faded = sound.astype(np.float64) * gain
    faded[:BLOCK_FRAMES] *= (np.arange(1, BLOCK_FRAMES + 1) / BLOCK_FRAMES)[:, None]
    rows = [[*numerator, *denominator] for numerator, denominator in sections(equaliser)]
    filtered = scipy.signal.sosfilt(rows, faded, axis=0) if rows else faded
    return np.asarray(filtered * np.array(pan_gains(pan)))


def test_minus_6_db_is_half() -> None:
    sound = tone(440.0)
    whole = mixed(Mixer(), (sound, 1.0, 0.0, Equaliser()))
    half = mixed(Mixer(), (sound, 0.5, 0.0, Equaliser()))
    np.testing.assert_array_equal(half, whole / 2.0)
    np.testing.assert_array_equal(whole[BLOCK_FRAMES:], sound[BLOCK_FRAMES:])


def test_two_tones_in_two_peaks_out() -> None:
    out = mixed(Mixer(), (tone(1000.0), 0.5, 0.0, Equaliser()), (tone(3000.0), 0.25, 0.0, Equaliser()))
    spectrum = np.abs(np.fft.rfft(out[BLOCK_FRAMES : BLOCK_FRAMES * 21, 0])) / (BLOCK_FRAMES * 10)
    hertz = np.fft.rfftfreq(BLOCK_FRAMES * 20, 1.0 / SAMPLE_RATE_HZ)
    peaks = {round(float(hertz[i])): float(spectrum[i]) for i in np.flatnonzero(spectrum > 1e-3)}
    assert peaks == {1000: pytest.approx(0.25, rel=1e-3), 3000: pytest.approx(0.125, rel=1e-3)}


@pytest.mark.parametrize("equaliser", [Equaliser(), LOUD, DARK, Equaliser(bass_db=-6.0), Equaliser(low_cut_hz=1000.0)])
def test_a_strip_sounds_as_scipy_says(equaliser: Equaliser) -> None:
    sound = noise(1)
    out = mixed(Mixer(), (sound, 0.8, -0.3, equaliser))
    np.testing.assert_allclose(out, by_scipy(sound, 0.8, -0.3, equaliser), atol=1e-6)


@pytest.mark.parametrize("low_cuts", [5, 20])
def test_many_strips_are_the_sum_of_each(low_cuts: int) -> None:
    strips = [
        (noise(i), 0.1 + i / 40.0, i / 10.0 - 1.0, Equaliser(low_cut_hz=20.0 + 10.0 * (i % low_cuts), mid_db=i - 10.0))
        for i in range(20)
    ]
    expected = sum(by_scipy(*strip) for strip in strips)
    np.testing.assert_allclose(mixed(Mixer(), *strips), expected, atol=5e-6)


@pytest.mark.parametrize("banks", range(1, 8))
def test_neighbours_feed_any_number_of_filters(banks: int) -> None:
    """They are weighed three filters at a time, and what is left of those one at a time."""
    strips = [
        (noise(i), 0.5 - i / 20.0, i / 5.0 - 1.0, Equaliser(low_cut_hz=20.0 + 50.0 * (i % banks))) for i in range(9)
    ]
    expected = sum(by_scipy(*strip) for strip in strips)
    np.testing.assert_allclose(mixed(Mixer(), *strips), expected, atol=5e-6)


def test_who_comes_and_goes_leaves_the_other_filters_ringing() -> None:
    """More filters than share their products, and each time in another order."""
    stays = [(noise(i), 0.5, 0.0, Equaliser(low_cut_hz=30.0 + 20.0 * i, treble_db=-6.0)) for i in range(10)]
    settings = [StripSetting(f"strip-{i}", *strip[1:]) for i, strip in enumerate(stays)]
    silent = np.zeros((BLOCK_FRAMES, 2), np.float32)
    mixer, out = Mixer(), []
    for k in range(BLOCKS):
        others = [
            StripSetting(f"other-{k // 5}-{i}", 1.0, 0.5, Equaliser(low_cut_hz=25.0 * k + i)) for i in range(k % 4)
        ]
        blocks = [silent] * len(others) + [block(strip[0], k) for strip in stays]
        out.append(mixer.mix([*others, *settings], blocks, 1.0))
    expected = sum(by_scipy(*strip) for strip in stays)
    np.testing.assert_allclose(np.concatenate(out), expected, atol=5e-6)


def test_a_20_hz_low_cut_stays_exact_for_seconds() -> None:
    """Where float32 recursions drift."""
    sound = tone(20.0, frames=400 * BLOCK_FRAMES) + np.float32(0.3)
    strip = (sound, 1.0, 0.0, Equaliser(low_cut_hz=20.0))
    np.testing.assert_allclose(mixed(Mixer(), strip)[-9600:], by_scipy(*strip)[-9600:], atol=2e-6)


@pytest.mark.parametrize("pan", [-1.0, -0.5, 0.0, 0.7, 1.0])
def test_panning_keeps_the_power(pan: float) -> None:
    left, right = pan_gains(pan)
    assert left**2 + right**2 == pytest.approx(2.0)
    out = mixed(Mixer(), (tone(500.0), 1.0, pan, Equaliser()))[BLOCK_FRAMES:]
    power = np.square(out.astype(np.float64)).mean(axis=0).sum()
    assert power == pytest.approx(0.25, rel=1e-3)


def test_hard_left_is_silent_on_the_right() -> None:
    out = mixed(Mixer(), (tone(500.0), 1.0, -1.0, LOUD))
    assert np.abs(out[:, 1]).max() < 1e-6
    assert np.abs(out[:, 0]).max() > 0.5


def steepest(sound: Block) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


CHANGES = {
    "gain": (1.0, 0.0, Equaliser(), 0.0, 0.0, Equaliser()),
    "pan": (1.0, -1.0, Equaliser(), 1.0, 1.0, Equaliser()),
    "equaliser": (1.0, 0.0, Equaliser(), 1.0, 0.0, DARK),
    "low cut": (1.0, 0.0, Equaliser(low_cut_hz=100.0), 1.0, 0.0, Equaliser(low_cut_hz=500.0)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_clicks(change: tuple[float, float, Equaliser, float, float, Equaliser]) -> None:
    """A 100 Hz tone moves by at most 0.0066 a frame; a step of the gain would move it by 0.5."""
    sound, mixer = tone(100.0), Mixer()
    out = np.concatenate([
        mixer.mix([StripSetting("strip-0", *(change[:3] if k < 9 else change[3:]))], [block(sound, k)], 1.0)
        for k in range(20)
    ])  # fmt: skip
    assert steepest(out) < 0.012


def test_the_master_glides() -> None:
    sound, mixer = tone(100.0), Mixer()
    blocks = [block(sound, k) for k in range(20)]
    strip = [StripSetting("strip-0", 1.0)]
    out = np.concatenate([mixer.mix(strip, [one], 1.0 if k < 9 else 0.0) for k, one in enumerate(blocks)])
    assert steepest(out) < 0.012
    assert not out[10 * BLOCK_FRAMES :].any()


def test_a_strip_that_vanishes_is_led_to_silence() -> None:
    """Its source broke: no more blocks, and yet no click, with and without an equaliser."""
    for equaliser in (Equaliser(), Equaliser(low_cut_hz=60.0, mid_db=6.0)):
        sound, mixer, strip = tone(110.0), Mixer(), [StripSetting("strip-0", 1.0, 0.0, equaliser)]
        out = np.concatenate([
            mixer.mix(strip, [block(sound, k)], 1.0) if k < 9 else mixer.mix([], [], 1.0) for k in range(150)
        ])  # fmt: skip
        assert steepest(out) < 0.02
        assert not out[-BLOCK_FRAMES:].any()


def test_a_strip_comes_in_without_a_click() -> None:
    loud = np.full((BLOCK_FRAMES, 2), 0.9, np.float32)
    out = Mixer().mix([StripSetting("strip-0", 1.0)], [loud], 1.0)
    assert np.abs(out[0]).max() < 0.01
    assert out[-1] == pytest.approx(0.9)


def test_muted_strips_and_rung_out_filters_cost_nothing() -> None:
    sound, mixer = noise(3), Mixer()
    for k in range(30):
        mixer.mix([StripSetting("strip-0", 1.0, 0.0, LOUD)], [block(sound, k)], 1.0)
    assert mixer.banks_in_use == 3
    for _ in range(300):
        mixer.mix([StripSetting("strip-0", 0.0, 0.0, LOUD)], [block(sound, 0)], 1.0)
    assert (mixer.banks_in_use, mixer.strips_in_use) == (0, 0)


def test_the_same_inputs_give_the_same_bytes() -> None:
    def run() -> bytes:
        return mixed(Mixer(), *[(noise(i), 0.3, i / 8 - 1.0, LOUD if i % 2 else DARK) for i in range(16)]).tobytes()

    assert run() == run()


def test_a_broken_source_is_heard_for_one_block_and_no_longer() -> None:
    """No number would stay in the filters for ever."""
    sound, mixer = noise(5), Mixer()
    settings = [StripSetting("well", 1.0, 0.0, LOUD), StripSetting("broken", 1.0, 0.0, LOUD)]
    broken = np.full((BLOCK_FRAMES, 2), np.nan, np.float32)
    silent = np.zeros((BLOCK_FRAMES, 2), np.float32)
    for k in range(BLOCKS // 2):
        mixer.mix(settings, [block(sound, k), broken if k == 4 else silent], 1.0)
    out = [mixer.mix(settings, [block(sound, k), silent], 1.0) for k in range(BLOCKS // 2, BLOCKS)]
    expected = by_scipy(sound, 1.0, 0.0, LOUD)[BLOCKS // 2 * BLOCK_FRAMES :]
    np.testing.assert_allclose(np.concatenate(out)[-4800:], expected[-4800:], atol=1e-3)


@pytest.mark.parametrize("wrong", [[], [np.zeros((BLOCK_FRAMES - 1, 2), np.float32)]])
def test_blocks_that_are_missing_or_short_are_refused_and_the_next_ones_mixed(wrong: list[Block]) -> None:
    mixer, sound = Mixer(), noise(6)
    settings = [StripSetting("strip-0", 1.0)]
    mixer.mix(settings, [block(sound, 0)], 1.0)
    with pytest.raises((ValueError, IndexError)):
        mixer.mix(settings, wrong, 1.0)
    np.testing.assert_array_equal(mixer.mix(settings, [block(sound, 1)], 1.0), block(sound, 1))


def test_inputs_are_not_written_to() -> None:
    sound = noise(4)
    before = sound.copy()
    mixed(Mixer(), (sound, 0.5, 0.2, LOUD), master=0.7)
    np.testing.assert_array_equal(sound, before)
