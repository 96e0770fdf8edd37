"""kill -9 at random points: what was acknowledged is there afterwards, each contribution once, each byte the same."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from live.errors import Unavailable
from live.settings import free_port
from tests.live.uploads.hub import ANA, TUS, Hub, create, metadata, offset_of, patch, read_journal, running_hub, sum_of
from tests.live.uploads.test_breaking_off import until

Session = aiohttp.ClientSession
ROOT = Path(__file__).parents[3]
DATA = os.urandom(50_000)


class MortalHub:
    """A hub in a process of its own, which is killed after so many acknowledgements and started again at once."""

    def __init__(self, folder: Path, lives: list[int]) -> None:
        self.folder = folder
        self.port = free_port("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.port}"
        self.deaths = 0
        self._lives = lives
        self._acknowledged = asyncio.Event()
        self._left = 0
        self.alive = asyncio.Event()

    def acknowledge(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._acknowledged.set()

    async def live(self) -> None:
        """Be born, die and be born again, until the lives are used up; then stay."""
        for acknowledgements in self._lives:
            self._left = acknowledgements
            process = await self._born()
            await self._acknowledged.wait()
            self._acknowledged.clear()
            self.alive.clear()
            process.send_signal(signal.SIGKILL)
            await process.wait()
            self.deaths += 1
        process = await self._born()
        try:
            await asyncio.Event().wait()
        finally:
            process.terminate()
            await process.wait()

    async def _born(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.live.uploads.hub", str(self.folder), str(self.port),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"ready")
        self.alive.set()
        return process


class StubbornPhone:
    """Sends one piece in small PATCHes, asks for the offset after every trouble, and never believes a smaller one."""

    def __init__(self, hub: MortalHub, session: Session, number: int, dice: random.Random) -> None:
        self.contribution = f"contribution-{number:02}"
        self.data = dice.randbytes(dice.randint(20_000, 400_000))
        self.acknowledged = 0
        self.ticked = False
        self._hub = hub
        self._session = session
        self._dice = dice
        self._url: str | None = None

    async def send(self) -> None:
        while not self.ticked:
            await self._hub.alive.wait()
            try:
                if self._url is None:
                    await self._create()
                else:
                    await self._go_on(self._url)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                continue

    async def _create(self) -> None:
        headers = TUS | ANA | {"Upload-Length": str(len(self.data)), "Upload-Metadata": metadata(self.contribution)}
        async with self._session.post(f"{self._hub.url}/files", headers=headers) as response:
            assert response.status == 201
            self._url = self._hub.url + response.headers["Location"]

    async def _go_on(self, url: str) -> None:
        offset = await offset_of(self._session, url)
        assert offset >= self.acknowledged, "the hub lost bytes that it had acknowledged"
        self.acknowledged = offset
        while self.acknowledged < len(self.data):
            piece = self.data[self.acknowledged :][: self._dice.randint(1, 40_000)]
            checksum = {"Upload_Checksum": sum_of(piece)} if self._dice.random() < 0.3 else {}
            response = await patch(self._session, url, self.acknowledged, piece, **checksum)
            assert response.status == 204
            self.acknowledged += len(piece)
            self._hub.acknowledge()
        self.ticked = True


async def test_nothing_acknowledged_is_lost_when_the_hub_is_killed(tmp_path: Path, session: Session) -> None:
    dice = random.Random(1)
    hub = MortalHub(tmp_path, lives=[dice.randint(3, 15) for _ in range(4)])
    phones = [StubbornPhone(hub, session, number, dice) for number in range(8)]
    living = asyncio.create_task(hub.live())
    await asyncio.gather(*(phone.send() for phone in phones))
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)
    assert hub.deaths >= 3
    journaled = read_journal(tmp_path / "journal")
    assert sorted(event.contribution_id for event in journaled) == [phone.contribution for phone in phones]
    sums = {event.contribution_id: event.original.sha256 for event in journaled if event.original}
    for phone in phones:
        assert sums[phone.contribution] == hashlib.sha256(phone.data).hexdigest()
        assert (tmp_path / "media" / "originals" / phone.contribution).read_bytes() == phone.data


async def killed_after_the_last_byte(folder: Path, session: Session) -> str:
    """The last byte is on the disk, and the hub dies before it looks at it. Returns the upload's path."""
    async with running_hub(folder) as hub:
        url = await create(session, hub, len(DATA))
        await patch(session, url, 0, DATA[:-1])
        path = url.removeprefix(hub.url)
    with (folder / "uploads" / f"{path.rpartition('/')[2]}.part").open("ab") as part:
        part.write(DATA[-1:])
    return path


