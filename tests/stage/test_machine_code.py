"""Loops become machine code once, and a show goes on wherever that cannot be kept."""

from __future__ import annotations

import ctypes
from collections.abc import MutableSequence
from pathlib import Path

import numpy as np
import pytest

from stage.machine_code import Loop, WrittenLoop, arguments, load
from stage.vector_code import FLOAT, Code, Value

Floats = MutableSequence[np.float32]


def double(sound: Floats, count: int, out: Floats) -> None:
    for place in range(count):
        out[place] = sound[place] + sound[place]


def divide(sound: Floats, count: int, out: Floats) -> None:
    """Raises at zero, and so calls the interpreter."""
    for place in range(count):
        out[place] = out[place] / sound[place]


def double_as_written(code: Code, sound: Value, count: Value, out: Value) -> None:
    def one(at: Value) -> None:
        number = code.load(sound, at, FLOAT)
        code.store(number + number, out, at)

    code.repeat(0, count, 1, one)


def doubled_by(folders: list[Path]) -> list[float]:
    (call,) = load([Loop(double, ("floats", "count", "floats"))], [Path(__file__)], folders)
    sound, out = np.array([1.0, -2.0, 0.5], np.float32), np.zeros(3, np.float32)
    call(sound.ctypes.data, 3, out.ctypes.data)
    return [float(number) for number in out]


def test_code_is_kept_in_the_first_folder_that_can_be_written(tmp_path: Path) -> None:
    a_file = tmp_path / "no folder"
    a_file.write_bytes(b"")
    folders = [a_file / "below", tmp_path / "kept", tmp_path / "not needed"]
    assert doubled_by(folders) == [2.0, -4.0, 1.0]
    (kept,) = (tmp_path / "kept").iterdir()
    made_ns = kept.stat().st_mtime_ns
    assert doubled_by(folders) == [2.0, -4.0, 1.0]
    assert (kept.stat().st_mtime_ns, (tmp_path / "not needed").exists()) == (made_ns, False)


def test_a_torn_file_is_made_anew_and_an_older_one_goes(tmp_path: Path) -> None:
    doubled_by([tmp_path])
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-100])
    (tmp_path / "double-of-older-sources.code").write_bytes(whole)
    assert doubled_by([tmp_path]) == [2.0, -4.0, 1.0]
    assert [(one.name, len(one.read_bytes())) for one in tmp_path.iterdir()] == [(kept.name, len(whole))]


def test_nowhere_to_write_is_no_reason_not_to_run() -> None:
    assert doubled_by([]) == [2.0, -4.0, 1.0]


def test_a_loop_written_down_is_kept_like_any_other(tmp_path: Path) -> None:
    loop = WrittenLoop(double_as_written, ("floats", "count", "floats"))
    (made,) = load([loop], [Path(__file__)], [tmp_path])
    (kept,) = tmp_path.iterdir()
    made_ns = kept.stat().st_mtime_ns
    (loaded,) = load([loop], [Path(__file__)], [tmp_path])
    sound, out = np.array([1.0, -2.0, 0.5], np.float32), np.zeros((2, 3), np.float32)
    for call, doubled in zip((made, loaded), out, strict=True):
        given = arguments(sound.ctypes.data, 3, doubled.ctypes.data)
        call(ctypes.addressof(given))
    assert out.tolist() == 2 * [[2.0, -4.0, 1.0]]
    assert [one.stat().st_mtime_ns for one in tmp_path.iterdir()] == [made_ns]


def test_a_loop_that_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="expected divide to be a loop that calls nothing"):
        load([Loop(divide, ("floats", "count", "floats"))], [Path(__file__)], [])
