"""Words across the hall are whole on every phone that shows one, in whatever script, upright or lying down."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from live.messages.air import Group
from live.messages.ids import new_id
from live.messages.phones import CuePhones, Off, Words
from tests.web.conftest import IN_THE_HAND, OpenPhone, come_in
from tests.web.hall import Host

WIDE, HIGH = IN_THE_HAND
INK = 40
"""Brighter than this in any colour; around it all is black."""

WORDS = ("WORLD", "W", "MMM", "Jjf", "i", "gemeinschaftlich", "今晚你好世界", "世", "مرحبا", "🎉🎊🎈", "👩‍👩‍👧")


class Ink(NamedTuple):
    """Where a word's ink is on the screen, in px."""

    left: int
    top: int
    right: int
    bottom: int

    def is_within(self, width: int, height: int) -> bool:
        return self.left > 0 and self.right < width and self.top > 0 and self.bottom < height


@pytest.fixture
def phone(open_phone: OpenPhone, host: Host) -> Iterator[Page]:
    page = open_phone()
    page.emulate_media(reduced_motion="no-preference")
    come_in(page, "Mina")
    page.locator("phone-lights").wait_for(state="attached")
    yield page
    host.ask(CuePhones(cue_id=new_id(), what=Off(), group=Group(), lead_ms=300))


def show(page: Page, host: Host, word: str) -> None:
    # Twice: several words are dealt out word by word, one alone would be letter by letter.
    host.ask(CuePhones(cue_id=new_id(), what=Words(text=f"{word} {word}", hold_ms=60_000), lead_ms=300))
    said = page.locator(".lights-word")
    expect(said).to_have_text(word)
    expect(said).to_have_css("color", "rgb(255, 178, 56)")
    page.locator(".lights-controls").evaluate("one => one.style.visibility = 'hidden'")


def ink_of(page: Page, word: str) -> Ink:
    shot = page.screenshot()
    picture = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))
    if folder := os.environ.get("HOUSELIGHTS_SHOTS"):
        (Path(folder) / f"phone_word_{word}_{picture.shape[1]}.png").write_bytes(shot)
    lit = picture.max(axis=2) > INK
    (rows,), (columns,) = np.nonzero(lit.any(axis=1)), np.nonzero(lit.any(axis=0))
    return Ink(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def test_a_word_is_whole_and_as_large_as_fits(phone: Page, host: Host) -> None:
    for word in WORDS:
        show(phone, host, word)
        ink = ink_of(phone, word)
        assert ink.is_within(WIDE, HIGH), (word, ink)
        assert ink.right - ink.left > 0.7 * WIDE or ink.bottom - ink.top > 0.35 * HIGH, (word, ink)


def test_a_phone_that_is_turned_fits_its_word_again(phone: Page, host: Host) -> None:
    show(phone, host, "WORLD")
    upright = phone.locator(".lights-word").evaluate("one => one.style.fontSize")
    phone.set_viewport_size({"width": HIGH, "height": WIDE})
    expect(phone.locator(".lights-word")).not_to_have_css("font-size", upright)
    ink = ink_of(phone, "WORLD")
    assert ink.is_within(HIGH, WIDE), ink
    assert ink.right - ink.left > 0.7 * HIGH, ink
