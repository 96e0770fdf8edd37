"""How large a guest's pictures may be. Known before anything is decoded, by processes that load no decoder."""

from __future__ import annotations

from collections.abc import Iterable

from live.errors import BadMedia
from live.messages.packets import Track
from stage.picture import BEYOND_BYTES

MAX_WIDTH_PX, MAX_HEIGHT_PX = 1920, 1080
MAX_PIXELS = MAX_WIDTH_PX * MAX_HEIGHT_PX
NO_PICTURE_BYTES = 64


def most_pixels(track: Track) -> int:
    """How many pixels a picture of the track may have. Raises BadMedia for a hello that announces too many."""
    pixels = track.width_px * track.height_px
    if pixels > MAX_PIXELS or min(track.width_px, track.height_px) < 0:
        raise BadMedia(
            f"expected pictures of at most {MAX_WIDTH_PX}×{MAX_HEIGHT_PX}, got a hello with "
            f"{track.width_px}×{track.height_px}; send a smaller picture"
        )
    return pixels or MAX_PIXELS


def slot_bytes(tracks: Iterable[Track]) -> int:
    """What one picture of any of the tracks takes at most. Raises BadMedia."""
    sizes = (most_pixels(track) * 3 // 2 + BEYOND_BYTES for track in tracks if track.kind == "video")
    return max(sizes, default=NO_PICTURE_BYTES)
