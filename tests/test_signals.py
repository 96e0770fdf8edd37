"""The readers read what the writers wrote, through the treatment that media gets on its way."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.signals import (
    BARS,
    bars,
    counting_bars,
    draw_strip,
    level_db,
    pulses,
    read_bars,
    read_pulses,
    read_strip,
    strongest_hz,
    tone,
    write_camera,
)


def through_a_jpeg(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scaled and coded badly, as on a poor day."""
    out = io.BytesIO()
    Image.fromarray(picture).resize(size).save(out, "JPEG", quality=30)
    return np.asarray(Image.open(out))


@pytest.mark.parametrize("size", [(320, 180), (639, 361), (1920, 1080)])
def test_bars_and_strip_survive_scaling_and_coding(size: tuple[int, int]) -> None:
    seen = through_a_jpeg(draw_strip(bars(640, 360), 0xC0FFEE), size)
    assert read_bars(seen) == BARS
    assert read_strip(seen) == 0xC0FFEE


def test_other_bars_are_told_apart() -> None:
    assert read_bars(through_a_jpeg(bars(320, 180, ("red", "blue")), (320, 180)), 2) == ("red", "blue")


@pytest.mark.parametrize("grey", [0, 16, 128, 255])
def test_a_plain_picture_is_no_strip(grey: int) -> None:
    assert read_strip(np.full((90, 160, 3), grey, np.uint8)) is None


def test_a_torn_strip_is_no_number() -> None:
    picture = draw_strip(bars(640, 360), 1234)
    picture[:, 200:400] = draw_strip(bars(640, 360), 987_654_321)[:, 200:400]
    assert read_strip(picture) is None


@pytest.mark.parametrize("hz", [100.0, 440.0, 997.3, 8000.0])
def test_a_tone_is_told_by_its_frequency_and_level(hz: float) -> None:
    sound = tone(hz, 0.5, peak=0.25) + np.random.default_rng(1).normal(0, 0.01, (24_000, 2)).astype(np.float32)
    assert strongest_hz(sound) == pytest.approx(hz, abs=0.5)
    assert level_db(sound, hz) == pytest.approx(-12.04, abs=0.2)
    assert level_db(sound, hz * 1.5) < -40


def test_pulses_are_told_by_their_moment() -> None:
    assert read_pulses(pulses(1.0, 0.25)) == pytest.approx([0, 12_000, 24_000, 36_000], abs=8)
    assert read_pulses(np.zeros((4800, 2), np.float32)) == []


def test_a_camera_file_holds_each_picture(tmp_path: Path) -> None:
    path = write_camera(tmp_path / "camera.y4m", counting_bars(64, 36, 3), pictures_per_second=25)
    data = path.read_bytes()
    assert data.startswith(b"YUV4MPEG2 W64 H36 F25:1")
    assert data.count(b"FRAME\n") == 3
    assert len(data) == data.index(b"\n") + 1 + 3 * (6 + 64 * 36 * 3 // 2)
