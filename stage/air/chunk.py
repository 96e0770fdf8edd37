"""What crosses the seam between receiving and playing out: a run of decoded sound, named as it is kept.

The walled child makes a `Decoded` of each packet (`stage.air.decoding.opus`); the line hands it on as a `SoundChunk`,
in order, in its thread. A new segment begins with a new `Hello`: its decoder, its frames and its indices begin anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from stage.picture import Block


@dataclass(frozen=True, slots=True, eq=False)
class SoundChunk:
    """The packet (`segment`, `index`) of the file that keeps the stream as received, decoded."""

    segment: int
    index: int
    """Counts the segment's sound packets from 0."""
    first_frame: int
    """Where `sound` begins in the decoder's line, which begins with the segment."""
    captured_us: int
    """Show time as the phone knows it: only differences mean anything."""
    arrived_us: int
    """Show time at which the stage had the packet."""
    sound: Block
    """(frames, 2) float32 at 48 kHz."""
    concealed: int = 0
    """So many of its first frames are a guess."""
