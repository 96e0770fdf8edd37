"""What a publisher may send: how many tracks of which codecs, how large, how much a second. Pure.

A guest's phone is nobody's to trust: what it announces is held against a list, what it sends against a rate, and past
either it is told in a sentence and let go; nobody else notices. What a packet says of its own time is never believed
here: nothing on the hub depends on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from live.errors import BadInput, TooMuch
from live.messages.packets import MAX_PACKET_BYTES, Hello, Track

CODECS = {
    "video": re.compile(r"avc[13]\.[0-9A-Fa-f]{6}|vp8|vp09(\.\d{2}){3,8}|jpeg|webm|mp4"),
    "audio": re.compile(r"opus|pcm-s16|mp4a\.40\.2|webm|mp4"),
}
"""`webm` and `mp4` are chunks of a recorder, for browsers that have no encoder of their own."""
MOST_DESCRIPTION = 4096
MOST_CHANNELS = 8
SAMPLE_RATES_HZ = range(8_000, 192_001)
PACKET_MS = range(121)
HELLOS_AT_ONCE, HELLOS_PER_S = 4.0, 4.0
RETRY_AFTER_S = 4.0
REFILL_US = 100_000
"""No packet needs it sooner: a burst of seconds is allowed anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    tracks: int
    packet_bytes: int
    packets_per_s: float
    bytes_per_s: float
    packets_at_once: float
    bytes_at_once: float
    """After a silence: what a line held that stood still (a phone gives one up after some six seconds), or this machine
    while it was too busy to read."""
    longer_px: int
    shorter_px: int
    is_steered: bool = True
    """Is it told by hints what to encode to, and does it count for them?"""


GUEST = Allowance(
    tracks=2,
    packet_bytes=1 << 20,
    packets_per_s=200.0,
    bytes_per_s=3e6,
    packets_at_once=2000.0,
    bytes_at_once=12e6,
    longer_px=1920,
    shorter_px=1080,
)
"""A phone: 60 pictures and 100 packets of sound a second at the most."""
PROGRAM = Allowance(
    tracks=8,
    packet_bytes=MAX_PACKET_BYTES,
    packets_per_s=1000.0,
    bytes_per_s=50e6,
    packets_at_once=4000.0,
    bytes_at_once=200e6,
    longer_px=4096,
    shorter_px=4096,
    is_steered=False,
)


class Flow:
    """What one connection sent, held against its allowance."""

    def __init__(self, allowance: Allowance, now_us: int) -> None:
        self.allowance = allowance
        self._packets = allowance.packets_at_once
        self._bytes = allowance.bytes_at_once
        self._hellos = HELLOS_AT_ONCE
        self._at_us = now_us

    def take_packet(self, size_bytes: int, now_us: int) -> None:
        """Raises TooMuch."""
        if now_us - self._at_us > REFILL_US:
            self._refill(now_us)
        self._packets -= 1.0
        self._bytes -= size_bytes
        if self._packets < 0.0 or self._bytes < 0.0:
            allowed = self.allowance
            raise TooMuch(
                f"expected at most {allowed.packets_per_s:.0f} packets and {allowed.bytes_per_s / 1e6:.0f} MB a "
                "second, got many more; send less and come again",
                retry_after_s=RETRY_AFTER_S,
            )

    def take_hello(self, now_us: int) -> None:
        """Raises TooMuch."""
        self._refill(now_us)
        self._hellos -= 1.0
        if self._hellos < 0.0:
            raise TooMuch(f"expected at most {HELLOS_PER_S:.0f} hellos a second; say one when a track has changed")

    def _refill(self, now_us: int) -> None:
        passed_s = max(0, now_us - self._at_us) / 1e6
        self._at_us = now_us
        allowed = self.allowance
        self._packets = min(allowed.packets_at_once, self._packets + passed_s * allowed.packets_per_s)
        self._bytes = min(allowed.bytes_at_once, self._bytes + passed_s * allowed.bytes_per_s)
        self._hellos = min(HELLOS_AT_ONCE, self._hellos + passed_s * HELLOS_PER_S)


def check_hello(hello: Hello, stream_id: str, allowed: Allowance) -> None:
    """Raises BadInput."""
    numbers = [track.track for track in hello.tracks]
    if hello.stream_id != stream_id:
        raise BadInput(f"expected a hello of stream {stream_id!r}, as in the address, got {hello.stream_id[:80]!r}")
    if not 1 <= len(numbers) <= allowed.tracks or len(set(numbers)) < len(numbers):
        raise BadInput(f"expected 1 to {allowed.tracks} tracks, each number once, got {numbers[:16]}")
    if not all(0 <= number <= 255 for number in numbers):
        raise BadInput(f"expected track numbers from 0 to 255, got {numbers}")
    for track in hello.tracks:
        _check_track(track, allowed)


def _check_track(track: Track, allowed: Allowance) -> None:
    if CODECS[track.kind].fullmatch(track.codec) is None:
        raise BadInput(f"expected a codec that the stage can play, got {track.codec[:40]!r}; see docs/protocol.md")
    longer, shorter = max(track.width_px, track.height_px), min(track.width_px, track.height_px)
    if not (0 <= shorter <= allowed.shorter_px and longer <= allowed.longer_px):
        raise BadInput(
            f"expected pictures of at most {allowed.longer_px}×{allowed.shorter_px}, got {track.width_px}×"
            f"{track.height_px}; send smaller ones"
        )
    is_rate_odd = track.sample_rate_hz != 0 and track.sample_rate_hz not in SAMPLE_RATES_HZ
    is_sound_odd = is_rate_odd or not 0 <= track.channels <= MOST_CHANNELS or track.packet_ms not in PACKET_MS
    if track.kind == "audio" and is_sound_odd:
        raise BadInput(
            f"expected sound of 8 to 192 kHz, up to {MOST_CHANNELS} channels and {PACKET_MS[-1]} ms a packet, got "
            f"{track.sample_rate_hz} Hz, {track.channels} and {track.packet_ms}"
        )
    if len(track.description) > MOST_DESCRIPTION:
        raise BadInput(f"expected a description of at most {MOST_DESCRIPTION} letters, got {len(track.description)}")
