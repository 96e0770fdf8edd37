"""Every hall of a table howls, and is quiet again in time: from −36 dBFS until it is 6 dB down and stays down."""

from __future__ import annotations

import itertools

import pytest

from stage.guard.rack import GuardRack
from tests.stage.guard.loops import Loop, Talk, howls_ms

SECONDS = 3.0
MOST_MS = 500
LOOPS = [Loop(*cell) for cell in itertools.product((0.5, 1.0, 3.0, 6.0, 12.0), (20, 50, 80, 120, 160, 200))]
"""A phone's way back is 120 to 200 ms long. There a knock comes back as echoes with pauses between them."""
HALF = LOOPS[1::2]
"""Up high nothing covers a howl, and all end early."""


@pytest.mark.parametrize(
    ("talk", "loops"),
    [
        (Talk(350.0, 120.0, 1), LOOPS),
        (Talk(900.0, 120.0, 2), LOOPS),
        (Talk(2400.0, 180.0, 3), LOOPS),
        (Talk(5200.0, 110.0, 4), HALF),
    ],
    ids=lambda value: f"{value.hz:.0f} Hz" if isinstance(value, Talk) else None,
)
def test_howls_end_in_time(talk: Talk, loops: list[Loop]) -> None:
    """Without the guard the louder ones howl on."""
    racks = [GuardRack(), GuardRack()]
    howls = dict(zip(loops, howls_ms(talk, loops, SECONDS, racks), strict=True))
    assert {loop: ms for loop, ms in howls.items() if ms > MOST_MS} == {}
    assert sum(rack.howls for rack in racks) >= len([loop for loop in loops if loop.gain_db >= 3.0])


def test_without_the_guard_they_howl_on() -> None:
    loud = [loop for loop in LOOPS if loop.gain_db >= 3.0]
    assert min(howls_ms(Talk(900.0, 120.0, 2), loud, SECONDS, [])) > 1000


@pytest.mark.parametrize(
    ("talk", "loop"),
    [
        (Talk(431.0, 120.0, 765), Loop(12.0, 200)),
        (Talk(451.0, 150.0, 928), Loop(12.0, 200)),
        (Talk(484.0, 220.0, 782), Loop(12.0, 200)),
        (Talk(424.0, 180.0, 504), Loop(6.0, 80)),
        (Talk(283.0, 150.0, 546), Loop(6.0, 50)),
        (Talk(582.0, 220.0, 901421), Loop(10.5, 199)),
        (Talk(694.0, 250.0, 113806), Loop(10.5, 183)),
        (Talk(313.0, 120.0, 882345), Loop(10.7, 192)),
    ],
    ids=lambda value: f"{value.hz:.0f} Hz" if isinstance(value, Talk) else None,
)
def test_howls_under_a_voice_end_in_time(talk: Talk, loop: Loop) -> None:
    """Three are heard by how their echoes die away; of two the cut is judged while somebody talks; the last three
    lasted 0.63 to 0.75 s before echoes that are not alone were heard by growing twice in step."""
    (howl_ms,) = howls_ms(talk, [loop], SECONDS, [GuardRack()])
    assert 0 < howl_ms <= MOST_MS
