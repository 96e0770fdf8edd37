"""The cue sheet: a killed stage reads back the scene it showed and what the hub may not have heard."""

from __future__ import annotations

from pathlib import Path

from live.messages.acts import StartRun, TakeCue
from live.messages.scene import Panic, Put, Scene, TextSource
from live.scene import apply, panic_level
from stage.cue_sheet import FILE_NAME, CueSheet, Standing, read_cue_sheet

EMPTY = Scene(pictures_per_second=30)
PUT = Put(layer_id="layer-aa", source=TextSource(text="Hello"), fade_ms=0)
RUN = StartRun(run_id="run-00001", first_picture=5, pictures_per_second=30, width_px=640, height_px=360)


def take(cue_id: str, cue: Put | Panic, picture: int) -> TakeCue:
    return TakeCue(cue_id=cue_id, run_id="run-00001", picture=picture, cue=cue)


def begun(folder: Path, *acts: StartRun | TakeCue) -> CueSheet:
    sheet = CueSheet(folder)
    sheet.begin(Standing(show_id="show-0001", opened_at_s=1000.0, scene=EMPTY))
    for act in acts:
        sheet.add(act)
    return sheet


def test_what_was_taken_is_remembered_without_any_goodbye(tmp_path: Path) -> None:
    acts = RUN, take("cue-00001", PUT, 7), take("cue-00002", Panic(on=True, fade_ms=1000), 9)
    begun(tmp_path, *acts)
    remembered = read_cue_sheet(tmp_path)
    assert remembered is not None
    assert remembered.scene == apply(apply(EMPTY, PUT, 7), Panic(on=True, fade_ms=1000), 9)
    assert panic_level(remembered.scene, 24) == 0.5
    assert remembered.acts == acts
    assert remembered.taken == {"cue-00001", "cue-00002"}
    assert (remembered.show_id, remembered.opened_at_s) == ("show-0001", 1000.0)


def test_a_new_run_goes_on_in_the_old_sheet_or_begins_a_new_one(tmp_path: Path) -> None:
    begun(tmp_path, take("cue-00001", PUT, 7)).close()
    alone = CueSheet(tmp_path)
    alone.go_on()
    alone.add(take("cue-00002", Panic(on=True), 90))
    alone.close()
    remembered = read_cue_sheet(tmp_path)
    assert remembered is not None
    assert remembered.taken == {"cue-00001", "cue-00002"}

    fresh = CueSheet(tmp_path)
    fresh.begin(Standing(show_id="show-0001", opened_at_s=1.0, scene=remembered.scene, untold=remembered.acts[1:]))
    again = read_cue_sheet(tmp_path)
    assert again is not None
    assert again.scene == remembered.scene
    assert again.taken == {"cue-00002"}


def test_a_line_cut_short_is_passed_over(tmp_path: Path) -> None:
    begun(tmp_path, take("cue-00001", PUT, 7), take("cue-00002", Panic(on=True), 9)).close()
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:-20])
    remembered = read_cue_sheet(tmp_path)
    assert remembered is not None
    assert remembered.taken == {"cue-00001"}


def test_nothing_to_remember(tmp_path: Path) -> None:
    assert read_cue_sheet(tmp_path) is None
    (tmp_path / FILE_NAME).write_bytes(b"\x00\xffnot a sheet\n")
    assert read_cue_sheet(tmp_path) is None


def test_a_folder_that_cannot_be_written_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    sheet = begun(tmp_path / "file", take("cue-00001", PUT, 7))
    sheet.close()
    assert read_cue_sheet(tmp_path / "file") is None
