"""The compositor by known pixels: places, fits, fades, cut-outs, and no picture written to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stage.compositor import Compositor, Draw
from stage.picture import Picture
from stage.placement import Fit
from stage.ports import Cutout

WIDTH, HEIGHT = 192, 108
RED, BLUE, GREY = (63, 102, 240), (32, 240, 118), (126, 128, 128)
BLACK = (16, 128, 128)
FULL = (0, 0, WIDTH, HEIGHT)


@pytest.fixture
def compositor() -> Compositor:
    return Compositor(WIDTH, HEIGHT)


def solid(yuv: tuple[int, int, int], width: int = WIDTH, height: int = HEIGHT) -> Picture:
    return Picture.solid(width, height, yuv)


def draw(
    picture: Picture | Cutout, area: tuple[int, int, int, int] = FULL, *, opacity: float = 1.0, name: str = "a"
) -> Draw:
    return Draw(name, picture, area, "contain", opacity)


def noise(width: int, height: int, seed: int) -> Picture:
    return Picture(np.random.default_rng(seed).integers(16, 236, (height * 3 // 2, width), dtype=np.uint8))


def colour(picture: Picture, x: int, y: int) -> tuple[int, int, int]:
    return int(picture.y[y, x]), int(picture.u[y // 2, x // 2]), int(picture.v[y // 2, x // 2])


def only_colour(picture: Picture, area: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """The one colour of an area; fails where there are two."""
    x, y, width, height = area
    luma = picture.y[y : y + height, x : x + width]
    u = picture.u[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    v = picture.v[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    assert len(np.unique(luma)) == len(np.unique(u)) == len(np.unique(v)) == 1
    return int(luma[0, 0]), int(u[0, 0]), int(v[0, 0])


def test_no_layers_are_black(compositor: Compositor) -> None:
    assert only_colour(compositor.compose([]), FULL) == BLACK


@pytest.mark.parametrize("size", [(64, 36), (96, 54), (192, 108), (320, 180), (1280, 720)])
def test_a_solid_colour_keeps_its_values_at_every_scale(compositor: Compositor, size: tuple[int, int]) -> None:
    assert only_colour(compositor.compose([draw(solid(RED, *size))]), FULL) == RED


def test_an_area_lands_on_its_very_pixels(compositor: Compositor) -> None:
    area = (48, 26, 96, 54)
    picture = compositor.compose([draw(solid(BLUE, 64, 36), area)])
    assert only_colour(picture, area) == BLUE
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[26:80, 48:144] = True
    assert np.all(picture.y[~inside] == BLACK[0])
    assert np.all(picture.u[~inside[::2, ::2]] == 128)


def test_contain_keeps_the_aspect_and_leaves_bars_open(compositor: Compositor) -> None:
    back = draw(solid(BLUE), name="back")
    picture = compositor.compose([back, draw(solid(RED, 100, 100))])
    side = (WIDTH - HEIGHT) // 2
    assert only_colour(picture, (0, 0, side, HEIGHT)) == BLUE
    assert only_colour(picture, (side, 0, HEIGHT, HEIGHT)) == RED
    assert only_colour(picture, (side + HEIGHT, 0, side, HEIGHT)) == BLUE


def test_cover_fills_the_area_and_cuts_both_ends_alike(compositor: Compositor) -> None:
    tall = solid(RED, 96, 180)
    tall.y[:62], tall.y[118:] = 200, 220  # what the crop of 96 × 54 in the middle must not show
    picture = compositor.compose([Draw("a", tall, FULL, "cover", 1.0)])
    assert only_colour(picture, FULL) == RED


def test_a_bar_too_narrow_to_mean_anything_is_filled(compositor: Compositor) -> None:
    """16:9 in 24 × 14 px would leave hairlines beside the picture."""
    picture = compositor.compose([draw(solid(RED, 320, 180), (0, 0, 48, 26))])
    assert only_colour(picture, (0, 0, 48, 26)) == RED


def test_half_opacity_is_the_mean(compositor: Compositor) -> None:
    a, b = noise(WIDTH, HEIGHT, 1), noise(WIDTH, HEIGHT, 2)
    picture = compositor.compose([draw(a, name="back"), draw(b, opacity=0.5, name="front")])
    mean = (a.data.astype(np.float64) + b.data) / 2
    assert np.abs(picture.data - mean).max() <= 1.0


def test_half_opacity_in_a_part_is_the_mean_there(compositor: Compositor) -> None:
    picture = compositor.compose(
        [draw(solid(RED), name="back"), draw(solid(BLUE, 64, 36), (64, 36, 64, 36), opacity=0.5, name="front")]
    )
    mixed = only_colour(picture, (64, 36, 64, 36))
    assert np.abs(np.subtract(mixed, np.add(RED, BLUE) / 2)).max() <= 1.0
    assert only_colour(picture, (0, 0, 64, HEIGHT)) == RED


def test_a_crossfade_only_ever_goes_one_way(compositor: Compositor) -> None:
    levels = []
    for step in range(33):
        picture = compositor.compose([draw(solid(GREY), name="old"), draw(solid(RED), opacity=step / 32, name="new")])
        levels.append(only_colour(picture, FULL))
    assert levels[0] == GREY
    assert levels[-1] == RED
    assert all(np.all(np.diff([level[i] for level in levels]) * sign >= 0) for i, sign in ((0, -1), (1, -1), (2, 1)))


def test_unchanged_draws_give_the_same_object(compositor: Compositor) -> None:
    tile, cutout = solid(RED, 64, 36), half_covered()
    first = compositor.compose([draw(tile), draw(cutout, name="text")])
    assert compositor.compose([draw(tile), draw(cutout, name="text")]) is first
    assert compositor.compose([draw(tile), draw(cutout, opacity=0.5, name="text")]) is not first


def test_one_full_picture_passes_through_uncopied(compositor: Compositor) -> None:
    back, front = noise(WIDTH, HEIGHT, 1), noise(WIDTH, HEIGHT, 2)
    assert compositor.compose([draw(back, name="hidden"), draw(front, name="front")]) is front


def test_no_picture_is_written_to_after_it_was_handed_out(compositor: Compositor) -> None:
    """Neither the sources' pictures nor the compositor's own."""
    sources = [noise(WIDTH, HEIGHT, 1), noise(WIDTH, HEIGHT, 2), noise(64, 36, 3)]
    copies = [source.data.copy() for source in sources]
    cutout = half_covered()
    given = []
    for step in range(6):
        picture = compositor.compose(
            [
                draw(sources[step % 2], name="back"),
                draw(sources[(step + 1) % 2], opacity=step / 6, name="fade"),
                draw(sources[2], (2 * step, 0, 64 + 32 * (step // 3), 36), opacity=1 - step / 8, name="tile"),
                draw(cutout, name="text"),
            ]
        )
        given.append((picture, picture.data.copy()))
    assert all(np.array_equal(picture.data, copy) for picture, copy in given)
    assert all(np.array_equal(source.data, copy) for source, copy in zip(sources, copies, strict=True))


def half_covered() -> Cutout:
    """White on the left half, half transparent on the third quarter, clear on the right."""
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[:, : WIDTH // 2] = 255
    alpha[:, WIDTH // 2 : WIDTH * 3 // 4] = 128
    return Cutout(solid((235, 128, 128)), alpha)


def test_a_cut_out_covers_by_its_alpha(compositor: Compositor) -> None:
    picture = compositor.compose([draw(solid(RED), name="back"), draw(half_covered(), name="text")])
    assert only_colour(picture, (0, 0, 96, HEIGHT)) == (235, 128, 128)
    mixed = only_colour(picture, (96, 0, 48, HEIGHT))
    assert np.abs(np.subtract(mixed, np.add(RED, (235, 128, 128)) / 2)).max() <= 1.5
    assert only_colour(picture, (144, 0, 48, HEIGHT)) == RED


def test_a_cut_out_fades_as_a_whole(compositor: Compositor) -> None:
    picture = compositor.compose([draw(solid(RED), name="back"), draw(half_covered(), opacity=0.5, name="text")])
    assert np.abs(np.subtract(only_colour(picture, (0, 0, 96, HEIGHT)), np.add(RED, (235, 128, 128)) / 2)).max() <= 1.0
    assert only_colour(picture, (144, 0, 48, HEIGHT)) == RED


def test_a_scaled_cut_out_has_no_fringe_of_its_hidden_colour(compositor: Compositor) -> None:
    """What is transparent is black here; scaled down, no edge may become darker than both sides."""
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[20:80, 30:120] = 255
    ink = Picture.black(WIDTH, HEIGHT)
    ink.y[20:80, 30:120] = 235
    picture = compositor.compose([draw(solid(GREY), name="back"), draw(Cutout(ink, alpha), (0, 0, 96, 54), name="t")])
    assert picture.y.min() >= GREY[0] - 1
    assert colour(picture, 40, 30)[0] == 235


def test_what_lies_outside_the_program_is_left_out(compositor: Compositor) -> None:
    picture = compositor.compose(
        [draw(solid(RED, 64, 36), (160, 90, 64, 36)), draw(half_covered(), (96, 54, 192, 108), name="t")]
    )
    assert only_colour(picture, (0, 0, 96, HEIGHT)) == BLACK
    assert colour(picture, 191, 107) == (235, 128, 128)


def test_later_layers_are_in_front(compositor: Compositor) -> None:
    left, right = (
        draw(solid(RED, 64, 36), (0, 0, 128, 72), name="l"),
        draw(solid(BLUE, 64, 36), (64, 36, 128, 72), name="r"),
    )
    assert colour(compositor.compose([left, right]), 100, 50) == BLUE
    assert colour(compositor.compose([right, left]), 100, 50) == RED


def test_a_layer_that_stands_still_looks_as_one_that_just_came(compositor: Compositor) -> None:
    """What is kept from the picture before may not show: live and offline start from different ones."""
    still, clip = noise(160, 90, 1), [noise(160, 90, 10 + i) for i in range(5)]
    areas = [(0, 0, 96, 54), (96, 0, 96, 54), (0, 54, 96, 54), (96, 54, 96, 54), (48, 26, 96, 54)]
    for step in range(5):
        pictures = [still, clip[step], clip[0], clip[step // 2], clip[(step + 1) % 5]]
        draws = [draw(p, a, name=str(i)) for i, (p, a) in enumerate(zip(pictures, areas, strict=True))]
        fresh = Compositor(WIDTH, HEIGHT).compose(draws)
        assert np.array_equal(compositor.compose(draws).data, fresh.data)


def cutout(width: int, height: int, inked: tuple[int, int, int, int], seed: int) -> Cutout:
    """Ink in one rectangle of it, of every strength."""
    alpha = np.zeros((height, width), np.uint8)
    x, y, w, h = inked
    alpha[y : y + h, x : x + w] = np.random.default_rng(seed).integers(1, 256, (h, w))
    return Cutout(noise(width, height, seed), alpha)


IMAGES: tuple[Picture | Cutout, ...] = (
    noise(WIDTH, HEIGHT, 1), noise(WIDTH, HEIGHT, 2), noise(64, 36, 3), noise(64, 36, 4), noise(320, 180, 5),
    noise(36, 64, 6), cutout(WIDTH, HEIGHT, (10, 80, 90, 20), 7), cutout(WIDTH, HEIGHT, (0, 0, 192, 12), 8),
    cutout(64, 16, (2, 2, 40, 10), 9), cutout(64, 16, (0, 0, 0, 0), 10),
)  # fmt: skip
AREAS = (FULL, (0, 0, 64, 36), (64, 0, 64, 36), (128, 0, 64, 36), (0, 36, 96, 72), (96, 36, 96, 72), (40, 20, 80, 60))

draws = st.lists(
    st.tuples(
        st.sampled_from(range(len(IMAGES))), st.sampled_from(AREAS), st.sampled_from((1.0, 1.0, 0.5)),
        st.sampled_from(("contain", "cover")),
    ),
    max_size=7,
)  # fmt: skip
changes = st.lists(st.dictionaries(st.integers(0, 6), st.sampled_from(range(len(IMAGES))), max_size=2), max_size=6)


@settings(max_examples=100, deadline=None)
@given(draws, changes)
def test_whatever_changes_looks_as_if_all_were_drawn_anew(
    first: list[tuple[int, tuple[int, int, int, int], float, Fit]], steps: list[dict[int, int]]
) -> None:
    compositor = Compositor(WIDTH, HEIGHT)
    shown = list(first)
    for step in ({}, *steps):
        shown = [(step.get(place, one[0]), *one[1:]) for place, one in enumerate(shown)]
        now = [
            Draw(str(place), IMAGES[image], area, fit, opacity)
            for place, (image, area, opacity, fit) in enumerate(shown)
        ]
        assert np.array_equal(compositor.compose(now).data, Compositor(WIDTH, HEIGHT).compose(now).data)
