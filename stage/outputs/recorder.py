"""Records the program: Matroska with H.264 and FLAC, made so that a kill -9 costs less than a second.

Pictures and blocks wait in a bounded feed; one thread encodes and writes, another syncs the file to the disk. Clusters
are short and leave memory as soon as they are whole; timestamps are show time less that of the first picture, so a late
or dropped picture leaves a gap and moves nothing. A full disk or a folder that is not there ends the recording with a
sentence in `state`; the show goes on.
"""

from __future__ import annotations

import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import structlog
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from stage.outputs.encoding import X264, mark_bt709, sound_frame, video_frame
from stage.outputs.feed import Feed, NumberedPicture, PlacedBlock
from stage.picture import SAMPLE_RATE_HZ, Block, Picture, silence
from stage.program import ProgramFormat

PICTURES_WAITING = 30
BLOCKS_WAITING = 1000
CLUSTER_MS = 250
LONGEST_INTERLEAVE_US = 250_000
"""A picture waits no longer than this for sound to be written beside it."""
SYNC_EVERY_S = 0.5
LONGEST_FILLED_GAP_FRAMES = 60 * SAMPLE_RATE_HZ
CLOSE_WITHIN_S = 15.0

FIRST_PICTURE_TAG = "HOUSELIGHTS_FIRST_PICTURE"
"""Metadata: the number of the program picture at timestamp 0."""

log = structlog.get_logger()


class RecorderOutput:
    """An `Output` into one file. Begins with the first picture it is handed; `close` finishes the file."""

    name = "recording"

    def __init__(self, path: Path, program: ProgramFormat, *, waits: bool = False) -> None:
        """`waits` is for the offline render, which is faster than any encoder: then nothing is dropped."""
        self._path = path
        self._program = program
        self._feed = Feed(PICTURES_WAITING, BLOCKS_WAITING, waits=waits)
        self._state = "on"
        self._syncer = _Syncer(path)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._feed.dropped

    @property
    def state(self) -> str:
        return self._state

    @property
    def wants_pictures(self) -> bool:
        return not self._feed.ended

    @property
    def wants_sound(self) -> bool:
        return not self._feed.ended

    @property
    def waiting(self) -> int:
        """How many pictures are not encoded yet: with a machine that keeps up, none or one."""
        return len(self._feed)

    @property
    def synced(self) -> int:
        """How often the file was brought to the disk."""
        return self._syncer.synced

    def put_picture(self, number: int, picture: Picture) -> None:
        self._feed.put_picture(number, picture)

    def put_block(self, first_frame: int, block: Block) -> None:
        self._feed.put_block(first_frame, block)

    def close(self) -> None:
        """Write what waits, finish the file and sync it."""
        self._feed.end()
        self._thread.join(CLOSE_WITHIN_S)
        if self._state == "on":
            self._state = "off"

    def _run(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _File(self._path, self._program) as file:
                self._syncer.start()
                while (item := self._feed.take()) is not None:
                    file.write(item)
        except Exception as error:  # FFmpeg, disk or encoder: none may take down the show
            reason = getattr(error, "strerror", None) or error
            self._state = f"recording ended: {reason} at {str(self._path)!r}; make room or choose another folder"
            log.warning("recording ended", path=str(self._path), error=str(error))
        finally:
            self._feed.end()
            self._feed.clear()
            self._syncer.close()


class _File:
    """The container, its two encoders, and the moment it counts from."""

    def __init__(self, path: Path, program: ProgramFormat) -> None:
        self._program = program
        self._first_picture: int | None = None
        self._waiting: list[PlacedBlock] = []
        self._next_frame = 0
        options = {
            "cluster_time_limit": str(CLUSTER_MS),
            "flush_packets": "1",
            "max_interleave_delta": str(LONGEST_INTERLEAVE_US),
        }
        self._container: OutputContainer = av.open(str(path), "w", format="matroska", options=options)
        self._picture: VideoStream = self._container.add_stream("libx264", rate=program.pictures_per_second)
        self._sound: AudioStream = self._container.add_stream(
            "flac", rate=SAMPLE_RATE_HZ, layout="stereo", format="s16"
        )
        context = self._picture.codec_context
        context.width, context.height, context.pix_fmt = program.width, program.height, "yuv420p"
        context.time_base = Fraction(1, program.pictures_per_second)
        context.gop_size = program.pictures_per_second
        context.thread_count = 1
        context.options = {**X264, "crf": "20", "maxrate": "40M", "bufsize": "40M"}
        mark_bt709(context)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._first_picture is not None:
                self._container.mux(self._picture.encode(None))
                self._container.mux(self._sound.encode(None))
        finally:
            self._container.close()

    def write(self, item: NumberedPicture | PlacedBlock) -> None:
        if isinstance(item, PlacedBlock):
            self._write_block(item)
        else:
            self._write_picture(item)

    def _write_picture(self, item: NumberedPicture) -> None:
        if self._first_picture is None:
            self._begin(item.number)
        pts = item.number - (self._first_picture or 0)
        frame = video_frame(item.picture, pts, self._program.pictures_per_second)
        self._container.mux(self._picture.encode(frame))

    def _begin(self, number: int) -> None:
        self._first_picture = number
        self._container.metadata[FIRST_PICTURE_TAG] = str(number)
        self._next_frame = self._program.first_frame(number)
        for placed in self._waiting:
            self._write_block(placed)
        self._waiting.clear()

    def _write_block(self, placed: PlacedBlock) -> None:
        """Append a block; silence fills what is missing before it, what was written already is left out."""
        if self._first_picture is None:
            self._waiting = [*self._waiting[-BLOCKS_WAITING:], placed]
            return
        missing = placed.first_frame - self._next_frame
        if 0 < missing <= LONGEST_FILLED_GAP_FRAMES:
            self._write_sound(silence(missing))
        elif missing > 0:
            self._next_frame = placed.first_frame
        self._write_sound(placed.block[max(0, -missing) :])

    def _write_sound(self, sound: Block) -> None:
        if len(sound):
            pts = self._next_frame - self._program.first_frame(self._first_picture or 0)
            self._next_frame += len(sound)
            self._container.mux(self._sound.encode(sound_frame(sound, pts, "s16")))


class _Syncer:
    """Brings what was written to the disk every SYNC_EVERY_S, in a thread of its own: a slow disk holds up nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.synced = 0
        self._is_named = False
        self._is_failing = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recording sync", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(SYNC_EVERY_S):
            self._bring()
        self._bring()

    def _bring(self) -> None:
        """Sync the file once it is there (FFmpeg makes it with its first packet), and its name once."""
        try:
            _sync(self._path)
            self.synced += 1
            if not self._is_named:
                _sync(self._path.parent)
                self._is_named = True
        except FileNotFoundError:
            return
        except OSError as error:
            if not self._is_failing:
                log.warning("recording could not be synced to the disk", path=str(self._path), error=str(error))
            self._is_failing = True


def _sync(path: Path) -> None:
    """Bring a file (its data, whoever wrote it) or a folder (its names) to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
