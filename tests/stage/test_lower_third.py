"""The lower third: inside the safe area, light on dark, and calm while pages turn."""

from __future__ import annotations

import numpy as np
import pytest

from live.layout import NAMES_TOP, lay_out
from live.messages.scene import Credit, Put, Scene, SolidSource
from live.scene import apply
from stage.compositor import Compositor, Draw
from stage.credit_roll import CreditRoll
from stage.lower_third import SAFE, SIZE, TOP, WIDEST, _fitting, foot, lower_third, room_em
from stage.picture import Picture
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.sources.text import set_text
from stage.text import one_line

PROGRAM = ProgramFormat(960, 540, 30)


def shown_over(luma: int, cutout: Cutout) -> Picture:
    back = Picture.solid(PROGRAM.width, PROGRAM.height, (luma, 128, 128))
    area = (0, 0, PROGRAM.width, PROGRAM.height)
    return Compositor(PROGRAM.width, PROGRAM.height).compose(
        [Draw("back", back, area, "contain", 1.0), Draw("names", cutout, foot(PROGRAM), "contain", 1.0)]
    )


@pytest.mark.parametrize("line", ["Ana", "A, B, C and D", "A name that goes on " * 12, "مريم, 田中 …"])
def test_it_stays_inside_the_safe_area(line: str) -> None:
    _, top, _, _ = foot(PROGRAM)
    alpha = lower_third(line, PROGRAM).alpha > 128
    rows, columns = np.flatnonzero(alpha.any(axis=1)) + top, np.flatnonzero(alpha.any(axis=0))
    assert rows.size
    assert columns[0] >= PROGRAM.width * SAFE - 1
    assert columns[-1] <= PROGRAM.width * (1 - SAFE)
    assert rows[0] >= PROGRAM.height * 2 / 3
    assert rows[-1] <= PROGRAM.height * (1 - SAFE)


def test_the_layout_keeps_words_just_above_it() -> None:
    assert 0 <= TOP - NAMES_TOP < 0.001


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 20])
def test_no_words_lie_under_it(count: int) -> None:
    """Words that fill their page, put on stage by one click each."""
    page = set_text("Words that fill all of their page. " * 8, PROGRAM.width, PROGRAM.height)
    draws = []
    for i, cell in enumerate(lay_out([None] * count)):
        x, width = round(cell.x * PROGRAM.width), round(cell.width * PROGRAM.width)
        y, height = round(cell.y * PROGRAM.height), round(cell.height * PROGRAM.height)
        draws.append(Draw(f"text-{i}", page, (x, y, width, height), "contain", 1.0))
    shown = Compositor(PROGRAM.width, PROGRAM.height).compose(draws).y
    assert shown[: foot(PROGRAM)[1]].max() > 100
    assert shown[round(TOP * PROGRAM.height) :].max() < 40


@pytest.mark.parametrize("program", [PROGRAM, ProgramFormat(1920, 1080, 30), ProgramFormat(640, 360, 30)])
def test_nothing_of_it_is_cut_off_at_its_cutouts_head(program: ProgramFormat) -> None:
    assert not lower_third("Ana", program).alpha[0].any()


def test_a_line_wider_than_reckoned_is_set_smaller_and_not_cut() -> None:
    """A page would not name its last one."""
    wide = "W" * round(room_em(PROGRAM) * 1.05)
    size = round(PROGRAM.height * SIZE)
    assert one_line(wide, size).width_px > PROGRAM.width * WIDEST
    assert "…" not in "".join(
        run.text for line in _fitting(wide, size, PROGRAM.width * WIDEST).lines for run in line.runs
    )


@pytest.mark.parametrize("ground", [16, 126, 235])
def test_names_stand_out_on_any_ground(ground: int) -> None:
    cutout = lower_third("Ana and Bo", PROGRAM)
    _, top, _, _ = foot(PROGRAM)
    plate = shown_over(ground, cutout).y[top:][cutout.alpha > 200]
    assert plate.max() > 200
    assert np.median(plate) < 90


def test_while_pages_turn_the_plate_stays_as_dark() -> None:
    """Two half-clear plates over each other would let what is behind them shine up with every page."""
    program, lines = PROGRAM, ("Anna, Bodo, Chi, Dee …", "Anna, Bodo, Chi, Dee …")
    back = Picture.solid(program.width, program.height, (235, 128, 128))
    gone, come = (lower_third(line, program) for line in lines)
    roll = CreditRoll(program)
    names = [Credit(person_id=f"person-{i}", name=f"N{i}") for i in range(9)]
    for picture, people in ((0, names[:4]), (100, names[4:8])):
        scene = Scene(pictures_per_second=30)
        for one in people:
            source = SolidSource(color="#204060")
            scene = apply(scene, Put(layer_id=f"of {one.person_id}", source=source, credit=one, fade_ms=0), picture)
        roll.hear(scene, picture + 1)
    still = shown_over(235, gone).y
    for picture in range(101, 110):
        before, after = roll.shown(picture)
        area = (0, 0, program.width, program.height)
        turning = Compositor(program.width, program.height).compose(
            [
                Draw("back", back, area, "contain", 1.0),
                Draw("before", gone, foot(program), "contain", before.level),
                Draw("after", come, foot(program), "contain", after.level),
            ]
        )
        assert abs(int(np.median(turning.y[still < 80])) - int(np.median(still[still < 80]))) <= 8
