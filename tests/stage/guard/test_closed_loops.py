"""Every hall of a table howls, and is quiet again in time: from −36 dBFS until it is 6 dB down and stays down."""

from __future__ import annotations

import itertools

import pytest

from stage.guard.rack import GuardRack
from tests.stage.guard.loops import Loop, Talk, howls_ms

SECONDS = 3.5
LOOPS = [Loop(*cell) for cell in itertools.product((0.5, 1.0, 3.0, 6.0, 12.0), (20, 50, 100))]
FAR_LOOPS = [Loop(*cell) for cell in itertools.product((0.5, 1.0, 3.0, 6.0, 12.0), (120, 160, 200))]
"""As long a way back as a phone in the hall has. At 120 ms and more a knock comes back as echoes with pauses between
them: for the first few a howl cannot be told from somebody who repeats himself."""


@pytest.mark.parametrize(
    ("talk", "most_ms", "most_far_ms"),
    [(Talk(900.0, 120.0, 2), 500, 1000), (Talk(5200.0, 110.0, 4), 500, 500)],
    ids=lambda value: f"{value.hz:.0f} Hz" if isinstance(value, Talk) else None,
)
def test_howls_end_in_time(talk: Talk, most_ms: int, most_far_ms: int) -> None:
    """Without the guard the louder ones howl on."""
    for loops, most in ((LOOPS, most_ms), (FAR_LOOPS, most_far_ms)):
        rack = GuardRack()
        howls = dict(zip(loops, howls_ms(talk, loops, SECONDS, rack), strict=True))
        assert {loop: ms for loop, ms in howls.items() if ms > most} == {}
        assert rack.howls >= len([loop for loop in loops if loop.gain_db >= 3.0])


def test_without_the_guard_they_howl_on() -> None:
    loud = [loop for loop in LOOPS if loop.gain_db >= 3.0]
    assert min(howls_ms(Talk(900.0, 120.0, 2), loud, SECONDS, None)) > 1000
