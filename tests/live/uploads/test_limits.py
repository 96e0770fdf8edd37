"""How much may be sent, begun and announced; past it a sentence says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import aiohttp
import pytest

from live.uploads import UploadLimits
from tests.live.uploads.hub import (
    ANA,
    BEN,
    CONSENT,
    TUS,
    Hub,
    code_of,
    create,
    metadata,
    patch,
    running_hub,
)

Session = aiohttp.ClientSession
DATA = os.urandom(10_000)


# how much


async def test_too_many_creations_wait_by_retry_after(tmp_path: Path, session: Session) -> None:
    limits = UploadLimits(reserve_bytes=0, creations_burst=3, creations_per_s=0.01)
    async with running_hub(tmp_path, limits) as hub:
        for number in range(3):
            await create(session, hub, 5, contribution=f"contribution-{number}")
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (429, "too_much")
            assert 90 <= int(response.headers["Retry-After"]) <= 100
        await create(session, hub, 5, BEN)


async def test_too_many_open_uploads_are_refused_but_a_forgotten_try_gives_way(
    tmp_path: Path, session: Session
) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, open_per_device=3)) as hub:
        first = await create(session, hub, 5, contribution="contribution-0")
        others = [await create(session, hub, 5, contribution=f"contribution-{n}") for n in (1, 2)]
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata("contribution-3")}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (429, "too_much")
            assert "Retry-After" in response.headers
        again = await create(session, hub, 5, contribution="contribution-0")
        assert (await patch(session, first, 0, b"bytes")).status == 404
        for url in (again, *others):
            assert (await patch(session, url, 0, b"bytes")).status == 204
        await create(session, hub, 5, contribution="contribution-3")


async def test_the_hub_remembers_only_so_many_uploads(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=0, remembered=1)) as hub:
        await create(session, hub, 5)
        headers = TUS | BEN | {"Upload-Length": "5", "Upload-Metadata": metadata("contribution-2")}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "10")


async def test_an_upload_that_cannot_fit_is_507_before_a_byte_is_sent(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path, UploadLimits(reserve_bytes=1 << 62)) as hub:
        headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata()}
        async with session.post(hub.files, headers=headers) as response:
            assert (response.status, await code_of(response)) == (507, "disk_full")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"contribution": "short"}, 400),
        ({"contribution": "../../etc/passwd"}, 400),
        ({"kind": "text"}, 415),
        ({"kind": "svg"}, 415),
        ({"consent": "yes"}, 400),
        ({"consent": '{"stage":"yes"}'}, 400),
        ({"consent": '{"everything":true}'}, 400),
        ({"trim": "5-1"}, 400),
        ({"trim": "1.5-2.5"}, 400),
        ({"prompt": "x"}, 400),
        ({"parents": "no id"}, 400),
        ({"parents": ",".join(f"parent-{n:04}" for n in range(9))}, 400),
    ],
)
async def test_metadata_that_makes_no_sense_is_refused_in_a_sentence(
    hub: Hub, session: Session, said: dict[str, str], status: int
) -> None:
    fields = {"contribution": "contribution-1", "kind": "photo", "consent": CONSENT} | said
    headers = TUS | ANA | {"Upload-Length": "5", "Upload-Metadata": metadata(**fields)}
    async with session.post(hub.files, headers=headers) as response:
        assert response.status == status
        assert (await response.json())["message"].startswith("expected ")
    assert list((hub.folder / "uploads").iterdir()) == []
