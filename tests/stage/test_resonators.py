"""The shared resonators forget what can no longer be heard. What they sound like is tested through the mixer."""

from __future__ import annotations

import numpy as np
import pytest

from live.messages.scene import Equaliser
from stage.picture import BLOCK_FRAMES, CHANNELS
from stage.resonators import INPUTS, Resonators
from stage.strip import weights

BANKS = tuple(bank for bank, _, _ in weights(Equaliser(low_cut_hz=20.0, bass_db=6.0, mid_db=-6.0, treble_db=6.0)).banks)
ROWS = (1 + INPUTS * len(BANKS), BLOCK_FRAMES, CHANNELS)


def test_in_silence_every_bank_rings_out_to_nothing() -> None:
    """And not to denormal numbers, which would stay."""
    resonators, silence = Resonators(), np.zeros(ROWS, np.float32)
    resonators.use(BANKS)
    resonators.run(np.random.default_rng(0).uniform(-0.5, 0.5, ROWS).astype(np.float32))
    assert resonators.ringing() == frozenset(BANKS)
    for _ in range(800):
        resonators.run(silence)
    assert resonators.ringing() == frozenset()


def test_rows_that_do_not_fit_the_banks_are_refused() -> None:
    with pytest.raises(ValueError, match="expected contiguous float32 rows"):
        Resonators().run(np.zeros(ROWS, np.float32))


def test_rows_of_other_banks_are_refused_though_they_fitted_before() -> None:
    resonators, rows = Resonators(), np.zeros(ROWS, np.float32)
    resonators.use(BANKS)
    resonators.run(rows)
    resonators.use(BANKS[1:])
    with pytest.raises(ValueError, match="expected contiguous float32 rows"):
        resonators.run(rows)


@pytest.mark.parametrize("place", range(len(BANKS)))
def test_a_bank_rings_the_same_alone_and_among_silent_ones(place: int) -> None:
    """They run several at a time, and places that are left over hold nothing."""
    rng, alone, among = np.random.default_rng(1), Resonators(), Resonators()
    alone.use(BANKS[place : place + 1])
    among.use(BANKS)
    for _ in range(3):
        few, many = np.zeros((1 + INPUTS, *ROWS[1:]), np.float32), np.zeros(ROWS, np.float32)
        few[1:] = many[1 + INPUTS * place :][:INPUTS] = rng.uniform(-0.5, 0.5, (INPUTS, *ROWS[1:]))
        heard = alone.run(few)
        assert heard.any()
        np.testing.assert_array_equal(among.run(many), heard)
