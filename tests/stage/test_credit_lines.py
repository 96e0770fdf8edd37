"""What the lower third says: everyone named or counted, and about as wide as it is set."""

from __future__ import annotations

import pytest

from stage.credit_lines import everyone, some, width_em
from stage.text import one_line


@pytest.mark.parametrize(
    ("names", "anonymous", "line"),
    [
        (("Ana",), 0, "Ana"),
        (("Ana", "Bo"), 0, "Ana and Bo"),
        (("Ana", "Bo", "Chi"), 0, "Ana, Bo and Chi"),
        (("Ana",), 1, "Ana and 1 who stays anonymous"),
        (("Ana", "Bo"), 2, "Ana, Bo and 2 who stay anonymous"),
        ((), 1, "Someone in this hall"),
        ((), 2, "2 people in this hall"),
    ],
)
def test_everyone_is_named_or_counted(names: tuple[str, ...], anonymous: int, line: str) -> None:
    assert everyone(names, anonymous) == line


@pytest.mark.parametrize(
    ("names", "anonymous", "line"),
    [
        (("Ana", "Bo"), 0, "Ana, Bo …"),
        (("Ana",), 1, "Ana and 1 who stays anonymous …"),
        ((), 2, "and 2 who stay anonymous …"),
    ],
)
def test_a_page_says_that_another_follows(names: tuple[str, ...], anonymous: int, line: str) -> None:
    assert some(names, anonymous) == line


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace, Wilhelmina Fay and Bo",
        "Дмитрий Шостакович",
        "ANNA MARIA SCHMIDT",
        "田中太郎",
        "한국어",
        "مريم العلوي",
        "नरेन्द्र",
        "🎭🎭",
        "and 2 who stay anonymous",
    ],
)
def test_a_width_is_reckoned_near_to_what_is_set(text: str) -> None:
    """Up to a fifth too narrow, a line is set that much smaller; much too wide, a page would name too few."""
    assert 0.9 < width_em(text) / one_line(text, 45).lines[0].width_em < 1.6
