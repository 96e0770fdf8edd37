"""What the lower third says of some people, and whether that fits. Pure: no font is asked.

Who is named on which page must not depend on a machine's fonts, nor wait for the lock of who is setting type, so widths
are reckoned; `stage.lower_third` measures, and sets a line a little smaller that came out wider.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

WIDE_EM, EMOJI_EM, CAPITAL_EM, LETTER_EM, NARROW_EM = 1.0, 1.3, 0.75, 0.6, 0.35
NARROW = frozenset("ijlftrI.,:;'’!|()[] -")
FIRST_EMOJI = "\U0001f000"
GOES_ON = " …"
"""After the names of a page that another follows."""


def everyone(names: Sequence[str], anonymous: int) -> str:
    """Of all of them at once: `Ana, Bo and 2 who stay anonymous`."""
    if not names:
        return "Someone in this hall" if anonymous == 1 else f"{anonymous} people in this hall"
    if anonymous:
        return _and(names, anonymous)
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def some(names: Sequence[str], anonymous: int) -> str:
    """Of those on one page of several: `Ana, Bo …`; the anonymous are on one page of each round."""
    if not anonymous:
        return ", ".join(names) + GOES_ON
    return (_and(names, anonymous) if names else f"and {_stay(anonymous)}") + GOES_ON


def width_em(text: str) -> float:
    """About how wide a line is, rather more than less."""
    return sum(map(_em, text))


def _and(names: Sequence[str], anonymous: int) -> str:
    return f"{', '.join(names)} and {_stay(anonymous)}"


def _stay(anonymous: int) -> str:
    return "1 who stays anonymous" if anonymous == 1 else f"{anonymous} who stay anonymous"


def _em(character: str) -> float:
    if character in NARROW:
        return NARROW_EM
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if character >= FIRST_EMOJI:
        return EMOJI_EM
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE_EM
    return CAPITAL_EM if character.isupper() or character in "mw@" else LETTER_EM
