"""libopus, called directly: a decoder that conceals what was lost, which PyAV's does not offer.

PyAV's wheel carries the library; where it does not, the system's is taken. The functions used are the same since 2012.
Calls let other threads run. `load` opens the library, which a sandboxed child must do before its walls stand.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import weakref
from functools import cache
from pathlib import Path

import av
import numpy as np

from live.errors import BadMedia, Unavailable
from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block

MAX_FRAMES = SAMPLE_RATE_HZ * 120 // 1000
"""No Opus packet holds more than 120 ms."""
MAX_PACKET_BYTES = 48 * (1275 + 2) + 2
"""RFC 6716, section 3.4: at most 48 frames of 1275 bytes."""
OK = 0
FULL_SCALE, LOWEST = np.float32(1.0), np.float32(-1.0)


@cache
def _library() -> ctypes.CDLL | None:
    package = Path(av.__file__).parent
    found = [*package.parent.glob("av.libs/libopus*"), *package.glob(".dylibs/libopus*")]
    name = str(found[0]) if found else ctypes.util.find_library("opus")
    if name is None:
        return None
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    library.opus_decoder_destroy.restype = None
    library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_packet_get_nb_samples.restype = ctypes.c_int
    library.opus_packet_get_nb_samples.argtypes = [ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32]
    library.opus_decode_float.restype = ctypes.c_int
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.opus_decode_float.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int32, pointer, number, number]
    return library


def load() -> bool:
    """Open the library; afterwards no file is needed. False where there is none."""
    return _library() is not None


class OpusDecoder:
    """One stream's decoder: every packet, and every gap between them, becomes stereo at 48 kHz.

    For one thread at a time. One of `channels` decodes mono, which costs much less. Raises Unavailable where there is
    no libopus.
    """

    def __init__(self, channels: int = CHANNELS) -> None:
        library = _library()
        error = ctypes.c_int(OK)
        decoder = library and library.opus_decoder_create(SAMPLE_RATE_HZ, channels, ctypes.byref(error))
        if library is None or not decoder:
            raise Unavailable(f"expected libopus to make a decoder, got error {error.value}; install libopus0")
        self._decoder = decoder
        self._decode = library.opus_decode_float
        self._count = library.opus_packet_get_nb_samples
        self._out = np.empty((MAX_FRAMES, channels), np.float32)
        self._sides = tuple(self._out[:, side % channels] for side in range(CHANNELS))
        self._at = self._out.ctypes.data
        weakref.finalize(self, library.opus_decoder_destroy, decoder)

    def frames(self, packet: bytes) -> int:
        """How many frames a packet holds. Raises BadMedia for what is no Opus packet."""
        count = self._count(packet, len(packet), SAMPLE_RATE_HZ) if 0 < len(packet) <= MAX_PACKET_BYTES else 0
        if not 0 < count <= MAX_FRAMES:
            raise BadMedia(f"expected an Opus packet of at most 120 ms, got {len(packet)} bytes; send one a message")
        return int(count)

    def decode(self, packet: bytes) -> Block:
        """Raises BadMedia, after which the decoder can go on."""
        if not 0 < len(packet) <= MAX_PACKET_BYTES:
            raise BadMedia(f"expected an Opus packet, got {len(packet)} bytes; send one a message")
        return self._decoded(packet, MAX_FRAMES, 0)

    def recover(self, next_packet: bytes, frames: int) -> Block:
        """The packet before `next_packet` was lost: what the next one knows of it (FEC), else a guess."""
        self.frames(next_packet)
        return self._decoded(next_packet, frames, 1)

    def conceal(self, frames: int) -> Block:
        """Guess how the sound went on; `frames` is a multiple of 120 (2.5 ms), at most MAX_FRAMES."""
        return self._decoded(None, frames, 0)

    def _decoded(self, packet: bytes | None, most_frames: int, fec: int) -> Block:
        """A packet says itself how much it holds, no more than `most_frames`; a guess is as long as that."""
        size = 0 if packet is None else len(packet)
        count = self._decode(self._decoder, packet, size, self._at, most_frames, fec)
        if count < 0:
            raise BadMedia(f"expected an Opus packet, got {size} bytes that libopus refuses ({count}); send it whole")
        decoded = self._out[:count]  # hostile packets decode to far above full scale
        np.minimum(decoded, FULL_SCALE, out=decoded)
        np.maximum(decoded, LOWEST, out=decoded)
        sound = np.empty((count, CHANNELS), np.float32)
        for side, samples in enumerate(self._sides):
            sound[:, side] = samples[:count]
        return sound