async def killed_after_adoption(folder: Path, session: Session) -> str:
    """The bytes are in the media store, and the journal does not have them."""
    async with running_hub(folder) as hub:
        hub.journal.failure = Unavailable("about to die")
        url = await create(session, hub, len(DATA))
        assert (await patch(session, url, 0, DATA)).status == 503
        assert hub.stored("contribution-1") == DATA
        return url.removeprefix(hub.url)


async def killed_after_the_journal(folder: Path, session: Session) -> str:
    """The journal has it, and the upload does not know."""
    async with running_hub(folder) as hub:
        url = await create(session, hub, len(DATA))
        sidecar = folder / "uploads" / f"{url.rpartition('/')[2]}.json"
        before = sidecar.read_bytes()
        assert (await patch(session, url, 0, DATA)).status == 204
        path = url.removeprefix(hub.url)
    assert b'"received":false' in before
    sidecar.write_bytes(before)
    return path


Death = Callable[[Path, Session], Awaitable[str]]
DEATHS: list[Death] = [killed_after_the_last_byte, killed_after_adoption, killed_after_the_journal]


def check_it_is_there_once(hub: Hub) -> None:
    assert (hub.folder / "journal").read_bytes().count(b"\n") == 1
    assert hub.stored("contribution-1") == DATA
    original = hub.journal.events["contribution-1"].original
    assert original is not None
    assert original.sha256 == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("death", DEATHS)
async def test_a_phone_that_asks_again_gets_its_tick(tmp_path: Path, session: Session, death: Death) -> None:
    path = await death(tmp_path, session)
    async with running_hub(tmp_path) as hub:
        assert await offset_of(session, hub.url + path) == len(DATA)
        assert (await patch(session, hub.url + path, len(DATA), b"")).status == 204
        check_it_is_there_once(hub)


@pytest.mark.parametrize("death", DEATHS)
async def test_a_whole_piece_is_received_though_its_phone_never_comes_back(
    tmp_path: Path, session: Session, death: Death
) -> None:
    await death(tmp_path, session)
    async with running_hub(tmp_path) as hub:
        await until(lambda: hub.uploads.counters["received"] == 1, session, hub)
        check_it_is_there_once(hub)


async def test_the_same_piece_sent_anew_after_a_death_is_one_piece(tmp_path: Path, session: Session) -> None:
    """The phone forgot the upload's address, and sends other bytes under the same id: the first ones count."""
    await killed_after_adoption(tmp_path, session)
    async with running_hub(tmp_path) as hub:
        url = await create(session, hub, 5)
        assert (await patch(session, url, 0, b"other")).status == 204
        await until(lambda: hub.uploads.counters["received"] == 2, session, hub)
        check_it_is_there_once(hub)


async def test_what_a_killed_hub_left_half_made_is_cleared_away(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path) as hub:
        url = await create(session, hub, len(DATA))
        await patch(session, url, 0, DATA[:1000])
    folder = tmp_path / "uploads"
    promised = {path.name for path in folder.iterdir()}
    for name in ("never-promised.part", "half-written.json.new", f"{url.rpartition('/')[2]}.unchecked"):
        (folder / name).write_bytes(b"half")
    async with running_hub(tmp_path) as hub:
        assert {path.name for path in folder.iterdir()} == promised
        assert await offset_of(session, f"{hub.files}/{url.rpartition('/')[2]}") == 1000


async def test_an_unreadable_sidecar_is_set_aside_with_its_bytes(tmp_path: Path, session: Session) -> None:
    async with running_hub(tmp_path) as hub:
        url = await create(session, hub, len(DATA))
        await patch(session, url, 0, DATA[:1000])
        other = await create(session, hub, 5, contribution="contribution-2")
    name = url.rpartition("/")[2]
    (tmp_path / "uploads" / f"{name}.json").write_bytes(b"{torn")
    async with running_hub(tmp_path) as hub:
        async with session.head(f"{hub.files}/{name}", headers=TUS | ANA) as response:
            assert response.status == 404
        assert (tmp_path / "uploads" / f"{name}.part").read_bytes() == DATA[:1000]
        assert (await patch(session, f"{hub.files}/{other.rpartition('/')[2]}", 0, b"bytes")).status == 204
