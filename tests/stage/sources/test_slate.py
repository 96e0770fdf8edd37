"""The slate: what a phone's camera reads from it, and that it is drawn once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from live.messages.scene import Slate
from stage.lower_third import TOP
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.sources.slate import SlateSource, draw_slate

URL = "http://192.168.1.20:8080/j/WXYZ42"
SLATE = Slate(title="A Night of Stories", prompt="Tell us about a light you remember", join_url=URL, code="WXYZ42")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (640, 360), (1024, 768)])
def test_the_code_leads_to_the_join_address(width: int, height: int) -> None:
    """Read from the luma as it is shown, also where the camera is far away."""
    shown = draw_slate(SLATE, width, height)
    assert cv2.QRCodeDetector().detectAndDecode(shown.y)[0] == URL
    small = cv2.resize(shown.y, (width * 2 // 3, height * 2 // 3), interpolation=cv2.INTER_AREA)
    assert cv2.QRCodeDetector().detectAndDecode(small)[0] == URL


def test_it_is_dark_with_light_words_on_the_left() -> None:
    shown = draw_slate(SLATE, 640, 360)
    words = shown.y[:, : 640 // 2]
    assert np.median(words) < 40
    assert np.count_nonzero(words > 200) > 500


def test_the_same_words_give_the_same_bytes() -> None:
    assert np.array_equal(draw_slate(SLATE, 640, 360).data, draw_slate(SLATE, 640, 360).data)


def test_without_an_address_the_words_have_the_whole_width() -> None:
    shown = draw_slate(Slate(title="Houselights", prompt="Soon"), 640, 360)
    ink = np.flatnonzero((shown.y > 180).any(axis=0))
    assert abs((ink[0] + ink[-1]) / 2 - 320) < 12


def test_it_stands_still() -> None:
    source = SlateSource(SLATE, ProgramFormat(640, 360, 30))
    source.prepare()
    first = source.picture_at(0, exact=False)
    assert isinstance(first, Picture)
    assert source.picture_at(999, exact=True) is first
    assert source.shown_position() == 999


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (640, 360), (1024, 768)])
def test_where_names_may_stand_nothing_is_said(width: int, height: int) -> None:
    """The lower third names who is heard while nothing is seen."""
    long = Slate(
        title="A Night of Stories", prompt="Tell us about a light you remember " * 5, join_url=URL, code="WXYZ42"
    )
    for slate in (SLATE, long):
        assert draw_slate(slate, width, height).y[round(height * TOP) :].max() < 60
