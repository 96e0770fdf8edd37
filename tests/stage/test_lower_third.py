"""The lower third: the right names, inside the safe area, light on dark."""

from __future__ import annotations

import numpy as np
import pytest

from live.messages.scene import Credit
from stage.compositor import Compositor, Draw
from stage.lower_third import SAFE, lower_third, names_line
from stage.picture import Picture
from stage.program import ProgramFormat

PROGRAM = ProgramFormat(960, 540, 30)


def people(*names: str) -> list[Credit]:
    return [Credit(person_id=f"person-{i:04d}", name=name) for i, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (("Ana",), "Ana"),
        (("Ana", "Bo"), "Ana and Bo"),
        (("Ana", "Bo", "Chi"), "Ana, Bo and Chi"),
        (("Ana", "Bo", "Chi", "D", "E"), "Ana, Bo, Chi and 2 others"),
        (("Ana", ""), "Ana and 1 other"),
        (("",), "Someone in this hall"),
        (("", ""), "2 people in this hall"),
    ],
)
def test_everyone_is_named_or_counted(names: tuple[str, ...], line: str) -> None:
    assert names_line(people(*names), 3) == line


def test_one_person_with_two_pieces_is_named_once() -> None:
    assert names_line([*people("Ana"), *people("Ana")], 3) == "Ana"


@pytest.mark.parametrize("names", [("Ana",), tuple("ABCDEFGHIJ"), ("A name that goes on " * 4,) * 3, ("مريم", "田中")])
def test_it_stays_inside_the_safe_area(names: tuple[str, ...]) -> None:
    alpha = lower_third(people(*names), PROGRAM).alpha > 128
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    assert rows.size
    assert columns[0] >= PROGRAM.width * SAFE - 1
    assert columns[-1] <= PROGRAM.width * (1 - SAFE)
    assert rows[0] >= PROGRAM.height * 2 / 3
    assert rows[-1] <= PROGRAM.height * (1 - SAFE)


@pytest.mark.parametrize("ground", [16, 126, 235])
def test_names_stand_out_on_any_ground(ground: int) -> None:
    cutout = lower_third(people("Ana", "Bo"), PROGRAM)
    back = Picture.solid(PROGRAM.width, PROGRAM.height, (ground, 128, 128))
    area = (0, 0, PROGRAM.width, PROGRAM.height)
    shown = Compositor(PROGRAM.width, PROGRAM.height).compose(
        [Draw("back", back, area, "contain", 1.0), Draw("names", cutout, area, "contain", 1.0)]
    )
    plate = shown.y[cutout.alpha > 200]
    assert plate.max() > 200
    assert np.median(plate) < 90


def test_without_credits_nothing_is_drawn() -> None:
    assert not lower_third([], PROGRAM).alpha.any()
