"""A file is what its first bytes say, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.errors import BadMedia
from live.intake.sniff import HEAD_BYTES, sniff
from tests import hostile_files, media_files


@pytest.mark.parametrize(
    ("make", "reader"),
    [
        (media_files.photo_jpeg, "JPEG"),
        (media_files.photo_png, "PNG"),
        (media_files.photo_webp, "WEBP"),
        (media_files.photo_heic, "HEIF"),
        (media_files.photo_avif, "AVIF"),
        (media_files.animated_gif, "GIF"),
        (media_files.phone_clip_3gp, "mov"),
        (media_files.phone_clip_mov, "mov"),
        (media_files.recorded_webm, "matroska"),
    ],
)
def test_pictures_and_videos_are_known_by_their_first_bytes(tmp_path: Path, make: object, reader: str) -> None:
    assert callable(make)
    assert sniff(make(tmp_path / "nameless").read_bytes()[:HEAD_BYTES]).reader == reader


@pytest.mark.parametrize("kind", media_files.SOUND_FORMATS)
def test_sounds_are_known_by_their_first_bytes(tmp_path: Path, kind: str) -> None:
    path = media_files.sound_file(tmp_path / "nameless", 0.2, kind=kind)
    expected = {"m4a": "mov", "3gp": "mov", "webm": "matroska"}.get(kind, kind)
    assert sniff(path.read_bytes()[:HEAD_BYTES]).reader == expected


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"", "an empty file"),
        (b'<?xml version="1.0"?><svg>', "an SVG drawing or another XML file"),
        (b"\xef\xbb\xbf  <SVG xmlns=", "an SVG drawing"),
        (b"#EXTM3U\n", "a playlist"),
        (b"ffconcat version 1.0", "a playlist"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive or an Office file"),
        (b"MZ\x90\x00", "no kind we know (its first bytes are 4d 5a 90 00"),
    ],
)
def test_a_stranger_is_called_by_name(head: bytes, named: str) -> None:
    with pytest.raises(BadMedia) as caught:
        sniff(head)
    assert named in str(caught.value)
    assert "send it again" in str(caught.value)


def test_a_name_changes_nothing(tmp_path: Path) -> None:
    for make in (hostile_files.svg_named_jpg, hostile_files.hls_named_jpg, hostile_files.concat_named_mp4):
        with pytest.raises(BadMedia):
            sniff(make(tmp_path / "holiday.jpg").read_bytes()[:HEAD_BYTES])
