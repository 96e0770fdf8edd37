"""Renditions on this machine: read from the show's folder where it is here, else fetched from the hub once and kept.

A file is fetched beside its place and renamed when whole, so that what has its name is complete. The folder is kept
below a bound by letting go of what was not used for longest. Called from the stage's worker threads, several at a
time; each file is fetched by one of them while the others wait for it.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

from live.errors import HouselightsError, NotFound, Unavailable
from stage.hub_address import HubAddress

CACHE_BYTES = 8 << 30
FETCH_TIMEOUT_S = 10.0
CHUNK_BYTES = 1 << 18

_KEY = re.compile(r"renditions/[A-Za-z0-9_-]{8,64}/[a-z0-9_-]+\.[a-z0-9]+")


class MediaCache:
    """`local` is a show's media folder on this machine, or None."""

    def __init__(
        self, folder: Path, hub: HubAddress, *, local: Path | None = None, bound_bytes: int = CACHE_BYTES
    ) -> None:
        self.fetched = 0
        self.evicted = 0
        self._folder = folder
        self._hub = hub
        self._local = local
        self._bound_bytes = bound_bytes
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}

    def path(self, key: str) -> Path:
        """Return the local file of a rendition. Raises NotFound or Unavailable; may block for seconds."""
        if not _KEY.fullmatch(key):
            raise NotFound(f"expected the key of a rendition, got {key!r}")
        if self._local is not None and (here := self._local / key).is_file():
            return here
        with self._lock:
            fetching = self._fetching.setdefault(key, threading.Lock())
        with fetching:
            kept = self._folder / key
            if not kept.is_file():
                self._fetch(key, kept)
                self._make_room(kept)
            os.utime(kept)
            return kept

    def _fetch(self, key: str, into: Path) -> None:
        import urllib.error
        import urllib.request

        token = self._hub.newest_token()
        url = f"{self._hub.url.rstrip('/')}/media/{key}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would be told the key
        part = into.with_name(into.name + ".part")
        try:
            into.parent.mkdir(parents=True, exist_ok=True)
            with straight.open(request, timeout=FETCH_TIMEOUT_S) as answer, part.open("wb") as file:
                length = int(answer.headers.get("Content-Length", -1))
                while chunk := answer.read(CHUNK_BYTES):
                    file.write(chunk)
                if length not in (-1, file.tell()):
                    raise Unavailable(f"expected {length} bytes of {key}, got {file.tell()}: the line broke, try again")
            part.replace(into)
            self.fetched += 1
        except urllib.error.HTTPError as error:
            raise _refusal(key, error.code) from error
        except OSError as error:
            raise Unavailable(f"expected {key} from the hub, got {error}; is the hub running?") from error
        finally:
            part.unlink(missing_ok=True)

    def _make_room(self, newest: Path) -> None:
        with self._lock:
            files = [(path.stat(), path) for path in self._folder.rglob("*") if path.is_file()]
            total = sum(stat.st_size for stat, _ in files)
            for stat, path in sorted(files, key=lambda one: one[0].st_mtime_ns):
                if total <= self._bound_bytes:
                    return
                if path != newest and path.suffix != ".part":
                    path.unlink(missing_ok=True)
                    total -= stat.st_size
                    self.evicted += 1


def _refusal(key: str, status: int) -> HouselightsError:
    if status == 404:
        return NotFound(f"the hub has no {key}")
    return Unavailable(f"expected {key} from the hub, got status {status}; is this stage's key still good?")
