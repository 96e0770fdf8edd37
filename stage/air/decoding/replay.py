"""A kept segment decoded again for the offline render: picture by index, sound in order. Runs behind the walls.

A phone's own recording beside its stream is read by the same words (`Opening.is_recording`).

The file holds what a stranger sent, so it is decoded where live packets are, by the same decoders in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av import FFmpegError, VideoFrame
from msgspec import structs

from live.errors import BadMedia
from live.messages.packets import Track
from stage.air.decoding.containers import BOTH, decoded, is_container
from stage.air.decoding.kept import Kept
from stage.air.decoding.opus import SoundDecoder
from stage.air.decoding.pictures import CLOCKWISE, Framed, PictureDecoder, Shaping
from stage.air.orders import NO_SLOT, Opening, Order, Word, WordKind
from stage.picture import Plane

PICTURES, SOUND = frozenset(("video",)), frozenset(("audio",))


class Replayed:
    """`fetch` answers one order: the picture `at_us` into the slot, or with no slot the next sound packet.

    `NOTHING` says that there is no such picture, or no more sound.
    """

    def __init__(self, stream: int, opening: Opening, kept: Kept, part: Callable[[int], Plane]) -> None:
        self._stream = stream
        self._video = next((one for one in opening.tracks if one.kind == "video"), None)
        self._audio = next((one for one in opening.tracks if one.kind == "audio"), None)
        self._is_recording = opening.is_recording
        self._kept = kept
        self._part = part
        self._pictures: Iterator[Framed] = iter(())
        self._shapings: dict[int, Shaping] = {}
        self._captured_us: list[int] = []
        """Of the packets that the decoder was given; a container's pictures have no such times."""
        self._at: Framed | None = None
        self._sound: Iterator[Word] | None = None

    def close(self) -> None:
        """Not asked any more."""
        self._pictures, self._sound = iter(()), None
        self._kept.close()

    def fetch(self, order: Order) -> Word:
        try:
            if order.slot == NO_SLOT:
                self._sound = self._sound or self._sounds()
                return next(self._sound, Word(WordKind.NOTHING, self._stream))
            return self._picture(order.at_us, order.slot)
        except (BadMedia, FFmpegError, OSError, ValueError) as error:
            return Word(WordKind.BAD, self._stream, order.slot, body=str(error).encode()[:300])

    def _picture(self, index: int, slot: int) -> Word:
        if self._at is None or index < self._at.index:
            self._pictures, self._at = self._decoded(), None
        while self._at is None or self._at.index < index:
            self._at = next(self._pictures, None)
            if self._at is None:
                return Word(WordKind.NOTHING, self._stream, slot)
        if self._video is None or self._at.index != index:
            return Word(WordKind.NOTHING, self._stream, slot)
        shaping = self._shaping(self._video, self._at.frame)
        width, height = shaping.shape(self._at.frame, self._part(slot))
        captured_us = self._when(self._at)
        return Word(WordKind.PICTURE, self._stream, slot, width, height, index=index, captured_us=captured_us)

    def _shaping(self, track: Track, frame: VideoFrame) -> Shaping:
        """A recorder's file says itself how it is turned, counterclockwise; a stream's hello said it."""
        turn = -frame.rotation % 360 if self._is_recording else track.rotation
        if turn not in self._shapings:
            self._shapings[turn] = Shaping(structs.replace(track, rotation=turn if turn in CLOCKWISE else 0))
        return self._shapings[turn]

    def _when(self, framed: Framed) -> int:
        if self._captured_us:
            return self._captured_us[framed.index]
        return round((framed.frame.time or 0.0) * 1_000_000) if self._is_recording else 0

    def _decoded(self) -> Iterator[Framed]:
        self._captured_us = []
        if self._video is None:
            return
        if is_container(self._video):
            kinds = PICTURES if self._is_recording else BOTH
            yield from (one for one in decoded(self._kept.file(), self._video, kinds) if isinstance(one, Framed))
            return
        decoder = PictureDecoder(self._video)
        for packet in self._kept.packets("video"):
            if not decoder.may_come(packet.payload):
                continue
            self._captured_us.append(packet.captured_us)
            if (framed := decoder.decode(packet.payload)) is not None:
                yield framed

    def _sounds(self) -> Iterator[Word]:
        recorded = next((one for one in (self._audio, self._video) if one is not None and is_container(one)), None)
        if recorded is not None:
            yield from self._recorded_sounds(recorded)
            return
        if self._audio is None:
            return
        decoder = SoundDecoder(self._audio)
        for index, packet in enumerate(self._kept.packets("audio")):
            decoded = decoder.decode(packet)
            if decoded is not None:
                yield Word(
                    WordKind.SOUND, self._stream, concealed=decoded.concealed, index=index,
                    first_frame=decoded.first_frame, captured_us=decoded.captured_us, body=decoded.sound.tobytes(),
                )  # fmt: skip

    def _recorded_sounds(self, track: Track) -> Iterator[Word]:
        frames = 0
        kinds = SOUND if self._is_recording else BOTH
        runs = (one for one in decoded(self._kept.file(), track, kinds) if not isinstance(one, Framed))
        for index, sound in enumerate(runs):
            body = sound.tobytes()
            yield Word(WordKind.SOUND, self._stream, index=index, first_frame=frames, body=body)
            frames += len(sound)
