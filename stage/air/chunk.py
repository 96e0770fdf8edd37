"""What crosses the seam between receiving and playing out: a run of decoded sound, named as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from stage.picture import Block


@dataclass(frozen=True, slots=True, eq=False)
class SoundChunk:
    """One decoded sound packet. (`segment`, `index`) name it in the file that keeps the stream as received."""

    segment: int
    index: int
    """Counts the stream's sound packets of this segment from 0."""
    captured_us: int
    """Show time as the phone knows it: only differences mean anything."""
    arrived_us: int
    """Show time at which the stage had the packet."""
    frames: Block
    """(frames, 2) float32 at 48 kHz."""
    lost_packets: int = 0
    """How many packets are missing right before this one; what is known of them is at the start of `frames`."""
