"""Encodes the program for the hub's stream: H.264 and Opus always, JPEG stills for browsers without WebCodecs.

Pure but for the encoders' own state: pictures and blocks in, packets out, no sockets and no threads. Captured times are
the show times of the program, so that sound and picture meet again in the browser.
"""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from live.clock import US_PER_S
from live.messages.packets import Hello, Packet, Track
from stage.outputs.encoding import SOUND_TIME_BASE, X264, mark_bt709, scaled, sound_frame, video_frame
from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ, Block, Picture, silence
from stage.program import ProgramFormat

STREAM_ID = "program"
VIDEO_TRACK, SOUND_TRACK, STILL_TRACK = 0, 1, 2

WIDTH, HEIGHT = 1280, 720
STILL_WIDTH, STILL_HEIGHT = 640, 360
STILLS_PER_SECOND = 10
STILL_QUALITY = 80

KEY_EVERY_S = 2
BIT_RATE = 4_000_000
SOUND_BIT_RATE = 128_000
OPUS_FRAMES = SAMPLE_RATE_HZ // 50
OPUS_BLOCKS = OPUS_FRAMES // BLOCK_FRAMES


class StreamEncoder:
    """Turns program pictures and blocks into packets. `key_wanted` makes the next picture a key picture."""

    def __init__(self, program: ProgramFormat) -> None:
        self._program = program
        self.size = fitted(program, WIDTH, HEIGHT)
        self.still_size = fitted(program, STILL_WIDTH, STILL_HEIGHT)
        self.key_wanted = True
        self._video = _h264(*self.size, program.pictures_per_second)
        self._sound = _opus()
        self._sequences = [0, 0, 0]
        self._last_number = -1
        self._next_still_us = 0
        self._opus_first = 0
        self._opus_filled = 0
        self._opus_sound = silence(OPUS_FRAMES)

    def hello(self) -> Hello:
        (width, height), (still_width, still_height) = self.size, self.still_size
        codec = "avc1.42e01f" if self._program.pictures_per_second <= 30 else "avc1.42e020"
        return Hello(
            stream_id=STREAM_ID,
            tracks=(
                Track(track=VIDEO_TRACK, kind="video", codec=codec, width_px=width, height_px=height),
                Track(track=SOUND_TRACK, kind="audio", codec="opus", sample_rate_hz=SAMPLE_RATE_HZ, channels=CHANNELS),
                Track(track=STILL_TRACK, kind="video", codec="jpeg", width_px=still_width, height_px=still_height),
            ),
        )

    def picture(self, number: int, picture: Picture, tracks: frozenset[int]) -> list[Packet]:
        """Encode a picture for those of `tracks` that have pictures. Numbers that do not rise are passed over."""
        if number <= self._last_number:
            return []
        self._last_number = number
        packets: list[Packet] = []
        captured_us = self._program.picture_time_us(number)
        frame = video_frame(picture, number, self._program.pictures_per_second, key=self.key_wanted)
        if VIDEO_TRACK in tracks:
            self.key_wanted = False
            encoded = self._video.encode(scaled(frame, *self.size))
            packets.extend(self._packet(VIDEO_TRACK, unit.is_keyframe, captured_us, bytes(unit)) for unit in encoded)
        if STILL_TRACK in tracks and captured_us >= self._next_still_us:
            self._next_still_us = max(
                self._next_still_us + US_PER_S // STILLS_PER_SECOND, captured_us + US_PER_S // STILLS_PER_SECOND // 2
            )
            packets.append(self._packet(STILL_TRACK, True, captured_us, self._still(frame)))
        return packets

    def block(self, first_frame: int, block: Block) -> list[Packet]:
        """Encode a block; a packet comes with every second one. After a gap the half-filled packet is given up."""
        if first_frame != self._opus_first + self._opus_filled or not self._opus_filled:
            self._opus_first, self._opus_filled = first_frame, 0
        self._opus_sound[self._opus_filled :][:BLOCK_FRAMES] = block
        self._opus_filled += BLOCK_FRAMES
        if self._opus_filled < OPUS_FRAMES:
            return []
        self._opus_filled = 0
        frame = sound_frame(self._opus_sound, self._opus_first, "flt")
        return [
            self._packet(SOUND_TRACK, True, (encoded.pts or 0) * US_PER_S // SAMPLE_RATE_HZ, bytes(encoded))
            for encoded in self._sound.encode(frame)
        ]

    def _still(self, frame: av.VideoFrame) -> bytes:
        small = frame.reformat(
            *self.still_size,
            format="bgr24",
            src_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.FAST_BILINEAR,
        )
        _, encoded = cv2.imencode(".jpg", small.to_ndarray(), [cv2.IMWRITE_JPEG_QUALITY, STILL_QUALITY])
        return encoded.tobytes()

    def _packet(self, track: int, key: bool, captured_us: int, payload: bytes) -> Packet:
        sequence = self._sequences[track]
        self._sequences[track] = (sequence + 1) & 0xFFFF
        return Packet(
            track=track, key=key, sequence=sequence, captured_us=captured_us, sent_us=captured_us, payload=payload
        )


def fitted(program: ProgramFormat, width: int, height: int) -> tuple[int, int]:
    """The largest even size of the program's shape within width × height; never larger than the program."""
    scale = min(width / program.width, height / program.height, 1.0)
    return max(2, round(program.width * scale / 2) * 2), max(2, round(program.height * scale / 2) * 2)


def _h264(width: int, height: int, rate: int) -> VideoCodecContext:
    """Baseline, every picture decodable at once, parameter sets in every key picture: what WebCodecs wants unframed."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate = Fraction(rate)
    context.time_base = Fraction(1, rate)
    context.gop_size = rate * KEY_EVERY_S
    context.thread_count = 1
    limits = {"crf": "22", "maxrate": str(BIT_RATE), "bufsize": str(BIT_RATE // 2)}
    context.options = {
        **X264,
        **limits,
        "profile": "baseline",
        "forced-idr": "1",
        "x264-params": "annexb=1:repeat-headers=1:scenecut=0",
    }
    mark_bt709(context)
    return context


def _opus() -> AudioCodecContext:
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = SAMPLE_RATE_HZ, "stereo", "flt"
    context.time_base = SOUND_TIME_BASE
    context.bit_rate = SOUND_BIT_RATE
    context.options = {"frame_duration": "20", "application": "audio"}
    return context
