"""Writes the `clip` rendition: MP4 with H.264 at a constant 30/s and AAC, ready to be played from anywhere quickly.

A key picture each half second and no B-pictures make every place quick to reach; the index stands in front. Sound may
come from another thread than pictures (`put_sound`); only the pictures' thread touches the file.
"""

from __future__ import annotations

import os
from collections import deque
from fractions import Fraction

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream

from live.intake.cadence import PICTURES_PER_SECOND
from live.intake.hearing import SAMPLE_RATE_HZ, Sound
from live.intake.job import DRAFT_FILE, RENDITION_FILES
from live.intake.loudness import audio_frame

KEY_EVERY_PICTURES = PICTURES_PER_SECOND // 2
_TICK = Fraction(1, PICTURES_PER_SECOND)
_BT709, _LIMITED = 1, 1
_AAC_BITS_PER_S = 160_000
_MOST_THREADS = 4
_QUALITY = "26"
"""x264's qp. A phone's 5 Mbit/s still get more bits than they came with. With `crf` the same pictures come out at the
same size, a quarter slower: it looks at each picture twice."""
_DRAFT_QUALITY = "30"
"""It is looked at small and not for long; it is written and read in little more than half the time."""


class ClipWriter:
    def __init__(self, width: int, height: int, *, with_sound: bool, is_draft: bool = False) -> None:
        name = DRAFT_FILE if is_draft else RENDITION_FILES["clip"][0]
        self._container = av.open(name, "w", format="mp4", options={"movflags": "faststart"})
        self._video = self._add_video(width, height, is_draft)
        self._audio = self._add_audio() if with_sound else None
        self._container.start_encoding()  # opens both encoders, so that each may be fed by a thread of its own
        self._sound_packets: deque[Packet[AudioStream]] = deque()
        self._sound_frames = 0
        self.pictures = 0

    def _add_video(self, width: int, height: int, is_draft: bool) -> VideoStream:
        cores = os.cpu_count() or 1
        options = {
            "preset": "ultrafast",
            "qp": _DRAFT_QUALITY if is_draft else _QUALITY,
            "sc_threshold": "0",
            "keyint_min": str(KEY_EVERY_PICTURES),
            # A draft's pictures take less to encode than to decode: on two cores a second thread gets in the way.
            "threads": str(min(_MOST_THREADS, max(1, cores // 2) if is_draft else cores)),
        }
        video = self._container.add_stream("libx264", rate=PICTURES_PER_SECOND, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.thread_type = "FRAME"  # by slices, which is the default, decoding would wait for every picture
        context = video.codec_context
        context.gop_size, context.max_b_frames = KEY_EVERY_PICTURES, 0
        context.time_base = _TICK
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        return video

    def _add_audio(self) -> AudioStream:
        options = {"aac_coder": "fast"}
        audio = self._container.add_stream("aac", rate=SAMPLE_RATE_HZ, options=options)
        audio.codec_context.layout = "stereo"
        audio.codec_context.bit_rate = _AAC_BITS_PER_S
        return audio

    def put_picture(self, slot: int, frame: av.VideoFrame) -> None:
        """`frame` may be put again for the next slot: nothing changes, and it costs next to nothing."""
        frame.pts, frame.time_base, frame.pict_type = slot, _TICK, PictureType.NONE
        self._container.mux(self._video.encode(frame))
        self._mux_sound()
        self.pictures = slot + 1

    def put_sound(self, piece: Sound) -> None:
        """May be called from one other thread, until `close`."""
        assert self._audio is not None
        frame = audio_frame(piece, "fltp", self._sound_frames)
        self._sound_packets.extend(self._audio.encode(frame))
        self._sound_frames += len(piece)

    def end_sound(self) -> None:
        assert self._audio is not None
        self._sound_packets.extend(self._audio.encode(None))

    def close(self) -> None:
        """Both threads are done: write what is left, and the index."""
        self._container.mux(self._video.encode(None))
        self._mux_sound()
        self._container.close()

    def abandon(self) -> None:
        self._container.close()

    def _mux_sound(self) -> None:
        while self._sound_packets:
            self._container.mux(self._sound_packets.popleft())
