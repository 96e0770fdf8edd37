"""Videos: any of the phones' → `clip`, `thumbnail`, and `sound` where it sounds; sounds → `sound`.

Pictures and sound are decoded, brought into shape and encoded in two threads, each with the original opened for
itself, and meet in the clip's file. A clip whose encoding would keep the host waiting is made as a draft where that is
allowed: a quarter of the pixels, every second picture shown twice, all else as it stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from live.errors import BadMedia
from live.intake.cadence import PICTURES_PER_SECOND, Cadence
from live.intake.clip_file import ClipWriter
from live.intake.framing import Framing
from live.intake.hearing import Part, Sound, decoded, hear, used_part
from live.intake.job import MAX_DURATION_US, Made
from live.intake.original import open_media
from live.intake.photo import write_thumbnail
from live.intake.sniff import Format
from live.intake.sound import Measured, SoundWriter, gathered
from live.messages.events import Trim

Progress = Callable[[float], None]

MIN_DURATION_US = 20_000
DRAFT_PX = (640, 360)
DRAFT_FROM = 1280 * 720 * 3.0
"""Pixels times seconds of a full clip: what takes less is there in about a second anyway."""
DRAFT_SOURCE_PX = 1920 * 1088
"""What is larger takes its time in decoding, and that would be done twice."""
DRAFT_SLOTS_PER_PICTURE = 2
"""The file's rate stays, and putting a picture again costs next to nothing: a draft takes a sixth less of the time."""
_THUMBNAIL_SLOT = PICTURES_PER_SECOND


def make_clip(fd: int, form: Format, trim: Trim | None, progress: Progress, *, may_draft: bool = False) -> Made:
    """Write a video's renditions into the current folder."""
    with open_media(fd, form) as pictures, open_media(fd, form) as sounds:
        video = _moving(pictures)
        if video is None:
            raise BadMedia(
                "expected a video, got a file without pictures"
                + ("; it has sound: send it as a sound" if sounds.streams.audio else "; record it again")
            )
        duration_s = checked_duration_s(fd, form, pictures)
        part = used_part(pictures, trim)
        ear = _Ear(sounds, part) if sounds.streams.audio else None
        expected_s = max(0.1, min(duration_s, part.end_s - part.start_s))
        draft_s = expected_s if may_draft else 0.0
        return _Clip(video, part, ear, draft_s, lambda at_s: progress(at_s / expected_s)).make()


def make_sound(fd: int, form: Format, trim: Trim | None, progress: Progress) -> Made:
    """Write a sound's rendition into the current folder; of a video, its sound."""
    with open_media(fd, form) as container:
        if not container.streams.audio:
            raise BadMedia("expected a sound, got a video without any; record it again")
        duration_s = checked_duration_s(fd, form, container)
        part = used_part(container, trim)
        most = part.most_frames if duration_s == math.inf else duration_s * 48_000
        with SoundWriter() as writer:
            for piece in gathered(hear(container, part)):
                writer.put(piece)
                progress(writer.frames / max(1.0, most))
            measured = writer.finish()
    if measured.duration_us < MIN_DURATION_US:
        raise BadMedia("expected a sound, got one that holds nothing to be heard; record it again")
    return Made(
        duration_us=measured.duration_us,
        loudness_lufs=measured.loudness_lufs,
        waveform=measured.waveform.peaks(measured.duration_us),
    )


def checked_duration_s(fd: int, form: Format, container: InputContainer) -> float:
    """How long it says it is, or, where it does not say, how far its packets reach. Raises BadMedia past the limit."""
    duration_us = container.duration
    said = duration_us is not None and duration_us > 0
    if duration_us is None or not said:
        with open_media(fd, form) as again:
            duration_us = _reach_us(again)
    if duration_us > MAX_DURATION_US + 1_000_000:
        got = _in_words(duration_us) if said else "more"
        raise BadMedia(
            f"expected at most {MAX_DURATION_US // 60_000_000} minutes, got {got}; "
            "cut it on your phone and send the part that matters"
        )
    return duration_us / 1e6


def _reach_us(container: InputContainer) -> int:
    """Read the packets, decoding none, until the end or past the limit."""
    origin_us = container.start_time or 0
    reach_us = 0
    try:
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None:
                reach_us = max(reach_us, int(packet.pts * packet.time_base * 1_000_000) - origin_us)
            if reach_us > MAX_DURATION_US + 1_000_000:
                break
    except av.error.FFmpegError:
        return reach_us
    return reach_us


