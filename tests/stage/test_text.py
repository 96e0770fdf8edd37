"""Typesetting by its ink: every script draws, right-to-left runs from the right, emoji have colour, lines are even."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stage.fonts import Fonts, system_fonts
from stage.lines import LEFT_TO_RIGHT, as_line, balanced, direction_of, line_of, words_of
from stage.sources.text import BOX_HEIGHT, BOX_WIDTH, LEAST_SIZE, MOST_SIZE, WHOLE_SIZE
from stage.text import Type, cut, draw_lines, fitted, one_line, shortened

SCRIPTS = {
    "latin": "Žluťoučký kůň",
    "greek": "Ελλάδα",
    "cyrillic": "Привет",
    "hebrew": "שלום לכולם",
    "arabic": "مرحبا بالجميع",
    "devanagari": "नमस्ते",
    "japanese": "灯りが落ちて",
    "korean": "한국어",
    "thai": "สวัสดี",
    "emoji": "🎭🎉",
}
STORY = (
    "When I was nine my grandmother took me to this very hall. She wore her green coat, kept the ticket in her glove, "
    "and cried at the end, though it was a comedy. Tonight I brought her glove with me; it is in my left pocket, and "
    "I am holding it while you read this, all of you here."
)


def ink(text: str, size_px: int = 60) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The text on one line, from the left, as RGBA."""
    lines = one_line(text, size_px)
    image = Image.new("RGBA", (round(lines.width_px) + 40, 100))
    draw_lines(image, lines, 20, 10, lines.width_px, "left", (255, 255, 255))
    return np.asarray(image)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_has_ink_and_not_boxes(script: str) -> None:
    drawn = ink(SCRIPTS[script])
    assert np.count_nonzero(drawn[..., 3] > 128) > 300
    unknown = ink("\U0010fffd" * 2)
    assert drawn.shape != unknown.shape or not np.array_equal(drawn, unknown)


def test_a_wide_character_differs_from_its_neighbour() -> None:
    """A font without it would draw the same box for both."""
    assert not np.array_equal(ink("灯")[..., 3], ink("語")[..., 3])


def test_hebrew_begins_at_the_right() -> None:
    """Shin (wide, three arms) then two thin yods: the heavy end is on the right."""
    columns = ink("שיי")[..., 3].astype(float).sum(axis=0)
    half = columns.size // 2
    assert columns[half:].sum() > 1.3 * columns[:half].sum()


def test_mixed_directions_are_seen_in_the_right_order() -> None:
    """In a Hebrew line the Latin word that is read second stands on the left."""
    fonts = system_fonts()
    right_to_left = [run.text.strip() for run in line_of("שלום Houselights", fonts, direction_of("שלום")).runs]
    assert [text for text in right_to_left if text] == ["Houselights", "שלום"]
    left_to_right = [run.text.strip() for run in line_of("Hello שלום", fonts, "ltr").runs]
    assert [text for text in left_to_right if text] == ["Hello", "שלום"]


def test_arabic_letters_join() -> None:
    """Shaped together they are narrower than each alone."""
    together = one_line("مرحبا", 60).width_px
    assert together < 0.95 * sum(one_line(letter, 60).width_px for letter in "مرحبا")


def test_emoji_have_colour() -> None:
    drawn = ink("🎉").astype(int)
    opaque = drawn[drawn[..., 3] > 200]
    assert np.ptp(opaque[:, :3], axis=1).max() > 80


def test_an_emoji_of_several_code_points_is_one_picture() -> None:
    assert one_line("👩🏽‍🚀", 60).width_px == pytest.approx(one_line("🎉", 60).width_px, rel=0.05)


def test_a_story_of_280_graphemes_is_legible_from_the_last_row() -> None:
    """At least a twenty-fifth of the picture's height."""
    lines = fitted(STORY[:280], 1920 * 0.84, 1080 * 0.74, 1080 * 0.2)
    assert lines.size_px >= 1080 / 25
    assert lines.width_px <= 1920 * 0.84 + 1
    assert lines.height_px <= 1080 * 0.74 + 1


def test_what_cannot_fit_is_cut_with_an_ellipsis() -> None:
    lines = fitted("word " * 3000, 400, 200, 60, 20)
    assert lines.height_px <= 200
    assert lines.lines[-1].runs[-1].text.endswith("…")


def test_lines_are_balanced() -> None:
    """Taking what fits would leave the last line with one short word."""
    assert balanced(words_of("aaaa bbbb cccc dddd ee"), len, 20) == ["aaaa bbbb", "cccc dddd ee"]


def test_a_word_longer_than_any_line_is_broken() -> None:
    lines = fitted("a" * 200, 600, 600, 100)
    assert len(lines.lines) > 1
    assert lines.width_px <= 601


