"""The finest there is of a guest: what the phone recorded beside the live stream, where it has the very moment.

Which moment is shown, and when, stays what the side log says: each picture that the hall saw of a stream is looked up
in the phone's recording by its capture time, and given from there where it looks the same. Where no recording has it,
as it was received. Recordings come from strangers: a walled child of their own opens them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import structlog

from live.errors import HouselightsError, Unavailable
from live.messages.packets import Track
from live.messages.scene import LiveSource
from stage.air.aligning import EARLIEST_US, LATEST_US, NEAR_US, Look, is_alike, look, offset_us
from stage.air.finest_sound import AROUND_FRAMES, LONG_FRAMES, FinestSound, RecordedSound
from stage.air.kept_air import KeptAir, KeptPictures, KeptSound, ReplayChild, ReplayedSegment
from stage.air.live_sound import ReplayedSound
from stage.picture import Picture

log = structlog.get_logger(__name__)

COMPARED_US = 3_000_000
"""So much of the stream is compared with the recording to find out where that lies."""
MOST_COMPARED = 120
AROUND_US = 800_000
"""And the recording from so much before to so much after: more than it can be off (`stage.air.aligning`)."""
KEPT_FRAMES = 2 * (LONG_FRAMES + 2 * AROUND_FRAMES)
HEADS = {b"\x1a\x45\xdf\xa3": "webm", b"ftyp": "mp4"}


@dataclass(frozen=True, slots=True)
class PhoneRecording:
    """A file as the phone sent it, and when (show time) its recorder was told to begin."""

    path: Path
    started_us: int


@dataclass(slots=True)
class Tally:
    """Of one guest's pictures and frames of sound in the program: how many there are, how many are the phone's own."""

    pictures: int = 0
    finest: int = 0
    frames: int = 0
    finest_frames: int = 0

    def hear(self, frames: int, finest: int) -> None:
        self.frames += frames
        self.finest_frames += finest


@dataclass(slots=True)
class FinestAir:
    """Stands where `KeptAir` stands. `tallies` are by stream, once it was played. Owns `kept`."""

    kept: KeptAir
    recordings: Mapping[str, Sequence[PhoneRecording]]
    tallies: dict[str, Tally] = field(default_factory=dict)
    _child: ReplayChild | None = None

    def open_picture(self, source: LiveSource) -> FinestPictures:
        stream_id = source.stream_id
        return FinestPictures(self, stream_id, self.recordings.get(stream_id, ()), self._tally(stream_id))

    def open_sound(self, source: LiveSource) -> ReplayedSound:
        stream_id = source.stream_id
        recorded = (
            RecordedSound(one.started_us, KeptSound(OneRecording(self, one), stream_id, KEPT_FRAMES))
            for one in self.recordings.get(stream_id, ())
        )
        sound = FinestSound(KeptSound(self.kept, stream_id, KEPT_FRAMES), recorded, self._tally(stream_id).hear)
        return ReplayedSound(sound.fetch, sound.close)

    def open(self, recording: PhoneRecording, kind: Literal["video", "audio"] = "video") -> ReplayedSegment | None:
        """The pictures or the sound of a recording; None where it cannot be had."""
        try:
            descriptor = os.open(recording.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            log.warning("a phone's recording cannot be had", file=recording.path.name, reason=str(error))
            return None
        try:
            codec = _codec(os.pread(descriptor, 8, 0))
            if codec is None:
                return None
            if self._child is None:
                self._child = ReplayChild()
            return self._child.open_recording(Track(track=0, kind=kind, codec=codec), descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None
        self.kept.close()

    def _tally(self, stream_id: str) -> Tally:
        return self.tallies.setdefault(stream_id, Tally())


class OneRecording:
    """A recording's sound, for who reads a stream's segments: it has one, and a broken one is silent."""

    def __init__(self, air: FinestAir, recording: PhoneRecording) -> None:
        self._air = air
        self._recording = recording

    def open(self, stream_id: str, segment: int) -> ReplayedSegment | None:
        with contextlib.suppress(HouselightsError, OSError):
            return self._air.open(self._recording, "audio")
        return None


def _codec(head: bytes) -> str | None:
    return HEADS.get(head[:4]) or HEADS.get(head[4:8])


class FinestPictures(KeptPictures):
    """A `ports.KeptPictureSource`."""

    def __init__(self, air: FinestAir, stream_id: str, recordings: Iterable[PhoneRecording], tally: Tally) -> None:
        super().__init__(air.kept, stream_id)
        self._tally = tally
        in_order = sorted(recordings, key=lambda one: one.started_us)
        self._recorded = [RecordedPictures(air, stream_id, one) for one in in_order]
        self._given: tuple[tuple[int, int], Picture | None, bool] | None = None

    def picture(self, segment: int, index: int) -> Picture | None:
        """Raises NotFound, Unavailable."""
        place = segment, index
        if self._given is None or self._given[0] != place:
            self._given = (place, *self._found(segment, index))
        _, picture, is_finest = self._given
        self._tally.pictures += 1
        self._tally.finest += is_finest
        return picture

    def close(self) -> None:
        super().close()
        for recorded in self._recorded:
            recorded.close()

    def _found(self, segment: int, index: int) -> tuple[Picture | None, bool]:
        received = self.segment(segment)
        if received is None:
            return None, False
        picture = received.picture(index)
        if not received.captured_us:
            return picture, False
        seen = look(received.captured_us, picture)
        begun = [one for one in self._recorded if one.started_us + EARLIEST_US <= seen.at_us]
        for recorded in reversed(begun):
            finest = recorded.like(seen, segment, index)
            if finest is not None:
                return finest, True
            if recorded.started_us + LATEST_US < seen.at_us:  # the one before was over when this one began
                break
        return picture, False


class RecordedPictures:
    """One recording's pictures by the show's clock. Opened when it is needed, and read forwards as a rule."""

    def __init__(self, air: FinestAir, stream_id: str, recording: PhoneRecording) -> None:
        self._air = air
        self._stream_id = stream_id
        self._recording = recording
        self._reel: Reel | None = None
        self._offset_us: int | None = None
        self._is_done = False
        self.started_us = recording.started_us

    def like(self, seen: Look, segment: int, index: int) -> Picture | None:
        """The picture of the moment of the stream's `index`-th of `segment`, where it looks as that was `seen`."""
        if self._is_done:
            return None
        try:
            if self._reel is None:
                self._begin(segment, index)
            if self._reel is None or self._offset_us is None:
                return None
            found = self._reel.nearest(seen.at_us - self.started_us - self._offset_us)
        except (HouselightsError, OSError) as error:
            log.warning("a phone's recording breaks off", file=self._recording.path.name, reason=str(error))
            self._end()
            return None
        return found if found is not None and is_alike(seen, look(0, found)) else None

    def close(self) -> None:
        if self._reel is not None:
            with contextlib.suppress(HouselightsError, OSError):
                self._reel.close()
            self._reel = None

    def _end(self) -> None:
        self._is_done = True
        self.close()

    def _begin(self, segment: int, index: int) -> None:
        """Find out where it lies, by what the stream shows from this picture on."""
        opened = self._air.open(self._recording)
        if opened is None:
            self._is_done = True
            return
        self._reel = Reel(opened)
        stream = list(self._stream(segment, index))
        if not stream:
            return
        from_us, to_us = (one.at_us - self.started_us for one in (stream[0], stream[-1]))
        looks = [look(*one) for one in self._reel.between(from_us - AROUND_US, to_us + AROUND_US)]
        self._offset_us = offset_us(stream, looks, self.started_us)
        if looks and self._offset_us is None:
            log.warning("a phone's recording is of something else and is not used", file=self._recording.path.name)
            self._end()

    def _stream(self, segment: int, index: int) -> Iterator[Look]:
        """What was received, decoded beside: who plays it goes on where it was."""
        received = self._air.kept.open(self._stream_id, segment)
        if received is None:
            return
        first_us: int | None = None
        try:
            for at in range(index, index + MOST_COMPARED):
                picture = received.picture(at)
                first_us = first_us or received.captured_us
                if received.captured_us > first_us + COMPARED_US:
                    return
                yield look(received.captured_us, picture)
        except Unavailable:  # the segment ends
            return
        finally:
            received.close()


