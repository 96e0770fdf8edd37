"""What a phone's sound encoder would send: Opus packets of any sound, and the track that announces them."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
import numpy.typing as npt

from live.messages.packets import Packet, Track
from stage.picture import SAMPLE_RATE_HZ

Sound = npt.NDArray[np.float32]


def opus_track(packet_ms: int = 20, channels: int = 1) -> Track:
    return Track(
        track=1,
        kind="audio",
        codec="opus",
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=channels,
        packet_ms=packet_ms,
    )


def pcm_track(rate_hz: int, channels: int = 1) -> Track:
    return Track(track=1, kind="audio", codec="pcm-s16", sample_rate_hz=rate_hz, channels=channels)


def opus_packets(sound: Sound, packet_ms: int = 20, bit_rate: int = 48_000, fec: bool = False) -> list[bytes]:
    """Encode the left side of a sound, whole packets of it."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.bit_rate = SAMPLE_RATE_HZ, bit_rate
    encoder.layout, encoder.format = "mono", "flt"
    encoder.options = {"frame_duration": str(packet_ms), "application": "voip" if fec else "lowdelay"}
    if fec:
        encoder.options |= {"fec": "1", "packet_loss": "30"}
    frames = packet_ms * SAMPLE_RATE_HZ // 1000
    packets: list[bytes] = []
    for first in range(0, len(sound) - frames + 1, frames):
        mono = np.ascontiguousarray(sound[first : first + frames, 0])[None]
        frame = av.AudioFrame.from_ndarray(mono, format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, first
        packets.extend(bytes(packet) for packet in encoder.encode(frame))
    return packets


def numbered(payloads: Iterable[bytes], packet_ms: int = 20, first: int = 0, captured_us: int = 0) -> list[Packet]:
    return [
        Packet(
            track=1,
            key=True,
            sequence=(first + index) % (1 << 16),
            captured_us=captured_us + index * packet_ms * 1000,
            sent_us=0,
            payload=payload,
        )
        for index, payload in enumerate(payloads)
    ]
