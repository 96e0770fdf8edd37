"""The program's format and its arithmetic: picture numbers, sound frames and show time are three names of one moment.

Picture n is due at show time n / rate and block k holds frames 480·k … 480·k + 479, both counted from show time 0. All
of it is integer arithmetic, so that live and offline agree to the last picture and frame. Nothing here keeps state.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from live.clock import US_PER_S
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ

MIN_RATE, MAX_RATE = 1, 120
MAX_SIDE_PX = 4096


class MediaFiles(Protocol):
    """Where sources find their renditions on this machine."""

    def path(self, key: str) -> Path:
        """Return the local file of a rendition, fetching it first where it must be.

        May block for seconds: call it in a worker thread. Raises HouselightsError (NotFound, Unavailable).
        """
        ...


@dataclass(frozen=True, slots=True)
class ProgramFormat:
    """Size and rate of the program, e.g. 1920 × 1080 at 30 a second. Sides are even (I420)."""

    width: int
    height: int
    pictures_per_second: int

    def __post_init__(self) -> None:
        sides_fit = all(side % 2 == 0 and 2 <= side <= MAX_SIDE_PX for side in (self.width, self.height))
        if not sides_fit or not MIN_RATE <= self.pictures_per_second <= MAX_RATE:
            raise ValueError(
                f"expected even sides up to {MAX_SIDE_PX} px and {MIN_RATE} to {MAX_RATE} pictures a second, got "
                f"{self.width}×{self.height} at {self.pictures_per_second}; 1920×1080 at 30 is usual"
            )

    def picture_time_us(self, picture: int) -> int:
        """The show time at which a picture is due, rounded up: at that time `picture_at_us` gives it."""
        return -(-picture * US_PER_S // self.pictures_per_second)

    def picture_at_us(self, show_us: int) -> int:
        """The newest picture that is due at a show time."""
        return show_us * self.pictures_per_second // US_PER_S

    def first_frame(self, picture: int) -> int:
        """The first sound frame that falls into a picture."""
        return -(-picture * SAMPLE_RATE_HZ // self.pictures_per_second)

    def picture_at_frame(self, frame: int) -> int:
        return frame * self.pictures_per_second // SAMPLE_RATE_HZ

    def blocks(self, picture: int) -> range:
        """The sound blocks whose first frame falls into a picture: they are mixed from its scene."""
        return range(-(-self.first_frame(picture) // BLOCK_FRAMES), -(-self.first_frame(picture + 1) // BLOCK_FRAMES))

    def pictures(self, duration_us: int) -> int:
        """How many pictures a duration lasts, rounded up."""
        return -(-duration_us * self.pictures_per_second // US_PER_S)
