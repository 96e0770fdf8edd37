"""Files up to the hub by tus 1.0, as stubborn as a phone: it asks where it was and goes on, until the hub has it all.

The last answer is the tick: from then on the piece is safe. See docs/protocol.md for what is said.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from live.errors import HouselightsError, Unavailable

TUS = {"Tus-Resumable": "1.0.0"}
PART_BYTES = 256 * 1024
RETRY_FIRST_S, RETRY_MOST_S = 0.2, 3.0
GONE = (404, 410)
"""The hub does not know this upload: it was finished long ago, or has to begin again."""
AGAIN = (409, 423, 429, 460, 500, 502, 503, 504)


class Refused(HouselightsError):
    """The hub will never take this file; the sentence is the hub's own."""

    code = "refused"


@dataclass(frozen=True, slots=True)
class File:
    """What goes up: its bytes and what `Upload-Metadata` says of it."""

    data: bytes
    metadata: Mapping[str, str]


class Upload:
    """One file on its way. `read(url, part)` gives the bytes to send for a stretch (tests lose the line there)."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        hub_url: str,
        token: str,
        file: File,
        read: Callable[[str, bytes], AsyncIterator[bytes]] | None = None,
    ) -> None:
        self._session = session
        self._files_url = f"{hub_url}/files"
        self._headers = {**TUS, "Authorization": f"Bearer {token}"}
        self._file = file
        self._read = read or _whole
        self._url: str | None = None
        self.resumed = 0

    async def run(self, give_up_after_s: float = 120.0) -> None:
        """Return at the tick. Raises Refused for good, Unavailable when the hub stays away."""
        pause_s = RETRY_FIRST_S
        try:
            async with asyncio.timeout(give_up_after_s):
                while True:
                    try:
                        await self._go_on()
                        return
                    except (aiohttp.ClientError, ConnectionError, TryAgain) as error:
                        self.resumed += 1
                        await asyncio.sleep(getattr(error, "after_s", None) or pause_s)
                        pause_s = min(pause_s * 1.5, RETRY_MOST_S)
        except TimeoutError:
            raise Unavailable(
                f"expected the hub at {self._files_url} to take a file within {give_up_after_s:.0f} s, it did not; "
                "is it running?"
            ) from None

    async def _go_on(self) -> None:
        offset = await self._offset() if self._url else await self._create()
        while offset < len(self._file.data):
            offset = await self._send(offset)

    async def _create(self) -> int:
        pairs = (f"{key} {b64encode(value.encode()).decode()}" for key, value in self._file.metadata.items())
        headers = {"Upload-Length": str(len(self._file.data)), "Upload-Metadata": ",".join(pairs)}
        async with self._session.post(self._files_url, headers=self._headers | headers) as response:
            await _check(response, 201)
            self._url = str(response.url.join(URL(response.headers["Location"])))
            return int(response.headers.get("Upload-Offset", "0"))

    async def _offset(self) -> int:
        assert self._url is not None
        async with self._session.head(self._url, headers=self._headers) as response:
            if response.status in GONE:
                self._url = None
                return await self._create()
            await _check(response, 200, 204)
            return int(response.headers["Upload-Offset"])

    async def _send(self, offset: int) -> int:
        assert self._url is not None
        part = self._file.data[offset : offset + PART_BYTES]
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        headers["Content-Length"] = str(len(part))
        async with self._session.patch(
            self._url, headers=self._headers | headers, data=self._read(self._url, part)
        ) as response:
            if response.status in GONE:
                self._url = None
                raise TryAgain
            await _check(response, 204)
            return int(response.headers["Upload-Offset"])


class TryAgain(Exception):
    """Not now, but soon; `after_s` where the hub said when."""

    def __init__(self, after_s: float | None = None) -> None:
        self.after_s = after_s


async def _check(response: aiohttp.ClientResponse, *expected: int) -> None:
    if response.status in expected:
        return
    if response.status in AGAIN:
        raise TryAgain(float(response.headers.get("Retry-After", "0")) or None)
    raise Refused(f"{response.status}: {(await response.text())[:500]}")


async def _whole(_url: str, part: bytes) -> AsyncIterator[bytes]:
    yield part
