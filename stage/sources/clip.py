"""A video: its H.264 rendition decoded ahead by a thread of its own into a bounded queue of I420 pictures.

Time in a looping clip goes on counting: lap × duration + time in the file, so that the queue runs over the seam and the
next lap's first picture is there before it is due. What is shown at a position is the last picture that starts at or
before it. All of it is integer arithmetic in microseconds, the same live and offline.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from live.clock import US_PER_S
from live.errors import BadMedia
from stage.canvases import Canvases
from stage.picture import Picture
from stage.program import ProgramFormat
from stage.scaling import planes_of

AHEAD = 6
"""Pictures decoded before they are due; the decoder waits when they are there."""
JUMP_US = 700_000
"""Further ahead than this the decoder seeks (the renditions have a key picture every half second)."""

BT709, UNSPECIFIED = 1, 2
"""AVCOL_SPC_*."""
FULL_RANGE = 2
"""AVCOL_RANGE_JPEG."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture and when it starts, in the counting of `ClipSource`."""

    start_us: int
    picture: Picture


class ClipSource:
    """`path` may block (it fetches the file) and is called once, by `prepare`; `duration_us` 0: as long as the file."""

    def __init__(self, path: Callable[[], Path], program: ProgramFormat, *, loop: bool, duration_us: int) -> None:
        self._path = path
        self._rate = program.pictures_per_second
        self._loop = loop
        self._duration_us = duration_us
        self._changed = threading.Condition()
        self._queue: deque[Decoded] = deque()
        self._ended = False
        self._jump_us: int | None = 0
        self._from_us = 0
        self._picture_us = 0
        self._given: Decoded | None = None
        self._shown = 0
        self._closed = False
        self._thread: threading.Thread | None = None
        self.trouble = ""
        """Why decoding stopped early; the last picture stays."""

    def prepare(self) -> None:
        """Open the file and decode its first picture. Raises BadMedia."""
        reader = Reader(self._path())
        self._duration_us = self._duration_us or reader.duration_us
        self._picture_us = reader.picture_us
        self._thread = threading.Thread(target=self._decode, args=(reader,), name="clip", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._ended)
            if not self._queue:
                raise BadMedia(
                    f"expected a clip with pictures, got none: {self.trouble or 'it is empty'}; prepare it again"
                )

    def picture_at(self, position: int, *, exact: bool) -> Picture | None:
        with self._changed:
            settled = self._advance(position)
            if exact and not settled:
                self._changed.wait_for(lambda: self._closed or self._advance(position))
            first = self._queue[0] if self._queue else None
            if first is not None and self._has_begun(first, position):
                self._show(first, position)
        return None if self._given is None else self._given.picture

    def shown_position(self) -> int:
        return self._shown

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _has_begun(self, decoded: Decoded, position: int) -> bool:
        return decoded.start_us * self._rate <= position * US_PER_S

    def _is_certain(self, position: int) -> bool:
        """Whether the first in the queue is the very picture of a position: the next one starts later."""
        queue = self._queue
        if self._jump_us is not None or not queue or not self._has_begun(queue[0], position):
            return False
        return len(queue) > 1 and not self._has_begun(queue[1], position)

    def _show(self, decoded: Decoded, position: int) -> None:
        """Give a picture, and work out by which position the offline render gets the very same one."""
        if self._ended or self._is_certain(position):
            self._shown = position
        elif decoded is not self._given:
            first = min(position, -(-decoded.start_us * self._rate // US_PER_S))
            if self._given is not None and first * US_PER_S >= (decoded.start_us + self._picture_us) * self._rate:
                return  # between two positions: only shown where the next picture is late, so it would never be again
            self._shown = first
        self._given = decoded

    def _advance(self, position: int) -> bool:
        """Let go what is over, send the decoder elsewhere where the position jumped; True when all is settled."""
        queue = self._queue
        while len(queue) > 1 and self._has_begun(queue[1], position):
            queue.popleft()
        self._changed.notify_all()
        if self._jump_us is not None or not queue:
            return self._ended
        wanted_us = position * US_PER_S // self._rate
        behind = not self._has_begun(queue[0], position)
        far = wanted_us - max(queue[-1].start_us, self._from_us) > JUMP_US
        if behind or (far and not self._ended):
            self._jump_us = wanted_us
            self._ended = False
            queue.clear()
            return False
        return self._ended or self._is_certain(position)

    def _decode(self, reader: Reader) -> None:
        """The thread: keeps the queue full, from wherever it was last sent."""
        try:
            while (start_us := self._next_jump()) is not None:
                self._play(reader, start_us)
        finally:
            reader.close()

    def _next_jump(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._jump_us is not None)
            self._from_us, self._jump_us = self._jump_us or 0, None
            return None if self._closed else self._from_us

    def _play(self, reader: Reader, from_us: int) -> None:
        """Decode on from a time until sent elsewhere, closed or at the end."""
        lap = from_us // self._duration_us if self._loop and self._duration_us else 0
        try:
            for decoded in reader.laps(lap, from_us - lap * self._duration_us, self._duration_us, loop=self._loop):
                if not self._put(decoded, from_us):
                    return
        except (av.FFmpegError, ValueError, OSError) as error:
            self.trouble = f"decoding stopped: {error}"
        with self._changed:
            self._ended = self._jump_us is None
            self._changed.notify_all()

    def _put(self, decoded: Decoded, from_us: int) -> bool:
        """Queue a picture; False when the decoder is wanted elsewhere. What is over before `from_us` gives way."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._queue) < AHEAD or self._closed or self._jump_us is not None)
            if self._closed or self._jump_us is not None:
                return False
            if self._queue and decoded.start_us <= from_us:
                self._queue.clear()
            self._queue.append(decoded)
            self._changed.notify_all()
            return True


class Reader:
    """The file itself: pictures in order, from any time on. Used by one thread."""

    def __init__(self, path: Path) -> None:
        try:
            self._container: InputContainer = av.open(str(path))
            self._stream = self._container.streams.video[0]
        except (av.FFmpegError, OSError, IndexError) as error:
            raise BadMedia(
                f"expected a clip that FFmpeg can open, got {path.name}: {error}; prepare it again"
            ) from None
        self._stream.thread_count = 1
        self._base = self._stream.time_base
        self._canvases: Canvases | None = None
        length = self._stream.duration * self._base if self._stream.duration and self._base else 0
        self.duration_us = int(length * US_PER_S)
        self.picture_us = int(US_PER_S / (self._stream.average_rate or 30))

    def laps(self, lap: int, from_us: int, duration_us: int, *, loop: bool) -> Iterator[Decoded]:
        """Pictures from `from_us` of a lap on (and a few before it), lap after lap with `loop`."""
        while True:
            any_picture = False
            for start_us, frame in self._frames(from_us):
                if loop and duration_us and start_us >= duration_us:
                    break
                any_picture = True
                yield Decoded(lap * duration_us + start_us, self._picture(frame))
            if not loop or not duration_us or not any_picture:
                return
            lap, from_us = lap + 1, 0

    def _frames(self, from_us: int) -> Iterator[tuple[int, VideoFrame]]:
        base = self._base
        if base is None:
            raise ValueError("expected a clip with a time base, got none")
        self._container.seek(
            int(from_us / US_PER_S / base) + (self._stream.start_time or 0), stream=self._stream, backward=True
        )
        first_pts = self._stream.start_time or 0
        for frame in self._container.decode(self._stream):
            if frame.pts is not None:
                yield max(0, int((frame.pts - first_pts) * base * US_PER_S)), frame

    def _picture(self, frame: VideoFrame) -> Picture:
        """Copy a frame into a picture: BT.709, limited range, even sides."""
        full_range = frame.color_range == FULL_RANGE
        other_matrix = frame.colorspace not in (BT709, UNSPECIFIED)
        if frame.format.name != "yuv420p" or full_range or other_matrix:
            frame = frame.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG, threads=1
            )
        width, height = frame.width // 2 * 2, frame.height // 2 * 2
        if self._canvases is None:
            self._canvases = Canvases(width, height)
        picture = self._canvases.take()
        for into, plane in zip(planes_of(picture), frame.planes, strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            np.copyto(into, rows[: into.shape[0], : into.shape[1]])
        return picture

    def close(self) -> None:
        self._container.close()
