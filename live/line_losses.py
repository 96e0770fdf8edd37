"""What the system knows of packets lost on their way here: read from a connection's socket, no more than a count.

A TCP segment that comes before one that was sent earlier says that the earlier one was lost, or overtaken. Linux counts
them for each connection; elsewhere there is no count.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, Protocol

OUT_OF_ORDER_AT = 224
"""`tcpi_rcv_ooopack` in the kernel's `struct tcp_info`, since Linux 5.4."""
COUNT = struct.Struct("=I")


class Connection(Protocol):
    """A transport."""

    def get_extra_info(self, name: str) -> Any: ...


def losses_seen(transport: Connection | None) -> Callable[[], int]:
    """Return what tells how many segments of this connection came out of order so far; 0 where nobody counts."""
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is None or sys.platform != "linux" or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return lambda: 0

    def read() -> int:
        try:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, OUT_OF_ORDER_AT + COUNT.size)
        except OSError:  # closed
            return 0
        return int(COUNT.unpack_from(info, OUT_OF_ORDER_AT)[0]) if len(info) >= OUT_OF_ORDER_AT + COUNT.size else 0

    return read
