"""A try of the Wi-Fi: what a phone sends is counted, held to at once and after a restart, and never harms a show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from live.app import House
from live.capacity import read_capacity, unmeasured, write_capacity
from live.https import Surroundings
from live.messages.air import BringOnAir
from live.wifi import CHUNK_BYTES, ECHOES, WARM_S, speed_mbit_s
from tests.live.guests import getting_ready, host_of, phone_of
from tests.live.running import running_house, url_of

OVER_THE_AIR = Surroundings(addresses=lambda: (), is_here=lambda _: False)
PAUSE_S = WARM_S + 0.2
"""Between two chunks of a phone on thin air."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path / "show", around=OVER_THE_AIR) as house:
        yield house


class Phone:
    """A phone of the crew on the page: does what the hub asks, with little air."""

    def __init__(self, house: House, role: Any = "crew") -> None:
        self._url = f"{url_of(house)}/wifi/try"
        self._headers = {"Authorization": f"Bearer {house.access.key(role)}"}
        self.echoes = 0
        self.taken_bytes = 0

    async def begins(self) -> dict[str, Any]:
        """Return the hub's first word, and go."""
        async with aiohttp.ClientSession() as session, session.ws_connect(self._url, headers=self._headers) as socket:
            first: dict[str, Any] = await socket.receive_json()
            return first

    async def try_it(self) -> dict[str, Any]:
        """Return the hub's last word: what it found, or the problem."""
        async with aiohttp.ClientSession() as session, session.ws_connect(self._url, headers=self._headers) as socket:
            said: dict[str, Any] = {}
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.taken_bytes += len(message.data)
                    continue
                said = message.json()
                await self._answer(socket, said)
            return said

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, said: dict[str, Any]) -> None:
        match said.get("type"):
            case "echo":
                self.echoes += 1
                await socket.send_json(said)
            case "upload":
                await socket.send_bytes(bytes(CHUNK_BYTES))
                await asyncio.sleep(PAUSE_S)
                await socket.send_bytes(bytes(CHUNK_BYTES))
                await socket.send_json({"type": "uploaded"})
            case "downloaded":
                await socket.send_json({"type": "received", "mbitS": 120.0})


async def test_a_try_counts_what_came_and_the_hub_holds_to_it(house: House) -> None:
    phone = Phone(house)
    host = await host_of(house)
    before = unmeasured().phones
    found = await phone.try_it()
    assert found["isKept"]
    assert 0 < found["upMbitS"] < 2 * before
    assert (found["downMbitS"], phone.echoes) == (120.0, ECHOES)
    assert phone.taken_bytes > 0
    assert found["phones"] == found["airPhones"] == int(found["upMbitS"] / 2) < before
    assert house.hub.slots.phones == found["phones"]
    assert read_capacity(house.settings.folder).phones == found["phones"]
    await host.until(lambda: any(c.limits and c.limits.streams == found["phones"] for c in host.changes))
    await host.close()


async def test_what_the_doctor_writes_counts_in_a_running_show(house: House) -> None:
    host = await host_of(house)
    write_capacity(house.settings.folder, msgspec.structs.replace(unmeasured(), phones=3))
    await host.until(lambda: any(c.limits and c.limits.streams == 3 for c in host.changes))
    assert house.hub.slots.phones == 3
    await host.close()


async def test_the_number_outlives_the_hub(tmp_path: Path) -> None:
    async with running_house(tmp_path / "show", around=OVER_THE_AIR) as first:
        found = await Phone(first).try_it()
    async with running_house(tmp_path / "show") as second:
        assert second.hub.slots.phones == found["phones"] < unmeasured().phones


async def test_no_air_lies_between_this_machine_and_itself(tmp_path: Path) -> None:
    async with running_house(tmp_path / "show") as house:
        before = house.hub.slots
        found = await Phone(house).try_it()
        assert not found["isKept"]
        assert house.hub.slots == before
        assert not (house.settings.folder / "capacity.json").exists()


async def test_a_second_try_at_the_same_time_is_refused_and_the_first_goes_on(house: House) -> None:
    first, second = await asyncio.gather(Phone(house).try_it(), Phone(house, "host").try_it())
    assert first["type"] == "found"
    assert second["code"] == "conflict"
    assert (await Phone(house).try_it())["type"] == "found"


async def test_a_phone_that_takes_nothing_any_more_keeps_nobody_else_out(house: House) -> None:
    house.wifi.within_s = 3.0
    headers = {"Authorization": f"Bearer {house.access.key('crew')}"}
    url = f"{url_of(house)}/wifi/try"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as socket:
        for number in range(ECHOES):
            assert (await socket.receive_json())["number"] == number
            await socket.send_json({"type": "echo", "number": number})
        assert (await socket.receive_json())["type"] == "upload"
        await socket.send_json({"type": "uploaded"})
        async with asyncio.timeout(10):
            while (await Phone(house, "host").begins()).get("type") != "echo":
                pass


async def test_nobody_on_air_loses_air_to_a_try(house: House) -> None:
    host = await host_of(house)
    phone, _, person_id = await phone_of(house)
    stream_id = await getting_ready(house, host, phone, person_id)
    assert (await Phone(house).try_it())["code"] == "conflict"
    await host.act(BringOnAir(stream_ids=(stream_id,), countdown_ms=0))
    refused = await Phone(house).try_it()
    assert refused["code"] == "conflict"
    assert "take their air" in refused["message"]
    await phone.close()
    await host.close()


@pytest.mark.parametrize("words", ["{}", '{"type": "received", "mbitS": 1}', "no json"])
async def test_a_phone_that_says_what_was_not_asked_is_told(house: House, words: str) -> None:
    url, headers = f"{url_of(house)}/wifi/try", {"Authorization": f"Bearer {house.access.key('crew')}"}
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as socket:
        await socket.receive_json()
        await socket.send_str(words)
        assert (await socket.receive_json())["code"] in ("bad_input", "unknown_message")
    assert house.hub.slots.phones == unmeasured().phones


async def test_the_audience_cannot_try(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url_of(house)}/wifi/try", headers={"Origin": url_of(house)}) as answer:
            assert answer.status == 401
        async with session.get(f"{url_of(house)}/wifi?key={house.access.key('stage')}") as answer:
            assert answer.status == 403


def test_the_moment_a_line_needs_to_find_its_speed_is_not_counted() -> None:
    slow_start = [(10.0, 1000), (10.4, 1000)]
    assert speed_mbit_s([*slow_start, (11.0, 500_000), (11.5, 500_000)]) == pytest.approx(8.0)
    assert speed_mbit_s(slow_start) == 0.0
    assert speed_mbit_s([]) == 0.0