class Reel:
    """A recording's pictures with its own times, read forwards; for what lies behind it begins again."""

    def __init__(self, opened: ReplayedSegment) -> None:
        self._opened = opened
        self._next_index = 0
        self._before: tuple[int, Picture] | None = None
        self._after: tuple[int, Picture] | None = None
        self._is_begun = False

    def nearest(self, at_us: int) -> Picture | None:
        self._wind(at_us)
        around = [one for one in (self._before, self._after) if one is not None and abs(one[0] - at_us) <= NEAR_US]
        return min(around, key=lambda one: abs(one[0] - at_us))[1] if around else None

    def between(self, from_us: int, to_us: int) -> Iterator[tuple[int, Picture]]:
        self._wind(from_us)
        while self._after is not None and self._after[0] <= to_us:
            yield self._after
            self._wind(self._after[0])

    def close(self) -> None:
        self._opened.close()

    def _wind(self, at_us: int) -> None:
        """Have the last picture up to a time, and the first one after it."""
        if not self._is_begun or (self._before is not None and at_us < self._before[0]):
            self._is_begun, self._next_index, self._before = True, 0, None
            self._after = self._read()
        while self._after is not None and self._after[0] <= at_us:
            self._before, self._after = self._after, self._read()

    def _read(self) -> tuple[int, Picture] | None:
        """None at its end, or where it cannot be read any further."""
        try:
            picture = self._opened.picture(self._next_index)
        except Unavailable:
            return None
        self._next_index += 1
        return self._opened.captured_us, picture
