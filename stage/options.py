"""What a run of the stage is started with: values only, read from the command line by `stage.__main__`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    hub_url: str
    key: str
    folder: Path
    width: int = 1920
    height: int = 1080
    window: bool = True
    display: int | None = None
    speaker: bool = True
    device: str | None = None
    record: bool = True
    broadcast: bool = True
