"""The recording holds what was handed over, when it was, whatever happens to the process or the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from stage.outputs.recorder import FIRST_PICTURE_TAG, SYNC_EVERY_S, RecorderOutput
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, Picture
from stage.program import ProgramFormat

SMALL = ProgramFormat(320, 180, 30)
FIRST_PICTURE = 900
BLOCKS_A_PICTURE = 100 / 30


def grey(level: int) -> Picture:
    return Picture.solid(SMALL.width, SMALL.height, (level, 128, 128))


def tone(first_frame: int) -> Block:
    wave = 0.25 * np.sin(2.0 * np.pi * 1000.0 * np.arange(first_frame, first_frame + BLOCK_FRAMES) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def play(output: RecorderOutput, pictures: int, *, left_out: frozenset[int] = frozenset()) -> None:
    """Hand over `pictures` pictures and their sound, as the engine does. Small enough for the output's queues."""
    for n in range(pictures):
        number = FIRST_PICTURE + n
        if n not in left_out:
            output.put_picture(number, grey(40 + n * 6 % 180))
        for block in SMALL.blocks(number):
            output.put_block(block * BLOCK_FRAMES, tone(block * BLOCK_FRAMES))


def pictures_of(path: Path) -> list[tuple[float, int]]:
    """(seconds, brightness in the middle) of every picture."""
    with av.open(str(path)) as file:
        frames = [(frame.time, frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]
    return [(round(float(seconds), 3), int(gray[90, 160])) for seconds, gray in frames if seconds is not None]


def sound_of(path: Path) -> tuple[float, Block]:
    """The time of the first frame, and all frames."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])
    return float(frames[0].time or 0.0), (samples / 32768.0).astype(np.float32)


def test_pictures_and_sound_come_back(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "recordings" / "run.mkv", SMALL)
    assert output.state == "on"
    play(output, 25)
    output.close()
    assert output.state == "off"
    assert output.dropped == 0
    pictures = pictures_of(tmp_path / "recordings" / "run.mkv")
    assert [seconds for seconds, _ in pictures] == [round(n / 30, 3) for n in range(25)]
    levels = [round((40 + n * 6 - 16) * 255 / 219) for n in range(25)]
    np.testing.assert_allclose([level for _, level in pictures], levels, atol=4)
    start_s, sound = sound_of(tmp_path / "recordings" / "run.mkv")
    assert start_s == 0.0
    expected = np.concatenate([tone(k * BLOCK_FRAMES) for n in range(25) for k in SMALL.blocks(FIRST_PICTURE + n)])
    np.testing.assert_allclose(sound, expected, atol=1.0 / 32768.0)


def test_the_file_tells_its_first_picture_and_colours(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", SMALL)
    play(output, 5)
    output.close()
    with av.open(str(tmp_path / "run.mkv")) as file:
        assert file.metadata[FIRST_PICTURE_TAG] == str(FIRST_PICTURE)
        frame = next(file.decode(video=0))
        assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
        assert file.duration is not None
        assert file.duration / 1e6 == pytest.approx(5 / 30, abs=0.05)


def test_a_late_picture_leaves_a_gap_and_moves_nothing(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", SMALL)
    play(output, 12, left_out=frozenset({4, 5, 6}))
    output.close()
    seconds = [seconds for seconds, _ in pictures_of(tmp_path / "run.mkv")]
    assert seconds == [round(n / 30, 3) for n in range(12) if n not in {4, 5, 6}]


def test_missing_blocks_are_silence_and_move_nothing(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", SMALL)
    output.put_picture(0, grey(100))
    for block in (0, 1, 4, 5):
        output.put_block(block * BLOCK_FRAMES, tone(block * BLOCK_FRAMES))
    output.close()
    _, sound = sound_of(tmp_path / "run.mkv")
    assert len(sound) == 6 * BLOCK_FRAMES
    assert not sound[2 * BLOCK_FRAMES : 4 * BLOCK_FRAMES].any()
    np.testing.assert_allclose(sound[4 * BLOCK_FRAMES :], np.concatenate((tone(1920), tone(2400))), atol=1 / 32768)


def test_an_offline_render_loses_nothing_however_fast_it_is(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", SMALL, waits=True)
    play(output, 200)
    output.close()
    assert output.dropped == 0
    assert len(pictures_of(tmp_path / "run.mkv")) == 200


def test_key_pictures_come_at_least_every_second(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", ProgramFormat(320, 180, 10))
    for number in range(25):
        output.put_picture(number, grey(50 + number))
    output.close()
    with av.open(str(tmp_path / "run.mkv")) as file:
        keys = [float(p.pts * p.time_base) for p in file.demux(video=0) if p.is_keyframe and p.pts is not None]
    assert keys == [0.0, 1.0, 2.0]


def test_sound_alone_is_no_recording_and_no_crash(tmp_path: Path) -> None:
    output = RecorderOutput(tmp_path / "run.mkv", SMALL)
    output.put_block(0, tone(0))
    output.close()
    assert output.state == "off"


def test_a_full_disk_ends_the_recording_in_words() -> None:
    """/dev/full refuses every byte, like a disk with no room."""
    output = RecorderOutput(Path("/dev/full"), SMALL)
    play(output, 28)
    output.close()
    assert output.state.startswith("recording ended: No space left on device")
    output.put_picture(FIRST_PICTURE + 30, grey(1))  # the show goes on, nothing is kept


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    output = RecorderOutput(tmp_path / "taken" / "run.mkv", SMALL)
    play(output, 2)
    output.close()
    assert "choose another folder" in output.state


def test_the_disk_is_synced_though_the_first_picture_comes_late(tmp_path: Path) -> None:
    """FFmpeg makes the file with its first packet: until then there is nothing to sync, and that ends nothing."""
    output = RecorderOutput(tmp_path / "run.mkv", SMALL)
    threading.Event().wait(1.2 * SYNC_EVERY_S)
    assert output.synced == 0
    play(output, 20)
    output.close()
    assert output.synced >= 1


RECORD_FOR_EVER = """
import sys, time
from pathlib import Path
from stage.outputs.recorder import RecorderOutput
from stage.program import ProgramFormat
sys.path.insert(0, str(Path(sys.argv[2])))
import numpy as np
from stage.picture import BLOCK_FRAMES, Picture
program = ProgramFormat(320, 180, 30)
output = RecorderOutput(Path(sys.argv[1]), program)
begun = time.monotonic()
noise = np.random.default_rng(1).integers(16, 235, (16, 270, 320), dtype=np.uint8)
sound = np.random.default_rng(2).uniform(-0.5, 0.5, (BLOCK_FRAMES, 2)).astype(np.float32)
for number in range(3000):
    output.put_picture(number, Picture(noise[number % 16]))
    for block in program.blocks(number):
        output.put_block(block * BLOCK_FRAMES, sound)
    print(number, output.waiting, flush=True)
    # In real time, as a show's pictures come: what a kill costs is a matter of seconds, and there is nothing to await.
    time.sleep(max(0.0, begun + (number + 1) / 30 - time.monotonic()))
"""


def test_kill_9_costs_less_than_a_second(tmp_path: Path) -> None:
    """A recording process is killed in the middle of a real-time recording; the file plays up to just before.

    structlog writes to the same stdout, so the child says nothing else: a warning there would fail this test.
    """
    path = tmp_path / "run.mkv"
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", RECORD_FOR_EVER, str(path), str(root)], stdout=subprocess.PIPE, cwd=root, text=True
    )
    assert child.stdout is not None
    last = 0
    for line in child.stdout:
        last, waiting = (int(word) for word in line.split())
        if last >= 95 and waiting <= 1:  # busy machines encode later; what waits is no matter of the file
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    handed_over_s = last / 30
    last_picture_s = pictures_of(path)[-1][0]
    _, sound = sound_of(path)
    assert last_picture_s > handed_over_s - 1.0
    assert len(sound) / SAMPLE_RATE_HZ > handed_over_s - 1.0
