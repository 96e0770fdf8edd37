"""From a phone's encoded pictures to I420 in BT.709, limited range, upright: the part that reads what strangers sent.

Runs behind the walls. One packet in, at most one picture out; after anything odd it waits for the next key picture.
The same packets in the same order give the same bytes, live and from the kept file.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from live.errors import BadMedia
from live.messages.packets import Track
from stage.air.bounds import MAX_HEIGHT_PX, MAX_WIDTH_PX, most_pixels
from stage.air.decoding.bitstream import Unpacking, key_test
from stage.air.decoding.recolouring import Recolouring
from stage.picture import Picture, Plane
from stage.scaling import Planes, planes_of

LOW_DELAY = 0x80000
MACROBLOCK = 16
MOST_SIDE_PX = 4096
"""Of few pixels, too: no camera sends a ribbon."""

BT709, BT601 = 1, frozenset((4, 5, 6))
"""AVCOL_SPC_*."""
FULL_RANGE = 2
"""AVCOL_RANGE_JPEG."""
I420 = frozenset(("yuv420p", "yuvj420p"))
CLOCKWISE = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def decoder_name(codec: str) -> str:
    """The decoder for a WebCodecs codec string. Raises BadMedia."""
    known = {"avc1": "h264", "avc3": "h264", "vp8": "vp8", "vp09": "vp9", "vp9": "vp9", "jpeg": "mjpeg"}
    name = known.get(codec.partition(".")[0].lower())
    if name is None:
        raise BadMedia(f"expected pictures in H.264, VP8, VP9 or JPEG, got {codec!r}; encode H.264 or VP8")
    return name


@dataclass(frozen=True, slots=True)
class Framed:
    """A decoded frame and which packet it came from; only packets that could be decoded count."""

    index: int
    frame: VideoFrame


class PictureDecoder:
    """Decodes one track. `decode` raises BadMedia for what is no picture, and then waits for a key picture."""

    def __init__(self, track: Track) -> None:
        self.codec = decoder_name(track.codec)
        self._is_key = key_test(self.codec)
        self._unpacking = None if track.annexb or self.codec != "h264" else Unpacking(track.description)
        self._most = most_pixels(track)
        self._context: VideoCodecContext | None = None
        self._count = 0
        self.needs_key = True

    def unpacked(self, payload: bytes) -> bytes:
        """The payload as decoders and files want it. Raises BadMedia."""
        return payload if self._unpacking is None else self._unpacking.annexb(payload)

    def may_come(self, payload: bytes) -> bool:
        """Whether the packet can be decoded: all can, but for those after something odd and before a key picture."""
        if self.needs_key and self._is_key(payload):
            self.needs_key = False
            self._context = None
        return not self.needs_key

    def decode(self, payload: bytes) -> Framed | None:
        """Decode a packet that `may_come`; the frame may belong to an earlier one. Raises BadMedia."""
        packet = av.Packet(payload)
        packet.pts = self._count
        try:
            if self._context is None:
                self._context = self._open()
            frames = self._context.decode(packet)
            for frame in frames:
                self._check(frame)
        except (av.FFmpegError, ValueError, MemoryError, BadMedia) as error:
            self.needs_key = True
            raise BadMedia(f"expected a picture, got {error}") from None
        index, self._count = self._count, self._count + 1
        return Framed(index if frames[-1].pts is None else frames[-1].pts, frames[-1]) if frames else None

    def _open(self) -> VideoCodecContext:
        """A fresh decoder at each start: nothing of what came before can show through."""
        context: VideoCodecContext = av.CodecContext.create(self.codec, "r")  # type: ignore[assignment]
        context.thread_count = 1
        context.flags |= LOW_DELAY
        # Coded sizes are whole macroblocks, either way up.
        context.options = {"max_pixels": str(self._most + (MAX_WIDTH_PX + MAX_HEIGHT_PX + MACROBLOCK) * MACROBLOCK)}
        return context

    def _check(self, frame: VideoFrame) -> None:
        if frame.is_corrupt:
            raise BadMedia("one with holes in it")
        width, height = frame.width // 2 * 2, frame.height // 2 * 2
        if width < 2 or height < 2 or width * height > self._most or max(width, height) > MOST_SIDE_PX:
            raise BadMedia(f"one of {frame.width}×{frame.height}, more than was announced")


class Shaping:
    """Brings frames of one track into the stage's shape, in memory of the caller's."""

    def __init__(self, track: Track) -> None:
        self._full_range = track.full_range
        self._matrix = track.matrix
        self._turn = CLOCKWISE.get(track.rotation)
        self._is_across = track.rotation in (90, 270)
        self._reformatter = VideoReformatter()
        self._recolourings: dict[tuple[bool, bool], Recolouring] = {}

    def size(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = frame.width // 2 * 2, frame.height // 2 * 2
        return (height, width) if self._is_across else (width, height)

    def shape(self, frame: VideoFrame, into: Plane) -> tuple[int, int]:
        """Fill the flat buffer `into`; return width and height."""
        width, height = self.size(frame)
        picture = Picture(into[: width * height * 3 // 2].reshape(-1, width))
        targets = planes_of(picture)
        planes, recolouring = self._planes(frame)
        if self._turn is None and recolouring is not None:
            recolouring.apply(planes, targets)
        elif self._turn is None:
            for target, plane in zip(targets, planes, strict=True):
                np.copyto(target, plane)
        else:
            if recolouring is not None:
                upright = planes_of(Picture.empty(frame.width // 2 * 2, frame.height // 2 * 2))
                recolouring.apply(planes, upright)
                planes = upright
            for target, plane in zip(targets, planes, strict=True):
                cv2.rotate(plane, self._turn, dst=target)
        return width, height

    def _planes(self, frame: VideoFrame) -> tuple[Planes, Recolouring | None]:
        """A frame's planes, and what makes their colours the stage's, where they are not."""
        name = frame.format.name
        is_full = self._full_range
        if is_full is None:
            is_full = frame.color_range == FULL_RANGE or name.startswith("yuvj")
        is_709 = self._matrix == "bt709" if self._matrix else frame.colorspace not in BT601
        if name not in I420:
            return _cropped(self._reformatted(frame, is_709=is_709, is_full=is_full)), None
        if is_709 and not is_full:
            return _cropped(frame), None
        kind = is_709, is_full
        if kind not in self._recolourings:
            self._recolourings[kind] = Recolouring(is_709=is_709, is_full=is_full)
        return _cropped(frame), self._recolourings[kind]

    def _reformatted(self, frame: VideoFrame, *, is_709: bool, is_full: bool) -> VideoFrame:
        """What is not in I420, as some JPEG: FFmpeg knows all there is."""
        return self._reformatter.reformat(
            frame,
            format="yuv420p",
            src_colorspace=Colorspace.ITU709 if is_709 else Colorspace.ITU601,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG if is_full else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )


def _cropped(frame: VideoFrame) -> Planes:
    """The planes of an I420 frame, of even sides."""
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    y, u, v = (np.frombuffer(memoryview(p), np.uint8).reshape(-1, p.line_size) for p in frame.planes)
    return y[:height, :width], u[: height // 2, : width // 2], v[: height // 2, : width // 2]
