"""What a maker of renditions is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from live.messages.events import Trim


@dataclass(frozen=True, slots=True)
class Work:
    """`progress` takes 0…1 and is to be called at least every few seconds."""

    kind: str
    original_fd: int
    trim: Trim | None
    progress: Callable[[float], None]
    may_draft: bool = False
