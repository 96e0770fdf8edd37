"""An output in a process of its own does what it does in the stage's, and whatever happens to it, the stage goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from stage.apart.output import TERMS, ApartOutput, File
from stage.apart.words import Broadcast, Record
from stage.hub_address import HubAddress
from stage.outputs.recorder import RecorderOutput
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, Picture
from stage.ports import Output
from stage.program import ProgramFormat

SMALL = ProgramFormat(320, 180, 30)


def grey(number: int) -> Picture:
    return Picture.solid(SMALL.width, SMALL.height, (40 + number * 7 % 180, 128, 128))


def tone(first_frame: int) -> Block:
    wave = 0.25 * np.sin(2.0 * np.pi * 1000.0 * np.arange(first_frame, first_frame + BLOCK_FRAMES) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def play(output: Output, pictures: range) -> None:
    for number in pictures:
        output.put_picture(number, grey(number))
        for block in SMALL.blocks(number):
            output.put_block(block * BLOCK_FRAMES, tone(block * BLOCK_FRAMES))


def until(claim: Callable[[], bool]) -> None:
    """Wait for another process to make something true."""
    tick, ends_s = threading.Event(), time.monotonic() + 20.0
    while not claim():
        assert time.monotonic() < ends_s, "it did not come to be so"
        tick.wait(0.01)


def decoded(path: Path) -> tuple[list[tuple[float, bytes]], bytes]:
    """Time and content of every picture, and all sound."""
    with av.open(str(path)) as file:
        pictures = [(float(frame.time or 0.0), frame.to_ndarray().tobytes()) for frame in file.decode(video=0)]
    with av.open(str(path)) as file:
        sound = b"".join(frame.to_ndarray().tobytes() for frame in file.decode(audio=0))
    return pictures, sound


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[ApartOutput]:
    output = ApartOutput("recording", Record(path=str(tmp_path / "apart.mkv")), SMALL)
    yield output
    output.close()


def test_a_recording_is_the_same_as_one_made_in_the_stages_own_process(recording: ApartOutput, tmp_path: Path) -> None:
    own = RecorderOutput(tmp_path / "own.mkv", SMALL)
    for output in (recording, own):
        assert output.state == "on"
        play(output, range(900, 925))
        output.close()
        assert (output.state, output.dropped) == ("off", 0)
    assert decoded(tmp_path / "apart.mkv") == decoded(tmp_path / "own.mkv")


def test_a_place_in_the_ring_is_taken_again_and_again(recording: ApartOutput, tmp_path: Path) -> None:
    held = TERMS[Record].places
    process = psutil.Process(recording.pid)
    for number in range(3 * held):
        play(recording, range(number, number + 1))
        until(lambda: recording.free_places > held // 2)
    assert process.is_running()
    recording.close()
    assert recording.dropped == 0
    pictures, _ = decoded(tmp_path / "apart.mkv")
    assert [round(seconds * 30) for seconds, _ in pictures] == list(range(3 * held))


def test_a_host_that_stands_still_holds_up_nobody_and_what_it_misses_is_told(recording: ApartOutput) -> None:
    play(recording, range(1))
    until(lambda: recording.free_places >= TERMS[Record].places - 1)  # it may hold the last one
    os.kill(recording.pid, signal.SIGSTOP)
    try:
        began_s = time.monotonic()
        play(recording, range(1, 301))  # more than ring and channel hold
        assert time.monotonic() - began_s < 10.0
        assert recording.free_places == 0
        assert recording.dropped >= 300 - TERMS[Record].places
    finally:
        os.kill(recording.pid, signal.SIGCONT)
    until(lambda: recording.free_places > 0)
    dropped = recording.dropped
    play(recording, range(301, 302))
    assert recording.dropped == dropped
    assert re.match(r"\d\d % of the pictures left out: .* render the show", recording.state)


def test_a_recording_whose_process_is_killed_says_so_and_goes_on_in_another_file(
    recording: ApartOutput, tmp_path: Path
) -> None:
    play(recording, range(10))
    assert recording.file == File(str(tmp_path / "apart.mkv"), 0)
    first = recording.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: recording.state != "on")
    assert recording.state == "recording: its process is gone (status -9); going on in another file by itself"
    play(recording, range(10, 20))
    assert recording.file == File(str(tmp_path / "apart.mkv"), 0), "what nobody records begins no file"
    until(lambda: recording.pid != first and recording.state == "on")
    play(recording, range(40, 60))
    assert recording.file == File(str(tmp_path / "apart-2.mkv"), 40)
    recording.close()
    pictures, _ = decoded(tmp_path / "apart-2.mkv")
    assert len(pictures) == 20


def test_a_recording_that_dies_again_and_again_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TERMS, Record, replace(TERMS[Record], most_times=2))
    output = ApartOutput("recording", Record(path=str(tmp_path / "run.mkv")), SMALL)
    for _ in range(2):
        until(lambda: output.state == "on")
        pid = output.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: output.state != "on")
    assert output.state.endswith("(status -9), 2 times in this run; restart the stage to record on")
    play(output, range(5))
    assert not output.is_wanted
    output.close()


def test_a_recording_that_ends_says_why(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    output = ApartOutput("recording", Record(path=str(tmp_path / "taken" / "run.mkv")), SMALL)
    play(output, range(5))
    until(lambda: output.state.startswith("recording ended"))
    output.close()
    assert "make room or choose another folder" in output.state


def test_a_stream_whose_process_is_killed_is_begun_again(tmp_path: Path) -> None:
    output = ApartOutput("broadcast", Broadcast(hub=HubAddress(url="http://127.0.0.1:9", token="key")), SMALL)
    try:
        until(lambda: "trying again" in output.state)  # nobody is there: its process is up and says so
        first = output.pid
        os.kill(first, signal.SIGKILL)
        until(lambda: output.pid != first and "trying again by itself" in output.state)
        assert psutil.pid_exists(output.pid)
        assert not psutil.pid_exists(first)
    finally:
        output.close()
    assert output.state == "off"


RECORD_AND_DIE = """
import os, signal, sys
from stage.apart.output import ApartOutput
from stage.apart.words import Record
from tests.stage.apart.test_output import SMALL, play
if __name__ == "__main__":
    output = ApartOutput("recording", Record(path=sys.argv[1]), SMALL)
    play(output, range(20))
    print(output.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_recording_of_a_stage_that_was_killed_is_whole(tmp_path: Path) -> None:
    """Every picture that was handed over, and a file that was finished: it knows how long it is."""
    path = tmp_path / "run.mkv"
    stage = subprocess.run(
        [sys.executable, "-c", RECORD_AND_DIE, str(path)], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE,
        check=False, timeout=60,
    )  # fmt: skip
    assert stage.returncode == -signal.SIGKILL
    until(lambda: not psutil.pid_exists(int(stage.stdout)))
    assert len(decoded(path)[0]) == 20
    with av.open(str(path)) as file:
        assert file.duration == pytest.approx(20 / 30 * 1e6, abs=20_000)
