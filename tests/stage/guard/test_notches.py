"""A cut is deep where it is and nothing elsewhere; putting it in and out is not heard."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import sosfilt

from stage.guard.notches import DEPTH_DB, MOST_CUTS, Notches, _bell
from stage.picture import BLOCK_FRAMES, Block
from tests.signals import level_db, tone


def run(notches: Notches, sound: Block) -> Block:
    blocks = np.split(sound, len(sound) // BLOCK_FRAMES)
    return np.concatenate([notches.run(block) for block in blocks])


@pytest.mark.parametrize("hz", [200.0, 1000.0, 4000.0])
def test_it_is_deep_where_it_is_and_nothing_an_octave_away(hz: float) -> None:
    notches = Notches()
    assert notches.cut(hz)
    for there, expected_db in ((hz, -DEPTH_DB), (hz / 2.0, 0.0), (hz * 2.0, 0.0)):
        sound = tone(there, 1.0)
        passed = run(notches, sound)[24_000:]
        assert level_db(passed, there) - level_db(sound[24_000:], there) == pytest.approx(expected_db, abs=0.8)


def test_it_is_the_filter_of_the_book() -> None:
    noise = np.random.default_rng(4).normal(0.0, 0.1, (48_000, 2)).astype(np.float32)
    notches = Notches()
    notches.cut(700.0)
    notches.cut(1900.0)
    sections = [[b0, b1, b2, 1.0, a1, a2] for b0, b1, b2, a1, a2 in (_bell(700.0), _bell(1900.0))]
    expected = sosfilt(sections, noise, axis=0)
    np.testing.assert_allclose(run(notches, noise)[BLOCK_FRAMES:], expected[BLOCK_FRAMES:], atol=1e-6)


def test_putting_in_and_taking_out_do_not_click() -> None:
    """A tone of 0.25 at 300 Hz bends by 0.0004 a frame."""
    sound, notches, heard = tone(300.0, 1.0), Notches(), []
    for number, block in enumerate(np.split(sound, 100)):
        if number == 30:
            notches.cut(310.0)
        if number == 60:
            notches.lift(310.0)
        heard.append(block if notches.is_idle else notches.run(block))
    assert np.abs(np.diff(np.concatenate(heard), n=2, axis=0)).max() < 0.002
    assert notches.is_idle


def test_there_is_an_end_to_them() -> None:
    notches = Notches()
    assert [notches.cut(500.0 * n) for n in range(1, MOST_CUTS + 2)] == [True] * MOST_CUTS + [False]
