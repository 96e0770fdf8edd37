"""The lower third turns pages: everyone on stage is named, whoever comes and goes meanwhile. A render turns alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from live.messages.scene import Credit, Panic, Put, Rect, Remove, Scene, SetLayer, SolidSource
from live.scene import apply, settled
from stage.credit_lines import width_em
from stage.credit_roll import ANONYMOUS, MOST_NAMED, PAGE_S, TURN_S, CreditRoll, Paging, Roll, heard
from stage.lower_third import foot, room_em
from stage.program import ProgramFormat
from tests.stage.shows import PROGRAM, HandShow, assert_same

RATE = 30
PAGE = round(PAGE_S * RATE)
PAGING = Paging(PAGE, room_em(ProgramFormat(1920, 1080, RATE)))


def people(*names: str) -> tuple[Credit, ...]:
    return tuple(Credit(person_id=f"person-{name or i:>4}", name=name) for i, name in enumerate(names))


def numbered(numbers: Iterable[int]) -> tuple[Credit, ...]:
    return people(*(f"N{number}" for number in numbers))


def lines_of(who: Sequence[Credit], pages: int, roll: Roll | None = None) -> list[str]:
    """What so many pages say, looked at with every picture."""
    roll, lines = roll or Roll(), list[str]()
    for picture in range(pages * PAGE):
        roll = heard(roll, who, picture, PAGING)
        if not lines or lines[-1] != roll.line:
            lines.append(roll.line)
    return lines


def test_who_fits_is_named_at_once_and_no_page_is_turned() -> None:
    assert lines_of(people("Ana", "Bo", "Chi", "Dee"), 5) == ["Ana, Bo, Chi and Dee"]


def test_five_are_named_on_two_pages_of_about_the_same_length() -> None:
    assert lines_of(people("A", "B", "C", "D", "E"), 4) == ["A, B, C …", "D, E …"] * 2


def test_of_twenty_three_all_are_named_within_six_pages_and_then_again() -> None:
    lines = lines_of(numbered(range(23)), 12)
    assert lines[:6] == lines[6:]
    named = [name for line in lines[:6] for name in line.removesuffix(" …").split(", ")]
    assert named == [f"N{number}" for number in range(23)]


def test_who_stays_anonymous_is_counted_once_a_round_and_last() -> None:
    lines = lines_of(people("A", "", "B", "C", "", "D", "E"), 4)
    assert lines == ["A, B, C …", "D, E and 2 who stay anonymous …"] * 2


def test_long_names_have_fewer_on_a_page() -> None:
    names = [f"{letter} von und zu Hohenstein-Wittelsbach" for letter in "ABCDEF"]
    lines = lines_of(people(*names), 6)
    assert all(any(name in line for line in lines) for name in names)
    assert all(width_em(line) <= PAGING.room_em for line in lines)


def test_who_left_is_not_named_and_the_page_does_not_begin_anew() -> None:
    nine, eight = numbered(range(9)), numbered([0, *range(2, 9)])
    roll = heard(Roll(), nine, 0, PAGING)
    assert roll.line == "N0, N1, N2 …"
    roll = heard(roll, eight, 10, PAGING)
    assert roll.line == "N0, N2 …"
    assert heard(roll, eight, PAGE - 1, PAGING).line == "N0, N2 …"
    assert heard(roll, eight, PAGE, PAGING).line == "N3, N4, N5 …"


def test_where_a_page_lost_everyone_the_next_comes_at_once() -> None:
    roll = heard(Roll(), numbered(range(9)), 0, PAGING)
    assert heard(roll, numbered(range(3, 9)), 10, PAGING).line == "N3, N4, N5 …"


def test_the_fifth_is_named_on_the_next_page() -> None:
    roll = heard(Roll(), numbered(range(4)), 0, PAGING)
    roll = heard(roll, numbered(range(5)), 10, PAGING)
    assert roll.line == "N0, N1, N2, N3 …"
    assert "N4" in heard(roll, numbered(range(5)), PAGE, PAGING).line


@settings(max_examples=60, deadline=None)
@given(
    comings=st.lists(st.tuples(st.integers(0, 39), st.booleans()), max_size=60),
    every=st.integers(1, 130),
    start=st.integers(5, 24),
)
def test_everyone_who_stays_is_named_though_others_come_and_go(
    comings: list[tuple[int, bool]], every: int, start: int
) -> None:
    """Those of 100 and more stay; one of the others comes or goes `every` pictures, as one may with each picture."""
    staying = list(range(100, 100 + start))
    others: set[int] = set()
    roll, missing = Roll(), {f"N{number}" for number in staying}
    came = 0
    for picture in range((-(-(start + len(comings)) // MOST_NAMED) + 1) * PAGE):
        if picture % every == 0 and comings:
            who, comes = comings.pop()
            came += comes and who not in others
            (others.add if comes else others.discard)(who)
        here = numbered([*sorted(others), *staying])
        roll = heard(roll, here, picture, PAGING)
        names = {one.name for one in here}
        page = set(roll.line.replace(" and ", ", ").removesuffix(" …").split(", "))
        assert page <= names
        missing -= page
        assert len(roll.queue) <= start + 40
    assert not missing


def test_coming_and_going_every_three_seconds_names_everyone_in_time() -> None:
    """Twenty-three who stay, and each three seconds somebody comes or goes again."""
    roll, seen = Roll(), dict[str, int]()
    for picture in range(60 * RATE):
        here = numbered([*range(23), *([99] if picture // (3 * RATE) % 2 else [])])
        roll = heard(roll, here, picture, PAGING)
        for name in roll.line.removesuffix(" …").split(", "):
            seen.setdefault(name, picture)
    assert {f"N{number}" for number in range(23)} <= seen.keys()
    assert max(seen.values()) < 7 * PAGE


def test_who_comes_back_keeps_their_place() -> None:
    """A phone that is lost and found each second is not put last each time."""
    roll, lines = Roll(), list[str]()
    for picture in range(6 * PAGE):
        here = numbered([*range(22), *([22] if picture % 30 < 20 else [])])
        roll = heard(roll, here, picture, PAGING)
        lines.append(roll.line)
    assert any("N22" in line for line in lines)


def on_stage(count: int) -> list[Put]:
    return [
        Put(
            layer_id=f"layer-{number:03}",
            source=SolidSource(color="#204060"),
            credit=Credit(person_id=f"person-{number:03}", name=f"N{number}"),
            place=Rect(x=0, y=0, width=1, height=1),
            fade_ms=0,
        )
        for number in range(count)
    ]


def scene(*puts: Put) -> Scene:
    now = Scene(pictures_per_second=30)
    for put in puts:
        now = apply(now, put, 0)
    return now


def test_a_page_goes_while_the_next_comes() -> None:
    """Never two at once but then, never none, and each under its own name, so that its ink is made once."""
    roll, now = CreditRoll(PROGRAM), scene(*on_stage(9))
    for picture in range(3 * PAGE):
        roll.hear(now, picture)
    seen = [roll.shown(picture) for picture in range(3 * PAGE)]
    turning = [picture for picture, pages in enumerate(seen) if len(pages) == 2]
    assert all(pages for pages in seen)
    assert len(turning) == 2 * round(TURN_S * RATE)
    assert turning[0] == PAGE
    clear = [[page.level for page in seen[picture]] for picture in turning[: len(turning) // 2]]
    assert [gone for gone, _ in clear] == sorted((gone for gone, _ in clear), reverse=True)
    assert [come for _, come in clear] == sorted(come for _, come in clear)
    names = [page.name for pages in (seen[0], seen[PAGE], seen[-1]) for page in pages]
    assert names == ["credits", "credits", "credits too", "credits"]


def test_the_next_page_is_called_for_before_it_is_turned() -> None:
    roll, now = CreditRoll(PROGRAM), scene(*on_stage(9))
    for picture in range(PAGE):
        roll.hear(now, picture)
    coming = roll.parts[1]
    roll.hear(now, PAGE)
    assert roll.parts[0] == coming


def test_a_late_painter_still_sees_the_page_of_its_picture() -> None:
    roll, now = CreditRoll(PROGRAM), scene(*on_stage(9))
    for picture in range(2 * PAGE + 2):
        roll.hear(now, picture)
    assert roll.shown(PAGE - 1)[0].part.line == "N0, N1, N2 …"


def test_nobody_is_named_during_panic_and_then_it_goes_on() -> None:
    roll, now = CreditRoll(PROGRAM), scene(*on_stage(9))
    roll.hear(now, 0)
    panic = apply(now, Panic(on=True, fade_ms=0), 5)
    roll.hear(panic, 5)
    assert roll.shown(5) == []
    roll.hear(apply(panic, Panic(on=False, fade_ms=0), 50), 50)
    assert [page.part.line for page in roll.shown(50)] == ["N3, N4, N5 …"]


def test_a_layer_off_is_not_named() -> None:
    roll = CreditRoll(PROGRAM)
    now = apply(scene(*on_stage(2)), SetLayer(layer_id="layer-001", on=False), 0)
    roll.hear(settled(now, 60), 60)
    assert [page.part.line for page in roll.shown(60)] == ["N0"]


def test_pages_are_rendered_to_the_same_bytes(tmp_path: Path) -> None:
    """With people who come and go, pictures too late to be drawn, a machine that stood still, and a second run."""
    show = HandShow(tmp_path)
    show.start_run()
    show.go(2)
    show.give(*on_stage(11))
    show.go(1)
    show.wait_ready()
    show.go(PAGE + 7)
    show.wait_ready()
    show.give(Remove(layer_ids=("layer-004",), fade_ms=200))
    show.jump(4)
    show.go(30)
    show.jump(2 * PAGE)  # longer than it catches up: the pages that would have come were not shown
    show.wait_ready()
    show.go(PAGE + 40)
    show.wait_ready()
    show.end_run()
    show.hand.advance_us(1_234_567)
    show.start_run()
    show.go(3)
    show.wait_ready()
    show.go(PAGE + 20)
    show.end_run()
    show.write_journal()
    _, top, _, _ = foot(PROGRAM)
    feet = {
        np.frombuffer(data, np.uint8)[top * PROGRAM.width : PROGRAM.height * PROGRAM.width].tobytes()
        for data in show.hall.pictures.values()
    }
    assert len(feet) > 4 * round(TURN_S * RATE), "pages were turned before the hall's eyes"
    assert_same(show.hall, show.rendered())


def test_the_anonymous_have_a_place_of_their_own_in_the_queue() -> None:
    roll = heard(Roll(), people("A", "B", "C", "D", "E", ""), 0, PAGING)
    assert roll.queue.count(ANONYMOUS) == 1
