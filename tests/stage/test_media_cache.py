"""The media cache against a real HTTP server: whole files only, each fetched once, bounded, honest about trouble."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from live.doorplate import Doorplate
from live.errors import NotFound, Unavailable
from live.messages.coding import to_json
from stage.hub_address import HubAddress
from stage.media_cache import MediaCache

TOKEN = "show.new"


def key(name: str) -> str:
    return f"renditions/{name}/clip.mp4"


class Hub:
    """Serves `files` by key to whoever has the token; a file in `broken` ends halfway."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.asked.append(self.path)
                body = hub.files.get(self.path.removeprefix("/media/"))
                if self.headers["Authorization"] != f"Bearer {TOKEN}" or body is None:
                    self.send_error(404 if body is None else 401)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if self.path.removeprefix("/media/") in hub.broken else body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.address = HubAddress(url=f"http://127.0.0.1:{self._server.server_port}", token=TOKEN)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


def test_no_proxy_is_asked_for_what_the_hub_has(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not reach the hall's network, and would be told the stage's key."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    hub.files[key("clip-001")] = b"a clip"
    assert MediaCache(tmp_path, hub.address).path(key("clip-001")).read_bytes() == b"a clip"


def test_a_file_is_fetched_once_however_many_ask(hub: Hub, tmp_path: Path) -> None:
    hub.files[key("clip-001")] = os.urandom(3 << 20)
    cache = MediaCache(tmp_path, hub.address)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(cache.path, [key("clip-001")] * 8))
    (path,) = paths
    assert path.read_bytes() == hub.files[key("clip-001")]
    assert (cache.fetched, len(hub.asked)) == (1, 1)


def test_the_shows_own_folder_is_read_directly(hub: Hub, tmp_path: Path) -> None:
    here = tmp_path / "media" / key("clip-001")
    here.parent.mkdir(parents=True)
    here.write_bytes(b"here")
    cache = MediaCache(tmp_path / "cache", hub.address, local=tmp_path / "media")
    assert cache.path(key("clip-001")) == here
    hub.files[key("clip-002")] = b"there"
    assert cache.path(key("clip-002")).read_bytes() == b"there"
    assert hub.asked == [f"/media/{key('clip-002')}"]


def test_a_line_that_breaks_leaves_no_half_file(hub: Hub, tmp_path: Path) -> None:
    hub.files[key("clip-001")] = b"0123456789"
    hub.broken.add(key("clip-001"))
    cache = MediaCache(tmp_path, hub.address)
    with pytest.raises(Unavailable, match="expected 10 bytes"):
        cache.path(key("clip-001"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    hub.broken.clear()
    assert cache.path(key("clip-001")).read_bytes() == b"0123456789"


def test_what_was_not_used_for_longest_gives_way(hub: Hub, tmp_path: Path) -> None:
    cache = MediaCache(tmp_path, hub.address, bound_bytes=250)
    for age, name in enumerate(("clip-001", "clip-002")):
        hub.files[key(name)] = bytes(100)
        os.utime(cache.path(key(name)), (1000 + age, 1000 + age))
    os.utime(tmp_path / key("clip-001"), (2000, 2000))
    hub.files[key("clip-003")] = bytes(100)
    cache.path(key("clip-003"))
    names = {path.parent.name for path in tmp_path.rglob("*.mp4")}
    assert (names, cache.evicted) == ({"clip-001", "clip-003"}, 1)


def test_trouble_is_told_apart(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the hub has no"):
        MediaCache(tmp_path, hub.address).path(key("clip-404"))
    hub.files[key("clip-001")] = b"x"
    with pytest.raises(Unavailable, match="key still good"):
        MediaCache(tmp_path, HubAddress(url=hub.address.url, token="other")).path(key("clip-001"))


def test_files_go_on_being_fetched_when_the_host_has_revoked_the_stages_key(hub: Hub, tmp_path: Path) -> None:
    doors = tmp_path / "doors.json"
    hub.files[key("clip-001")] = b"x"
    cache = MediaCache(tmp_path / "cache", HubAddress(url=hub.address.url, token="show.old", plate=str(doors)))
    with pytest.raises(Unavailable, match="key still good"):
        cache.path(key("clip-001"))
    plate = Doorplate(
        pid=1, url=hub.address.url, stage_key=TOKEN, audience="", host="", host_elsewhere="", moderator="", mirror=""
    )
    doors.write_bytes(to_json(plate))
    assert cache.path(key("clip-001")).read_bytes() == b"x"


def test_a_hub_that_is_away_is_told(tmp_path: Path) -> None:
    hub = Hub()
    hub.close()
    with pytest.raises(Unavailable, match="is the hub running"):
        MediaCache(tmp_path, hub.address).path(key("clip-001"))


@pytest.mark.parametrize("bad", ["originals/clip-001", "renditions/../secret.key", "/etc/passwd", "renditions/a/b.c"])
def test_only_renditions_are_asked_for(hub: Hub, tmp_path: Path, bad: str) -> None:
    with pytest.raises(NotFound, match="expected the key of a rendition"):
        MediaCache(tmp_path, hub.address, local=tmp_path).path(bad)
    assert hub.asked == []
