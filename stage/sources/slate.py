"""The slate: what the hall sees first and whenever nothing is on stage: the prompt, and how to join, on a warm dark.

It stands still: one picture, made once, that costs the program nothing.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageDraw, ImageFilter

from live.messages.scene import Slate
from stage.colour import picture_of
from stage.lines import direction_of
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.slate_card import FLOOR, MARGIN, Column, card_column
from stage.text import PAPER, Align, Colour, draw_lines, fitted, one_line, shortened, with_shadow

GROUND = (13, 11, 10)
AMBER: Colour = (255, 178, 56)
MUTED: Colour = (189, 174, 156)
CARD = (255, 248, 236)
QUIET_MODULES = 4
GRAIN = 2.4
"""Fixed noise, in steps of 8 bits, for each colour its own: without it so dark a gradient shows its steps on a
projector, those of its colour too (chroma is the mean of four pixels, so the noise is larger than a step)."""
GLOW = ((0.22, -0.12, 0.75, 46.0), (0.80, 0.48, 0.52, 26.0))
"""Lamps as (x, y, reach, strength): places in the program's width and height, reach in widths."""
PROMPT_BESIDE_CARD = 0.44
"""Of the height: the middle between the show's name and what one may send."""
INVITATION = "Join the show"
WELCOME = "Send a text, a photo, a sound or a video from your phone"


class SlateSource:
    def __init__(self, slate: Slate, program: ProgramFormat) -> None:
        self._slate = slate
        self._program = program
        self._picture: Picture | None = None
        self._position = 0

    def prepare(self) -> None:
        self._picture = draw_slate(self._slate, self._program.width, self._program.height)

    def picture_at(self, position: int, *, exact: bool) -> Picture:
        if self._picture is None:
            raise RuntimeError("expected prepare() before picture_at(): the slate is not drawn yet")
        self._position = position
        return self._picture

    def shown_position(self) -> int:
        return self._position

    def close(self) -> None:
        self._picture = None


def draw_slate(slate: Slate, width: int, height: int) -> Picture:
    ink = Image.new("RGBA", (width, height))
    margin = width * MARGIN
    words = Column(margin, width - 2 * margin)
    cards = Image.new("RGBA", (width, height))
    if slate.join_url:
        card = card_column(width, height)
        _draw_card(cards, ink, slate, card, height)
        words = Column(margin, card.left - margin * 1.6)
    _draw_words(ink, slate, words, height, has_card=bool(slate.join_url))
    image = Image.fromarray(_ground(width, height)).convert("RGBA")
    image.alpha_composite(_under(cards, round(height * 0.03)))
    image.alpha_composite(cards)
    image.alpha_composite(with_shadow(ink, round(height * 0.04), 0.5))
    return picture_of(np.ascontiguousarray(np.asarray(image)[..., :3]))


def _ground(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Near-black with two amber lamps far off."""
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, height / width, height, dtype=np.float32)[:, None]
    light = np.zeros((height, width), np.float32)
    for at_x, at_y, reach, strength in GLOW:
        distance = np.hypot(x - at_x, y - at_y * height / width) / reach
        light += strength * np.clip(1 - distance, 0, 1) ** 2
    grain = (np.random.default_rng(1).random((height, width, 3), np.float32) - np.float32(0.5)) * np.float32(2 * GRAIN)
    colour = np.array(AMBER, np.float32) / 255 * np.array([1.0, 0.82, 0.62], np.float32)
    rgb = np.array(GROUND, np.float32) + light[..., None] * colour + grain
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def _draw_words(ink: Image.Image, slate: Slate, column: Column, height: int, *, has_card: bool) -> None:
    """The show's name above, the prompt as large as it fits, what one may send below."""
    align: Align = "left" if has_card else "centre"
    top = height * 0.1
    if slate.title:
        title = shortened(slate.title, round(height * 0.042), column.width * 0.9)
        draw_lines(ink, title, column.left, top, column.width, align, AMBER)
    words = slate.prompt or INVITATION
    middle = height * (PROMPT_BESIDE_CARD if has_card else 0.5)
    prompt = fitted(words, column.width, height * 0.52, height * 0.135, height * 0.03)
    side: Align = "right" if has_card and direction_of(words) == "rtl" else align
    draw_lines(ink, prompt, column.left, middle - prompt.height_px / 2, column.width, side, PAPER)
    if has_card:
        below = fitted(WELCOME, column.width, height * 0.1, height * 0.034, height * 0.015)
        draw_lines(ink, below, column.left, height * FLOOR - below.height_px, column.width, align, MUTED)


def _draw_card(cards: Image.Image, ink: Image.Image, slate: Slate, column: Column, height: int) -> None:
    """The QR on its card, under it the address to type and the code."""
    side = int(column.width)
    shown = one_line(slate.code, round(height * 0.085)) if slate.code else None
    block = side + height * 0.02 + height * 0.05 + (shown.leading_px if shown else 0)
    top = round(max(height * 0.035, min((height - block) / 2, height * FLOOR - block)))
    cards.alpha_composite(qr_card(slate.join_url, side), (round(column.left), top))
    address = slate.join_url.split("://", 1)[-1].removesuffix("/")
    under = top + side + height * 0.018
    line = fitted(address, column.width, height * 0.05, height * 0.036, height * 0.016)
    draw_lines(ink, line, column.left, under, column.width, "centre", MUTED)
    if shown is not None:
        draw_lines(ink, shown, column.left, under + line.leading_px, column.width, "centre", AMBER)


def qr_card(url: str, side: int) -> Image.Image:
    """A light card with rounded corners, its modules whole pixels."""
    code = segno.make(url, error="m", micro=False)
    modules = code.symbol_size(border=QUIET_MODULES)[0]
    module_px = max(1, side // modules)
    png = io.BytesIO()
    code.save(png, kind="png", scale=module_px, border=QUIET_MODULES, dark=GROUND, light=CARD)
    drawn = Image.open(png).convert("RGBA")
    card = Image.new("RGBA", (side, side), (*CARD, 255))
    card.paste(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    mask = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, side * 2 - 1, side * 2 - 1), radius=side * 0.09, fill=255)
    card.putalpha(mask.resize((side, side), Image.Resampling.BOX))
    return card


def _under(cards: Image.Image, blur_px: int) -> Image.Image:
    """The light that the card throws on the ground."""
    alpha = cards.getchannel("A").filter(ImageFilter.GaussianBlur(blur_px)).point(lambda a: a * 0.22)
    glow = Image.new("RGBA", cards.size, (*AMBER, 0))
    glow.putalpha(alpha)
    return glow
