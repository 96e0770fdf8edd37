"""The equaliser says what its knobs say, and its weights say the same as its sections."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from live.messages.scene import Equaliser
from stage.picture import SAMPLE_RATE_HZ
from stage.strip import LOW_CUT_Q, sections, weights

HERTZ = np.geomspace(10.0, 23_000.0, 300)
DELAY = np.exp(-2j * np.pi * HERTZ / SAMPLE_RATE_HZ)
Response = npt.NDArray[np.complex128]

gains_db = st.floats(-24.0, 12.0)
equalisers = st.builds(
    Equaliser,
    low_cut_hz=st.one_of(st.just(0.0), st.floats(10.0, 1000.0)),
    bass_db=gains_db,
    mid_db=gains_db,
    treble_db=gains_db,
)


def cascade(equaliser: Equaliser) -> Response:
    """The sections' response by SciPy, in float64."""
    rows = [[*numerator, *denominator] for numerator, denominator in sections(equaliser)]
    _, response = scipy.signal.sosfreqz(rows or [[1, 0, 0, 1, 0, 0]], HERTZ, fs=SAMPLE_RATE_HZ)
    return np.asarray(response)


def banked(equaliser: Equaliser) -> Response:
    """The response of the same strip through the shared banks, with the mixer's float32 weights."""
    sent = weights(equaliser)
    total = np.full_like(DELAY, np.float32(sent.steady))
    for bank, difference, level in sent.banks:
        denominator = 1.0 + bank.a1 * DELAY + bank.a2 * DELAY**2
        fed = np.float32(difference) * (1.0 - DELAY) + np.float32(level) * (bank.at_one - denominator)
        total += fed / denominator
    return np.asarray(total)


def gain_db_at(equaliser: Equaliser, hertz: float) -> float:
    rows = [[*numerator, *denominator] for numerator, denominator in sections(equaliser)]
    _, response = scipy.signal.sosfreqz(rows, [hertz], fs=SAMPLE_RATE_HZ)
    return float(20.0 * np.log10(np.abs(response[0])))


@given(equalisers)
@settings(max_examples=150, deadline=None)
def test_shared_banks_respond_like_the_cascade(equaliser: Equaliser) -> None:
    np.testing.assert_allclose(banked(equaliser), cascade(equaliser), atol=3e-6)


@given(equalisers)
@settings(max_examples=100, deadline=None)
def test_every_pole_is_inside_the_unit_circle(equaliser: Equaliser) -> None:
    for bank, _, _ in weights(equaliser).banks:
        assert np.abs(np.roots([1.0, bank.a1, bank.a2])).max() < 1.0


def test_a_flat_equaliser_is_a_wire() -> None:
    assert sections(Equaliser()) == ()
    assert weights(Equaliser()).steady == 1.0
    assert weights(Equaliser()).banks == ()


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


def test_equal_low_cuts_share_their_bank() -> None:
    first = {bank for bank, _, _ in weights(Equaliser(low_cut_hz=80.0, bass_db=-3.0, mid_db=2.0)).banks}
    second = {bank for bank, _, _ in weights(Equaliser(low_cut_hz=80.0, treble_db=-9.0, mid_db=-12.0)).banks}
    assert len(first | second) == 3
