"""Guests as their phones recorded them: the very pictures that the program showed, in the recording's quality.

Real files through the walled children: a small stream as it was received, a large recording of the same moments with
times of its own, and a side log that names pictures of the stream. Every picture carries its number in a time strip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from live.messages.packets import Hello, Packet, Track
from live.messages.scene import LiveSource, Put, Scene
from stage.air.decoding.kept import Keeping
from stage.air.finest import FinestAir, PhoneRecording, Tally
from stage.air.kept_air import KeptAir
from stage.air.segments import begin_segment
from stage.program import ProgramFormat
from stage.render import LocalMedia, Run, play
from stage.side_log import Live, Record
from tests import time_strip
from tests.footage import drawn
from tests.stage.players import Keeper

PROGRAM = ProgramFormat(640, 360, 30)
SMALL = 160, 90
GUEST = "guest-0001"
COUNT, EVERY_US = 90, 33_333
CAPTURED_US = 40_000_000
FIRST, LAST = 20, 70
"""The pictures that the recording has."""
LATE_US = 120_000
"""The recorder began so long after it was told to."""
STARTED_US = CAPTURED_US + FIRST * EVERY_US - LATE_US
HELLO = Hello(stream_id=GUEST, tracks=(Track(track=0, kind="video", codec="vp8", width_px=160, height_px=90),))

Rows = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def large(number: int) -> Rows:
    return drawn(PROGRAM.width, PROGRAM.height, number)


def small(number: int) -> Rows:
    whole, (width, height) = large(number), SMALL
    planes = [whole[: PROGRAM.height], *whole[PROGRAM.height :].reshape(2, PROGRAM.height // 2, -1)]
    sizes = [(width, height), (width // 2, height // 2), (width // 2, height // 2)]
    fitted = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane, size in zip(planes, sizes, strict=True)]
    return np.concatenate([plane.reshape(-1) for plane in fitted]).astype(np.uint8).reshape(-1, width)


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was received of the guest."""
    folder = tmp_path_factory.mktemp("show") / "streams"
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = *SMALL, "yuv420p", Fraction(30)
    encoder.bit_rate, encoder.thread_count = 400_000, 1
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    keeping = Keeping(HELLO.tracks, *begin_segment(folder, HELLO, leave_bytes=0).files, leave_bytes=0)
    for number in range(COUNT):
        frame = av.VideoFrame.from_ndarray(small(number), format="yuv420p")
        frame.pts = number
        for unit in encoder.encode(frame):
            at_us = CAPTURED_US + number * EVERY_US
            packet = Packet(
                track=0, key=unit.is_keyframe, sequence=number, captured_us=at_us, sent_us=at_us, payload=bytes(unit)
            )
            keeping.picture(packet, packet.payload, at_us)
    keeping.close()
    return folder


def record(path: Path, numbers: Iterable[int], container: str = "webm", upside: int = 1) -> PhoneRecording:
    """As a browser's recorder does: its own times begin at 0. `upside` -1: of a scene that stands on its head."""
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream("libvpx" if container == "webm" else "libx264", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = PROGRAM.width, PROGRAM.height, "yuv420p"
        stream.bit_rate, stream.codec_context.time_base = 8_000_000, Fraction(1, 1000)
        stream.options = {"deadline": "realtime", "cpu-used": "8"} if container == "webm" else {"preset": "ultrafast"}
        for number in numbers:
            rows = large(number).copy()
            rows[: PROGRAM.height] = rows[: PROGRAM.height][::upside].copy()
            frame = av.VideoFrame.from_ndarray(rows, format="yuv420p")
            frame.pts, frame.time_base = round((number - FIRST) * EVERY_US / 1000), Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return PhoneRecording(path, STARTED_US)


def rendered(streams: Path, *recordings: PhoneRecording) -> tuple[Keeper, Tally]:
    keeper = Keeper()
    run = Run("run", PROGRAM, 0, COUNT - 1)
    run.takes[0] = [Put(layer_id=GUEST, source=LiveSource(stream_id=GUEST, sound=False), fade_ms=0)]
    side_log = Record(Live(picture=number, layers={GUEST: (1, number)}) for number in range(COUNT))
    air = FinestAir(KeptAir(streams), {GUEST: recordings})
    play(run, Scene(pictures_per_second=30), LocalMedia(streams), side_log, keeper, air)
    air.close()
    return keeper, air.tallies[GUEST]


def strips(keeper: Keeper) -> list[int | None]:
    return [time_strip.read(luma) for luma in lumas(keeper)]


def lumas(keeper: Keeper) -> Iterator[Rows]:
    for _, picture in sorted(keeper.pictures.items()):
        yield np.frombuffer(picture, np.uint8)[: PROGRAM.width * PROGRAM.height].reshape(PROGRAM.height, PROGRAM.width)


def error(luma: Rows, number: int) -> float:
    """How far a picture is from what the camera saw, where no name stands."""
    part = slice(PROGRAM.height // 4, PROGRAM.height // 2)
    return float(np.abs(luma[part].astype(int) - large(number)[: PROGRAM.height][part]).mean())


@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_the_same_moments_are_shown_finer_where_the_recording_has_them(
    streams: Path, tmp_path: Path, container: str
) -> None:
    plain, _ = rendered(streams)
    finest, tally = rendered(streams, record(tmp_path / "original", range(FIRST, LAST), container))
    assert strips(plain) == list(range(COUNT))
    assert strips(finest) == list(range(COUNT))
    errors = [error(luma, number) for number, luma in enumerate(lumas(finest))]
    fine, coarse = errors[FIRST:LAST], errors[:FIRST] + errors[LAST:]
    assert max(fine) < min(coarse)
    assert np.median(fine) < np.median(coarse) / 2
    assert tally == Tally(pictures=COUNT, finest=LAST - FIRST)


def test_two_renders_are_the_same_bytes(streams: Path, tmp_path: Path) -> None:
    recording = record(tmp_path / "original", range(FIRST, LAST))
    assert rendered(streams, recording)[0].pictures == rendered(streams, recording)[0].pictures


def test_what_the_recorder_left_out_is_shown_as_received(streams: Path, tmp_path: Path) -> None:
    """Never the moment beside it."""
    numbers = [number for number in range(FIRST, LAST) if number not in range(40, 50)]
    finest, tally = rendered(streams, record(tmp_path / "original", numbers))
    assert strips(finest) == list(range(COUNT))
    assert tally.finest == len(numbers)


@pytest.mark.parametrize("kind", ["another scene", "garbage", "missing"])
def test_what_is_no_recording_of_the_stream_changes_nothing(streams: Path, tmp_path: Path, kind: str) -> None:
    """Nobody may bring into the film what the hall did not see, nor spoil it by a broken file."""
    path = tmp_path / "original"
    recording = PhoneRecording(path, STARTED_US)
    if kind == "another scene":
        recording = record(path, range(FIRST, LAST), upside=-1)
    elif kind == "garbage":
        path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 400)
    finest, tally = rendered(streams, recording)
    assert finest.pictures == rendered(streams)[0].pictures
    assert tally == Tally(pictures=COUNT, finest=0)
