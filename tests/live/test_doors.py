"""The doors: a link opens its page and leaves the address, the code makes a person, and files are read by whom they
concern.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from live.app import House
from live.decisions.table import decide
from live.doors import WHILE_GUESSED_S
from live.errors import Unavailable
from live.messages import acts
from live.messages.events import (
    Consent,
    ContributionPrepared,
    ContributionReceived,
    ContributionWithdrawn,
    Entry,
    Rendition,
    Renditions,
)
from live.pace import Pace
from tests.live.running import joined_device, url_of


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def test_a_link_becomes_a_cookie_and_its_key_leaves_the_address(
    house: House, browser: aiohttp.ClientSession
) -> None:
    link = f"{url_of(house)}/host?key={house.access.key('host')}"
    async with browser.get(link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/host")
        cookie = answer.cookies["houselights_host"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
    async with browser.get(f"{url_of(house)}/host") as answer:
        assert answer.status == 200
        assert house.access.key("host") not in await answer.text()


@pytest.mark.parametrize("path", ["/host", "/moderate", "/stage", "/crew"])
async def test_without_a_link_no_page_of_the_crew_opens(
    house: House, browser: aiohttp.ClientSession, path: str
) -> None:
    async with browser.get(url_of(house) + path) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "bad_token"


async def test_a_moderators_link_does_not_open_the_hosts_page(house: House, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{url_of(house)}/host?key={house.access.key('moderator')}") as answer:
        assert answer.status == 403


async def test_every_page_goes_out_with_a_strict_policy(house: House, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{url_of(house)}/j/ABCDE") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_the_phone_stays_the_same_person_when_it_joins_again(
    house: House, browser: aiohttp.ClientSession
) -> None:
    headers = {"Origin": url_of(house)}
    body = {"code": house.access.join_code(), "name": "Ana"}
    async with browser.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
        first = await answer.json()
    async with browser.post(f"{url_of(house)}/api/join", json={}, headers=headers) as answer:
        second = await answer.json()
    assert first["personId"] == second["personId"]
    assert len(house.show.state.people) == 1


async def test_a_wrong_code_makes_nobody(house: House, browser: aiohttp.ClientSession) -> None:
    body, headers = {"code": "AAAAA"}, {"Origin": url_of(house)}
    async with browser.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
        assert answer.status == 403
        assert "on the screen" in (await answer.json())["message"]
    assert house.show.state.people == {}


async def test_a_page_of_another_site_cannot_join_in_our_name(house: House, browser: aiohttp.ClientSession) -> None:
    body = {"code": house.access.join_code()}
    for headers in ({"Origin": "http://evil.example"}, {}):
        async with browser.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
            assert (await answer.json())["code"] == "bad_origin"


async def prepared_photo(house: House, person_id: str) -> str:
    """A photo in the store with its rendition and its original; return the key of the rendition."""
    folder = house.show.folder.media
    for key in ("originals/photo-ana", "renditions/photo-ana/still.jpg"):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(b"picture")
    still = Rendition(key="renditions/photo-ana/still.jpg", media_type="image/jpeg", size_bytes=7)
    await house.show.record(
        ContributionReceived(contribution_id="photo-ana", person_id=person_id, kind="photo", consent=Consent()),
        ContributionPrepared(contribution_id="photo-ana", renditions=Renditions(still=still)),
    )
    return still.key


async def read(house: House, key: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url_of(house)}/media/{key}", headers=headers) as answer,
    ):
        return answer.status


async def test_a_piece_is_read_by_its_author_the_crew_and_once_shared_by_everyone(house: House) -> None:
    (ana, person_id), (bo, _) = await joined_device(house, "Ana"), await joined_device(house, "Bo")
    key = await prepared_photo(house, person_id)
    assert await read(house, key, ana) == 200
    assert await read(house, key, house.access.key("moderator")) == 200
    assert await read(house, key, bo) == 403
    host = house.hub.desk(house.access.check(house.access.key("host")))
    for act in (
        acts.Judge(contribution_ids=("photo-ana",), verdict="approved"),
        acts.Share(contribution_id="photo-ana", shared=True),
    ):
        await house.show.record(*decide(host, act)[0])
    assert await read(house, key, bo) == 200


async def test_what_its_author_took_back_is_read_by_nobody(house: House) -> None:
    token, person_id = await joined_device(house)
    key = await prepared_photo(house, person_id)
    await house.show.record(ContributionWithdrawn(contribution_id="photo-ana"))
    assert await read(house, key, token) == 404
    assert await read(house, key, house.access.key("host")) == 404


async def test_an_original_is_never_served_not_even_to_the_host(house: House) -> None:
    (_, person_id) = await joined_device(house)
    await prepared_photo(house, person_id)
    for key in ("originals/photo-ana", "renditions/../originals/photo-ana", "%6friginals/photo-ana"):
        assert await read(house, key, house.access.key("host")) in (403, 404)


async def test_the_health_of_the_hub_can_be_asked_on_its_own_machine(
    house: House, browser: aiohttp.ClientSession
) -> None:
    async with browser.get(f"{url_of(house)}/healthz") as answer:
        assert (await answer.json())["status"] == "ok"
    async with browser.get(f"{url_of(house)}/metrics") as answer:
        assert "houselights_journal_offset 1.0" in await answer.text()


async def test_a_hub_whose_journal_cannot_be_written_says_that_it_is_not_well(
    house: House, browser: aiohttp.ClientSession
) -> None:
    first = Entry(offset=1, at_us=0, event=house.show.opened)
    with pytest.raises(Unavailable):
        await house.show.journal.append([first])  # a second time: the database refuses, as a full disk does
    async with browser.get(f"{url_of(house)}/healthz") as answer:
        assert "cannot be written" in (await answer.json())["status"]


async def test_the_qr_code_is_a_picture_of_the_join_address(house: House, browser: aiohttp.ClientSession) -> None:
    async with browser.get(f"{url_of(house)}/qr.svg") as answer:
        assert answer.content_type == "image/svg+xml"
        assert (await answer.text()).startswith("<svg ")


async def test_a_laptop_that_guesses_codes_keeps_nobody_out_and_is_slowed_down(
    house: House, browser: aiohttp.ClientSession
) -> None:
    refused = asyncio.Event()

    async def guess() -> tuple[int, str]:
        body, headers = {"code": "WRONG"}, {"Origin": url_of(house)}
        async with browser.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
            return answer.status, (await answer.json())["code"]

    async def guess_until_refused() -> None:
        while not refused.is_set():
            if await guess() == (429, "too_much"):
                refused.set()

    house.doors.joins = Pace(48, 0.01)  # as many as come with the right code
    await asyncio.gather(*(guess_until_refused() for _ in range(24)))
    began_s = time.monotonic()
    guessing = [asyncio.create_task(guess()) for _ in range(24)]
    await asyncio.gather(*(joined_device(house) for _ in range(48)))
    assert time.monotonic() - began_s > 0.9 * WHILE_GUESSED_S, "what is right comes no sooner than what is wrong"
    assert len(house.show.state.people) == 48
    assert set(await asyncio.gather(*guessing)) <= {(403, "not_allowed"), (429, "too_much")}


async def test_more_right_codes_than_the_show_lets_in_are_told_so(house: House, browser: aiohttp.ClientSession) -> None:
    house.doors.joins = Pace(1, 0.1)
    await joined_device(house)
    body, headers = {"code": house.access.join_code()}, {"Origin": url_of(house)}
    async with browser.post(f"{url_of(house)}/api/join", json=body, headers=headers) as answer:
        assert answer.status == 429
        assert "the code is right" in (await answer.json())["message"]
