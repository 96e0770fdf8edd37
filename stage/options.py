"""What a run of the stage is started with: values only, read from the command line by `stage.__main__`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stage.hub_address import HubAddress


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
    line: str = ""
    """The hub's Unix socket, where it is on this machine."""

    def hub_address(self) -> HubAddress:
        """Return it, with the folder's plate: read again at every attempt, as keys are turned during a show."""
        plate = str((self.folder / "doors.json").resolve())  # those processes may stand elsewhere
        return HubAddress(url=self.hub_url, token=self.key, line=self.line, plate=plate)
