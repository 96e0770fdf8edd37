"""The shared resonators forget what can no longer be heard. What they sound like is tested through the mixer."""

from __future__ import annotations

import numpy as np
import pytest

from live.messages.scene import Equaliser
from stage.picture import BLOCK_FRAMES, CHANNELS
from stage.resonators import INPUTS, Resonators
from stage.strip import weights

BANKS = tuple(bank for bank, _, _ in weights(Equaliser(low_cut_hz=20.0, bass_db=6.0, mid_db=-6.0, treble_db=6.0)).banks)
ROWS = (1 + INPUTS * len(BANKS), CHANNELS, BLOCK_FRAMES)


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
