"""Animations that arrived in part: what came before the cut is played, wherever the cut is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from live.errors import BadMedia
from live.intake.making import make
from live.intake.work import Work
from tests import media_files
from tests.live.intake.hall import Hall, assert_upright, clip_pictures

_REFUSED, _STILL = -2, -1


def smallest_gif(path: Path) -> bytes:
    """Three pictures of eight by eight in some 160 bytes."""
    pictures = [Image.new("P", (8, 8), colour) for colour in range(3)]
    for place, picture in enumerate(pictures):
        picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
        picture.putpixel((place, place), 3)
    pictures[0].save(path, "GIF", save_all=True, append_images=pictures[1:], duration=100)
    return path.read_bytes()


def shown(path: Path) -> int:
    """How many pictures of 100 ms are made of the file: refused, a still, or a clip of so many."""
    fd = os.open(path, os.O_RDONLY)
    try:
        made = make(Work("photo", fd, None, lambda _: None))
    except BadMedia:
        return _REFUSED
    finally:
        os.close(fd)
    return made.duration_us // 100_000 or _STILL


def test_a_gif_cut_anywhere_shows_what_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers raise another error at almost every cut; none of them may cost the pictures that arrived."""
    monkeypatch.chdir(tmp_path)
    whole, cut = smallest_gif(tmp_path / "whole"), tmp_path / "cut"
    counts = []
    for size in range(1, len(whole) + 1):
        cut.write_bytes(whole[:size])
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)  # a child sets it for the rest of its life
        counts.append(shown(cut))
    assert counts == sorted(counts)
    assert set(counts) == {_REFUSED, _STILL, 1, 2, 3}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_gif_cut_in_the_head_of_a_picture_comes_through_the_walls(hall: Hall, tmp_path: Path) -> None:
    path = media_files.animated_gif(tmp_path / "picture", pictures=4)
    whole = path.read_bytes()
    second, third = _heads(whole)[1:3]
    path.write_bytes(whole[: third + 3])
    renditions = await hall.prepared(path, "photo")
    pictures = clip_pictures(hall.path(renditions.clip))
    assert len(pictures) == 6
    assert_upright(pictures[0], within=16)
    path.write_bytes(whole[: second + 3])
    renditions = await hall.prepared(path, "photo")
    assert renditions.still is not None
    assert renditions.clip is None


def _heads(gif: bytes) -> list[int]:
    """Where each picture's graphic control extension begins."""
    mark = b"\x21\xf9\x04"
    heads = [gif.find(mark)]
    while (found := gif.find(mark, heads[-1] + 1)) > 0:
        heads.append(found)
    return heads
