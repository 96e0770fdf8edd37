"""The settings of a hub, one place, plain values. The command line (`live.__main__`) fills them; nothing else reads
the environment.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from live.https import HttpsSettings
from live.show import Opening
from live.slots import Slots

DEFAULT_PORT = 8000
PORTS_TO_TRY = 20
LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    folder: Path
    host: str = "0.0.0.0"
    port: int = DEFAULT_PORT
    public_url: str | None = None
    """What phones open, where it is not simply this machine's address (a name with a certificate, a proxy)."""
    https: HttpsSettings | None = None
    """None: plain http alone."""
    home: Path | None = None
    """This machine's own folder, beside those of its shows: what the doctor measured (`live.capacity`)."""
    journal_url: str | None = None
    """`postgresql://…` when a show outgrows SQLite."""
    media_url: str | None = None
    """`s3://bucket/prefix` when it outgrows the disk."""
    intake_workers: int = 2
    """How many files are prepared at once; 0 leaves them as they came, to be prepared by a later start."""
    slots: Slots | None = None
    """How many guests may be live; None: as many as this machine was measured to carry."""
    overflow: bool = False
    """Whether the audience may watch the program, at `/stage`."""
    opening: Opening = field(default_factory=Opening)

    def measured_in(self) -> tuple[Path, ...]:
        """Where what this machine carries may be kept: what the show's folder says comes first."""
        return (self.folder,) if self.home is None else (self.folder, self.home)

    def base_url(self) -> str:
        """The address that goes into links and the QR code."""
        return self.public_url.rstrip("/") if self.public_url else f"http://{lan_address()}:{self.port}"


def lan_address() -> str:
    """Return the address that phones in this network reach this machine by; 127.0.0.1 where there is no network.

    Connecting a UDP socket sends nothing; it only makes the system choose the address it would send from.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: routed like the internet, answered by nobody
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def free_port(host: str, wanted: int) -> int:
    """Return `wanted` if it is free, else the next free port above it; for 0 any free port.

    Raises OSError when none of PORTS_TO_TRY is free.
    """
    last: OSError | None = None
    ports = range(wanted, min(wanted + PORTS_TO_TRY, LAST_PORT + 1) if wanted else 1)
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                last = error
            else:
                return int(probe.getsockname()[1])
    raise OSError(f"expected a free port from {wanted} to {ports[-1]}, got none ({last}); choose one with --port")
