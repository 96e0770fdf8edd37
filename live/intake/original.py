"""The stranger's file as the libraries see it: bytes by descriptor, no name, nothing else to open.

`OriginalFile` reads with positions of its own, so that two threads read one descriptor, and may leave stretches out.
`open_media` makes FFmpeg read it as the format that was sniffed, with every protocol and every rare codec shut.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import av
from av.container import InputContainer

from live.errors import BadMedia
from live.intake.sniff import HEAD_BYTES, MP4, Format, sniff

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_VIDEO_PIXELS = 36_000_000
_PIECE_BYTES = 1 << 18
_CODECS = (
    "h264,hevc,h263,mpeg4,vp8,vp9,libvpx,libvpx-vp9,libdav1d,av1,mjpeg,prores,"
    "aac,mp3,mp3float,opus,libopus,vorbis,flac,alac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_u8,pcm_s8,pcm_mulaw,pcm_alaw,"
    "png,timecode"
)
_ALLOWED_CODECS = frozenset(_CODECS.split(","))


class OriginalFile(io.RawIOBase):
    """Reads the given stretches `(from, to)` of an open file as if they were one."""

    def __init__(self, fd: int, stretches: Sequence[tuple[int, int]] | None = None) -> None:
        self._fd = fd
        self._stretches = tuple(stretches) if stretches is not None else ((0, os.fstat(fd).st_size),)
        self._ends = tuple(accumulate(end - start for start, end in self._stretches))
        self._at = 0
        self.size_bytes = self._ends[-1] if self._ends else 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._at >= self.size_bytes:
            return 0
        view = memoryview(buffer).cast("B")
        index = bisect_right(self._ends, self._at)
        left = self._ends[index] - self._at
        got = os.preadv(self._fd, [view[:left]], self._stretches[index][1] - left)
        self._at += got
        return got

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


def identify(fd: int) -> Format:
    """Raises BadMedia where it is none of ours."""
    return sniff(os.pread(fd, HEAD_BYTES, 0))


def open_media(fd: int, form: Format) -> InputContainer:
    """Open for FFmpeg; may be opened more than once at a time. Raises BadMedia."""
    file = OriginalFile(fd, whole_fragments(fd) if form is MP4 else None)
    try:
        container: InputContainer = av.open(
            mode="r",
            file=file,
            format=form.reader,
            buffer_size=_PIECE_BYTES,
            options={"max_pixels": str(MAX_VIDEO_PIXELS), "codec_whitelist": _CODECS},
            container_options={"protocol_whitelist": ""},
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise BadMedia(
            f"expected {form.name} that is whole, got one that cannot be opened ({_words(error)}); "
            "it may have been cut short: record it again or send another copy"
        ) from None
    refused = [s for s in (*container.streams.video, *container.streams.audio) if not is_allowed(s.codec_context)]
    if refused:
        container.close()
        names = ", ".join(stream.codec_context.name for stream in refused)
        raise BadMedia(f"expected the codecs that phones use, got {names}; export it as MP4 (H.264) and send it again")
    return container


def is_allowed(codec: av.CodecContext | None) -> bool:
    return codec is not None and codec.name in _ALLOWED_CODECS


def whole_fragments(fd: int) -> tuple[tuple[int, int], ...] | None:
    """Return the stretches of an MP4 to read, None for all of it.

    WebKitGTK's recorder doubles the last `moof` and writes `ftyp` twice, and FFmpeg then reads the last fragment from
    the wrong place: a `moof` straight before another `moof`, and every `ftyp` but the first, are left out.
    """
    boxes = _top_boxes(fd)
    kinds = [kind for kind, _, _ in boxes]
    kept = [
        (start, end)
        for index, (kind, start, end) in enumerate(boxes)
        if not (kind == b"moof" and kinds[index + 1 : index + 2] == [b"moof"])
        and not (kind == b"ftyp" and b"ftyp" in kinds[:index])
    ]
    return tuple(kept) if len(kept) < len(boxes) else None


def _top_boxes(fd: int) -> list[tuple[bytes, int, int]]:
    """`(kind, start, end)` of the outermost boxes; a broken length ends the list with all that is left."""
    size, at = os.fstat(fd).st_size, 0
    boxes: list[tuple[bytes, int, int]] = []
    while at < size and len(boxes) < 100_000:
        head = os.pread(fd, 16, at)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        end = at + length if 8 <= length <= size - at else size
        boxes.append((head[4:8], at, end))
        at = end
    return boxes


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)[:200]
