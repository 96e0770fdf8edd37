"""The phone lights up by the hub's own rules, and never flashes whatever it is told. Run by Node, no browser."""

from __future__ import annotations

import random
from typing import Any

import pytest

from live.flash_limits import Rgb, Step, flashes
from live.lighting import shown
from live.messages.coding import to_plain
from live.messages.phones import ColorWash, PhoneDeed, Wave, Words
from tests.web.test_shared_functions import run

BEFORE: Rgb = (20.0, 200.0, 90.0)
DEEDS: tuple[PhoneDeed, ...] = (
    ColorWash(color="#ffb238", fade_ms=700, hold_ms=900),
    ColorWash(color="#ffffff", fade_ms=0, hold_ms=100),
    Wave(color="#6fb7ff", duration_ms=3000),
    Words(text="hi", color="#c77dff", hold_ms=500),
)


@pytest.mark.parametrize("what", DEEDS)
def test_a_phone_shows_what_the_hub_reckoned(what: PhoneDeed) -> None:
    moments = [(place, since_us) for place in (0.0, 0.37, 1.0) for since_us in range(0, 6_000_000, 61_000)]
    script = """
        import { shown } from "./phone/lights/envelope.ts";
        const { what, before, moments } = given;
        console.log(JSON.stringify(moments.map(([place, sinceUs]) => shown(what, before, place, sinceUs))));
    """
    found = run(script, {"what": to_plain(what), "before": BEFORE, "moments": moments})
    expected = [shown(what, BEFORE, place, since_us) for place, since_us in moments]
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def guarded(asked: list[Any]) -> list[Rgb]:
    """What a phone shows that is asked for these colours, sixty a second."""
    script = """
        import { FlashGuard } from "./phone/lights/flash_guard.ts";
        const guard = new FlashGuard();
        console.log(JSON.stringify(given.map((color, picture) => guard.allow(color, (picture * 1000) / 60))));
    """
    return [(red, green, blue) for red, green, blue in run(script, asked)]


def flashes_of(colors: list[Rgb]) -> tuple[int, int]:
    steps = [Step(round(picture * 1e6 / 60), color) for picture, color in enumerate(colors)]
    return flashes(steps)


@pytest.mark.parametrize("pictures", [1, 3, 6, 20])
@pytest.mark.parametrize("color", [(255.0, 255.0, 255.0), (255.0, 0.0, 0.0), (255.0, 178.0, 56.0)])
def test_a_strobe_is_held_to_three_flashes_and_full_red_to_one(color: Rgb, pictures: int) -> None:
    asked = [color if picture // pictures % 2 else (0.0, 0.0, 0.0) for picture in range(600)]
    general, red = flashes_of(guarded(asked))
    assert general <= 3
    assert red <= 1


def test_whatever_is_asked_nothing_flashes() -> None:
    dice = random.Random(11)
    asked = [tuple(dice.uniform(0, 255) for _ in range(3)) for _ in range(600)]
    general, red = flashes_of(guarded(asked))
    assert general <= 3
    assert red <= 1


def test_what_does_not_flash_is_shown_as_asked() -> None:
    asked = [(2.0 * min(n, 120 - n), 1.5 * min(n, 120 - n), 0.0) for n in range(121)]
    assert guarded(asked) == asked


def test_nothing_comes_back_from_under_a_newer_cue() -> None:
    script = """
        import { Show } from "./phone/lights/show.ts";
        const show = new Show();
        const wash = (cueId, atUs, color, holdMs) => (
          { cueId, atUs, place: 0.5, share: "", what: { type: "color_wash", color, fadeMs: 0, holdMs } });
        show.take(wash("long-one", 1e6, "#0000ff", 60000));
        show.take(wash("shortone", 3e6, "#00ff00", 500));
        console.log(JSON.stringify([0.5e6, 2e6, 3.2e6, 4e6, 10e6].map((at) => show.at(at).color)));
    """
    black, blue, green = [0, 0, 0], [0, 0, 255], [0, 255, 0]
    assert run(script) == [black, blue, green, black, black]
