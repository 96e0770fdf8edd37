"""How much is taken: per kind, per device, in all. A hall sits behind one address, so nothing counts addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

UploadKind = Literal["photo", "sound", "video"]

MB = 1_000_000


def _kind_bytes() -> dict[UploadKind, int]:
    return {"photo": 60 * MB, "sound": 300 * MB, "video": 1500 * MB}


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    kind_bytes: dict[UploadKind, int] = field(default_factory=_kind_bytes)
    open_per_device: int = 24
    """Unfinished uploads; past it a device's abandoned tries of the same piece give way, else 429."""
    remembered: int = 100_000
    """Uploads in all, finished ones too until they are forgotten."""
    creations_burst: int = 40
    creations_per_s: float = 0.5
    reserve_bytes: int = 256 * MB
    """Room on the disk that uploads leave alone, so that the journal can always be written."""
    idle_s: float = 60.0
    """A PATCH that brings nothing for this long is ended; what it brought is kept."""
    expire_s: float = 24 * 3600.0
    """An upload that nothing was added to for this long is swept; of a finished one only its address is forgotten."""
    sweep_every_s: float = 300.0
    progress_every_s: float = 0.25

    @property
    def largest_bytes(self) -> int:
        return max(self.kind_bytes.values())
