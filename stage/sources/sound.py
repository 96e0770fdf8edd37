"""A sound piece from its FLAC rendition: a `SoundSource` that is never waited for live.

A reader thread keeps the next READ_AHEAD chunks decoded; live, `read` only copies, and answers None where the reader is
behind. With `exact=True` (offline) the caller decodes what is missing itself, so that both give the same bytes. At most
CACHED_CHUNKS are held, oldest use gives way; `misses` counts the blocks that were not there in time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from live.clock import US_PER_S
from live.errors import BadMedia
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block, silence

CHUNK_FRAMES = SAMPLE_RATE_HZ // 2
READ_AHEAD = 4
CACHED_CHUNKS = 8

SOFT_FRAMES = 96
"""2 ms: how long an end that would click is faded."""
AUDIBLE_STEP = 0.01


class SoundFileSource:
    """Plays `path()` for `duration_us` (0: as long as the file is), over and over with `loop`; then silence.

    `path` may block (it fetches the file) and is called once, by `prepare`.
    """

    def __init__(self, path: Callable[[], Path], loop: bool, duration_us: int) -> None:
        self._path = path
        self._loop = loop
        self._wanted_frames = duration_us * SAMPLE_RATE_HZ // US_PER_S
        self._chunks: OrderedDict[int, Block] = OrderedDict()
        self._file_lock = threading.Lock()
        self._file: soundfile.SoundFile | None = None
        self._soft = (False, False)
        self._next_chunk = 0
        self._wake = threading.Event()
        self._closed = False
        self._reader = threading.Thread(target=self._read_ahead, name="sound reader", daemon=True)
        self.frames = 0
        self.misses = 0

    @property
    def cached_chunks(self) -> int:
        return len(self._chunks)

    def prepare(self) -> None:
        """Open the file, decode its beginning and start reading ahead. Raises BadMedia for what is not 48 kHz sound."""
        path = self._path()
        try:
            file = soundfile.SoundFile(path)
        except (soundfile.LibsndfileError, OSError) as error:
            raise BadMedia(
                f"expected a FLAC file at {path.name!r}, got {error}; prepare the contribution again"
            ) from None
        if file.samplerate != SAMPLE_RATE_HZ or file.channels > CHANNELS or not file.frames:
            got = f"{file.frames} frames of {file.channels} channels at {file.samplerate} Hz"
            file.close()
            raise BadMedia(f"expected mono or stereo sound at {SAMPLE_RATE_HZ} Hz, got {got}; prepare it again")
        self._file = file
        self.frames = self._wanted_frames or file.frames
        self._soft = self._ends_that_click()
        for number in range(READ_AHEAD):
            self._chunk(number)
        self._reader.start()

    def read(self, first_frame: int, frames: int, *, exact: bool) -> Block | None:
        """Return `frames` from position `first_frame`, or None where they are not decoded yet.

        What lies within one chunk is not copied: nobody may write to it.
        """
        at = first_frame % self.frames if self._loop else first_frame
        number, offset = divmod(at, CHUNK_FRAMES)
        if first_frame < 0 or at + frames > self.frames or offset + frames > CHUNK_FRAMES:
            return self._pieced(first_frame, frames, exact=exact)
        chunk = self._chunk(number) if exact else self._cached(number)
        if chunk is None:
            self.misses += 1
            return None
        return chunk[offset : offset + frames]

    def _pieced(self, first_frame: int, frames: int, *, exact: bool) -> Block | None:
        """What lies in several chunks, over the seam of a loop, or partly before the beginning or past the end."""
        block = silence(frames)
        done = 0
        while done < frames:
            at = first_frame + done
            if at < 0 or (at >= self.frames and not self._loop):
                done += min(frames - done, -at) if at < 0 else frames
                continue
            at %= self.frames
            number, offset = divmod(at, CHUNK_FRAMES)
            chunk = self._chunk(number) if exact else self._cached(number)
            if chunk is None:
                self.misses += 1
                return None
            taken = min(frames - done, len(chunk) - offset)
            block[done : done + taken] = chunk[offset : offset + taken]
            done += taken
        return block

    def close(self) -> None:
        """Stop reading; the file is closed by whoever reads last."""
        self._closed = True
        self._wake.set()
        if self._reader.is_alive():
            self._reader.join()
        with self._file_lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _cached(self, number: int) -> Block | None:
        """The chunk if it is there; never waits. Wakes the reader when playing has moved on."""
        if number != self._next_chunk:
            self._next_chunk = number
            self._wake.set()
        chunk = self._chunks.get(number)
        if chunk is None:
            self._wake.set()
        return chunk

    def _chunk(self, number: int) -> Block | None:
        """The chunk, decoded here and now if need be; None when the source was closed meanwhile."""
        with self._file_lock:
            chunk = self._chunks.get(number)
            if chunk is not None:
                self._chunks.move_to_end(number)
            elif self._file is not None:
                chunk = self._softened(self._decoded(number * CHUNK_FRAMES, CHUNK_FRAMES), number * CHUNK_FRAMES)
                self._chunks[number] = chunk
                while len(self._chunks) > CACHED_CHUNKS:
                    self._chunks.popitem(last=False)
            return chunk

    def _decoded(self, first: int, frames: int) -> Block:
        """Frames of the file, cut at our length; silence where the file is shorter or damaged."""
        assert self._file is not None
        sound = silence(max(0, min(frames, self.frames - first)))
        if first < self._file.frames:
            try:
                self._file.seek(first)
                got = self._file.read(len(sound), dtype="float32", always_2d=True)
                sound[: len(got)] = got
            except soundfile.LibsndfileError:
                # A damaged stretch is silence, live and offline alike. libFLAC stays lost after it: open afresh.
                self._file = soundfile.SoundFile(self._file.name)
        return sound

    def _ends_that_click(self) -> tuple[bool, bool]:
        """Whether start and end must be faded: not where one follows smoothly from the other, or from silence."""
        first, last = self._decoded(0, 1)[0], self._decoded(self.frames - 1, 1)[0]
        if self._loop:
            step = bool(np.abs(last - first).max() > AUDIBLE_STEP)
            return step, step
        return False, bool(np.abs(last).max() > AUDIBLE_STEP)

    def _softened(self, chunk: Block, first: int) -> Block:
        positions = np.arange(first, first + len(chunk))
        if self._soft[0] and first < SOFT_FRAMES:
            chunk *= np.minimum(1.0, positions / SOFT_FRAMES).astype(np.float32)[:, None]
        if self._soft[1] and first + len(chunk) > self.frames - SOFT_FRAMES:
            chunk *= np.minimum(1.0, (self.frames - 1 - positions) / SOFT_FRAMES).astype(np.float32)[:, None]
        chunk.flags.writeable = False
        return chunk

    def _read_ahead(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            chunks = -(-self.frames // CHUNK_FRAMES)
            for ahead in range(READ_AHEAD):
                number = self._next_chunk + ahead
                if self._closed or (number >= chunks and not self._loop):
                    break
                self._chunk(number % chunks)
