"""Addresses that do not open, as a browser gets them: a page with the same status, and where the link is."""

from __future__ import annotations

import aiohttp
import pytest

from live.app import MAX_JSON_BYTES, House
from live.messages.ids import Role
from tests.live.running import url_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def opened(url: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=BROWSER) as answer:
        return answer.status, answer.content_type, await answer.text()


@pytest.mark.parametrize(
    ("path", "printed"),
    [("/host", "host:"), ("/moderate", "moderator:"), ("/stage", "stage mirror:"), ("/crew", "crew camera:")],
)
async def test_a_page_opened_without_its_link_says_where_the_link_is(house: House, path: str, printed: str) -> None:
    status, kind, page = await opened(url_of(house) + path)
    assert (status, kind) == (401, "text/html")
    assert "This page opens by its own link" in page
    assert f"<code>{printed}</code>" in page
    assert 'href="/"' in page


@pytest.mark.parametrize(
    ("role", "status", "heading"), [("moderator", 403, "That link opens another page"), (None, 401, "any more")]
)
async def test_a_link_that_does_not_open_its_page_says_so(
    house: House, role: Role | None, status: int, heading: str
) -> None:
    key = house.access.key(role) if role is not None else "made-up"
    found = await opened(f"{url_of(house)}/host?key={key}")
    assert found[0] == status
    assert heading in found[2]
    assert key not in found[2]


async def test_an_address_of_nothing_leads_back_to_the_show(house: House) -> None:
    status, kind, page = await opened(url_of(house) + "/stagee")
    assert (status, kind) == (404, "text/html")
    assert "Nothing here" in page
    assert 'href="/"' in page


async def test_what_is_wrong_is_shown_as_text(house: House) -> None:
    _, _, page = await opened(f"{url_of(house)}/media/renditions/%3Cscript%3E/x.png")
    assert "That did not work" in page
    assert "<script" not in page


async def test_programs_get_json_as_before(house: House) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url_of(house)}/stage") as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "bad_token"


async def test_programs_get_json_where_nothing_is_and_for_what_is_too_large(house: House) -> None:
    headers = {"Origin": url_of(house)}
    async with aiohttp.ClientSession(url_of(house), headers=headers) as session:
        async with session.get("/api/nothing") as answer:
            assert answer.status == 404
            assert (await answer.json())["code"] == "not_found"
        async with session.post("/api/join", data=b"x" * (MAX_JSON_BYTES + 1)) as answer:
            assert answer.status == 413
            assert (await answer.json())["code"] == "too_large"
