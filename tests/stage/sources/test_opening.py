"""Every kind of source opens as its own class, and what has no picture or no sound says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.messages.scene import ClipSource, SolidSource, SoundSource, StillSource, TextSource
from stage.picture import Picture
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.sources.opening import open_picture_source, open_sound_source

PROGRAM = ProgramFormat(320, 180, 30)
SOUND = SoundSource(contribution_id="contribution", key="renditions/x/sound.flac", duration_us=1)
SILENT = ClipSource(
    contribution_id="contribution", key="renditions/x/clip.mp4", sound_key=None, width_px=2, height_px=2, duration_us=1
)


class Folder:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def path(self, key: str) -> Path:
        self.asked.append(key)
        return Path("/nonexistent") / key


def test_a_solid_is_its_colour_all_over() -> None:
    source = open_picture_source(SolidSource(color="#ff0000"), Folder(), PROGRAM)
    source.prepare()
    picture = source.picture_at(7, exact=True)
    assert isinstance(picture, Picture)
    assert (picture.y.min(), picture.y.max(), picture.u[0, 0], picture.v[0, 0]) == (63, 63, 102, 240)
    assert source.shown_position() == 7


def test_a_text_is_a_cut_out_of_the_programs_size() -> None:
    source = open_picture_source(TextSource(text="Hello"), Folder(), PROGRAM)
    source.prepare()
    cutout = source.picture_at(0, exact=True)
    assert isinstance(cutout, Cutout)
    assert cutout.alpha.shape == (180, 320)
    assert cutout.alpha.max() == 255
    assert source.picture_at(1, exact=True) is cutout


def test_a_photo_and_a_clip_touch_no_file_until_prepared() -> None:
    still = StillSource(contribution_id="contribution", key="a.jpg", width_px=2, height_px=2)
    folder = Folder()
    open_picture_source(still, folder, PROGRAM)
    open_picture_source(SILENT, folder, PROGRAM)
    assert folder.asked == []


def test_a_sound_has_no_picture_and_a_silent_clip_no_sound() -> None:
    with pytest.raises(ValueError, match="open_sound_source"):
        open_picture_source(SOUND, Folder(), PROGRAM)
    with pytest.raises(ValueError, match="no strip"):
        open_sound_source(SILENT, Folder())
