"""Chunks of a browser's recorder (WebM, MP4) become pictures and sound: for phones that have no encoder of their own.

Behind the walls. A container is one stream of bytes, and FFmpeg reads it when it likes: a thread of its own decodes
from a pipe, and `feed` waits a moment until it has made what it can of a chunk and asks for more. A key chunk begins a
new container. `decoded` is the same for the pipe and for the kept file, so that the render gets the same pictures.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypeAlias

import av
import numpy as np
from av.audio.resampler import AudioResampler

from live.errors import BadMedia
from live.messages.packets import Track
from stage.air.bounds import most_pixels
from stage.air.decoding.pictures import LOW_DELAY, MOST_SIDE_PX, Framed
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block

Format = Literal["matroska", "mov"]
FORMATS: dict[str, Format] = {"webm": "matroska", "mp4": "mov"}
CODECS = frozenset(("h264", "vp8", "vp9", "opus", "aac"))
"""What recorders of browsers write, and nothing else FFmpeg knows."""
BOTH = frozenset(("video", "audio"))
FEED_WITHIN_S = 0.03
WAITED_SHARE, MOST_SAVED_S = 0.25, 0.06
"""Other streams wait meanwhile: a recording that takes longer shows its picture with the next chunk."""
MOST_UNREAD = 8 << 20
MOST_PIXELS_SLACK = 49_000
MOST_AHEAD_S = 10.0
"""So much more than the time that went by may a recording hold: a few kilobytes can hold hours of silence."""
MOST_PICTURES_PER_S = 120

Piece: TypeAlias = Framed | Block


class File(Protocol):
    def read(self, size: int = -1, /) -> bytes | None: ...


def is_container(track: Track) -> bool:
    return track.codec in FORMATS


def decoded(file: File, track: Track, kinds: frozenset[str] = BOTH) -> Iterator[Piece]:
    """Pictures and sound, or one of them, in the order of the file. Raises BadMedia."""
    most = most_pixels(track)
    index = 0
    try:
        with av.open(
            file, "r", format=FORMATS[track.codec], options={"probesize": "32", "analyzeduration": "0"}
        ) as opened:
            streams = [one for one in (*opened.streams.video[:1], *opened.streams.audio[:1]) if one.type in kinds]
            for stream in streams:
                if stream.codec_context is None or stream.codec_context.name not in CODECS:
                    raise BadMedia("expected H.264, VP8, VP9, Opus or AAC in it, got another codec")
                stream.codec_context.thread_count = 1
                stream.codec_context.flags |= LOW_DELAY
                stream.codec_context.options = {"max_pixels": str(most + MOST_PIXELS_SLACK)}
            resampler = AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE_HZ)
            for frame in opened.decode(streams):
                if isinstance(frame, av.VideoFrame):
                    if frame.width * frame.height > most or max(frame.width, frame.height) > MOST_SIDE_PX:
                        raise BadMedia(f"expected what was announced, got {frame.width}×{frame.height}")
                    yield Framed(index, frame)
                    index += 1
                elif isinstance(frame, av.AudioFrame):
                    for resampled in resampler.resample(frame):
                        yield np.ascontiguousarray(resampled.to_ndarray().reshape(-1, CHANNELS), np.float32)
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise BadMedia(f"expected a recorder's {track.codec}, got {error}") from None


class _Pipe:
    """Bytes that come later: `read` waits for them, and says so."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.is_starving = False
        self.is_closed = False
        self._chunks: deque[bytes] = deque()
        self._unread = 0

    def put(self, chunk: bytes) -> None:
        """Raises BadMedia."""
        with self.changed:
            self._unread += len(chunk)
            if self._unread > MOST_UNREAD:
                raise BadMedia(f"expected what can be read as it comes, got {self._unread} bytes of which nothing came")
            self._chunks.append(chunk)
            self.is_starving = False
            self.changed.notify_all()

    def read(self, size: int = -1, /) -> bytes:
        with self.changed:
            while not self._chunks:
                if self.is_closed:
                    return b""
                self.is_starving = True
                self.changed.notify_all()
                self.changed.wait()
            chunk = self._chunks.popleft()
            if 0 <= size < len(chunk):
                self._chunks.appendleft(chunk[size:])
                chunk = chunk[:size]
            self._unread -= len(chunk)
            return chunk

    def close(self) -> None:
        with self.changed:
            self.is_closed = True
            self._chunks.clear()
            self.changed.notify_all()


class Patience:
    """How long a recording may be waited for: a moment at a time, and never more than a share of the time."""

    def __init__(self, now_s: float) -> None:
        self._refilled_s = now_s
        self._left_s = MOST_SAVED_S

    def left_s(self, now_s: float) -> float:
        earned_s = (now_s - self._refilled_s) * WAITED_SHARE
        self._refilled_s = now_s
        self._left_s = min(MOST_SAVED_S, self._left_s + earned_s)
        return max(0.0, min(FEED_WITHIN_S, self._left_s))

    def spend(self, waited_s: float) -> None:
        self._left_s -= waited_s


class ContainerDecoder:
    """Decodes one track of chunks; made anew for each container. `now_s` is monotonic.

    Of pictures the newest alone is kept until it is asked for, of sound at most what the time that went by allows.
    """

    def __init__(self, track: Track, now_s: Callable[[], float] = time.monotonic) -> None:
        self._track = track
        self._now_s = now_s
        self._began_s = now_s()
        self._patience = Patience(self._began_s)
        self._pipe = _Pipe()
        self._sound: deque[Block] = deque()
        self._newest: Framed | None = None
        self._pictures = self._frames = 0
        self._ended = ""
        self._thread = threading.Thread(target=self._run, name="container", daemon=True)
        self._thread.start()

    def feed(self, chunk: bytes) -> list[Piece]:
        """Return what sound there is by now, and the newest picture. Raises BadMedia once it cannot go on."""
        pipe = self._pipe
        pipe.put(chunk)
        began_s = self._now_s()
        with pipe.changed:
            pipe.changed.wait_for(lambda: pipe.is_starving or self._ended, self._patience.left_s(began_s))
            self._patience.spend(self._now_s() - began_s)
            pieces: list[Piece] = [*self._sound] if self._newest is None else [*self._sound, self._newest]
            self._sound.clear()
            self._newest = None
        if self._ended and not pieces:
            raise BadMedia(self._ended)
        return pieces

    def close(self) -> None:
        """The thread ends with what it is at: nobody waits long for it."""
        self._pipe.close()
        self._thread.join(FEED_WITHIN_S)

    def _run(self) -> None:
        ended = "expected more of the recording, got its end"
        try:
            for piece in decoded(self._pipe, self._track):
                self._take(piece)
        except BadMedia as error:
            ended = str(error)
        with self._pipe.changed:
            self._ended = ended
            self._pipe.changed.notify_all()

    def _take(self, piece: Piece) -> None:
        """Raises BadMedia."""
        with self._pipe.changed:
            if isinstance(piece, Framed):
                self._newest = piece
                self._pictures += 1
            else:
                self._sound.append(piece)
                self._frames += len(piece)
        held_s = max(self._pictures / MOST_PICTURES_PER_S, self._frames / SAMPLE_RATE_HZ)
        if held_s > self._now_s() - self._began_s + MOST_AHEAD_S:
            raise BadMedia(f"expected a recording sent while it is made, got {held_s:.0f} s of it too early")
