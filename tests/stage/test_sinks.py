"""A film that cannot be written is no success, a range without pictures is told, and the command takes its words in
any order.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live.errors import BadInput, Unavailable
from live.messages.scene import Put
from stage.render import render
from tests.stage.pieces import STORY, make_pieces
from tests.stage.shows import HandShow
from tests.web.hall import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show")
    make_pieces(folder / "media")
    show = HandShow(folder)
    show.start_run()
    show.give(Put(layer_id="layer-text", source=STORY))
    show.go(12)
    show.end_run()
    show.write_journal()
    return folder


def rendered(*arguments: str | Path) -> tuple[int, str]:
    """Run the command; return its status and its last word."""
    command = [sys.executable, "-m", "stage", "render", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=False)
    said = ended.stderr.decode()
    assert "Traceback" not in said
    return ended.returncode, said.strip().rpartition("\n")[2]


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_film_on_a_full_disk_is_told_and_ends_with_1(folder: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.symlink_to("/dev/full")
    with pytest.raises(Unavailable, match=r"not whole.*No space left"):
        render(folder, film)
    status, said = rendered(folder, film)
    assert status == 1
    assert "the film is not whole" in said


def test_a_place_where_nothing_can_be_written_is_told_and_ends_with_1(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    status, said = rendered(folder, tmp_path / "file" / "raw")
    assert status == 1
    assert "could not be written" in said


@pytest.mark.parametrize(("first", "last"), [(5, 2), (99_999, None), (-5, -1)])
def test_a_range_without_pictures_is_told(folder: Path, first: int, last: int | None) -> None:
    with pytest.raises(BadInput, match="which go from"):
        render(folder, None, first=first, last=last)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_options_may_stand_before_between_and_behind_the_paths(folder: Path, tmp_path: Path, place: int) -> None:
    words = [folder, tmp_path / "raw"]
    assert rendered(*words[:place], "--finest", *words[place:])[0] == 0
    assert (tmp_path / "raw" / "program.yuv").stat().st_size
