"""Pictures and blocks as FFmpeg's frames, and the encoders that outputs share. No files, no sockets, no threads."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from stage.picture import SAMPLE_RATE_HZ, Block, Picture

SOUND_TIME_BASE = Fraction(1, SAMPLE_RATE_HZ)

X264 = {"preset": "ultrafast", "tune": "zerolatency", "bf": "0"}
"""1080p30 in less than half a core, and no picture waits in the encoder for another."""


def video_frame(picture: Picture, pts: int, rate: int, *, key: bool = False) -> av.VideoFrame:
    """The picture as a frame, without a copy. `pts` counts in 1/rate; `key` asks for a key picture."""
    frame = av.VideoFrame.from_numpy_buffer(picture.data, format="yuv420p")
    frame.pts = pts
    frame.time_base = Fraction(1, rate)
    frame.color_range = ColorRange.MPEG
    frame.colorspace = Colorspace.ITU709
    if key:
        frame.pict_type = PictureType.I
    return frame


def scaled(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """The frame at another size, quick rather than fine."""
    if (frame.width, frame.height) == (width, height):
        return frame
    small = frame.reformat(width, height, interpolation=Interpolation.FAST_BILINEAR, threads=1)
    small.pts, small.time_base, small.pict_type = frame.pts, frame.time_base, frame.pict_type
    return small


def sound_frame(block: Block, pts: int, sample_format: str) -> av.AudioFrame:
    """The block as stereo `s16` or `flt`; what passes full scale is clipped."""
    samples = np.ascontiguousarray(block)
    if sample_format == "s16":
        samples = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=sample_format, layout="stereo")
    frame.sample_rate = SAMPLE_RATE_HZ
    frame.pts = pts
    frame.time_base = SOUND_TIME_BASE
    return frame


def mark_bt709(context: VideoCodecContext) -> None:
    """Say in the stream what our pictures are: BT.709, limited range."""
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
