"""Live streams kept as received: where one lies, and how what its guest took back is deleted. Hub and stage alike.

The stage writes there (`stage.air.segments`), in the show's folder or, on a machine of its own, in the one it was
given. The journal says what was taken back; each side deletes its own files, and does so again at every start, so that
a machine that was off, or lost its power between the word and the deed, catches up. The tombstone that stays keeps the
stage from beginning another segment; the next hub also shreds what was copied into its folder later.
"""

from __future__ import annotations

from pathlib import Path

TOMBSTONE = "withdrawn"


def is_withdrawn(place: Path) -> bool:
    """Was the stream whose folder is `place` taken back?"""
    return (place / TOMBSTONE).exists()


def shred_stream(streams: Path, stream_id: str) -> None:
    """Delete what is kept of a stream in the folder `streams`, and have no more kept there. Raises OSError."""
    place = streams / stream_id
    place.mkdir(parents=True, exist_ok=True)
    (place / TOMBSTONE).touch()  # first: a segment that is being begun sees it or is seen
    for file in place.iterdir():
        if file.name != TOMBSTONE:
            file.unlink(missing_ok=True)
