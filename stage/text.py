"""Set type: words become a cut-out that fills its box well, in any script, with colour emoji and a soft shadow.

`fitted` finds size and lines, `draw_lines` draws them, `TextSource` (stage/sources/text.py) and the slate and lower
third put them together. Slow (tens of milliseconds): meant for `prepare`, not for each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from stage.fonts import Fonts, system_fonts
from stage.lines import GRAPHEMES, Line, Run, as_line, as_set, balanced, direction_of, greedy, line_of, words_of

Colour = tuple[int, int, int]
Align = Literal["left", "centre", "right"]

PAPER: Colour = (246, 239, 230)
LEADING_EM = 1.3
CENTRE_EM = 0.36
"""The baseline lies so far under the middle of a line: half of a capital's height."""
SHADOW_BLUR_EM, SHADOW_DROP_EM, SHADOW_STRENGTH = 0.14, 0.03, 0.85
MOST_GRAPHEMES = 2000
STEPS = 40


@dataclass(frozen=True, slots=True)
class Type:
    """Lines that are ready to draw at a size."""

    lines: tuple[Line, ...]
    size_px: int

    @property
    def leading_px(self) -> float:
        return self.size_px * LEADING_EM

    @property
    def width_px(self) -> float:
        return max((line.width_em for line in self.lines), default=0.0) * self.size_px

    @property
    def height_px(self) -> float:
        return len(self.lines) * self.leading_px


def fitted(
    text: str, width_px: float, height_px: float, most_px: float, least_px: float = 12, fonts: Fonts | None = None,
    whole_px: float | None = None,
) -> Type:  # fmt: skip
    """The largest size up to `most_px` at which the text fits the box, its lines as even as they can be.

    At `least_px` it is cut off at the box's end instead, with an ellipsis. Words are broken, where they have no hyphen
    of their own, only if they would have to be smaller than `whole_px` (where it is not given: than `least_px`).
    """
    fonts = fonts or system_fonts()
    with fonts.lock:
        base = direction_of(text)

        def width_em(word: str) -> float:
            return line_of(as_line(word, base), fonts, base).width_em

        def is_too_wide(word: str) -> bool:
            return width_em(word) * (whole_px or least_px) > width_px

        paragraphs = [words_of(p, is_too_wide) for p in cut(text, MOST_GRAPHEMES).splitlines() if p.strip()]
        widths = [[width_em(word) for word in words] for words in paragraphs]
        size_px = _largest(widths, width_px, height_px, most_px, least_px)
        lines = [line for words in paragraphs for line in balanced(words, width_em, width_px / size_px)]
        room = max(1, int(height_px / (size_px * LEADING_EM)))
        if len(lines) > room:
            lines = [*lines[: room - 1], lines[room - 1] + "…"]
        return Type(tuple(line_of(as_line(line, base), fonts, base) for line in lines), size_px)


def _largest(
    widths: Sequence[Sequence[float]], width_px: float, height_px: float, most_px: float, least_px: float
) -> int:
    for step in range(STEPS + 1):
        size_px = max(least_px, most_px * (least_px / most_px) ** (step / STEPS))
        limit = width_px / size_px
        lines = sum(len(greedy(paragraph, limit)) for paragraph in widths)
        longest = max((width for paragraph in widths for width in paragraph), default=0.0)
        if lines * size_px * LEADING_EM <= height_px and longest <= limit:
            return int(size_px)
    return int(least_px)


def one_line(text: str, size_px: int, fonts: Fonts | None = None) -> Type:
    """The text on one line of a size, whatever its width."""
    fonts = fonts or system_fonts()
    with fonts.lock:
        plain = " ".join(text.split())
        return Type((line_of(plain, fonts, direction_of(plain)),) if plain else (), size_px)


def shortened(text: str, size_px: int, width_px: float) -> Type:
    """One line, cut with an ellipsis where it would be wider than `width_px`."""
    most = len(GRAPHEMES.findall(text))
    kept = most
    while kept > 1 and one_line(cut(text, kept), size_px).width_px > width_px:
        kept -= max(1, kept // 12)
    return one_line(cut(text, kept), size_px)


def cut(text: str, graphemes: int) -> str:
    """At most so many graphemes, the last an ellipsis where there were more."""
    parts = GRAPHEMES.findall(text)
    return text if len(parts) <= graphemes else "".join(parts[: graphemes - 1]).rstrip() + "…"


def draw_lines(
    image: Image.Image, lines: Type, left_px: float, top_px: float, width_px: float, align: Align, colour: Colour,
    fonts: Fonts | None = None,
) -> None:  # fmt: skip
    """Draw over an RGBA image, aligned in a column of `width_px`."""
    with (fonts or system_fonts()).lock:
        for i, line in enumerate(lines.lines):
            spare = width_px - line.width_em * lines.size_px
            x = left_px + {"left": 0.0, "centre": spare / 2, "right": spare}[align]
            baseline = top_px + (i + 0.5) * lines.leading_px + CENTRE_EM * lines.size_px
            for run in line.runs:
                _draw_run(image, run, lines.size_px, x, baseline, colour)
                x += run.width_em * lines.size_px


def _draw_run(image: Image.Image, run: Run, size_px: int, x: float, baseline: float, colour: Colour) -> None:
    if run.face.bitmap_px:
        _draw_emoji(image, run, size_px, x, baseline)
    elif run.text.strip():
        text, direction = as_set(run.text, run.direction)
        ImageDraw.Draw(image).text(
            (x, baseline),
            text,
            fill=(*colour, 255),
            font=run.face.at(size_px),
            anchor="ls",
            direction=direction,
        )


def _draw_emoji(image: Image.Image, run: Run, size_px: int, x: float, baseline: float) -> None:
    """Bitmaps of one size: drawn at it and scaled, standing on the line like a capital that is a little too tall."""
    own = run.face.bitmap_px or size_px
    font = run.face.at(own)
    width, height = int(font.getlength(run.text)) + 2, int(own * 1.3)
    drawn = Image.new("RGBA", (width, height))
    ImageDraw.Draw(drawn).text((0, own), run.text, font=font, anchor="ls", embedded_color=True)
    scale = size_px / own
    scaled = drawn.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
    image.alpha_composite(scaled, (max(0, round(x)), max(0, round(baseline - own * scale))))


def with_shadow(image: Image.Image, size_px: int, strength: float = SHADOW_STRENGTH) -> Image.Image:
    """The image over its own soft shadow, which keeps it legible over anything."""
    alpha = image.getchannel("A").filter(ImageFilter.GaussianBlur(size_px * SHADOW_BLUR_EM))
    soft = np.minimum(255, np.asarray(alpha, np.float32) * 1.6 * strength).astype(np.uint8)
    drop = round(size_px * SHADOW_DROP_EM)
    under = Image.new("RGBA", image.size)
    under.putalpha(Image.fromarray(np.roll(soft, drop, axis=0)))
    return Image.alpha_composite(under, image)
