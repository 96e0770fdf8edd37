"""Errors as a page gets them, over a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from live.errors import BadInput, BadToken, Conflict, DiskFull, HouselightsError, TooLarge, TooMuch
from live.http_errors import errors_middleware

Client = TestClient[web.Request, web.Application]
ERRORS: dict[str, Exception] = {
    "bad": BadInput("expected a, got b; do c"),
    "token": BadToken("forged"),
    "conflict": Conflict("moved on"),
    "full": DiskFull("no room"),
    "large": TooLarge("too big"),
    "much": TooMuch("slower", retry_after_s=2.4),
    "ours": KeyError("/home/secret"),
    "gone": ConnectionResetError("left"),
}


async def fail(request: web.Request) -> web.StreamResponse:
    raise ERRORS[request.match_info["name"]]


async def fail_late(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"half of it")
    raise ERRORS[request.match_info["name"]]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[errors_middleware])
    app.add_routes([web.get("/{name}", fail), web.get("/late/{name}", fail_late)])
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("name", ["bad", "token", "conflict", "full", "large"])
async def test_an_error_keeps_its_code_its_sentence_and_its_status(client: Client, name: str) -> None:
    error = ERRORS[name]
    assert isinstance(error, HouselightsError)
    async with client.get(f"/{name}") as response:
        assert response.status == error.http_status
        assert await response.json() == {"code": error.code, "message": str(error), "retryAfterS": None}
        assert response.headers["Cache-Control"] == "no-store"


async def test_too_much_says_when_to_come_again(client: Client) -> None:
    async with client.get("/much") as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "3"
        assert (await response.json())["retryAfterS"] == 2.4


async def test_a_fault_of_ours_shows_nothing_of_this_machine(client: Client) -> None:
    async with client.get("/ours") as response:
        assert response.status == 500
        body = await response.text()
    assert "secret" not in body
    assert "Traceback" not in body


async def test_what_aiohttp_answers_itself_stays(client: Client) -> None:
    async with client.get("/no/such/page") as response:
        assert response.status == 404


@pytest.mark.parametrize("name", ["bad", "ours", "gone"])
async def test_an_answer_that_fails_half_way_is_broken_off(client: Client, name: str) -> None:
    """A second answer would be read as the rest of the first one."""
    with pytest.raises(aiohttp.ClientError):
        async with client.get(f"/late/{name}") as response:
            await response.read()


async def test_a_reader_that_left_gets_no_answer_and_makes_no_noise(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(aiohttp.ClientError):
        await client.get("/gone")
    assert not caplog.records
