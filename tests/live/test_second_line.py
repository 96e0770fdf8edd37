"""When a second line is asked for, which copy of a packet counts, and when it is given up."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest

from live.messages.packets import Packet, pack
from live.second_line import AGAIN_US, FIRST_PAUSE_US, KEEP_US, MOST_KEPT, PLACE, TRIAL_US, Quiet, SecondLine

EVERY_US = 33_000


def message(sequence: int, track: int = 0, sent_us: int = 0) -> bytes:
    return pack(Packet(track=track, key=False, sequence=sequence, captured_us=0, sent_us=sent_us, payload=b"x"))


class Line:
    """A phone that sends a picture every 33 ms, of which some are held up on the way."""

    def __init__(self, quiet: Quiet | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.now_us = 1_000_000
        self.lost = 0
        self.second = SecondLine(quiet or Quiet(), self.counts, lambda: self.lost, self.now_us)
        self.sequence = 0

    def send(self, pictures: int = 1, held_up_us: int = 0) -> None:
        """Bring some pictures; the first is held up, and what was sent meanwhile waits behind it."""
        for _ in range(pictures):
            self.now_us += EVERY_US
            waiting = 1 + held_up_us // EVERY_US
            arrives_us = self.now_us + held_up_us
            for late in range(waiting):
                self.second.takes_first(message(self.sequence, sent_us=self.now_us + late * EVERY_US), arrives_us)
                self.sequence += 1
            self.now_us = arrives_us


@pytest.fixture
def line() -> Line:
    line = Line()
    line.send(30)
    return line


def test_an_even_line_is_left_alone(line: Line) -> None:
    line.send(1000)
    assert not line.second.is_due


def test_a_long_stall_asks_for_a_second_line_at_once(line: Line) -> None:
    line.send(held_up_us=200_000)
    line.send()
    assert line.second.is_due


def test_short_stalls_ask_for_it_where_they_come_again(line: Line) -> None:
    line.send(held_up_us=35_000)
    line.send(600)
    assert not line.second.is_due, "one in twenty seconds"
    for _ in range(2):
        line.send(held_up_us=35_000)
        line.send(30)
    assert line.second.is_due


def test_what_the_system_saw_lost_asks_for_it_before_anything_stood_still(line: Line) -> None:
    line.lost += 1
    line.send(30)
    assert line.second.is_due
    line.second.put_off(line.now_us)
    line.send(600)
    assert not line.second.is_due, "nothing more was lost"


def test_a_phone_that_itself_stood_still_is_no_lossy_line(line: Line) -> None:
    for _ in range(5):
        line.now_us += 400_000
        for _ in range(3):  # encoded at last, and sent at once
            line.second.takes_first(message(line.sequence, sent_us=line.now_us), line.now_us)
            line.sequence += 1
        line.send(10)
    assert not line.second.is_due


def test_where_everybody_stands_still_no_second_line_helps() -> None:
    quiet = Quiet()
    lines = [Line(quiet) for _ in range(3)]
    for late_us in (0, 0, 200_000, 0, 0, 300_000, 0, 0):
        for line in lines:
            line.send(held_up_us=late_us)
    assert not any(line.second.is_due for line in lines)


def test_one_line_among_others_that_stands_still_is_seen() -> None:
    quiet = Quiet()
    still, other = Line(quiet), Line(quiet)
    for _ in range(10):
        still.send()
        other.send()
    for _ in range(8):
        other.send()
    still.send(held_up_us=7 * EVERY_US)
    still.send()
    assert still.second.is_due
    assert not other.second.is_due


def opened(line: Line) -> SecondLine:
    assert line.second.fits(line.second.ask(line.now_us), line.now_us)
    line.second.open(line.now_us)
    return line.second


def test_of_each_packet_the_first_copy_counts(line: Line) -> None:
    second = opened(line)
    taken: list[tuple[str, int]] = []

    def first(*sequences: int) -> None:
        for one in sequences:
            if second.takes_first(message(one), line.now_us):
                taken.append(("first", one))
                taken.extend(("second", PLACE.unpack_from(kept)[1]) for kept in second.follows(line.now_us))

    def beside(*sequences: int) -> None:
        taken.extend(("second", one) for one in sequences if second.takes_second(message(one), line.now_us))

    beside(65533)
    first(65534)
    beside(65534, 65535, 0, 1)  # the first line stands still, and the numbers begin again
    first(65535, 0, 1, 2)
    beside(2, 5, 6)  # three and four were left out here, and what follows waits for them
    first(3, 4)
    beside(7)
    first(5, 6, 7, 8)
    beside(8, 9)
    assert [number for _, number in taken] == [65534, 65535, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [number for line, number in taken if line == "second"] == [65535, 0, 1, 5, 6, 7, 9]
    assert line.counts["copies"] == 9


def test_a_second_line_that_is_far_ahead_is_not_kept_without_end(line: Line) -> None:
    second = opened(line)
    for number in range(10, 10 + MOST_KEPT + 1):
        assert not second.takes_second(message(number), line.now_us)
    assert second.takes_first(message(9), line.now_us)
    assert not list(second.follows(line.now_us))
    assert line.counts["copies"] == MOST_KEPT + 1


def test_each_track_is_numbered_by_itself(line: Line) -> None:
    second = opened(line)
    assert second.takes_first(message(7, track=0), line.now_us)
    assert second.takes_first(message(9000, track=1), line.now_us)
    assert second.takes_second(message(9001, track=1), line.now_us)
    assert second.takes_second(message(8, track=0), line.now_us)
    assert not second.takes_first(message(9001, track=1), line.now_us)


def test_it_is_kept_while_it_saves_stalls_and_given_up_when_it_does_not(line: Line) -> None:
    second, now_us, numbers = opened(line), line.now_us, count(1)
    second.takes_first(message(0), now_us)
    for _ in range(4):
        now_us += TRIAL_US - 1
        number = next(numbers)
        assert second.takes_second(message(number), now_us - 100_000)
        assert not second.takes_first(message(number), now_us)
        assert not second.is_over(now_us)
    assert line.counts["stalls_saved"] == 4
    assert not second.is_over(now_us + KEEP_US)
    assert second.is_over(now_us + KEEP_US + 1)


def test_one_that_saved_nothing_is_not_asked_for_again_soon(line: Line) -> None:
    opened(line)
    line.now_us += TRIAL_US
    line.send(100)
    assert line.second.is_over(line.now_us)
    line.second.close()
    for asked_again in (False, True):
        line.send(held_up_us=200_000)
        line.send()
        assert line.second.is_due == asked_again
        line.now_us += FIRST_PAUSE_US
        line.send(2)


def test_a_key_fits_once_and_not_for_long(line: Line) -> None:
    key = line.second.ask(line.now_us)
    assert not line.second.fits("", line.now_us)
    assert not line.second.fits(key[:-1], line.now_us)
    assert not line.second.fits(key, line.now_us + AGAIN_US)
    assert not line.second.is_there(line.now_us + AGAIN_US)
    assert line.second.fits(key, line.now_us)
    line.second.open(line.now_us)
    assert not line.second.fits(key, line.now_us)


def test_after_a_new_hello_another_one_is_due(line: Line) -> None:
    opened(line)
    line.second.begin_anew()
    assert not line.second.is_open
    assert line.second.is_due
