"""The equaliser says what its knobs say, and the mixer's loops respond as its sections on paper do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from live.messages.scene import Equaliser
from stage.mixer import Mixer, StripInput
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, silence
from stage.strip import LOW_CUT_Q, designed, has_low_cut
from tests.stage.cascade import sections

RUNG_OUT_BLOCKS = 50
gains_db = st.floats(-24.0, 12.0)
equalisers = st.builds(
    Equaliser,
    low_cut_hz=st.one_of(st.just(0.0), st.floats(10.0, 1000.0)),
    bass_db=gains_db,
    mid_db=gains_db,
    treble_db=gains_db,
)


def impulse_response(equaliser: Equaliser) -> npt.NDArray[np.float32]:
    """What the mixer makes of a single full frame; before it is one block of silence, in which the strip fades in."""
    mixer, impulse, nothing = Mixer(), silence(BLOCK_FRAMES), silence(BLOCK_FRAMES)
    impulse[0] = 1.0
    blocks = [nothing, impulse, *[nothing] * RUNG_OUT_BLOCKS]
    out = [mixer.mix([StripInput("strip-0", block, 1.0, 0.0, equaliser)], 1.0) for block in blocks]
    return np.concatenate(out[1:])[:, 0]


def gain_db_at(equaliser: Equaliser, hertz: float) -> float:
    rows = [[*numerator, *denominator] for numerator, denominator in sections(equaliser)]
    _, response = scipy.signal.sosfreqz(rows, [hertz], fs=SAMPLE_RATE_HZ)
    return float(20.0 * np.log10(np.abs(response[0])))


@given(equalisers)
@settings(max_examples=60, deadline=None)
def test_the_mixer_responds_like_the_cascade(equaliser: Equaliser) -> None:
    rows = [[*numerator, *denominator] for numerator, denominator in sections(equaliser)]
    impulse = np.zeros((RUNG_OUT_BLOCKS + 1) * BLOCK_FRAMES)
    impulse[0] = 1.0
    on_paper = scipy.signal.sosfilt(rows or [[1, 0, 0, 1, 0, 0]], impulse)
    heard, wanted = np.fft.rfft(impulse_response(equaliser)), np.fft.rfft(on_paper)
    np.testing.assert_allclose(heard, wanted, atol=5e-6)


def test_a_flat_equaliser_is_a_wire() -> None:
    assert sections(Equaliser()) == ()
    assert designed(Equaliser()) is None


def test_a_low_cut_that_nobody_hears_is_off() -> None:
    assert designed(Equaliser(low_cut_hz=9.0)) is None
    below, above = designed(Equaliser(low_cut_hz=9.0, bass_db=1.0)), designed(Equaliser(low_cut_hz=10.0))
    assert below is not None
    assert above is not None
    assert not has_low_cut(below)
    assert has_low_cut(above)


@pytest.mark.parametrize("low_cut_hz", [20.0, 80.0, 1000.0])
def test_the_low_cut_is_a_butterworth(low_cut_hz: float) -> None:
    ((numerator, denominator),) = sections(Equaliser(low_cut_hz=low_cut_hz))
    b, a = scipy.signal.butter(2, low_cut_hz, "high", fs=SAMPLE_RATE_HZ)
    np.testing.assert_allclose(numerator, b, rtol=1e-9)
    np.testing.assert_allclose(denominator, a, rtol=1e-9)
    assert pytest.approx(np.sqrt(0.5)) == LOW_CUT_Q


@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 6.0, 12.0])
def test_each_knob_moves_its_own_end(gain_db: float) -> None:
    assert gain_db_at(Equaliser(bass_db=gain_db), 0.1) == pytest.approx(gain_db, abs=0.01)
    assert gain_db_at(Equaliser(bass_db=gain_db), 10_000.0) == pytest.approx(0.0, abs=0.05)
    assert gain_db_at(Equaliser(mid_db=gain_db), 1000.0) == pytest.approx(gain_db, abs=0.01)
    assert gain_db_at(Equaliser(mid_db=gain_db), 20.0) == pytest.approx(0.0, abs=0.05)
    assert gain_db_at(Equaliser(treble_db=gain_db), 23_999.0) == pytest.approx(gain_db, abs=0.01)
    assert gain_db_at(Equaliser(treble_db=gain_db), 100.0) == pytest.approx(0.0, abs=0.05)
