"""Photos come out upright, in sRGB, without a word about where they were taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from live.messages.events import Renditions
from tests import hostile_files, media_files
from tests.live.intake.hall import Hall, assert_upright, opened, quarters_of
from tests.media_files import QUARTERS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shown(hall: Hall, renditions: Renditions) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The still's pixels, after looking that still and thumbnail are what a page may show."""
    still, thumbnail = opened(hall.path(renditions.still)), opened(hall.path(renditions.thumbnail))
    assert (still.format, still.mode, thumbnail.format) == ("JPEG", "RGB", "JPEG")
    assert still.size == (renditions.width_px, renditions.height_px)
    assert max(thumbnail.size) <= 480
    for picture in (still, thumbnail):
        assert not picture.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment"} & picture.info.keys()
    return np.asarray(still)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_photo_comes_out_upright_whatever_way_the_phone_was_held(
    hall: Hall, tmp_path: Path, orientation: int
) -> None:
    path = media_files.photo_jpeg(tmp_path / "photo", (320, 200), orientation=orientation)
    renditions = await hall.prepared(path, "photo")
    assert (renditions.width_px, renditions.height_px) == ((320, 200) if orientation < 5 else (200, 320))
    assert_upright(await shown(hall, renditions))


async def test_gps_is_in_the_original_and_nowhere_else(hall: Hall, tmp_path: Path) -> None:
    path = media_files.photo_jpeg(tmp_path / "photo", (320, 200))
    assert opened(path).getexif().get_ifd(0x8825)[2] == media_files.GPS_LATITUDE
    renditions = await hall.prepared(path, "photo")
    for rendition in (renditions.still, renditions.thumbnail):
        written = hall.path(rendition).read_bytes()
        assert b"Exif" not in written
        assert b"Phone Maker" not in written


@pytest.mark.parametrize(
    "make",
    [media_files.photo_png, media_files.photo_webp, media_files.photo_heic, media_files.photo_avif],
    ids=lambda make: make.__name__,
)
async def test_every_kind_of_photo_becomes_a_jpeg(hall: Hall, tmp_path: Path, make: object) -> None:
    assert callable(make)
    assert_upright(await shown(hall, await hall.prepared(make(tmp_path / "photo"), "photo")))


@pytest.mark.parametrize("orientation", [3, 6, 8])
async def test_heic_is_turned_once(hall: Hall, tmp_path: Path, orientation: int) -> None:
    renditions = await hall.prepared(media_files.photo_heic(tmp_path / "photo", orientation=orientation), "photo")
    assert_upright(await shown(hall, renditions))


async def test_display_p3_is_brought_to_srgb(hall: Hall, tmp_path: Path) -> None:
    """P3's (200, 40, 40) is a red that sRGB just cannot reach: its matrix gives (218, −9, 25)."""
    path = media_files.photo_jpeg(tmp_path / "photo", (320, 200), display_p3=True)
    red, green, *_ = quarters_of(await shown(hall, await hall.prepared(path, "photo")))
    np.testing.assert_allclose(red, (218, 0, 25), atol=6)
    assert green[0] < 20
    assert green[1] > QUARTERS[1][1]


async def test_what_is_transparent_is_white(hall: Hall, tmp_path: Path) -> None:
    path = media_files.photo_png(tmp_path / "photo", transparent=True)
    np.testing.assert_allclose(await shown(hall, await hall.prepared(path, "photo")), 255, atol=2)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (1920, 1080)),
        ((3838, 100), (3838, 100)),
        ((4032, 3024), (2016, 1512)),
        ((8064, 400), (2016, 100)),
    ],
)
@pytest.mark.parametrize("kind", ["jpeg", "png"])
async def test_a_large_photo_comes_down_to_what_fills_the_program(
    hall: Hall, tmp_path: Path, kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = getattr(media_files, f"photo_{kind}")(tmp_path / "photo", size)
    renditions = await hall.prepared(path, "photo")
    assert (renditions.width_px, renditions.height_px) == expected
    assert_upright(await shown(hall, renditions))


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "I;16", "1", "LA"])
async def test_odd_pixels_are_shown_too(hall: Hall, tmp_path: Path, mode: str) -> None:
    path, form = tmp_path / "photo", "JPEG" if mode == "CMYK" else "PNG"
    if mode == "I;16":
        Image.fromarray(np.full((80, 120), 40_000, np.uint16)).save(path, form)
    else:
        Image.new("RGB", (120, 80), (156, 156, 156)).convert(mode).save(path, form)
    pixels = await shown(hall, await hall.prepared(path, "photo"))
    assert pixels.shape == (80, 120, 3)
    assert abs(pixels.mean() - 156) < 6


async def test_of_half_a_photo_the_half_is_shown(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    rng = np.random.default_rng(7)
    Image.fromarray(rng.integers(0, 255, (400, 600, 3), np.uint8)).save(path, "JPEG", quality=90)
    renditions = await hall.prepared(hostile_files.truncated(path, 0.5), "photo")
    assert renditions.width_px == 600
    assert 150 <= renditions.height_px <= 240


async def test_of_a_photo_that_goes_wrong_half_way_the_half_is_shown(hall: Hall, tmp_path: Path) -> None:
    """A start of image in the middle: decoders make grey of all that follows."""
    path = media_files.photo_jpeg(tmp_path / "photo", (1280, 800))
    photo = path.read_bytes()
    path.write_bytes(photo[: len(photo) // 2] + b"\xff\xd8" + photo[len(photo) // 2 + 2 :])
    renditions = await hall.prepared(path, "photo")
    assert renditions.width_px == 1280
    assert 200 <= renditions.height_px <= 600
    await shown(hall, renditions)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "heic", "avif"])
async def test_the_first_tenth_of_a_photo_is_refused(hall: Hall, tmp_path: Path, kind: str) -> None:
    path = getattr(media_files, f"photo_{kind}")(tmp_path / "photo")
    assert "expected" in await hall.refusal(hostile_files.truncated(path, 0.1), "photo")


async def test_what_hangs_on_a_photo_does_not_come_along(hall: Hall, tmp_path: Path) -> None:
    """A polyglot: photo at the front, web page at the back."""
    renditions = await hall.prepared(hostile_files.html_after_jpeg(tmp_path / "photo"), "photo")
    assert b"<script" not in hall.path(renditions.still).read_bytes()
