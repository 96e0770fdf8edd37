"""The side log: what was noted live is what the render is told, and a crash costs at most the line being written."""

from __future__ import annotations

import resource
from pathlib import Path

from stage.side_log import AS_ASKED, Given, Line, Live, Missed, Record, Rested, Shown, SideLog, Skipped, read_side_log


def written(path: Path, *lines: Line) -> Path:
    log = SideLog(path)
    for line in lines:
        log.note(line)
    log.close()
    assert (log.state, log.dropped) == ("on", 0)
    return path


def test_a_line_holds_until_the_next_of_its_kind(tmp_path: Path) -> None:
    path = written(
        tmp_path / "recordings" / "run.side.jsonl",
        Shown(picture=10, layers={"layer-aa": Given(lag=2), "layer-bb": None}),
        Rested(block=40, strips=("layer-aa",)),
        Shown(picture=12, layers={"layer-bb": Given(lag=0, level=0.25)}),
        Rested(block=42, strips=()),
    )
    record = read_side_log(path)
    assert [record.given(n, "layer-aa") for n in (9, 10, 11, 12)] == [AS_ASKED, Given(lag=2), Given(lag=2), AS_ASKED]
    assert [record.given(n, "layer-bb") for n in (9, 11, 99)] == [AS_ASKED, None, Given(lag=0, level=0.25)]
    assert [record.rests(n, "layer-aa") for n in (39, 40, 41, 42)] == [False, True, True, False]
    assert not record.rests(41, "layer-bb")


def test_a_live_picture_holds_until_the_layer_shows_another(tmp_path: Path) -> None:
    lines = (
        Live(picture=10, layers={"guest-01": (1, 7), "guest-02": (3, 0)}),
        Live(picture=12, layers={"guest-01": (1, 9)}),
    )
    record = read_side_log(written(tmp_path / "log", *lines))
    assert [record.live(n, "guest-01") for n in (9, 10, 11, 12, 99)] == [None, (1, 7), (1, 7), (1, 9), (1, 9)]
    assert [record.live(n, "guest-02") for n in (12, 99)] == [(3, 0), (3, 0)]
    assert record.live(99, "guest-03") is None


def test_skipped_and_missed_pictures_are_not_drawn(tmp_path: Path) -> None:
    record = read_side_log(written(tmp_path / "log", Skipped(picture=3), Missed(first_picture=6, last_picture=8)))
    assert [n for n in range(10) if not record.is_drawn(n)] == [3, 6, 7, 8]
    assert [n for n in range(10) if record.is_missed(n)] == [6, 7, 8]


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "log", Skipped(picture=3), Skipped(picture=4))
    path.write_bytes(path.read_bytes()[:-5])
    assert [n for n in range(6) if not read_side_log(path).is_drawn(n)] == [3]


def test_a_disk_without_room_for_a_while_costs_lines_and_not_the_log(tmp_path: Path) -> None:
    path = written(tmp_path / "log", Skipped(picture=3))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, hard))
    try:
        full = SideLog(path)
        full.note(Skipped(picture=4))
        full.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full.dropped == 1
    assert "cannot be written" in full.state
    written(path, Skipped(picture=5))
    assert [n for n in range(7) if not read_side_log(path).is_drawn(n)] == [3, 5]


def test_no_side_log_means_all_was_as_asked(tmp_path: Path) -> None:
    assert read_side_log(tmp_path / "none").given(5, "layer-aa") == AS_ASKED
    assert Record().is_drawn(5)


def test_a_disk_that_refuses_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    log = SideLog(tmp_path / "file" / "run.side.jsonl")
    log.note(Skipped(picture=1))
    log.close()
    assert "cannot be written" in log.state
    assert log.dropped == 1
