"""From a phone's sound packets to sound: Opus or raw PCM in, blocks of any length at 48 kHz stereo out, without gaps.

A `SoundDecoder` is a pure function of its packets in order: each answer says at which frame of the decoder's own line
it begins, and what a packet that never came would have held is concealed, so that frames count time. The same packets
give the same bytes live and from the kept file. It runs in a walled-in child: call `load` before the walls stand.
Nothing a stranger sends makes `decode` raise; it is counted.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import av
import numpy as np
import soxr

from live.errors import BadMedia
from live.messages.packets import Packet, Track
from stage.air.decoding import libopus
from stage.air.stretch import Extension
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block, silence

SEQUENCES = 1 << 16
MAX_CONCEALED = SAMPLE_RATE_HZ // 10
"""A longer gap is a pause: nobody can guess a tenth of a second, and the playout goes to silence by itself."""
USUAL_FRAMES = SAMPLE_RATE_HZ // 50
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
MAX_CHANNELS = 8
MAX_PCM_S = 0.5
PCM_STEP = 2
US_PER_S = 1_000_000
EARLIEST_US = -(1 << 63)
"""Phones may say any time that 64 bits hold; what is reckoned from it goes on in as many."""


class Decoded(NamedTuple):
    """`sound` begins at `first_frame` since the decoder began, and was taken at `captured_us` of the phone's time.

    Its first `concealed` frames are a guess.
    """

    first_frame: int
    captured_us: int
    sound: Block
    concealed: int


class _Codec(Protocol):
    def decode(self, payload: bytes) -> Block:
        """Raises BadMedia."""
        ...

    def fill(self, frames: int, after: bytes) -> Block:
        """What went missing before the packet `after`. Raises BadMedia."""
        ...


class SoundDecoder:
    """Decodes one track. Raises BadMedia for a track whose sound cannot be played.

    `errors` counts packets that were no sound, `lost` those that never came, `stale` those that came twice or too late.
    """

    def __init__(self, track: Track) -> None:
        self._codec = _codec(track)
        self._usual = track.packet_ms * SAMPLE_RATE_HZ // 1000 if 0 < track.packet_ms <= 120 else USUAL_FRAMES
        self._expected: int | None = None
        self.frames = 0
        self.errors = self.lost = self.stale = 0

    def decode(self, packet: Packet) -> Decoded | None:
        """Return what a packet adds to the line: at times nothing. Never raises."""
        gap = 0 if self._expected is None else (packet.sequence - self._expected) % SEQUENCES
        if gap >= SEQUENCES // 2:
            self.stale += 1
            return None
        self._expected = (packet.sequence + 1) % SEQUENCES
        filled = self._lacking(gap, packet.payload) if gap else None
        sound = self._sound(packet.payload)
        first = self.frames
        if filled is None:
            self.frames = first + len(sound)
            return Decoded(first, packet.captured_us, sound, 0)
        concealed = len(filled)
        self.frames = first + concealed + len(sound)
        captured_us = max(EARLIEST_US, packet.captured_us - concealed * US_PER_S // SAMPLE_RATE_HZ)
        return Decoded(first, captured_us, np.concatenate((filled, sound)), concealed)

    def _lacking(self, packets: int, after: bytes) -> Block | None:
        """What is put in the place of packets that never came; None for a pause."""
        self.lost += packets
        frames = packets * self._usual
        return self._filled(frames, after) if 0 < frames <= MAX_CONCEALED else None

    def _sound(self, payload: bytes) -> Block:
        try:
            sound = self._codec.decode(payload)
        except BadMedia:
            self.errors += 1
            return self._filled(self._usual, b"")
        self._usual = min(len(sound), MAX_CONCEALED) or self._usual
        return sound

    def _filled(self, frames: int, after: bytes) -> Block:
        try:
            return self._codec.fill(frames, after)
        except BadMedia:
            return silence(frames)


def load() -> None:
    """Open every library that decoding needs; afterwards no file is opened. Raises nothing."""
    libopus.load()
    soxr.resample(np.zeros((8, CHANNELS), np.float32), MIN_RATE_HZ, SAMPLE_RATE_HZ)


def note() -> str | None:
    """A sentence where sound is decoded less well than it could be."""
    if libopus.load():
        return None
    return "there is no libopus: lost sound is filled in less well; install libopus0"


def _codec(track: Track) -> _Codec:
    name = track.codec.lower()
    if name == "pcm-s16":
        return _Pcm(track)
    if name != "opus":
        raise BadMedia(f"expected sound as opus or pcm-s16, got {track.codec!r}; encode it as one of them")
    if track.channels > CHANNELS:
        raise BadMedia(f"expected Opus in mono or stereo, got {track.channels} channels; encode at most {CHANNELS}")
    return _Opus(track.channels or CHANNELS) if libopus.load() else _OpusByPyAV()


class _Opus:
    def __init__(self, channels: int) -> None:
        self._decoder = libopus.OpusDecoder(channels)
        self.decode = self._decoder.decode

    def fill(self, frames: int, after: bytes) -> Block:
        """Guess packet by packet; of the last one the next packet may know more."""
        decoder, step = self._decoder, 120
        frames -= frames % step
        last = min(frames, decoder.frames(after)) if after else 0
        last -= last % step
        guessed = [decoder.conceal(frames - last)] if frames > last else [silence(0)]
        return np.concatenate([*guessed, decoder.recover(after, last)]) if last else guessed[0]


class _OpusByPyAV:
    """Without libopus of our own: PyAV decodes, and gaps are filled with more of the same sound."""

    def __init__(self) -> None:
        self._context = av.CodecContext.create("opus", "r")
        self._resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE_HZ)
        self._last = silence(0)

    def decode(self, payload: bytes) -> Block:
        if not 0 < len(payload) <= libopus.MAX_PACKET_BYTES:
            raise BadMedia(f"expected an Opus packet, got {len(payload)} bytes; send one a message")
        try:
            decoded = self._context.decode(av.Packet(payload))
        except av.FFmpegError as error:
            raise BadMedia(f"expected an Opus packet, got {error}; send it whole") from None
        frames = (out for frame in decoded for out in self._resampler.resample(frame))
        sound = [np.asarray(frame.to_ndarray().T, np.float32) for frame in frames]
        self._last = np.ascontiguousarray(np.concatenate([silence(0), *sound]))
        return self._last

    def fill(self, frames: int, after: bytes) -> Block:
        return Extension(self._last).take(frames)


class _Pcm:
    """Signed 16-bit little-endian, interleaved; other rates go through soxr."""

    def __init__(self, track: Track) -> None:
        rate, self._channels = track.sample_rate_hz or SAMPLE_RATE_HZ, track.channels or 1
        if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ or not 1 <= self._channels <= MAX_CHANNELS:
            raise BadMedia(
                f"expected PCM of {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz and up to {MAX_CHANNELS} channels, "
                f"got {track.sample_rate_hz} Hz and {track.channels}; resample it first"
            )
        self._rate_hz = rate
        self._last = silence(0)
        self._resampler = None
        if rate != SAMPLE_RATE_HZ:
            self._resampler = soxr.ResampleStream(rate, SAMPLE_RATE_HZ, CHANNELS, dtype="float32", quality="HQ")

    def decode(self, payload: bytes) -> Block:
        width = PCM_STEP * self._channels
        if not payload or len(payload) % width or len(payload) > MAX_PCM_S * width * self._rate_hz:
            raise BadMedia(f"expected whole frames of {width} bytes, got {len(payload)} bytes; send some ms a message")
        samples = np.frombuffer(payload, "<i2").reshape(-1, self._channels)
        sound = _stereo(samples * np.float32(1.0 / 32768.0))
        if self._resampler is not None:
            sound = np.asarray(self._resampler.resample_chunk(sound), np.float32)
        self._last = np.concatenate((self._last, sound))[-SAMPLE_RATE_HZ // 10 :]
        return sound

    def fill(self, frames: int, after: bytes) -> Block:
        return Extension(self._last).take(frames)


def _stereo(sound: Block) -> Block:
    """Mono on both sides; of more than two channels the first two."""
    return np.repeat(sound, CHANNELS, axis=1) if sound.shape[1] == 1 else np.ascontiguousarray(sound[:, :CHANNELS])
