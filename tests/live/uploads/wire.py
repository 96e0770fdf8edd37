"""A phone on a bad line: HTTP by hand on a raw socket, so that a test decides which bytes arrive and when it breaks."""

from __future__ import annotations

import asyncio
import socket
import struct
from types import TracebackType

from tests.live.uploads.hub import ANA, PART


class BrokenPhone:
    """Sends the head of a PATCH, then as much of the body as it is told to, then hangs, closes or resets."""

    def __init__(self, url: str, offset: int, promised: int, **headers: str) -> None:
        address, _, self._path = url.removeprefix("http://").partition("/")
        self._host, _, port = address.partition(":")
        self._port = int(port)
        lines = PART | ANA | {"Upload-Offset": str(offset), "Content-Length": str(promised), "Host": address} | headers
        head = f"PATCH /{self._path} HTTP/1.1\r\n" + "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        self._head = (head + "\r\n").encode()

    async def __aenter__(self) -> BrokenPhone:
        self.reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(self._head)
        return self

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def status(self) -> int:
        """Read the answer, if one comes."""
        line = await self.reader.readline()
        return int(line.split()[1]) if line else 0

    def hang_up(self) -> None:
        """Leave in good order (FIN): what was sent still arrives."""
        self._writer.close()

    def reset(self) -> None:
        """Leave as a phone does that runs out of battery behind a NAT (RST)."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.transport.abort()
