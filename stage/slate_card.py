"""Where on the slate the card with the code stands: what is drawn over the slate keeps clear of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MARGIN = 0.06
"""Of the program's width, around all that stands on the slate."""
FLOOR = 0.84
"""Of the program's height: below it the lower third names who is heard while nothing is seen."""


@dataclass(frozen=True, slots=True)
class Column:
    left: float
    width: float


def card_column(width: float, height: float) -> Column:
    """Of a program of this size, in its units."""
    side = min(height * 0.62, width * 0.38)
    return Column(width - width * MARGIN - side, side)
