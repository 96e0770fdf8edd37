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


async def read(request: web.Request) -> web.StreamResponse:
    return web.Response(body=await request.read())


async def take_line(request: web.Request) -> web.StreamResponse:
    line = web.WebSocketResponse()
    await line.prepare(request)
    return line


async def move(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/read")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[errors_middleware], client_max_size=1000)
    app.add_routes([
        web.get("/{name}", fail),
        web.get("/late/{name}", fail_late),
        web.post("/read", read),
        web.get("/line/one", take_line),
        web.get("/moved/on", move),
    ])  # fmt: skip
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


@pytest.mark.parametrize(
    ("method", "path", "size", "status", "code", "message"),
    [
        ("GET", "/no/such/page", 0, 404, "not_found", "expected an address of this show, got '/no/such/page'; "),
        ("POST", "/read", 1001, 413, "too_large", "expected a body of at most 1000 bytes, got a larger one; send less"),
        ("PUT", "/read", 0, 405, "method_not_allowed", "expected GET or HEAD or POST at '/read', got 'PUT'; ask with"),
        (
            "GET",
            "/line/one",
            0,
            400,
            "bad_input",
            "expected a request that '/line/one' takes, got one that it does not",
        ),
    ],
)
async def test_what_the_server_itself_refuses_is_told_like_the_rest(
    client: Client, method: str, path: str, size: int, status: int, code: str, message: str
) -> None:
    async with client.request(method, path, data=b"x" * size) as response:
        assert response.status == status
        problem = await response.json()
    assert problem["code"] == code
    assert problem["message"].startswith(message)


async def test_a_body_that_is_not_what_it_claims_is_the_callers_fault(client: Client) -> None:
    async with client.post("/read", data=b"plain", headers={"Content-Encoding": "gzip"}) as response:
        assert response.status == 400
        assert (await response.json())["code"] == "bad_input"


async def test_a_method_that_is_not_taken_learns_which_are(client: Client) -> None:
    async with client.delete("/read") as response:
        assert response.headers["Allow"] == "GET,HEAD,POST"


async def test_a_redirect_is_no_error(client: Client) -> None:
    async with client.get("/moved/on", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/read")


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