def _moving(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures that is not a cover."""
    return next((s for s in container.streams.video if Disposition.attached_pic not in s.disposition), None)


def _in_words(duration_us: int) -> str:
    minutes = -(-duration_us // 60_000_000)
    return f"{minutes // 60} hours {minutes % 60} minutes" if minutes >= 60 else f"{minutes} minutes"


class _Ear:
    """A video's sound: nothing, unless its first piece could be decoded."""

    def __init__(self, container: InputContainer, part: Part) -> None:
        self._pieces = iter(gathered(hear(container, part)))
        self._first: Sound | None = next(self._pieces, None)

    @property
    def hears(self) -> bool:
        return self._first is not None

    def write(self, clip: ClipWriter) -> Measured:
        """Runs in its own thread."""
        with SoundWriter() as writer:
            piece = self._first
            while piece is not None:
                writer.put(piece)
                clip.put_sound(piece)
                piece = next(self._pieces, None)
            clip.end_sound()
            return writer.finish()


class _Clip:
    """The pictures' side of one clip, and where both sides come together."""

    def __init__(
        self, video: VideoStream, part: Part, ear: _Ear | None, draft_s: float, reached: Callable[[float], None]
    ) -> None:
        """`draft_s` is how long it is expected to be where a draft will do, 0 where not."""
        self._video = video
        self._draft_s = draft_s
        self._is_draft = False
        self._part = part
        self._ear = ear if ear is not None and ear.hears else None
        self._reached = reached
        self._framing: Framing | None = None
        self._writer: ClipWriter | None = None
        self._measuring: Future[Measured] | None = None
        self._shaped: tuple[av.VideoFrame, av.VideoFrame] | None = None
        self._thumbnail: av.VideoFrame | None = None

    def make(self) -> Made:
        with ThreadPoolExecutor(1) as thread:
            self._see(thread)
            if self._writer is None or self._framing is None:
                raise BadMedia("expected a video, got one of which no picture can be decoded; record it again")
            measured = self._measuring.result() if self._measuring is not None else None
            self._writer.close()
        if self._thumbnail is not None:
            pixels = self._thumbnail.to_ndarray(format="bgr24", src_colorspace=Colorspace.ITU709)
            write_thumbnail(np.asarray(pixels, np.uint8))
        duration_us = self._writer.pictures * 1_000_000 // PICTURES_PER_SECOND
        return Made(
            is_draft=self._is_draft,
            width_px=self._framing.width,
            height_px=self._framing.height,
            duration_us=duration_us,
            loudness_lufs=measured.loudness_lufs if measured is not None else None,
            waveform=measured.waveform.peaks(duration_us) if measured is not None else (),
        )

    def _see(self, thread: Executor) -> None:
        """Decode, place and encode every picture of the part. The sound's thread starts with the first of them."""
        cadence = Cadence[av.VideoFrame]()
        end_s, most_s = 0.0, min(self._part.end_s - self._part.start_s, MAX_DURATION_US / 1e6)
        self._video.thread_type = "AUTO"
        for frame in decoded(self._video):
            assert isinstance(frame, av.VideoFrame)
            at_s = frame.time - self._part.start_s if frame.time is not None else end_s
            if at_s >= most_s:
                break
            if self._writer is None:
                self._begin(frame, thread)
            self._put(cadence.put(frame, at_s))
            end_s = at_s + float((frame.duration or 0) * (frame.time_base or 0)) or 1 / PICTURES_PER_SECOND
        if self._writer is not None and end_s <= 0:
            raise BadMedia("expected some pictures in the part that was chosen, got none; trim it again")
        if self._measuring is not None:
            end_s = max(end_s, self._measuring.result().duration_us / 1e6)
        self._put(cadence.end(min(end_s, most_s)))

    def _begin(self, first: av.VideoFrame, thread: Executor) -> None:
        pixel = self._video.sample_aspect_ratio or Fraction(1)
        aspect = (pixel.numerator, pixel.denominator)
        framing = Framing(first, aspect)
        work = framing.width * framing.height * self._draft_s
        self._is_draft = work > DRAFT_FROM and first.width * first.height <= DRAFT_SOURCE_PX
        self._framing = Framing(first, aspect, DRAFT_PX) if self._is_draft else framing
        self._writer = ClipWriter(
            self._framing.width, self._framing.height, with_sound=self._ear is not None, is_draft=self._is_draft
        )
        if self._ear is not None:
            self._measuring = thread.submit(self._ear.write, self._writer)

    def _put(self, placed: list[tuple[int, av.VideoFrame]]) -> None:
        for slot, frame in placed:
            assert self._framing is not None  # made with the first frame, as is the writer
            assert self._writer is not None
            is_due = not self._is_draft or slot % DRAFT_SLOTS_PER_PICTURE == 0
            if self._shaped is None or (self._shaped[0] is not frame and is_due):
                self._shaped = (frame, self._framing.shape(frame))
            picture = self._shaped[1]
            if slot <= _THUMBNAIL_SLOT:
                self._thumbnail = picture
            self._writer.put_picture(slot, picture)
            self._reached(slot / PICTURES_PER_SECOND)