def on_stage(text: str) -> Type:
    """As a text piece is set: long words stay whole down to what is legible."""
    width, height = 1920 * BOX_WIDTH, 1080 * BOX_HEIGHT
    return fitted(text, width, height, 1080 * MOST_SIZE, 1080 * LEAST_SIZE, whole_px=1080 * WHOLE_SIZE)


def read(lines: Type) -> list[str]:
    return ["".join(run.text for run in line.runs) for line in lines.lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Montefiore-Lindqvist", ["Montefiore-", "Lindqvist"]),
        ("<script>alert(1)</script>", ["<script>alert(1)", "</script>"]),
        (
            "Donau\u00addampf\u00adschiff\u00adfahrts\u00adgesellschaft",
            ["Donaudampf-", "schifffahrts-", "gesellschaft"],
        ),
        ("so\u00adft hy\u00adphens", ["soft hyphens"]),
        ("1,234,567,890,123,456.78", ["1,234,567,890,123,456.78"]),
    ],
)
def test_a_long_word_ends_a_line_at_its_own_marks(text: str, expected: list[str]) -> None:
    assert read(on_stage(text)) == expected


def test_a_long_word_without_marks_is_set_smaller_and_stays_whole() -> None:
    lines = on_stage("Donaudampfschifffahrtsgesellschaft")
    assert read(lines) == ["Donaudampfschifffahrtsgesellschaft"]
    assert 1080 * WHOLE_SIZE <= lines.size_px < 1080 * MOST_SIZE


def test_only_a_word_that_could_not_be_read_is_broken_and_shows_a_hyphen() -> None:
    whole, long = "Donaudampfschifffahrtsgesellschaft", "Rindfleisch" * 9
    lines = read(on_stage(f"{whole} {long}"))
    assert whole in lines
    broken = [line for line in lines if line != whole]
    assert len(broken) > 1
    assert all(line.endswith("-") for line in broken[:-1])
    assert "".join(broken).replace("-", "") == long


@pytest.mark.parametrize(
    "text", ["שלום" * 40, "مرحبا" * 40, "한국어" * 40, "नमस्ते" * 40, "👩🏽‍🚀" * 60, "0123456789" * 12]
)
def test_what_has_no_hyphen_is_broken_without(text: str) -> None:
    """And between graphemes."""
    lines = on_stage(text)
    assert len(lines.lines) > 1
    assert lines.width_px <= 1920 * BOX_WIDTH + 1
    assert "".join(read(lines)) == text


def test_an_address_is_broken_without_a_hyphen() -> None:
    assert words_of("https://example.org/programme/tonight") == [
        "https://",
        "example.",
        "org/",
        "programme/",
        "tonight",
    ]
    address = "https://example.org/" + "programme" * 20
    assert "".join(read(on_stage(address))) == address


def test_a_row_of_marks_stays_in_its_box() -> None:
    assert on_stage("!" * 300).width_px <= 1920 * BOX_WIDTH + 1


def test_a_hyphen_stays_with_its_word_in_a_line_from_the_right() -> None:
    """Seen on the left of the word it would stand before it."""
    fonts = system_fonts()
    seen = [run.text for run in line_of(as_line("שלום Rindfleisch\u00ad", "rtl"), fonts, "rtl").runs]
    assert seen[0].strip(LEFT_TO_RIGHT) == "Rindfleisch-"


def test_a_line_never_begins_with_a_closing_mark() -> None:
    assert all(not word.startswith("。") for word in words_of("灯りが落ちて。ここにいて。"))


def test_cutting_counts_graphemes() -> None:
    assert cut("👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀", 2) == "👩🏽‍🚀…"
    assert cut("abc", 3) == "abc"


def test_shortened_fits() -> None:
    assert shortened("A very long name indeed, longer than any name", 40, 300).width_px <= 300


def test_without_any_font_of_the_system_pillows_own_sets_latin() -> None:
    lines = one_line("Hello", 40, Fonts([]))
    image = Image.new("RGBA", (300, 80))
    draw_lines(image, lines, 10, 10, lines.width_px, "left", (255, 255, 255))
    assert np.asarray(image)[..., 3].any()


UNSHAPED = """
import sys
from PIL import Image, features
from stage.text import draw_lines, one_line
image = Image.new("RGBA", (400, 60))
draw_lines(image, one_line(sys.argv[1], 32), 0, 0, 400, "left", (255, 255, 255))
print(features.check("raqm"), sum(image.getchannel("A").histogram()[128:]) > 100)
"""


def test_a_machine_without_fribidi_sets_every_name(tmp_path: Path) -> None:
    """Pillow's wheel looks for it on the system; files that are no libraries stand in its way here."""
    for name in ("libfribidi.so", "libfribidi.so.0", "libfribidi.dylib"):
        (tmp_path / name).write_bytes(b"no library")
    ran = subprocess.run(
        (sys.executable, "-c", UNSHAPED, "שלום, Ana 🎭"),
        env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path), "DYLD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split()[-2:] == ["False", "True"], ran.stderr
    assert "brew install fribidi" in ran.stdout + ran.stderr
