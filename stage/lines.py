"""From text to lines: graphemes into runs of one font and direction, words into lines of even length. No pixels here.

Widths are in ems (of the size), measured once, so that finding the size that fills a box is arithmetic. Directions
follow the Unicode algorithm as far as plain text needs it: one base direction for each paragraph, neutral characters
between two of a kind go with them; what happens inside a run is raqm's business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex

from stage.fonts import Face, Fonts, can_shape

Direction = Literal["ltr", "rtl"]

MEASURED_AT_PX = 100
LONGEST_WORD = 18
"""Graphemes; a longer word may end a line within, after its own hyphens and marks."""
SHORTEST_PART = 3
"""Graphemes; fewer of a word never stand alone."""
SOFT_HYPHEN, SOFT_BREAK = "\u00ad", "\u200b"
"""Where a word may go on in the next line, with a hyphen and without. Neither is drawn itself."""
LEFT_TO_RIGHT = "\u200e"
BREAKS_AFTER = set("-\u2010\u2012\u2013\u2014\u05be/\\.,;|_&?=)]}>")
BREAKS_BEFORE = "<"
HYPHENATED = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}]")
ADDRESS = regex.compile(r"[/\\@_<>=#&{}]|\w[.:]\w")
"""Links, tags and the like: a hyphen would seem a part of them."""
GRAPHEMES = regex.compile(r"\X")
BREAKS_ANYWHERE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
NO_LINE_START = set("、。，．・：；？！）」』】〉》〕］｝ーぁぃぅぇぉっゃゅょ々,.!?:;)]}…’”%")


@dataclass(frozen=True, slots=True)
class Run:
    """Graphemes of one font and one direction, in reading order."""

    text: str
    face: Face
    direction: Direction

    @property
    def width_em(self) -> float:
        return _width_em(self.text, self.face, self.direction)


@dataclass(frozen=True, slots=True)
class Line:
    """Runs from left to right, as they are seen."""

    runs: tuple[Run, ...]

    @property
    def width_em(self) -> float:
        return sum(run.width_em for run in self.runs)


@lru_cache(maxsize=4096)
def _width_em(text: str, face: Face, direction: Direction) -> float:
    measured_px = face.bitmap_px or MEASURED_AT_PX
    text, shaped = as_set(text, direction)
    return face.at(measured_px).getlength(text, direction=shaped) / measured_px


def as_set(text: str, direction: Direction) -> tuple[str, Direction | None]:
    """Return what Pillow is given: where it cannot turn a run round, the run already turned, and no direction."""
    if can_shape():
        return text, direction
    return (text if direction == "ltr" else "".join(reversed(GRAPHEMES.findall(text)))), None


def direction_of(text: str) -> Direction:
    """The direction of the first character that has one."""
    for c in text:
        kind = unicodedata.bidirectional(c)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def line_of(text: str, fonts: Fonts, base: Direction) -> Line:
    """Split a line into runs and put them in the order in which they are seen."""
    spans = _directed(GRAPHEMES.findall(text), base)
    seen: list[Run] = []
    for direction, graphemes in spans if base == "ltr" else reversed(spans):
        runs = _one_font(graphemes, direction, fonts)
        seen += runs if direction == "ltr" else reversed(runs)
    return Line(tuple(seen))


def _directed(graphemes: Sequence[str], base: Direction) -> list[tuple[Direction, list[str]]]:
    strong: list[Direction | None] = [_strength(g) for g in graphemes]
    spans: list[tuple[Direction, list[str]]] = []
    for i, grapheme in enumerate(graphemes):
        own = strong[i]
        if own is None:
            before = next((s for s in reversed(strong[:i]) if s), base)
            after = next((s for s in strong[i + 1 :] if s), base)
            own = before if before == after else base
        if spans and spans[-1][0] == own:
            spans[-1][1].append(grapheme)
        else:
            spans.append((own, [grapheme]))
    return spans


def _strength(grapheme: str) -> Direction | None:
    kind = unicodedata.bidirectional(grapheme[0])
    return "rtl" if kind in ("R", "AL") else "ltr" if kind == "L" else None


def _one_font(graphemes: Sequence[str], direction: Direction, fonts: Fonts) -> list[Run]:
    runs: list[tuple[Face, list[str]]] = []
    for grapheme in graphemes:
        face = runs[-1][0] if grapheme.isspace() and runs and not runs[-1][0].bitmap_px else fonts.face_for(grapheme)
        if runs and runs[-1][0] == face:
            runs[-1][1].append(grapheme)
        else:
            runs.append((face, [grapheme]))
    return [Run("".join(parts), face, direction) for face, parts in runs]


def words_of(paragraph: str, is_too_wide: Callable[[str], bool] = lambda word: False) -> list[str]:
    """What may not be broken: words with the space after them, ideographs, and the parts of long words.

    A long word has parts where its own hyphens and marks let it end a line; one that `is_too_wide` even so is broken
    into parts of some length. A part that wants a hyphen at a line's end ends in SOFT_HYPHEN: see `as_line`.
    """
    parts: list[str] = []
    for chunk in regex.findall(r"\S+\s*", paragraph):
        is_address = ADDRESS.search(chunk) is not None
        for word in _free_words(chunk):
            parts += _parts(word, is_too_wide, is_address=is_address)
    return parts


def as_line(parts: str, base: Direction) -> str:
    """Parts of words as they are read in one line: a hyphen where it ends within a word, no soft ones elsewhere."""
    if not parts.endswith(SOFT_HYPHEN):
        return _without_soft_breaks(parts)
    # All that is hyphenated runs to the right; in a line that runs to the left the hyphen must be told to stay there.
    return _without_soft_breaks(parts) + ("-" if base == "ltr" else "-" + LEFT_TO_RIGHT)


def _without_soft_breaks(text: str) -> str:
    return text.replace(SOFT_HYPHEN, "").replace(SOFT_BREAK, "")


def _free_words(chunk: str) -> list[str]:
    """Cut where the script needs no space."""
    words: list[str] = []
    word = ""
    for grapheme in GRAPHEMES.findall(chunk):
        free = BREAKS_ANYWHERE.search(grapheme) or (word and BREAKS_ANYWHERE.search(word[-1]))
        if word and free and grapheme not in NO_LINE_START and not grapheme.isspace():
            words.append(word)
            word = ""
        word += grapheme
    return [*words, word]


def _parts(word: str, is_too_wide: Callable[[str], bool], *, is_address: bool) -> list[str]:
    letters = word.rstrip()
    graphemes = GRAPHEMES.findall(letters)
    if len(graphemes) <= LONGEST_WORD:
        return [_without_soft_breaks(word)]
    parts: list[str] = []
    start = 0
    for end in [*_open_breaks(graphemes), len(graphemes)]:
        part = graphemes[start:end]
        if is_too_wide("".join(part)):
            parts += _broken(part, is_address=is_address)
        else:
            parts.append("".join(part))
        start = end
    return [*parts[:-1], parts[-1].rstrip(SOFT_HYPHEN) + word[len(letters) :]]


def _open_breaks(graphemes: Sequence[str]) -> list[int]:
    """Before which graphemes a word of its own accord lets a line end."""
    breaks = [0]
    for i in range(SHORTEST_PART, len(graphemes) - SHORTEST_PART + 1):
        if i - breaks[-1] >= SHORTEST_PART and _may_end(graphemes[i - 2], graphemes[i - 1], graphemes[i]):
            breaks.append(i)
    return breaks[1:]


def _may_end(before: str, last: str, following: str) -> bool:
    if last in (SOFT_HYPHEN, SOFT_BREAK):
        return True
    if following == BREAKS_BEFORE:
        return last != BREAKS_BEFORE
    if last not in BREAKS_AFTER or not following[0].isalnum():
        return False
    is_number = last in ".," and before.isdigit() and following.isdigit()
    return not is_number and not (last == "/" and before == "<")


def _broken(graphemes: Sequence[str], *, is_address: bool) -> list[str]:
    """Parts of much the same length, none longer than LONGEST_WORD but for a mark that begins no line."""
    count = -(-len(graphemes) // LONGEST_WORD)
    parts: list[str] = []
    start = 0
    for i in range(1, count + 1):
        end = len(graphemes) * i // count
        if end < len(graphemes) and graphemes[end] in NO_LINE_START and graphemes[end - 1] not in NO_LINE_START:
            end += 1
        part = "".join(graphemes[start:end])
        if end < len(graphemes):
            has_hyphen = HYPHENATED.match(graphemes[end - 1]) and HYPHENATED.match(graphemes[end])
            part += SOFT_HYPHEN if has_hyphen and not is_address else SOFT_BREAK
        parts.append(part)
        start = end
    return parts


def balanced(words: Sequence[str], width_of: Callable[[str], float], limit: float) -> list[str]:
    """Break into as few lines as fit `limit`, and those as even as can be (the squares of what is left are least)."""
    widths = [width_of(word) for word in words]
    lines = len(greedy(widths, limit))
    target = sum(widths) / max(1, lines)
    best: list[list[tuple[float, int]]] = [[(0.0, 0)] + [(float("inf"), 0)] * len(words)]
    for _ in range(lines):
        row = [(float("inf"), 0)] * (len(words) + 1)
        for end in range(1, len(words) + 1):
            width = 0.0
            for start in range(end - 1, -1, -1):
                width += widths[start]
                if width > limit and start < end - 1:
                    break
                cost = best[-1][start][0] + (width - target) ** 2
                row[end] = min(row[end], (cost, start))
        best.append(row)
    return _traced(words, best)


def _traced(words: Sequence[str], best: Sequence[Sequence[tuple[float, int]]]) -> list[str]:
    out: list[str] = []
    end = len(words)
    for row in reversed(best[1:]):
        start = row[end][1]
        out.insert(0, "".join(words[start:end]).strip())
        end = start
    return [line for line in out if line]


def greedy(widths: Sequence[float], limit: float) -> list[int]:
    """The number of the first word of each line when every line takes what fits."""
    starts: list[int] = []
    used = limit
    for i, width in enumerate(widths):
        if not starts or used + width > limit:
            starts.append(i)
            used = 0.0
        used += width
    return starts
